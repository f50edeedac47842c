"""The worker's job `translate_remark`: a machine's draft of a redacted remark, for a colleague to correct."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.gateways import translation_server
from feedback_app.jobs import JobRefused, Progress
from feedback_app.languages import SOURCE
from feedback_app.remarks.translators import TranslationRefused, translate
from feedback_app.responses.models import Remark
from feedback_app.settings import Settings
from feedback_app.web.pages import current_settings

REASONS: dict[str, Any] = {
    "unreachable": _l("De vertaaldienst is niet te bereiken. Vertaal zelf, of probeer het later opnieuw."),
    "language": _l("De vertaaldienst kan deze taal niet. Vertaal zelf, of vraag het aan een collega."),
    "refused": _l("De vertaaldienst weigert. Vertaal zelf, en meld het aan wie deze dienst beheert."),
    "answer": _l("De vertaaldienst gaf geen bruikbaar antwoord. Vertaal zelf."),
}


def can_translate(settings: Settings) -> bool:
    """Whether a server is set that translates."""
    return bool(settings.translate_with)


def translate_job(progress: Progress, remark_id: str) -> str:
    """Fetch a draft and store it beside the remark, unless a colleague translated it meanwhile."""
    remark = db.session.get(Remark, remark_id)
    settings = current_settings()
    if remark is None or not remark.redacted or not can_translate(settings):
        raise JobRefused(_("Hier is niets te vertalen. De opmerking is al verder, of haar tekst is gewist."))
    text, source = remark.redacted, remark.language or remark.locale
    db.session.rollback()  # nobody waits for us while the other server works
    progress(0, 1, _("Vertalen"))
    server = translation_server(settings.translate_with, settings.translate_url, settings.translate_key)
    try:
        draft = translate(server, text, source, SOURCE)
    except TranslationRefused as refused:
        raise JobRefused(str(REASONS[refused.reason])) from None
    remark = db.session.get(Remark, remark_id)
    if remark is not None and remark.redacted == text and not remark.translation:
        remark.draft = draft
    db.session.commit()
    return remark_id
