"""The `.mo` files that pages speak from: the last wording that was good, whatever its `.po` says since.

People are answering while translators work. So a page's `.mo` that is whole gives way only to a catalogue
that is whole too and no less reviewed; until then the new wording is a proposal. Where there is no whole one,
as in a new installation or after the Dutch changed, it is what the `.po` says.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from feedback_app.questionnaires.catalogues import (
    DRAFT,
    MESSAGES,
    REVIEWED,
    STATE_HEADER,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    header_lines,
    meets,
    plural_count,
    read,
    replace_file,
    template_path,
)
from feedback_app.questionnaires.text_gates import usable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a file that changes with the clock cannot be compared
_MAGIC = 0x950412DE


class _Made(Catalog):
    """Babel's catalogue with the state in its header: how reviewed the texts were that pages have."""

    state = DRAFT

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What stands in the header, in order."""
        return [(STATE_HEADER, self.state), *Catalog._get_mime_headers(self)]


def compiled(catalogue: Catalogue) -> bytes:
    """The `.mo` of a catalogue: complete entries only, the same bytes for the same content."""
    made = _Made(locale=catalogue.locale, project="feedback-app", creation_date=_EPOCH, revision_date=_EPOCH)
    made.state = catalogue.state
    for entry in catalogue.entries:
        if entry.complete:
            plural = len(entry.source) > 1
            source, target = (entry.source, entry.target) if plural else (entry.source[0], entry.target[0])
            made.add(source, target, context=entry.context)
    buffer = BytesIO()
    write_mo(buffer, made)
    return buffer.getvalue()


def compile_catalogue(path: Path, even_if_worse: bool = False) -> bool:
    """Write the `.mo` beside a `.po` if that changes it and may; whether it did."""
    catalogue = read(path)
    if not even_if_worse and not may_serve(path, catalogue):
        return False
    return replace_file(path.with_suffix(".mo"), compiled(catalogue))


def may_serve(path: Path, catalogue: Catalogue) -> bool:
    """Whether pages may speak as this catalogue does from now on, instead of as they do."""
    if catalogue.domain != MESSAGES:
        return True  # what we ask is frozen with each version; nothing is served from its `.mo`
    return may_follow(served(path), page_texts(path), catalogue)


def may_follow(now: Catalogue | None, needed: list[Entry], catalogue: Catalogue) -> bool:
    """The same of what pages say now."""
    if not needed or now is None or not is_whole(now, needed):
        return True
    reviewed_enough = REVIEWED if now.state == REVIEWED else (DRAFT, REVIEWED)
    return catalogue.state in reviewed_enough and is_whole(catalogue, needed)


def goes_live(path: Path, entry: Entry) -> bool:
    """Whether a page shows another wording of this text as soon as it is saved, without anybody's review."""
    needed, now, catalogue = page_texts(path), served(path), read(path)
    if entry.key not in {one.key for one in needed} or now is None or now.state != DRAFT:
        return False
    mended = (now.by_key.get(one.key, one) if one.key == entry.key else one for one in catalogue.entries)
    return is_whole(now, needed) and is_whole(replace(catalogue, entries=tuple(mended)), needed)


def withdrawn(path: Path, catalogue: Catalogue) -> bytes:
    """The `.mo` once nobody vouches for its texts any more: what it says, as a draft."""
    return compiled(replace(served(path) or catalogue, headers=((STATE_HEADER, DRAFT),)))


def page_texts(path: Path) -> list[Entry]:
    """The texts of the template that respondents in the language of this `.po` may meet."""
    try:
        template = read(template_path(path.parents[2], MESSAGES), pages_only=True)
    except (FileNotFoundError, CatalogueUnreadable):
        return []
    return [entry for entry in template.entries if meets(path.parents[1].name, entry)]


def is_whole(catalogue: Catalogue, needed: Iterable[Entry]) -> bool:
    """Whether it has each of these texts, of exactly this Dutch, such that a page can show it."""
    forms = plural_count(catalogue.locale)
    for wanted in needed:
        found = catalogue.by_key.get(wanted.key)
        if found is None or found.source != wanted.source or not found.complete:
            return False
        if len(found.target) != (forms if len(wanted.source) > 1 else 1):
            return False
        if not usable(replace(wanted, target=found.target)):
            return False
    return True


def served(path: Path) -> Catalogue | None:
    """What pages say in the language of this `.po`, read from its `.mo`; None when there is none to read."""
    try:
        pairs = list(_pairs(path.with_suffix(".mo").read_bytes()))
    except (OSError, ValueError, struct.error):
        return None
    headers = header_lines(next((said for asked, said in pairs if not asked), ""))
    entries = tuple(_entry(asked, said) for asked, said in pairs if asked)
    return Catalogue(path.parents[1].name, path.stem, entries, headers)


def _pairs(content: bytes) -> Iterator[tuple[str, str]]:
    """Every (what is asked, what is said) of a `.mo` in either byte order; ValueError or struct.error."""
    order = "<" if content[:4] == struct.pack("<I", _MAGIC) else ">"
    magic, _version, number, sources, targets = struct.unpack(f"{order}5I", content[:20])
    if magic != _MAGIC:
        raise ValueError("not a .mo file")
    for at in range(0, 8 * number, 8):
        two = []
        for table in (sources, targets):
            length, start = struct.unpack_from(f"{order}2I", content, table + at)
            if start + length > len(content):
                raise ValueError("a .mo file that was cut off")
            two.append(content[start : start + length].decode("utf-8"))
        yield two[0], two[1]


def _entry(asked: str, said: str) -> Entry:
    context, mark, rest = asked.partition("\x04")
    source = rest if mark else asked
    return Entry(context if mark else None, tuple(source.split("\0")), tuple(said.split("\0")))
