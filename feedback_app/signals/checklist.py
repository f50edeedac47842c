"""The test list of one signal: what was answered, and what we know already about each question."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.signals import lifecycle
from feedback_app.signals.criteria import CRITERIA, Answer, Answers, contradicted
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import Signal, SignalCheck, SignalEvidence
from feedback_app.signals.saving import Outdated, save
from feedback_app.staff.models import Account


@dataclass(frozen=True)
class Known:
    """What else is known: other signals on this theme in this wave, and attached patterns."""

    others: int
    patterns: int


def answers_of(session: Session, signal: Signal) -> dict[str, Answer]:
    """Question → what was answered, for all of them."""
    rows = session.scalars(sa.select(SignalCheck).where(SignalCheck.signal_id == signal.id))
    found = {one.criterion: Answer(one.holds, one.why) for one in rows}
    return {one: found.get(one, Answer()) for one in CRITERIA}


def save_answers(
    session: Session, account: Account, signal: Signal, revision: int, answers: Answers
) -> list[str]:
    """Store what was answered, also where some is still open, and commit; the questions that changed.

    Raises MoveRefused: `role` when this role may not (any more), `contradicted` when form P says otherwise;
    Outdated when somebody was first.
    """
    if not lifecycle.may_edit(signal.state, account.role):
        raise MoveRefused("role")
    if signal.revision != revision:
        raise Outdated
    if wrong := contradicted(answers, signal.spread, signal.municipalities):
        raise MoveRefused("contradicted", wrong)
    before = answers_of(session, signal)
    changed = {one: answer for one, answer in answers.items() if answer != before[one]}
    if changed:
        for one, answer in changed.items():
            session.merge(SignalCheck(signal_id=signal.id, criterion=one, holds=answer.holds, why=answer.why))
        save(session, account, signal, "tested", _changes(before, changed))
    return list(changed)


def known_of(session: Session, visible: sa.Select[Signal], signal: Signal) -> Known:
    """What else is known about a signal, of what this colleague may see."""
    others = visible.where(
        Signal.theme_key == signal.theme_key,
        Signal.wave_key == signal.wave_key,
        Signal.id != signal.id,
        Signal.state != lifecycle.DROPPED,
    ).subquery()
    count = session.scalar(sa.select(sa.func.count()).select_from(others)) or 0
    attached = sa.select(sa.func.count()).where(SignalEvidence.signal_id == signal.id)
    return Known(count, session.scalar(attached) or 0)


def _changes(before: Answers, changed: Mapping[str, Answer]) -> dict[str, list[bool | str | None]]:
    """As in the history: the yes or no under the question's own name, the why beside it."""
    found: dict[str, list[bool | str | None]] = {}
    for one, answer in changed.items():
        if before[one].holds != answer.holds:
            found[one] = [before[one].holds, answer.holds]
        if before[one].why != answer.why:
            found[f"{one}.why"] = [before[one].why, answer.why]
    return found
