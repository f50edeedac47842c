"""What a respondent sees: one document that asks, one that thanks, and kind words where a link is over.

GET  /s/<token>   the whole questionnaire in one language; changes nothing
POST /s/<token>   answers; or another language (nothing is stored); or "I don't take part"
"""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from feedback_app.database import db
from feedback_app.invitations.models import Invitation
from feedback_app.invitations.tokens import token_hash
from feedback_app.questionnaires.catalogues import offer_type_context
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.forms import ResponseForm, make_form
from feedback_app.questionnaires.readiness import ui_ready
from feedback_app.questionnaires.versions import Version, load_texts, load_version
from feedback_app.responses.collect import ANSWERABLE, LinkUsed, WaveClosed, collect_invited, refuse
from feedback_app.web.locale import current_language, negotiate, use_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("respond", __name__)

#: bytes of a request: a whole questionnaire with the longest remark, percent-encoded, is a quarter of it
LARGEST = 128 * 1024


@dataclass(frozen=True)
class Asked:
    """One invitation's questionnaire in the language of this request."""

    invitation: Invitation
    version: Version
    offered: tuple[str, ...]
    texts: dict[str, str]

    def text(self, name: str) -> str:
        """The survey's own text of this name (`intro.1`, `experience.hint`), "" when it has none."""
        return self.texts.get(f"{self.version.survey.key}.{name}", "")

    @property
    def activity(self) -> str:
        """The sentence that says what the person took part in."""
        kind = self.texts[offer_type_context(self.invitation.offer_type)]
        return self.text("activity").replace("{type}", kind)


@blueprint.before_request
def limit() -> None:
    request.max_content_length = LARGEST


@blueprint.get("/s/<token>")
def ask(token: str) -> ResponseReturnValue:
    invitation = _invitation(token)
    if invitation is None:
        return _unknown_link()
    asked = _asked(invitation, request.args.get("lang"))
    if (over := _over(invitation)) is not None:
        return over
    return _document(asked, _form(asked, None))


@blueprint.post("/s/<token>")
def answer(token: str) -> ResponseReturnValue:
    invitation = _invitation(token)
    if invitation is None:
        return _unknown_link()
    asked = _asked(invitation, request.form.get("lang") or request.args.get("lang"))
    form = _form(asked, request.form)
    if {"lang", "refuse"} & set(request.form) and (over := _over(invitation)) is not None:
        return over
    if "lang" in request.form:
        return _document(asked, form)
    if "refuse" in request.form:
        refuse(db.session, invitation)
        return _message(_("Goed, je doet niet mee."), _("Toch meedoen? Open de link opnieuw."))
    if not form.validate():
        return _over(invitation) or (_document(asked, form), 422)
    return _take_in(asked, form)


def _take_in(asked: Asked, form: ResponseForm) -> ResponseReturnValue:
    survey = asked.version.survey
    chosen = form.chosen()
    try:
        collect_invited(
            db.session,
            asked.invitation,
            survey,
            chosen,
            locale=current_language().key,
            client_id=form.response_id.data or "",
        )
    except LinkUsed:
        return _already()
    except WaveClosed:
        return _closed()
    needs_help = any(set(item.help_if) & set(chosen.get(item.key, ())) for item in survey.items)
    return render_template("respond/thanks.html", asked=asked, needs_help=needs_help)


def _invitation(token: str) -> Invitation | None:
    """The one indexed look-up that a link costs."""
    found: Invitation | None = db.session.scalar(
        sa.select(Invitation)
        .where(Invitation.token_hash == token_hash(token))
        .options(joinedload(Invitation.wave))
    )
    return found


def _asked(invitation: Invitation, wanted: str | None) -> Asked:
    version = load_version(db.session, invitation.wave.fingerprint(invitation.audience))
    ready = ui_ready(current_settings())
    offered = tuple(key for key in version.languages if key in ready)
    use_language(negotiate(offered, wanted, invitation.contact_language))
    texts = load_texts(db.session, version.fingerprint, current_language().key)
    return Asked(invitation, version, offered, dict(texts))


def _form(asked: Asked, data: MultiDict[str, str] | None) -> ResponseForm:
    form: ResponseForm = make_form(asked.version.survey, asked.texts)(formdata=data)
    return form


def _document(asked: Asked, form: ResponseForm) -> str:
    return render_template("respond/questionnaire.html", asked=asked, survey=asked.version.survey, form=form)


def _over(invitation: Invitation) -> ResponseReturnValue | None:
    if invitation.disposition == "answered":
        return _already()
    asks = invitation.wave.state == "open" and invitation.disposition in ANSWERABLE
    return None if asks else _closed()


def _already() -> ResponseReturnValue:
    return _message(_("Bedankt! Je antwoord is al bij ons."), _("Je hoeft niets meer te doen."))


def _closed() -> ResponseReturnValue:
    return _message(_("Deze vragen zijn gesloten."), _("Bedankt dat je wou meedoen.")), 410


def _unknown_link() -> ResponseReturnValue:
    use_language(negotiate(ui_ready(current_settings()), request.args.get("lang")))
    return _message(
        _("Deze link werkt niet."), _("Kijk of je de hele link hebt. Vraag een nieuwe link.")
    ), 404


def _message(title: str, text: str) -> str:
    return render_template("respond/message.html", title=title, text=text)


@blueprint.app_template_global()
def opening(survey: Survey, item: Item) -> frozenset[str]:
    """The options of an item that bring up the next one."""
    following = survey.items[survey.items.index(item) + 1 :][:1]
    routes = [one.shown_if for one in following if one.shown_if and one.shown_if.item == item.key]
    return frozenset(key for route in routes for key in route.any_of)


@blueprint.app_template_global()
def face(value: int) -> Markup:
    """One of five faces as SVG; the shape of the mouth carries the meaning, the word stands beside it."""
    mouth = {
        1: "M13 35q11-13 22 0",
        2: "M14 33q10-6 20 0",
        3: "M14 32h20",
        4: "M14 30q10 6 20 0",
        5: "M12 28q12 17 24 0z",
    }[value]
    return Markup(
        '<svg class="face" viewBox="0 0 48 48" width="40" height="40" aria-hidden="true" focusable="false">'
        '<circle cx="24" cy="24" r="21"/><path d="M17 17v4M31 17v4"/><path d="{}"/></svg>'
    ).format(mouth)
