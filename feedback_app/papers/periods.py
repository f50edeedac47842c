"""How long what is kept: each period from the constant or setting that the job of destroying reads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from feedback_app import jobs
from feedback_app.api import once
from feedback_app.api import tokens as api_tokens
from feedback_app.exchange import contact as exchange_contact
from feedback_app.invitations import card_prints, focus
from feedback_app.invitations import retention as contact_retention
from feedback_app.responses import retention as remark_retention
from feedback_app.settings import Settings
from feedback_app.staff import audit, joining, signin
from feedback_app.trajectories import partner_retention, uploads

NIGHT = "feedback_app.retaining:retain"


@dataclass(frozen=True)
class Period:
    """What is kept, until when, and who ends it: `job` is module:function, or empty.

    `test` is where that is tried. `open_ended` is what the papers name as a risk: no end is built in.
    """

    what: Any
    until: Callable[[Settings], Any]
    job: str
    test: str
    open_ended: bool = False


def in_words(length: timedelta) -> str:
    """A length of time as people say it."""
    minutes = length.seconds // 60
    if length.days:
        said = ngettext("%(num)s dag", "%(num)s dagen", length.days)
    elif minutes % 60:
        said = ngettext("%(num)s minuut", "%(num)s minuten", minutes)
    else:
        said = ngettext("%(num)s uur", "%(num)s uur", minutes // 60)
    return str(said)


def _months(number: int) -> Any:
    return ngettext("%(num)s maand", "%(num)s maanden", number)


def _contact(settings: Settings) -> Any:
    return _(
        "tot de link sluit (gewoonlijk %(link)s na dag nul); hoogstens %(closing)s na het sluiten van het"
        " meetmoment, en nooit langer dan %(longest)s na het inlezen",
        link=in_words(timedelta(days=settings.timetable.link_days)),
        closing=in_words(contact_retention.AFTER_CLOSING),
        longest=in_words(contact_retention.AFTER_IMPORT),
    )


def _sessions(_settings: Settings) -> Any:
    return _(
        "%(idle)s zonder gebruik, hoogstens %(longest)s",
        idle=in_words(signin.IDLE),
        longest=in_words(signin.ABSOLUTE),
    )


def _backups(settings: Settings) -> Any:
    if settings.backup_days is None:
        return _("[in te vullen: %(setting)s]", setting="FEEDBACK_BACKUP_DAYS")
    return _("nog %(time)s in reservekopieën", time=in_words(timedelta(days=settings.backup_days)))


_NO_END = _l("geen termijn ingebouwd")

PERIODS: dict[str, Period] = {
    "newcomer_contact": Period(
        _l("telefoonnummer en e-mailadres van nieuwkomers"),
        _contact,
        "feedback_app.invitations.retention:destroy_contacts",
        "tests/integration/test_retention.py",
    ),
    "trajectories": Period(
        _l("trajecten en uitnodigingen zonder contactgegevens"),
        lambda _settings: str(_NO_END),
        "",
        "",
        open_ended=True,
    ),
    "card_prints": Period(
        _l("afgedrukte kaarten, verzegeld"),
        lambda _settings: in_words(card_prints.KEPT),
        "feedback_app.invitations.card_prints:destroy_prints",
        "tests/integration/test_cards.py",
    ),
    "uploads": Period(
        _l("ingelezen bestanden, verzegeld"),
        lambda _settings: in_words(uploads.LIFETIME),
        "feedback_app.trajectories.uploads:forget_old",
        "tests/integration/test_trajectory_pages.py",
    ),
    "opt_outs": Period(
        _l("versleutelde kenmerken van adressen: wie niets meer wil, en wie wanneer geschreven werd"),
        lambda _settings: str(_NO_END),
        "",
        "",
        open_ended=True,
    ),
    "focus": Period(
        _l("contact voor een focusgroep"),
        lambda _settings: _months(focus.MONTHS),
        "feedback_app.invitations.focus:destroy_focus_contacts",
        "tests/integration/test_focus.py",
    ),
    "answers": Period(
        _l("antwoorden en cijfers, niet terug te vinden bij een uitnodiging en vergroofd bij het sluiten"),
        lambda _settings: _("onbeperkt"),
        "feedback_app.analysis.close:close_wave",
        "tests/integration/test_unlinkable.py",
    ),
    "remarks": Period(
        _l("wat mensen schreven"),
        lambda _settings: _(
            "de ruwe tekst tot een collega hem bewerkte; alles hoogstens %(longest)s; vrijgegeven citaten"
            " blijven",
            longest=_months(remark_retention.REMARK_MONTHS),
        ),
        "feedback_app.responses.retention:destroy_remark_texts",
        "tests/integration/test_remarks.py",
    ),
    "worries": Period(
        _l("zorgen over iemands veiligheid"),
        lambda _settings: _(
            "de tekst tot de zorg gesloten is; alles hoogstens %(longest)s",
            longest=_months(remark_retention.REMARK_MONTHS),
        ),
        "feedback_app.remarks.retention:destroy_worries",
        "tests/integration/test_worries.py",
    ),
    "partners": Period(_l("organisaties"), lambda _settings: str(_NO_END), "", "", open_ended=True),
    "partner_contacts": Period(
        _l("contactpersonen van organisaties"),
        lambda _settings: _(
            "%(time)s zonder activiteit of wijziging",
            time=ngettext("%(num)s jaar", "%(num)s jaar", partner_retention.YEARS),
        ),
        "feedback_app.trajectories.partner_retention:forget_contacts",
        "tests/integration/test_partners.py",
    ),
    "accounts": Period(
        _l("accounts van collega’s"),
        lambda _settings: _("tot een beheerder het account sluit; daarna blijft wie wat deed"),
        "",
        "",
        open_ended=True,
    ),
    "sessions": Period(
        _l("aangemelde browsers"), _sessions, "feedback_app.staff.signin", "tests/integration/test_signin.py"
    ),
    "colleague_links": Period(
        _l("links om een wachtwoord te kiezen"),
        lambda _settings: in_words(joining.WORKS_FOR),
        "feedback_app.staff.joining",
        "tests/integration/test_second_step.py",
    ),
    "signin_failures": Period(
        _l("mislukte aanmeldingen, versleuteld kenmerk"),
        lambda _settings: in_words(signin.WINDOW),
        "feedback_app.staff.signin",
        "tests/integration/test_signin.py",
    ),
    "audit": Period(
        _l("logboek van wat collega’s deden"),
        lambda _settings: in_words(audit.KEPT),
        "feedback_app.staff.audit:shorten",
        "tests/integration/test_audit.py",
    ),
    "jobs": Period(
        _l("afgelopen opdrachten aan de worker"),
        lambda _settings: in_words(jobs.KEPT),
        "feedback_app.jobs:forget_ended",
        "tests/integration/test_watching.py",
    ),
    "api_tokens": Period(
        _l("toegangssleutels van programma’s, nadat ze eindigden"),
        lambda _settings: in_words(timedelta(days=api_tokens.MOST_DAYS)),
        "feedback_app.api.tokens:forget_tokens",
        "tests/integration/test_api_once.py",
    ),
    "api_requests": Period(
        _l("antwoorden aan programma’s die opnieuw kunnen vragen, versleuteld"),
        lambda _settings: in_words(once.KEPT),
        "feedback_app.api.once:forget_answers",
        "tests/integration/test_api_once.py",
    ),
    "contact_requests": Period(
        _l("vragen tussen collega’s"),
        lambda _settings: in_words(exchange_contact.KEPT),
        "feedback_app.exchange.contact:forget_requests",
        "tests/integration/test_exchange.py",
    ),
    "archive": Period(
        _l("signalen, verslagen en goede praktijken, met wie wat wanneer deed"),
        lambda _settings: _("als archief, zonder termijn"),
        "",
        "",
        open_ended=True,
    ),
    "backups": Period(_l("wat al vernietigd is"), _backups, "", "", open_ended=True),
}
