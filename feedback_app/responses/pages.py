"""What a respondent sees: one document that asks, one that thanks, and kind words where a link is over.

GET  /s/<token>   the whole questionnaire in one language; changes nothing
POST /s/<token>   answers; or another language (nothing is stored); or "I don't take part"
"""

import re

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from feedback_app.database import db
from feedback_app.invitations.tokens import token_hash
from feedback_app.languages import find
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.versions import VersionUnknown, kept_version
from feedback_app.responses import document
from feedback_app.responses.collect import collect, response_key
from feedback_app.responses.document import Asked, Kind
from feedback_app.responses.handout import FOUND
from feedback_app.responses.link import Link, look_up, look_up_again, refuse
from feedback_app.responses.unknown import unknown_link
from feedback_app.web.faces import MOUTHS
from feedback_app.web.locale import negotiate, use_language

blueprint = Blueprint("respond", __name__)

#: bytes of a request: a whole questionnaire with the longest remark, percent-encoded, is a quarter of it
LARGEST = 128 * 1024

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
#: a telephone number that ends a line; a postal code stands before its town
_TELEPHONE = re.compile(r"(?:\+|\b)[0-9](?:[ ./-]?[0-9]){3,14}$")
#: what a page's form is sent as; anything else would read as one in which everything was skipped
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@blueprint.before_request
def expect_a_form() -> None:
    """Refuse what no page of ours sends, before a link is used up for it; at most LARGEST bytes are read.

    A body without its length is one that is cut off at the limit unnoticed; every browser says the length.
    """
    request.max_content_length = LARGEST
    if request.method != "POST":
        return
    if request.content_length is None:
        abort(411)
    if request.mimetype not in _FORMS:
        abort(415)


@blueprint.get("/s/<token>")
def ask(token: str) -> ResponseReturnValue:
    link = request.environ.get(FOUND) or look_up(db.engine, token_hash(token))
    if link is None:
        return _unknown_link()
    asked = _asked(link, (request.args.get("lang"),))
    return document.questionnaire(asked) if link.answerable else _over(link)


@blueprint.post("/s/<token>")
def answer(token: str) -> ResponseReturnValue:
    hashed = token_hash(token)
    if {"lang", "refuse"} & set(request.form):
        return _not_yet(hashed)
    shown = _shown()
    return (shown and _store(hashed, shown)) or _store_after_a_look(hashed)


@blueprint.errorhandler(413)
def too_large(_error: Exception) -> ResponseReturnValue:
    """Nothing was read, so nothing is stored; the browser still holds what was written."""
    link = look_up(db.engine, token_hash(request.view_args["token"])) if request.view_args else None
    _speak_as(link)
    return document.message(
        _l("Dit is te groot"), _l("Ga terug. Maak je tekst korter. Verstuur opnieuw."), "", 413
    )


def _shown() -> Asked | None:
    """What the page says it asked: then answers can be taken in without asking first what their link is for.

    None when it says nothing, or nothing that is asked now. What the page says is not believed: the link is
    only claimed together with its own questionnaire.
    """
    said = request.form.get("version", "")
    if not _FINGERPRINT.fullmatch(said):
        return None
    try:
        version = kept_version(db.engine, said)
    except VersionUnknown:
        return None
    offered = document.offered_in(version)
    language = find(request.args.get("lang"))
    return document.ask(version, language, offered, "", Kind.LINK) if language in offered else None


def _store(hashed: str, asked: Asked) -> Response | None:
    """The thanks for answers that are in order and stored now; None when they are not."""
    form = document.fill_in(asked, request.form)
    if not form.validate():
        return None
    version, chosen, client_id = asked.version, form.chosen(), form.response_id.data or ""
    link = collect(
        db.engine,
        hashed,
        version.fingerprint,
        version.survey,
        chosen,
        locale=asked.language,
        client_id=client_id,
    )
    if link is None:
        return None
    return document.thanks(asked, document.needs_help(asked, chosen))


def _store_after_a_look(hashed: str) -> Response:
    """Take answers in for what the link asks, or say why not."""
    link = look_up(db.engine, hashed)
    if link is None:
        return _unknown_link()
    if link.answerable:
        asked = _asked(link, _wanted())
        if thanks := _store(hashed, asked):
            return thanks
        form = document.fill_in(asked, request.form)
        if not form.validate():
            return document.questionnaire(asked, form, 422)
    return _too_late(hashed)


def _not_yet(hashed: str) -> ResponseReturnValue:
    """Another language, or no part taken: nothing is stored of what stands in the form."""
    link = look_up(db.engine, hashed)
    if link is None:
        return _unknown_link()
    asked = _asked(link, _wanted())
    if not link.answerable:
        return _over(link)
    if "lang" in request.form:
        return document.questionnaire(asked, document.fill_in(asked, request.form))
    refuse(db.engine, hashed)
    return document.message(
        _l("Goed, je doet niet mee."), _l("Toch meedoen? Open de link opnieuw."), "refused"
    )


def _too_late(hashed: str) -> Response:
    """Why a link could not be answered; whose response is stored already is thanked once more."""
    link, is_stored = look_up_again(db.engine, hashed, response_key(request.form.get("response_id", "")))
    if link is None:
        return _unknown_link()
    asked = _asked(link, _wanted())
    if link.used and is_stored:
        form = document.fill_in(asked, request.form)
        return document.thanks(asked, document.needs_help(asked, form.chosen()))
    return _over(link)


def _wanted() -> tuple[str | None, ...]:
    return request.form.get("lang"), request.args.get("lang")


def _asked(link: Link, wanted: tuple[str | None, ...]) -> Asked:
    core = kept_version(db.engine, link.fingerprint)
    offered = document.offered_in(core)
    language = negotiate(offered, *wanted, known=link.contact_language)
    version = document.edition(core, link.regional, language)
    return document.ask(version, language, offered, link.offer_type, Kind.LINK)


def _speak_as(link: Link | None) -> None:
    """Where there is no questionnaire to follow: the language asked for, else the one that is known."""
    known = link.contact_language if link else None
    use_language(negotiate(document.ready_languages(), request.args.get("lang"), known=known))


def _over(link: Link) -> Response:
    if link.used:
        title, text = _l("Bedankt! Je antwoord is al bij ons."), _l("Je hoeft niets meer te doen.")
        return document.message(title, text, "used")
    return document.message(
        _l("Deze vragen zijn gesloten."), _l("Bedankt dat je wou meedoen."), "closed", 410
    )


def _unknown_link() -> Response:
    _speak_as(None)
    return unknown_link(_l("Kijk of je de hele link hebt. Vraag een nieuwe link."))


@blueprint.app_template_global()
def opening(survey: Survey, item: Item) -> frozenset[str]:
    """The options of an item that bring up the next one."""
    following = survey.items[survey.items.index(item) + 1 :][:1]
    routes = [one.shown_if for one in following if one.shown_if and one.shown_if.item == item.key]
    return frozenset(key for route in routes for key in route.any_of)


@blueprint.app_template_global()
def telephone(line: str) -> str:
    """Where a tap on a line that ends in a telephone number leads (`tel:080013500`); empty without one."""
    number = _TELEPHONE.search(line)
    return "tel:" + "".join(sign for sign in number[0] if sign in "+0123456789") if number else ""


@blueprint.app_template_global()
def face(value: int) -> Markup:
    """One of five faces as SVG; the shape of the mouth carries the meaning, the word stands beside it."""
    return Markup(
        '<svg class="face" viewBox="0 0 48 48" width="40" height="40" aria-hidden="true" focusable="false">'
        '<circle cx="24" cy="24" r="21"/><path d="M17 17v4M31 17v4"/><path d="{}"/></svg>'
    ).format(MOUTHS[value])
