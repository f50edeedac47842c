"""Example signals, written and moved by example colleagues through the same rules as real ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from feedback_app.analysis.published import read_statistics
from feedback_app.analysis.statistic import FLANDERS, Band, Statistic
from feedback_app.database import now
from feedback_app.example.texts import SignalText, load_signals
from feedback_app.invitations.models import Wave
from feedback_app.signals import edit, proposals
from feedback_app.signals.checklist import save_answers
from feedback_app.signals.criteria import Answer
from feedback_app.signals.lifecycle import ANSWER_WITHIN, SUPPORTED_BY, TOLD
from feedback_app.signals.models import Signal
from feedback_app.signals.moving import move_signal
from feedback_app.staff.models import Account

#: who takes which step
STEPS = (
    ("getoetst", "analist"),
    ("signaal", "redacteur"),
    ("gevalideerd", "vrijgever"),
    ("overgemaakt", "redacteur"),
    ("beantwoord", "redacteur"),
    ("teruggekoppeld", "vrijgever"),
    ("afgesloten", "redacteur"),
)

_FIGURE = re.compile(r"\{(older|newer)\.(\w+)\.(\w+)(?:\.(\w+)\.(\w+))?\}")
_BANDS = {Band.ABOVE: "meer dan 80 %", Band.BELOW: "minder dan 20 %"}
#: days after a wave's end on which a signal was handed over, and answered
_HANDED_OVER, _ANSWERED = timedelta(days=60), timedelta(days=75)


@dataclass(frozen=True)
class Desk:
    """Where signals are written: who writes, and which wave is the older and the newer one."""

    accounts: Mapping[str, Account]
    waves: Mapping[str, Wave]
    day: date


def write_signals(session: Session, desk: Desk) -> dict[str, Signal]:
    """Write every example signal and take it as far as its text says; by its key. Commits."""
    written: dict[str, Signal] = {}
    for text in load_signals():
        signal = _write(session, desk, text, written)
        _attach(session, desk, signal, text)
        if text.pattern:
            _say_how_strong(session, desk, signal, text)
        _move(session, desk, signal, text)
        _date(signal, desk.waves[text.wave].ends_on)
        written[text.key] = signal
    session.commit()
    return written


def with_figures(session: Session, waves: Mapping[str, Wave], text: str) -> str:
    """Put published figures where a text names them, as in {newer.partner.roles}; never a count."""

    def figure(found: re.Match[str]) -> str:
        wave, survey, item, cut, member = found.groups()
        statistics = read_statistics(
            session, waves[wave].key, survey, cut=cut or "flanders", member=member or FLANDERS
        )
        return _in_words(next((one for one in statistics if one.item == item), None))

    return _FIGURE.sub(figure, text)


def _in_words(one: Statistic | None) -> str:
    if one is None or (one.positive is None and one.band is None):
        return "een te klein aantal om te tonen"
    share = _BANDS[one.band] if one.band else f"{one.positive} %"
    return f"{share} (n = {one.base})"


def _write(session: Session, desk: Desk, text: SignalText, written: Mapping[str, Signal]) -> Signal:
    form_p = {
        "wave_key": desk.waves[text.wave].key,
        "region_key": text.region,
        "theme_key": text.theme,
        "is_practice": text.is_practice,
        **{name: getattr(text, name) for name in edit.FORM_P},
    }
    signal = edit.write_signal(session, desk.accounts[text.by], form_p)
    values: dict[str, Any] = {
        name: getattr(text, name) for name in _WORDING if getattr(text, name) and name != "finding"
    }
    if not text.pattern:
        values |= {"evidence": text.evidence} if text.evidence else {}
    if text.finding:
        values["finding"] = with_figures(session, desk.waves, text.finding)
    if text.follows:
        values["earlier_id"] = written[text.follows].id
    if values:
        edit.reword(session, desk.accounts["redacteur"], signal, signal.revision, values)
    if text.checks:
        answers = {one: Answer(*said) for one, said in text.checks.items()}
        save_answers(session, desk.accounts["analist"], signal, signal.revision, answers)
    return signal


_WORDING = (
    "title",
    "finding",
    "reading",
    "reading_by",
    "causes",
    "consequence",
    "concerns",
    "ask",
    "addressee",
)


def _attach(session: Session, desk: Desk, signal: Signal, text: SignalText) -> None:
    """Attach the pattern about an item, where this wave shows one."""
    account = desk.accounts["analist"]
    found = proposals.candidates(session, account, signal) if text.pattern else []
    fitting = (one for one in found if f"{one.proposal.audience}.{one.proposal.item}" == text.pattern)
    if (one := next(fitting, None)) is not None:
        proposals.attach(session, account, signal, signal.revision, one)


def _say_how_strong(session: Session, desk: Desk, signal: Signal, text: SignalText) -> None:
    """Call the evidence what the text does, or what this wave's pattern bears: the data differ by seed."""
    behind = {str(one.proposal.verdict) for one in proposals.evidence_of(session, signal)}
    for said in dict.fromkeys((text.evidence, "mogelijk", "focusgroep")):
        if said not in SUPPORTED_BY or SUPPORTED_BY[said] & behind:
            edit.reword(session, desk.accounts["redacteur"], signal, signal.revision, {"evidence": said})
            return


def _move(session: Session, desk: Desk, signal: Signal, text: SignalText) -> None:
    if text.state == "niet_weerhouden":
        _step(session, desk, signal, text.state, "analist", {"reason": text.reason})
        return
    ends_on = desk.waves[text.wave].ends_on
    handed_on = min(desk.day, ends_on + _HANDED_OVER)
    given = {
        "handed_on": handed_on,
        "due_on": handed_on + ANSWER_WITHIN,
        "responsible_id": desk.accounts["redacteur"].id,
        "answered_by": text.answered_by,
        "answered_on": min(desk.day, ends_on + _ANSWERED),
        "answer": text.answer,
        "will_do": text.will_do,
        **{name: getattr(text, name) for name in TOLD},
    }
    for target, role in STEPS:
        if signal.state == text.state:
            return
        _step(session, desk, signal, target, role, given)


def _step(
    session: Session, desk: Desk, signal: Signal, target: str, role: str, given: Mapping[str, Any]
) -> None:
    move_signal(session, desk.accounts[role], signal, signal.revision, target, given, day=desk.day)


def _date(signal: Signal, wave_ended_on: date) -> None:
    """Spread the history over the weeks after the wave, as if it had not been written in one second."""
    steps, present = len(signal.history), now()
    for nth, event in enumerate(signal.history):
        planned = datetime.combine(wave_ended_on + timedelta(days=35 + 9 * nth), time(9, 30), UTC)
        event.at = min(planned, present - timedelta(minutes=steps - nth))
