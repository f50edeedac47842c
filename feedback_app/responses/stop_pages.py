"""No more messages: what a link in a message leads to when somebody does not want to be asked again.

GET  /stop/<token>[/<contact>]   asks whether that is so; mail scanners open links too, so it changes nothing
POST /stop/<token>[/<contact>]   stops; a mail program's one-click button sends it as well

It holds for every later message to the same number or address, whichever trajectory it is about. `contact` is
the keyed hash of the address that an e-mail went to: it is known there when nobody else knows it any more.
"""

import re

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.invitations.tokens import token_hash
from feedback_app.languages import all_languages
from feedback_app.responses import document
from feedback_app.responses.pages import expect_a_form
from feedback_app.responses.stopping import Stoppable, find_stoppable, stop_messages
from feedback_app.responses.unknown import unknown_link
from feedback_app.web.locale import current_language, negotiate, use_language
from feedback_app.web.pages import current_settings

_IS_CONTACT = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII).fullmatch

blueprint = Blueprint("stop", __name__, url_prefix="/stop")
blueprint.before_request(expect_a_form)


@blueprint.get("/<token>", defaults={"contact": ""})
@blueprint.get("/<token>/<contact>")
def show(token: str, contact: str) -> ResponseReturnValue:
    found = find_stoppable(db.engine, token_hash(token))
    _speak_as(found)
    if found is None or not _IS_CONTACT(contact):
        return _unknown()
    if "again" in request.args:  # the page itself must not hold the token
        return redirect(f"/s/{token}?lang={current_language().tag}", 303)
    return _page(found, done=False)


@blueprint.post("/<token>", defaults={"contact": ""})
@blueprint.post("/<token>/<contact>")
def act(token: str, contact: str) -> ResponseReturnValue:
    hashed = token_hash(token)
    found = find_stoppable(db.engine, hashed)
    _speak_as(found)
    if found is None or not _IS_CONTACT(contact):
        return _unknown()
    stop_messages(db.session, current_settings(), hashed, contact)
    return _page(found, done=True)


def _page(found: Stoppable, *, done: bool) -> str:
    return render_template("respond/stop.html", found=found, done=done, offered=_languages())


def _languages() -> list[str]:
    ready = document.ready_languages()
    return [key for key in all_languages() if key in ready]


def _speak_as(found: Stoppable | None) -> None:
    known = found.contact_language if found else None
    use_language(negotiate(_languages(), request.args.get("lang"), known=known))


def _unknown() -> ResponseReturnValue:
    return unknown_link(_l("Kijk of je de hele link hebt."))
