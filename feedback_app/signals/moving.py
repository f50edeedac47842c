"""Taking a signal one step further in its life, or back: the rules of `lifecycle` meet the row here."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.signals import lifecycle
from feedback_app.signals.checklist import answers_of
from feedback_app.signals.edit import WORDING
from feedback_app.signals.history import pairwise_states
from feedback_app.signals.identifying import identifying
from feedback_app.signals.lifecycle import Hands, Move, MoveRefused
from feedback_app.signals.models import Signal
from feedback_app.signals.proposals import evidence_of
from feedback_app.signals.saving import Outdated, changes_to, save
from feedback_app.staff.models import Account

_CODE_ATTEMPTS = 5
#: what makes somebody one of the signal's writers
_WRITING = ("written", "reworded", "tested", "attached", "detached")
#: steps that say the text is good; a step back is no work on it
_FORWARD = (("pre_signaal", "getoetst"), ("getoetst", lifecycle.CODED))
#: what people typed; the number of an earlier signal is drawn, and may look like a telephone number
_TEXTS = ("observation", *(name for name in WORDING if name != "earlier_id"))


def move_signal(
    session: Session,
    account: Account,
    signal: Signal,
    revision: int,
    target: str,
    given: Mapping[str, Any],
    day: date | None = None,
) -> None:
    """Take one step and commit; raises MoveRefused, or Outdated when somebody was first.

    `given` holds what is given with the step; `day` stands for today in example data.
    """
    move = lifecycle.find_move(signal.state, target, account.role)
    asked = {name: given[name] for name in move.asks if name in given}
    _check(session, account, signal, move, asked, day or today())
    note = str(asked.pop("note", asked.get("reason", "")))
    for attempt in range(_CODE_ATTEMPTS):
        if signal.revision != revision:
            raise Outdated
        told = {name: value for name, value in asked.items() if name != "reason"}  # which is the note
        changes = changes_to(signal, {"state": target, **told})
        for name, value in asked.items():
            setattr(signal, name, value)
        signal.state = target
        if target == lifecycle.CODED and signal.code is None:
            signal.code = lifecycle.next_code(signal.wave_key, _codes(session, signal.wave_key))
        try:
            save(session, account, signal, "moved", changes, note)
            return
        except IntegrityError:  # another signal got this code at the same moment
            if attempt + 1 == _CODE_ATTEMPTS:
                raise


def hands_of(signal: Signal) -> Hands:
    """Who wrote, tested or brought it to where its text is validated; and who recorded its answer last."""
    wrote: set[str] = set()
    answered = ""
    for event, before in pairwise_states(signal):
        if event.account_id and (event.kind in _WRITING or (before, event.state) in _FORWARD):
            wrote.add(event.account_id)
        if event.kind == "moved" and event.state == "beantwoord" and before == "overgemaakt":
            answered = event.account_id or ""
    return Hands(frozenset(wrote), answered)


def _check(
    session: Session, account: Account, signal: Signal, move: Move, asked: Mapping[str, Any], day: date
) -> None:
    fields = {column.key: getattr(signal, column.key) for column in sa.inspect(Signal).columns}
    behind = evidence_of(session, signal)
    if not move.back and move.target != lifecycle.DROPPED and not all(one.intact for one in behind):
        raise MoveRefused("altered")
    lifecycle.check_move(
        move,
        account=account.id,
        hands=hands_of(signal),
        values={**fields, **asked},
        answers=answers_of(session, signal),
        verdicts=[str(one.proposal.verdict) for one in behind if one.intact],
        day=day,
    )
    told = tuple(name for name in _TEXTS if isinstance(fields[name], str) and identifying(fields[name]))
    if move.tested and told:
        raise MoveRefused("identifying", told)


def _codes(session: Session, wave_key: str) -> list[str]:
    with session.no_autoflush:
        query = sa.select(Signal.code).where(Signal.wave_key == wave_key, Signal.code.is_not(None))
        return [code for code in session.scalars(query) if code]
