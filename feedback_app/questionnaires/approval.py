"""How far one translation is: a draft, reviewed by somebody, approved by somebody else.

The states are translator comments of the `.po`, so that they go along through Poedit, Weblate and msgmerge:

    # written: vertaler 3f2a9c1e0b7d 2026-11-23 5c1d0e4f9a3b
    # reviewed: vertaler 81c07ad9e554 2026-11-24 5c1d0e4f9a3b

Role, the beginning of an account's random key (never a name), day, and a seal over the Dutch and the
translation it was said of: whoever changes one of the two, with whatever program, makes it a draft again.
Beside them stand `# back: …` (the translation back in Dutch), `# keep: …` (words that may stay as they are in
the Dutch) and free comments.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from textwrap import wrap

from feedback_app.questionnaires.catalogues import Entry
from feedback_app.questionnaires.text_gates import check_entry

WRITTEN, CHECKED, APPROVED = "written", "reviewed", "approved"
_MARKS = (WRITTEN, CHECKED, APPROVED)
_BACK, _KEEP = "back", "keep"

#: programs wrap comments at 76 characters; a longer line would come back as two
_WIDTH = 66


class State(StrEnum):
    """How far an entry is; words for it belong to whoever shows it."""

    MISSING = "missing"
    OUTDATED = "outdated"
    HELD = "held"
    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"


class Step(StrEnum):
    """What somebody does with an entry."""

    SAVE = "save"
    REVIEW = "review"
    APPROVE = "approve"
    REOPEN = "reopen"


class Obstacle(StrEnum):
    """Why a step is refused."""

    INCOMPLETE = "incomplete"
    FAULTS = "faults"
    UNREVIEWED = "unreviewed"
    OWN = "own"


class StepRefused(ValueError):
    """A step cannot be taken now; `why` says the first reason."""

    def __init__(self, why: Obstacle) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class Person:
    """Who does something, as a file may say it: a role and a key that means nothing elsewhere."""

    role: str
    who: str


@dataclass(frozen=True)
class Mark:
    """Somebody wrote, reviewed or approved this very translation of this very Dutch."""

    kind: str
    person: Person
    day: str
    seal: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.person.role} {self.person.who} {self.day} {self.seal}"


@dataclass(frozen=True)
class Wording:
    """What a form holds of an entry: one text per plural form, and three kinds of comment."""

    target: tuple[str, ...]
    back: str = ""
    keep: str = ""
    comment: str = ""


def seal(entry: Entry) -> str:
    """A fingerprint of the Dutch and its translation: 12 hexadecimal digits."""
    said = "\x1e".join(("\x1f".join((entry.context or "", *entry.source)), "\x1f".join(entry.target)))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def marks(entry: Entry) -> dict[str, Mark]:
    """What was said of this entry as it now stands, by kind."""
    said = [mark for note in entry.notes if (mark := _mark(note))]
    if not said:  # true of nearly all, and a seal costs more than a look
        return {}
    now = seal(entry)
    return {mark.kind: mark for mark in said if mark.seal == now}


def state_of(entry: Entry) -> State:
    """How far an entry is."""
    if not entry.target or not all(entry.target):
        return State.MISSING
    if entry.fuzzy:
        return State.OUTDATED if entry.previous else State.HELD
    said = marks(entry)
    if APPROVED in said:
        return State.APPROVED
    return State.REVIEWED if CHECKED in said else State.DRAFT


def wording_of(entry: Entry) -> Wording:
    """What a form shows of an entry."""
    back = " ".join(text for note in entry.notes if (text := _after(note, _BACK)))
    keep = ", ".join(text for note in entry.notes if (text := _after(note, _KEEP)))
    return Wording(entry.target, back, keep, "\n".join(comments(entry)))


def comments(entry: Entry) -> list[str]:
    """What people wrote about an entry, without what has a meaning of its own."""
    return [note for note in entry.notes if note and not _reserved(note)]


def revised(locale: str, entry: Entry, wording: Wording, step: Step, person: Person, on: date) -> Entry:
    """The entry after somebody filled in a form and took a step; StepRefused when that step is not open.

    A new text belongs to the Dutch as it is now, but one with a fault is held back: no page may show it.
    """
    if len(wording.target) != len(entry.target):
        raise StepRefused(Obstacle.INCOMPLETE)
    said = marks(entry)
    new = replace(entry, target=wording.target)
    changed = new.target != entry.target
    if changed:
        new = replace(new, fuzzy=False, previous=())
        said = {WRITTEN: _new_mark(WRITTEN, person, on, new)} if any(new.target) else {}
    new = replace(new, notes=_notes(wording, said.values()))
    faulty = any(check_entry(locale, new))
    if changed:
        new = replace(new, fuzzy=faulty)
    if step is Step.REVIEW:
        _refuse_unfinished(new, faulty)
        new = replace(new, fuzzy=False, previous=())
        said = {k: m for k, m in said.items() if k == WRITTEN} | {
            CHECKED: _new_mark(CHECKED, person, on, new)
        }
    elif step is Step.APPROVE:
        _refuse_unfinished(new, faulty)
        if obstacle := approval_obstacle(replace(new, notes=_notes(wording, said.values())), person):
            raise StepRefused(obstacle)
        said = said | {APPROVED: _new_mark(APPROVED, person, on, new)}
    elif step is Step.REOPEN:
        said = {k: m for k, m in said.items() if k == WRITTEN}
    return replace(new, notes=_notes(wording, said.values()))


def approval_obstacle(entry: Entry, person: Person) -> Obstacle | None:
    """Why this person cannot approve this entry; None when they can."""
    said = marks(entry)
    if state_of(entry) not in (State.REVIEWED, State.APPROVED):
        return Obstacle.UNREVIEWED
    if person.who in {mark.person.who for kind, mark in said.items() if kind in (WRITTEN, CHECKED)}:
        return Obstacle.OWN
    return None


def cleaned(text: str) -> str:
    """A text as a file can hold it: composed letters, one kind of line break, no control character."""
    text = unicodedata.normalize("NFC", text)
    ends = "\n" if text.endswith("\n") else ""
    lines = "\n".join(text.splitlines()) + ends  # also breaks that only some programs take for one
    return "".join(c for c in lines if c == "\n" or (c >= " " and c != "\x7f" and not "\x80" <= c < "\xa0"))


def _refuse_unfinished(entry: Entry, faulty: bool) -> None:
    if not entry.target or not all(entry.target):
        raise StepRefused(Obstacle.INCOMPLETE)
    if faulty:
        raise StepRefused(Obstacle.FAULTS)


def _new_mark(kind: str, person: Person, on: date, entry: Entry) -> Mark:
    return Mark(kind, person, on.isoformat(), seal(entry))


def _mark(note: str) -> Mark | None:
    kind, _, rest = note.partition(":")
    parts = rest.split()
    if kind not in _MARKS or len(parts) != 4:
        return None
    role, who, day, sealed = parts
    return Mark(kind, Person(role, who), day, sealed)


def _after(note: str, name: str) -> str:
    start, colon, rest = note.partition(":")
    return rest.strip() if colon and start.strip().lower() == name else ""


def _reserved(note: str) -> bool:
    start, colon, _ = note.partition(":")
    return bool(colon) and start.strip().lower() in (*_MARKS, _BACK, _KEEP)


def _notes(wording: Wording, said: Iterable[Mark]) -> tuple[str, ...]:
    """Comments first, then what has a meaning; what was said of an earlier text goes."""
    free = [_one_line(line) for line in wording.comment.splitlines()]
    # A line that a program would take for something else begins with a dash.
    free = [f"- {line}" if _reserved(line) or line[0] in "|,.:~" else line for line in free if line]
    keep = _one_line(wording.keep)
    back = wrap(_one_line(wording.back), _WIDTH, break_on_hyphens=False, break_long_words=False)
    lines = [*free, *([f"{_KEEP}: {keep}"] if keep else []), *(f"{_BACK}: {line}" for line in back)]
    return tuple(dict.fromkeys((*lines, *map(str, said))))  # Babel keeps one of two lines that are the same


def _one_line(text: str) -> str:
    return " ".join(cleaned(text).split())
