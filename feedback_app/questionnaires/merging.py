"""Bringing a language's catalogue up to date with the Dutch: nothing is lost, nothing outdated is shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import (
    DRAFT,
    REVIEWER_HEADER,
    STATE_HEADER,
    SURVEYS,
    Catalogue,
    Entry,
    needs,
    plural_count,
)

_SIMILAR = 0.8  # a small change of wording keeps its translation, held back; less alike is a new text


def merge(template: Catalogue, locale: str, old: Catalogue | None) -> Catalogue:
    """What a language needs of a template, with its translations; an outdated one is kept but held back."""
    wanted = [entry for entry in template.entries if needs(locale, template.domain, entry)]
    if locale == SOURCE:
        return Catalogue(locale, template.domain, tuple(_as_source(e) for e in wanted))
    empty = {1: ("",), 2: ("",) * plural_count(locale)}
    wanted = [replace(entry, target=empty[len(entry.source)]) for entry in wanted]
    if old is None:
        return Catalogue(locale, template.domain, tuple(wanted))
    found = _by_context if template.domain == SURVEYS else _by_wording
    entries = tuple(_carried(new, before) for new, before in found(wanted, old))
    return Catalogue(locale, template.domain, entries, old.headers)


def with_shipped(catalogue: Catalogue, shipped: Catalogue) -> Catalogue:
    """The same, with what came with this version of the software where nothing complete stands yet.

    An installation's own translations stay. What is added is of exactly this Dutch and a draft, and so is the
    whole catalogue then: nobody here has read it.
    """
    entries = tuple(_or_shipped(entry, shipped.by_key.get(entry.key)) for entry in catalogue.entries)
    if entries == catalogue.entries:
        return catalogue
    headers = dict(catalogue.headers or shipped.headers) | {STATE_HEADER: DRAFT, REVIEWER_HEADER: ""}
    return replace(catalogue, entries=entries, headers=tuple(headers.items()))


def _or_shipped(entry: Entry, shipped: Entry | None) -> Entry:
    if entry.complete or shipped is None or not shipped.complete or shipped.source != entry.source:
        return entry
    return replace(entry, target=shipped.target, fuzzy=False, previous=(), notes=shipped.notes)


def _as_source(entry: Entry) -> Entry:
    return replace(entry, target=entry.source)


def _by_context(wanted: Iterable[Entry], old: Catalogue) -> Iterator[tuple[Entry, Entry | None]]:
    by_context = {entry.context: entry for entry in old.entries}
    for entry in wanted:
        yield entry, by_context.get(entry.context)


def _by_wording(wanted: Sequence[Entry], old: Catalogue) -> Iterator[tuple[Entry, Entry | None]]:
    """Match equal texts; a new one takes over from one that left the same file and is much like it."""
    staying = {entry.key: set(entry.places) for entry in wanted}
    left = (replace(e, places=tuple(set(e.places) - staying.get(e.key, set()))) for e in old.entries)
    orphans = [entry for entry in left if entry.places and all(entry.target)]
    for entry in wanted:
        before = old.by_key.get(entry.key)
        if before is None or not all(before.target):
            before = _most_alike(entry, orphans) or before
        yield entry, before


def _most_alike(entry: Entry, orphans: list[Entry]) -> Entry | None:
    likeness = {
        number: SequenceMatcher(None, orphan.source[0], entry.source[0], autojunk=False).ratio()
        for number, orphan in enumerate(orphans)
        if len(orphan.source) == len(entry.source) and set(orphan.places) & set(entry.places)
    }
    best = max(likeness, key=lambda number: likeness[number], default=None)
    return orphans.pop(best) if best is not None and likeness[best] >= _SIMILAR else None


def _carried(new: Entry, before: Entry | None) -> Entry:
    if before is None:
        return new
    if len(before.source) != len(new.source) or not any(before.target):
        return replace(new, notes=before.notes)
    kept = replace(new, target=before.target, notes=before.notes)
    if before.source == new.source:
        return replace(kept, fuzzy=before.fuzzy, previous=before.previous)
    # Changed twice before a translator looked: the translation still belongs to the first wording.
    return replace(
        kept, fuzzy=True, previous=before.previous if before.fuzzy and before.previous else before.source
    )
