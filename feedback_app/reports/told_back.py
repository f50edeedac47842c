""" "Jullie zeiden – wij doen": answers to signals, told back to those who spoke."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.signals.models import Signal


@dataclass(frozen=True)
class ToldBack:
    """What was said, who answered what, and when."""

    title: str
    said: str
    answer: str
    addressee: str
    answered_on: date | None


def told_back(session: Session) -> list[ToldBack]:
    """Every signal whose answer was told back, the newest first."""
    found = session.scalars(
        sa.select(Signal)
        .where(Signal.state.in_(("teruggekoppeld", "afgesloten")), Signal.answer != "")
        .order_by(Signal.answered_on.desc(), Signal.code)
    )
    return [ToldBack(one.title, one.ask, one.whole_answer, one.addressee, one.answered_on) for one in found]
