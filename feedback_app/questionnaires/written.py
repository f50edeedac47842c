"""What colleagues wrote, laid over the catalogues that ship.

The files are the base, the same on every machine of an installation, and a new version brings new ones. What
colleagues write on the pages is in the database, a row for each text. What is shown is both together; nothing
of either is lost when the other changes.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import (
    DRAFT,
    REVIEWED,
    REVIEWER_HEADER,
    STATE_HEADER,
    SURVEYS,
    Catalogue,
    Entry,
    Key,
    needs,
)
from feedback_app.questionnaires.compiling import is_whole, page_texts, served
from feedback_app.questionnaires.models import WrittenState, WrittenText


@dataclass(frozen=True)
class Layer:
    """Everything that colleagues wrote in one catalogue; without a state they wrote nothing."""

    texts: tuple[WrittenText, ...] = ()
    state: WrittenState | None = None
    by_key: Mapping[Key, WrittenText] = field(init=False)

    def __post_init__(self) -> None:
        found = {(row.context, row.source[0]): row for row in self.texts}
        object.__setattr__(self, "by_key", found)


def laid_over(base: Catalogue, layer: Layer) -> Catalogue:
    """The catalogue as colleagues left it: their texts where the Dutch is still exactly the same.

    Where it changed since and the file has no translation of its own, theirs is kept, held back, as always.
    """
    by_context = {row.context: row for row in layer.texts} if base.domain == SURVEYS else {}
    entries = tuple(_laid_over(one, layer, by_context) for one in base.entries)
    catalogue = replace(base, entries=entries)
    state, reviewer = _state(base, catalogue, layer)
    if (state, reviewer) == _header(base):
        return catalogue
    headers = dict(base.headers) | {STATE_HEADER: state, REVIEWER_HEADER: reviewer}
    return replace(catalogue, headers=tuple(headers.items()))


def _laid_over(entry: Entry, layer: Layer, by_context: Mapping[str | None, WrittenText]) -> Entry:
    row = layer.by_key.get(entry.key)
    if row and tuple(row.source) == entry.source:
        return with_row(entry, row)
    row = by_context.get(entry.context) or _earlier(entry, layer)
    if entry.complete or row is None or len(row.source) != len(entry.source) or not any(row.target):
        return entry
    previous = row.previous if row.fuzzy and row.previous else row.source
    return replace(with_row(entry, row), fuzzy=True, previous=tuple(previous))


def _earlier(entry: Entry, layer: Layer) -> WrittenText | None:
    """What they made of the wording that the file says this one follows."""
    row = layer.by_key.get((entry.context, entry.previous[0])) if entry.fuzzy and entry.previous else None
    return row if row and tuple(row.source) == entry.previous else None


def with_row(entry: Entry, row: WrittenText) -> Entry:
    """An entry of a file with what was written of it; with other plural forms now, as in the file."""
    if len(row.target) != len(entry.target):
        return entry
    return replace(
        entry,
        target=tuple(row.target),
        fuzzy=row.fuzzy,
        previous=tuple(row.previous),
        notes=tuple(row.notes),
    )


def _header(catalogue: Catalogue) -> tuple[str, str]:
    headers = dict(catalogue.headers)
    return headers.get(STATE_HEADER, ""), headers.get(REVIEWER_HEADER, "")


def _state(base: Catalogue, catalogue: Catalogue, layer: Layer) -> tuple[str, str]:
    """How reviewed it is: as was declared of these very texts; as the file says, where it is the file's."""
    said = layer.state
    if said is not None and said.state == REVIEWED and said.seal == seal_of(catalogue):
        return REVIEWED, said.reviewer
    untouched = catalogue.entries == base.entries
    if said is None or (untouched and said.state != REVIEWED and not said.withdrawn):
        return _header(base)
    return DRAFT, ""


def seal_of(catalogue: Catalogue) -> str:
    """A fingerprint of all texts that a language needs and of their translations."""
    locale = catalogue.locale or SOURCE
    said = [
        (one.context or "", *one.source, *one.target, "fuzzy" * one.fuzzy)
        for one in catalogue.entries
        if needs(locale, catalogue.domain, one)
    ]
    return _digest(said)


def spoken_seal(catalogue: Catalogue) -> str:
    """A fingerprint of everything that pages say."""
    return _digest((one.context or "", *one.source, *one.target) for one in catalogue.entries if one.complete)


def _digest(texts: Iterable[tuple[str, ...]]) -> str:
    return hashlib.sha256(repr(sorted(texts)).encode()).hexdigest()


def spoken(base: Path, written: Catalogue, layer: Layer) -> Catalogue:
    """What pages say: the last wording that was good, as long as it is whole, else what is written.

    `base` is the `.po` of the file; its `.mo` is what pages said before anybody wrote here.
    """
    now = overlaid(base, written, layer)
    return now if is_whole(now, page_texts(base)) else written


def overlaid(base: Path, written: Catalogue, layer: Layer) -> Catalogue:
    """What the file's `.mo` says, with what pages were let to say since."""
    before = served(base) or written
    rows = {key: row for key, row in layer.by_key.items() if row.served is not None}
    kept = [one for one in before.entries if one.key not in rows]
    mine = [
        replace(one, target=tuple(rows[one.key].served or ()), fuzzy=False)
        for one in written.entries
        if one.key in rows and rows[one.key].served and tuple(rows[one.key].source) == one.source
    ]
    now = replace(before, entries=(*kept, *mine))
    return replace(now, headers=((STATE_HEADER, _spoken_state(before, now, bool(rows), layer)),))


def _spoken_state(before: Catalogue, now: Catalogue, touched: bool, layer: Layer) -> str:
    said = layer.state
    if said is None or not said.served_state:
        return DRAFT if touched else before.state or DRAFT
    if said.served_state == REVIEWED and said.served_seal == spoken_seal(now):
        return REVIEWED
    return DRAFT
