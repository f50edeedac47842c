"""What reviewers do, done in the files: one entry or one header at a time, and the last change taken back.

A change is made only to what its maker saw: `seen` is the fingerprint that came with the form.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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

#: changes that can be taken back, per language
_REMEMBERED = 500


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
class Desk:
    """Where somebody works: the catalogues of one language, and a folder to remember changes in."""

    translations_dir: Path
    instance_dir: Path | None
    locale: str

    @property
    def writable(self) -> bool:
        """Whether anything can be saved here."""
        return writable(path_of(self.translations_dir, self.locale, DOMAINS[0]).parent)

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

    def open(self, domain: str) -> AbstractContextManager[OpenCatalogue]:
        """The catalogue to change; a context in which nobody else does."""
        return opened(path_of(self.translations_dir, self.locale, domain))


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
        before, headers = file.block(old.key), {}
        file.put(old, new)
        if (new.target != old.target or step is Step.REOPEN) and file.catalogue.state == REVIEWED:
            headers = _header_values(file.catalogue)
            file.put_headers({STATE_HEADER: DRAFT, REVIEWER_HEADER: ""})
        file.save()
        _remember(desk, name, {"before": before, "after": seen_of(new), "who": person.who, **headers})
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
    last = _journal(desk).get(name)
    return last is not None and last["who"] == person.who and last["after"] == seen_of(entry)


def undo(desk: Desk, name: str, person: Person) -> Entry:
    """Put the entry back as it was before this person's last change, and the header that fell with it.

    Raises EntryGone, NothingToUndo or FileReadOnly.
    """
    domain, known = find_entry(desk, name)
    with desk.open(domain) as file:
        old = file.catalogue.by_key.get(known.key)
        last = _journal(desk).get(name)
        if old is None or not last or last["who"] != person.who or last["after"] != seen_of(old):
            raise NothingToUndo(name)
        file.put_block(old.key, last["before"])
        # Once another text was changed too, the catalogue stays the draft that it became.
        if last.get(STATE_HEADER) and list(_journal(desk))[-1] == name:
            file.put_headers({key: last[key] for key in (STATE_HEADER, REVIEWER_HEADER)})
        file.save()
        _remember(desk, name, None)
        return file.catalogue.by_key[old.key]


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


# --- what can be taken back ----------------------------------------------------------------------


def _path(desk: Desk) -> Path | None:
    return desk.instance_dir / "translations" / f"{desk.locale}.json" if desk.instance_dir else None


def _journal(desk: Desk) -> dict[str, dict[str, str]]:
    path = _path(desk)
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8")) if path else {}
    except (OSError, ValueError):  # then nothing can be taken back; the translation itself is safe
        return {}
    return found


def _remember(desk: Desk, name: str, last: dict[str, str] | None) -> None:
    path = _path(desk)
    if path is None:
        return
    journal = _journal(desk)
    journal.pop(name, None)
    if last:
        journal[name] = last
    kept = dict(list(journal.items())[-_REMEMBERED:])
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        partial.replace(path)
    except OSError:
        return
