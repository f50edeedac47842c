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
from feedback_app.signals import edit
from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account

#: who takes which step
STEPS = (
    ("getoetst", "analist"),
    ("signaal", "redacteur"),
    ("gevalideerd", "vrijgever"),
    ("overgemaakt", "redacteur"),
    ("beantwoord", "redacteur"),
    ("teruggekoppeld", "redacteur"),
)

_FIGURE = re.compile(r"\{(older|newer)\.(\w+)\.(\w+)(?:\.(\w+)\.(\w+))?\}")
_BANDS = {Band.ABOVE: "meer dan 80 %", Band.BELOW: "minder dan 20 %"}
_TOLD_BACK = timedelta(days=75)


@dataclass(frozen=True)
class Desk:
    """Where signals are written: who writes, and which wave is the older and the newer one."""

    accounts: Mapping[str, Account]
    waves: Mapping[str, Wave]
    day: date


def write_signals(session: Session, desk: Desk) -> int:
    """Write every example signal and take it as far as its text says; how many. Commits."""
    texts = load_signals()
    for text in texts:
        signal = _write(session, desk, text)
        _move(session, desk, signal, text)
        _date(signal, desk.waves[text.wave].ends_on)
    session.commit()
    return len(texts)


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


def _write(session: Session, desk: Desk, text: SignalText) -> Signal:
    form_p = {
        "wave_key": desk.waves[text.wave].key,
        "region_key": text.region,
        "theme_key": text.theme,
        "observation": text.observation,
        "frequency": text.frequency,
        "spread": text.spread,
        "solver": text.solver,
        "own_action": text.own_action,
        "is_practice": text.is_practice,
    }
    signal = edit.write_signal(session, desk.accounts[text.by], form_p)
    wording = ("title", "reading", "reading_by", "causes", "consequence", "ask", "addressee", "evidence")
    values: dict[str, Any] = {name: getattr(text, name) for name in wording if getattr(text, name)}
    if text.finding:
        values["finding"] = with_figures(session, desk.waves, text.finding)
    if values:
        edit.reword(session, desk.accounts["redacteur"], signal, signal.revision, values)
    return signal


def _move(session: Session, desk: Desk, signal: Signal, text: SignalText) -> None:
    if text.state == "niet_weerhouden":
        _step(session, desk, signal, text.state, "analist", {"reason": text.reason})
        return
    given = {
        "answer": text.answer,
        "answered_on": min(desk.day, desk.waves[text.wave].ends_on + _TOLD_BACK),
    }
    for target, role in STEPS:
        if signal.state == text.state:
            return
        _step(session, desk, signal, target, role, given)


def _step(
    session: Session, desk: Desk, signal: Signal, target: str, role: str, given: Mapping[str, Any]
) -> None:
    edit.move_signal(session, desk.accounts[role], signal, signal.revision, target, given)


def _date(signal: Signal, wave_ended_on: date) -> None:
    """Spread the history over the weeks after the wave, as if it had not been written in one second."""
    steps, present = len(signal.history), now()
    for nth, event in enumerate(signal.history):
        planned = datetime.combine(wave_ended_on + timedelta(days=35 + 9 * nth), time(9, 30), UTC)
        event.at = min(planned, present - timedelta(minutes=steps - nth))
