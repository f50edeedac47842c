"""The preview of what people receive: each message as it arrives, and the card; nothing is stored or sent.

GET /staff/preview/berichten/<lang>              SMS, WhatsApp, e-mail and card in one language
GET /staff/preview/berichten/<lang>/page/<name>  an e-mail as its reader sees it
"""

from dataclasses import dataclass, replace

from flask import Blueprint, abort, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from feedback_app.invitations.cards import make_card
from feedback_app.invitations.messages import MOST_PARTS, Message, compose
from feedback_app.invitations.posters import faces_svg
from feedback_app.invitations.tokens import LENGTH
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import PARTNER, all_languages, language
from feedback_app.questionnaires.readiness import EVERY_DRAFT, Shelf, pages_readiness, ui_ready
from feedback_app.settings import Settings
from feedback_app.sms import is_gsm, parts, units
from feedback_app.web.headers import allow_own_mail
from feedback_app.web.pages import current_settings

blueprint = Blueprint("messages", __name__, url_prefix="/staff/preview/berichten")

#: name in an address → heading, and what it stands for
KINDS = {
    "newcomer_first": (_l("Eerste bericht"), "newcomer", "first", False),
    "newcomer_reminder1": (_l("Eerste herinnering"), "newcomer", "reminder1", False),
    "newcomer_reminder2": (_l("Tweede herinnering"), "newcomer", "reminder2", False),
    "partner_first": (_l("Aanbodpartner, eerste bericht"), "partner", "first", False),
    "partner_bundled": (_l("Aanbodpartner, meer dan één traject"), "partner", "first", True),
    "partner_reminder1": (_l("Aanbodpartner, herinnering"), "partner", "reminder1", False),
}


@dataclass(frozen=True)
class Shown:
    """One message with its heading, and what its SMS costs."""

    name: str
    heading: str
    message: Message

    @property
    def sms_parts(self) -> int:
        """How many parts the SMS takes."""
        return parts(self.message.sms)

    @property
    def sms_units(self) -> int:
        """How many units of its alphabet."""
        return units(self.message.sms)

    @property
    def sms_gsm(self) -> bool:
        """Whether the short alphabet has all its letters."""
        return is_gsm(self.message.sms)


@blueprint.get("/<lang>")
def overview(lang: str) -> ResponseReturnValue:
    settings = current_settings()
    if lang not in all_languages():
        abort(404)
    there = _there(settings, lang)
    names = [name for name, kind in KINDS.items() if kind[1] == "newcomer" or lang in PARTNER]
    return render_template(
        "preview/messages.html",
        here=language(lang),
        there=there,
        offered=lang in ui_ready(settings),
        shown=[_shown(settings, lang, name) for name in names] if there else [],
        card=make_card(_example(settings, "s"), lang) if there else None,
        faces=faces_svg(),
        most=MOST_PARTS,
        others=[one for one in all_languages().values() if one.key != lang],
    )


@blueprint.get("/<lang>/page/<name>")
def mail(lang: str, name: str) -> ResponseReturnValue:
    settings = current_settings()
    known = lang in all_languages() and name in KINDS and (KINDS[name][1] == "newcomer" or lang in PARTNER)
    if not known or not _there(settings, lang):
        abort(404)
    allow_own_mail()
    answer = make_response(_shown(settings, lang, name).message.email.html)
    answer.headers["Content-Language"] = language(lang).tag
    return answer


def _shown(settings: Settings, lang: str, name: str) -> Shown:
    heading, audience, step, bundled = KINDS[name]
    occasion = Occasion(audience, step, lang, _example(settings, "s"), _example(settings, "stop"), bundled)
    return Shown(name, str(heading), compose(settings, occasion))


def _there(settings: Settings, lang: str) -> bool:
    """Whether every text is there, also of a draft that is switched off: no message is in two languages."""
    drafts = replace(Shelf.of(settings), draft_languages=frozenset({EVERY_DRAFT}))
    found = pages_readiness(drafts).get(lang)
    return found is not None and found.offered


def _example(settings: Settings, path: str) -> str:
    """An address as long as a real one, that leads nowhere."""
    return f"{settings.base_url}/{path}/{('voorbeeld' * 3)[:LENGTH]}"
