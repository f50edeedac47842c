"""What somebody sees who was not invited: the questionnaire of a poster or a tablet.

GET  /o/<code>, /k/<code>   the whole questionnaire in one language; changes nothing
POST /o/<code>, /k/<code>   answers; or another language (nothing is stored)

The page knows the place, never the person: no cookie, and nothing in it that is made for one visitor. So
a browser without script that sends twice is two people to us; with script an identifier tells.
"""

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses import document
from feedback_app.responses.collect import Group, WaveClosed, collect_open
from feedback_app.responses.document import Asked, Kind
from feedback_app.responses.hanging import Hanging, look_up_open
from feedback_app.responses.pages import expect_a_form
from feedback_app.responses.unknown import unknown_link
from feedback_app.web.locale import negotiate, use_language

blueprint = Blueprint("hanging", __name__)
blueprint.before_request(expect_a_form)


@blueprint.get("/o/<code>", defaults={"kind": Kind.OPEN})
@blueprint.get("/k/<code>", defaults={"kind": Kind.KIOSK})
def ask(code: str, kind: Kind) -> ResponseReturnValue:
    link = look_up_open(db.engine, code, kind)
    if link is None:
        return _unknown(kind)
    return document.questionnaire(_asked(link, link.group, kind)) if link.group else _closed(kind)


@blueprint.post("/o/<code>", defaults={"kind": Kind.OPEN})
@blueprint.post("/k/<code>", defaults={"kind": Kind.KIOSK})
def answer(code: str, kind: Kind) -> ResponseReturnValue:
    link = look_up_open(db.engine, code, kind)
    if link is None:
        return _unknown(kind)
    if link.group is None:
        return _closed(kind)
    asked = _asked(link, link.group, kind)
    group = replace(link.group, fingerprint=asked.version.fingerprint)
    form = document.fill_in(asked, request.form)
    if "lang" in request.form:
        return document.questionnaire(asked, form)
    if not form.validate():
        return document.questionnaire(asked, form, 422)
    chosen, client_id = form.chosen(), form.response_id.data or ""
    try:
        collect_open(
            db.session, group, asked.version.survey, chosen, locale=asked.language, client_id=client_id
        )
    except WaveClosed:
        return _closed(kind)
    return document.thanks(asked, document.needs_help(asked, chosen))


@blueprint.errorhandler(413)
def too_large(_error: Exception) -> ResponseReturnValue:
    """Nothing was read, so nothing is stored; the browser still holds what was written."""
    _speak()
    text = _l("Ga terug. Maak je tekst korter. Verstuur opnieuw.")
    kind = Kind(request.view_args["kind"]) if request.view_args else Kind.OPEN
    return document.message(_l("Dit is te groot"), text, "", 413, kind)


def _asked(link: Hanging, group: Group, kind: Kind) -> Asked:
    """In the language chosen, else the one that the phone or tablet is in, else Dutch."""
    core = load_version(db.session, group.fingerprint)
    offered = document.offered_in(core)
    chosen = negotiate(offered, request.form.get("lang"), request.args.get("lang"))
    version = document.edition(core, link.regional, chosen)
    return document.ask(version, chosen, offered, group.offer_type, kind)


def _closed(kind: Kind) -> ResponseReturnValue:
    _speak()
    title, text = _l("Deze vragen zijn gesloten."), _l("Bedankt dat je wou meedoen.")
    return document.message(title, text, "closed", 410, kind)


def _unknown(kind: Kind) -> ResponseReturnValue:
    _speak()
    return unknown_link(_l("Kijk of je de hele link hebt. Vraag een nieuwe link."), kind)


def _speak() -> None:
    use_language(negotiate(document.ready_languages(), request.args.get("lang")))
