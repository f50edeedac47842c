"""The e-mail that reminds a colleague of signals; it names them by code and title, and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.colleague_letter import Said, letter_to_colleague
from feedback_app.invitations.letter import Letter
from feedback_app.settings import Settings
from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account


@dataclass(frozen=True)
class Due:
    """One step of one signal, and the day it counts from."""

    signal_id: str
    step: str
    about_on: date


@dataclass(frozen=True)
class Line:
    """One signal in the e-mail: which, why, and where it is."""

    code: str
    title: str
    why: str
    link: str


def write_letter(
    session: Session, settings: Settings, account: Account, due: Sequence[Due], key: str
) -> Letter:
    """One e-mail about everything that is due, in the colleague's language."""

    def say() -> Said:
        lines = [_line(session.get_one(Signal, one.signal_id), one, settings.base_url) for one in due]
        subject = ngettext("Een signaal wacht op jou", "%(num)s signalen wachten op jou", len(lines))
        return subject, {"lines": lines}

    return letter_to_colleague(
        settings, key, to=account.email, locale=account.locale, template="signals/reminder", say=say
    )


def _line(signal: Signal, due: Due, base_url: str) -> Line:
    day = format_date(due.about_on, "long")
    texts = {
        "due_soon": _("Tegen %(day)s verwachten we een antwoord. Vraag even hoe het ermee staat.", day=day),
        "overdue": _("Het antwoord was beloofd tegen %(day)s en is er niet. Vraag ernaar.", day=day),
        "overdue_again": _(
            "Het antwoord was beloofd tegen %(day)s en is er vier weken later nog niet. "
            "Vraag ernaar, of spreek een nieuwe datum af.",
            day=day,
        ),
        "tell_back": _(
            "Het antwoord kwam op %(day)s. Nieuwkomers en aanbodpartners weten het nog niet: "
            "koppel het terug.",
            day=day,
        ),
    }
    return Line(signal.code or "", signal.title, texts[due.step], f"{base_url}/staff/signals/{signal.id}")
