""" "Jullie zeiden – wij doen": answers to signals, told back to those who spoke, each in their own language.

The Dutch is written with the step that tells a signal back. Other languages are drafts until a second person
reviewed them, and go out of date with the Dutch; what is not offered is left out, never mixed in.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.readiness import Shelf
from feedback_app.reports.told_models import ToldText
from feedback_app.responses.told import Pair
from feedback_app.signals.models import Signal

#: the states in which everybody may read it
PUBLIC = ("teruggekoppeld", "afgesloten")
#: how many signals are looked at for the page that thanks
_NEWEST = 20


class State(StrEnum):
    """How far one text is in one language."""

    MISSING = "missing"
    OUTDATED = "outdated"
    DRAFT = "draft"
    REVIEWED = "reviewed"


@dataclass(frozen=True)
class Words:
    """What people said, what is done, by whom and when; the last two may be empty in what is old."""

    said: str = ""
    doing: str = ""
    by: str = ""
    when: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of these words."""
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()


@dataclass(frozen=True)
class Told:
    """One signal as it is told back: its Dutch, and what there is in one other language."""

    signal: Signal
    dutch: Words
    row: ToldText | None

    @property
    def words(self) -> Words:
        """What there is in the other language; nothing where nobody wrote any."""
        row = self.row
        return Words(row.said, row.doing, row.by, row.when) if row else Words()

    @property
    def state(self) -> State:
        """How far it is."""
        if self.row is None:
            return State.MISSING
        return State(self.row.state) if self.row.dutch_hash == self.dutch.digest else State.OUTDATED

    @property
    def seen(self) -> str:
        """What somebody who changes it has to have seen: both texts and the state."""
        return hashlib.sha256(f"{self.dutch.digest}{self.words.digest}{self.state}".encode()).hexdigest()


@dataclass(frozen=True)
class Page:
    """What is told back in one language; `more` texts stand in Dutch only, and some are drafts or none."""

    items: tuple[Words, ...]
    more: int = 0
    draft: bool = False


def dutch_of(signal: Signal) -> Words:
    """What everybody reads of a signal in Dutch."""
    return Words(signal.told_said, signal.told_doing, signal.told_by, signal.told_when)


def told(
    session: Session, locale: str, *, wave: str = "", signal_id: str = "", most: int | None = None
) -> list[Told]:
    """The signals that were told back, the newest first and at most `most`, with their text in a language."""
    query = (
        sa.select(Signal, ToldText)
        .outerjoin(ToldText, sa.and_(ToldText.signal_id == Signal.id, ToldText.locale == locale))
        .where(Signal.state.in_(PUBLIC))
        .order_by(Signal.answered_on.desc(), Signal.code)
        .limit(most)
    )
    chosen = {Signal.wave_key: wave, Signal.id: signal_id}
    found = session.execute(query.where(*(column == value for column, value in chosen.items() if value)))
    return [Told(signal, dutch_of(signal), row) for signal, row in found]


def told_back(session: Session, shelf: Shelf, locale: str, *, wave: str = "") -> Page:
    """What is told back in a language: reviewed, or a draft where the agency offers drafts in it."""
    every = told(session, locale, wave=wave)
    if locale == SOURCE:
        return Page(tuple(one.dutch for one in every))
    offered = [one for one in every if shelf.lets(locale, one.state)]
    return Page(
        tuple(one.words for one in offered),
        len(every) - len(offered),
        any(one.state == State.DRAFT for one in offered),
    )


def told_lately(engine: sa.Engine, locale: str) -> list[Pair]:
    """What the page that thanks may show: of the newest signals, what is approved in the language."""
    with Session(engine) as session:
        newest = told(session, locale, most=_NEWEST)
        if locale == SOURCE:
            words = [one.dutch for one in newest]
        else:
            words = [one.words for one in newest if one.state == State.REVIEWED]
        return [Pair(one.said, one.doing) for one in words]


def counted(session: Session, locale: str) -> Mapping[State, int]:
    """How many texts of a language are how far."""
    states = [one.state for one in told(session, locale)]
    return {state: states.count(state) for state in State}
