"""The written part of the example data, made up and marked as such: remarks, signals, practices."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.loading import read_yaml
from feedback_app.shape import read

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class RemarkText:
    """An open answer; without themes a colleague would set it aside."""

    text: str
    themes: tuple[str, ...]
    dutch: str = ""

    @property
    def quotable(self) -> str:
        """The Dutch in which it may be printed."""
        return self.dutch or self.text


@dataclass(frozen=True, kw_only=True)
class SignalText:
    """One (pre-)signal with everything written in it, and the state it got to."""

    wave: Literal["older", "newer"]
    key: str
    by: Literal["netwerkmedewerker", "analist", "redacteur"]
    state: str
    theme: str
    observation: str
    region: str | None = None
    frequency: str = ""
    spread: str = ""
    municipalities: str = ""
    solver: str = ""
    own_action: str = ""
    is_practice: bool = False
    title: str = ""
    finding: str = ""
    reading: str = ""
    reading_by: str = ""
    causes: str = ""
    consequence: str = ""
    concerns: str = ""
    ask: str = ""
    addressee: str = ""
    evidence: str = ""
    pattern: str = ""
    follows: str = ""
    checks: dict[str, tuple[bool, str]] = field(default_factory=dict)
    answered_by: str = ""
    answer: str = ""
    will_do: str = ""
    told_said: str = ""
    told_doing: str = ""
    told_by: str = ""
    told_when: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ToldPart:
    """What is told back of a signal, in one language."""

    said: str
    doing: str
    by: str
    when: str


@dataclass(frozen=True, kw_only=True)
class ToldTexts:
    """What is told back of a signal in other languages, and whether a second colleague reviewed it."""

    signal: str
    reviewed: bool
    texts: dict[str, ToldPart]


@dataclass(frozen=True, kw_only=True)
class PracticeText:
    """One good practice, and whether a second person released it."""

    wave: Literal["older", "newer"]
    by: Literal["analist", "redacteur"]
    theme: str
    region: str
    released: bool
    signal: str
    title: str
    what: str
    place: str
    why: str


Remarks = dict[str, dict[str, tuple[RemarkText, ...]]]


def load_remarks() -> Remarks:
    """Survey key → language → remarks; every survey has some in Dutch."""
    found = read(Remarks, read_yaml(_FOLDER / "remarks.yaml"))
    assert all(SOURCE in by_language for by_language in found.values())
    return found


def load_signals() -> tuple[SignalText, ...]:
    """The signals in the order in which they were written."""
    return read(tuple[SignalText, ...], read_yaml(_FOLDER / "signals.yaml"))


def load_practices() -> tuple[PracticeText, ...]:
    """The practices in the order in which they were written."""
    return read(tuple[PracticeText, ...], read_yaml(_FOLDER / "practices.yaml"))


def load_told() -> tuple[ToldTexts, ...]:
    """The translations of what is told back, in the order in which they are written."""
    return read(tuple[ToldTexts, ...], read_yaml(_FOLDER / "told.yaml"))
