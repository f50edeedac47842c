"""What reviewers do: one entry or one header at a time, and the last change taken back.

On the pages it is kept for all machines (`writing.py`); in a terminal it is done in the files.
A change is made only to what its maker saw: `seen` is the fingerprint that came with the form.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.approval import (
    Obstacle,
    Person,
    State,
    Step,
    StepRefused,
    Wording,
    revised,
    state_of,
    wording_of,
)
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    DRAFT,
    REVIEWED,
    REVIEWER_HEADER,
    STATE_HEADER,
    Catalogue,
    Entry,
    locales,
    needs,
    path_of,
    read,
)
from feedback_app.questionnaires.patching import OpenCatalogue, locked, opened, writable
from feedback_app.questionnaires.text_gates import check_entry


class EntryGone(LookupError):
    """The catalogue no longer has this entry: its Dutch changed, or it went."""


class EntryChanged(ValueError):
    """Somebody else changed the entry since the form was shown; `now` is how it stands."""

    def __init__(self, now: Entry) -> None:
        super().__init__(now.source[0])
        self.now = now


class NothingToUndo(LookupError):
    """The last change of this entry was somebody else's, or something happened since."""


@dataclass(frozen=True)
class Change:
    """What somebody made of an entry: how it was, its fingerprint now, who, and the header that fell."""

    before: Entry
    after: str
    who: str
    headers: Mapping[str, str]


class Changing(Protocol):
    """A catalogue that one person is changing."""

    @property
    def catalogue(self) -> Catalogue:
        """As it stands now."""

    def put(self, old: Entry, new: Entry) -> None:
        """Let an entry say something else."""

    def put_headers(self, values: dict[str, str]) -> None:
        """Say how reviewed the catalogue is, and by whom."""

    def remember(self, name: str, change: Change) -> None:
        """What this change was, where changes are remembered."""

    def last_change(self, name: str) -> tuple[Change | None, bool]:
        """The last change of a text, and whether nothing was changed since."""

    def save(self, withdraw: bool = False) -> None:
        """Keep everything; `withdraw`: pages go on as they speak, as a draft."""


class Store(Protocol):
    """Where what is written goes."""

    @property
    def writable(self) -> bool:
        """Whether anything can be saved here."""

    def open(self, locale: str, domain: str) -> AbstractContextManager[Changing]:
        """A catalogue to change; a context in which nobody else does."""

    def last_change(self, locale: str, name: str) -> Change | None:
        """The last change of a text that can be taken back."""


@dataclass(frozen=True)
class Files:
    """The files themselves, for who works in a terminal; git remembers what they were."""

    translations_dir: Path

    @property
    def writable(self) -> bool:
        """Whether the folder can be written in."""
        return writable(self.translations_dir)

    def open(self, locale: str, domain: str) -> AbstractContextManager[Changing]:
        """A file, locked."""
        return opened(path_of(self.translations_dir, locale, domain))

    def last_change(self, locale: str, name: str) -> Change | None:
        """None."""


@dataclass(frozen=True)
class Desk:
    """Where somebody works: the catalogues of one language, and where what they write goes."""

    translations_dir: Path
    locale: str
    store: Store

    @classmethod
    def in_files(cls, translations_dir: Path, locale: str) -> "Desk":
        """A desk that changes the files."""
        return cls(translations_dir, locale, Files(translations_dir))

    @property
    def writable(self) -> bool:
        """Whether anything can be saved here."""
        return self.store.writable

    def catalogue(self, domain: str) -> Catalogue:
        """One catalogue as it stands; empty when its file does not exist."""
        try:
            return read(path_of(self.translations_dir, self.locale, domain))
        except FileNotFoundError:
            return Catalogue(self.locale, domain)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every entry of the language with its domain, what we ask first."""
        for domain in reversed(DOMAINS):
            for entry in self.catalogue(domain).entries:
                if needs(self.locale, domain, entry):  # msgmerge adds what other languages need
                    yield domain, entry

    def open(self, domain: str) -> AbstractContextManager[Changing]:
        """The catalogue to change; a context in which nobody else does."""
        return self.store.open(self.locale, domain)


def working_languages(translations_dir: Path) -> list[str]:
    """The languages that are translated here."""
    return [key for key in locales(translations_dir) if key != SOURCE]


def name_of(domain: str, entry: Entry) -> str:
    """What an entry is called in addresses: 16 hexadecimal digits of its domain, context and Dutch."""
    return hashlib.sha256("\x1f".join((domain, entry.context or "", *entry.source)).encode()).hexdigest()[:16]


def seen_of(entry: Entry) -> str:
    """A fingerprint of everything a form shows of an entry."""
    shown = (entry.context, entry.source, entry.target, entry.fuzzy, entry.notes, entry.previous)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def find_entry(desk: Desk, name: str) -> tuple[str, Entry]:
    """The domain and entry with this name; EntryGone."""
    for domain, entry in desk.entries():
        if name_of(domain, entry) == name:
            return domain, entry
    raise EntryGone(name)


def change(desk: Desk, name: str, seen: str, wording: Wording, step: Step, person: Person, on: date) -> Entry:
    """Write a wording and take a step; gives the entry as it then stands.

    Raises EntryGone, EntryChanged, StepRefused or FileReadOnly, having written nothing.
    """
    domain, known = find_entry(desk, name)
    with desk.open(domain) as file:
        old = file.catalogue.by_key.get(known.key)
        if old is None or old.source != known.source:
            raise EntryGone(name)
        if seen_of(old) != seen and not _stands(desk.locale, old, wording, step, person, on):
            raise EntryChanged(old)
        new = revised(desk.locale, old, wording, step, person, on)
        if new == old:
            return new
        headers = {}
        file.put(old, new)
        if (new.target != old.target or step is Step.REOPEN) and file.catalogue.state == REVIEWED:
            headers = _header_values(file.catalogue)
            file.put_headers({STATE_HEADER: DRAFT, REVIEWER_HEADER: ""})
        file.remember(name, Change(old, seen_of(new), person.who, headers))
        file.save()
        return new


def _stands(locale: str, old: Entry, wording: Wording, step: Step, person: Person, on: date) -> bool:
    """Whether the file says all of this already, as when a button is pressed twice."""
    try:
        return revised(locale, old, wording, step, person, on) == old
    except StepRefused:
        return False


def still_right(desk: Desk, name: str, seen: str | None, person: Person, on: date) -> Entry:
    """Say that an outdated translation also fits the Dutch of now; without `seen`, whatever it is."""
    _domain, entry = find_entry(desk, name)
    if not entry.fuzzy:
        raise EntryChanged(entry)
    return change(desk, name, seen or seen_of(entry), wording_of(entry), Step.REVIEW, person, on)


def all_still_right(desk: Desk, texts: Iterable[tuple[str, Entry]], person: Person, on: date) -> None:
    """Say of these entries of (domain, entry) that they still fit: of all, or of none.

    Raises StepRefused, EntryChanged or FileReadOnly.
    """
    paths = {domain: path_of(desk.translations_dir, desk.locale, domain) for domain in DOMAINS}
    with locked(paths[DOMAINS[0]].parent):
        files: dict[str, OpenCatalogue] = {}
        for domain, entry in texts:
            if domain not in files:
                files[domain] = OpenCatalogue(paths[domain], paths[domain].read_bytes())
            if files[domain].catalogue.by_key.get(entry.key) != entry:
                raise EntryChanged(entry)
            new = revised(desk.locale, entry, wording_of(entry), Step.REVIEW, person, on)
            files[domain].put(entry, new)
        for file in files.values():
            file.save()


def can_undo(desk: Desk, name: str, entry: Entry, person: Person) -> bool:
    """Whether this person made the last change of this entry, here."""
    last = desk.store.last_change(desk.locale, name)
    return last is not None and last.who == person.who and last.after == seen_of(entry)


def undo(desk: Desk, name: str, person: Person) -> Entry:
    """Put the entry back as it was before this person's last change, and the header that fell with it.

    Raises EntryGone, NothingToUndo or FileReadOnly.
    """
    domain, known = find_entry(desk, name)
    with desk.open(domain) as file:
        old = file.catalogue.by_key.get(known.key)
        last, newest = file.last_change(name)
        if old is None or not last or last.who != person.who or last.after != seen_of(old):
            raise NothingToUndo(name)
        then = last.before
        new = replace(old, target=then.target, fuzzy=then.fuzzy, previous=then.previous, notes=then.notes)
        file.put(old, new)
        # Once another text was changed too, the catalogue stays the draft that it became.
        if last.headers and newest:
            file.put_headers(dict(last.headers))
        file.save()
        return new


def all_approved(catalogue: Catalogue) -> bool:
    """Whether every entry is approved and none has a fault."""
    locale = catalogue.locale or SOURCE
    return bool(catalogue.entries) and all(
        state_of(entry) is State.APPROVED and not any(check_entry(locale, entry))
        for entry in catalogue.entries
        if needs(locale, catalogue.domain, entry)
    )


def release(desk: Desk, domain: str, reviewer: str) -> None:
    """Declare a catalogue reviewed; StepRefused unless every entry is approved."""
    with desk.open(domain) as file:
        if not all_approved(file.catalogue):
            raise StepRefused(Obstacle.UNREVIEWED)
        file.put_headers({STATE_HEADER: REVIEWED, REVIEWER_HEADER: reviewer})
        file.save()


def reopen(desk: Desk, domain: str) -> None:
    """Make a catalogue a draft again, also as pages show it; what its entries are stays."""
    with desk.open(domain) as file:
        file.put_headers({STATE_HEADER: DRAFT, REVIEWER_HEADER: ""})
        file.save(withdraw=True)


def _header_values(catalogue: Catalogue) -> dict[str, str]:
    headers = dict(catalogue.headers)
    return {name: headers.get(name, "") for name in (STATE_HEADER, REVIEWER_HEADER)}
