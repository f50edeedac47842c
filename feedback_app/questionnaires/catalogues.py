"""Catalogues: `.po` files read, merged and written so that the same content is always the same bytes.

Dutch is the source everywhere. Domain `messages` holds what pages and reports say, found by the Dutch text;
domain `surveys` holds what we ask, found by context (survey.item[.option]), so that a changed question finds
its outdated translation. A catalogue holds exactly what its language needs.
"""

import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.pofile import PoFileError, PoFileParser, denormalize, escape, normalize

from feedback_app.languages import PARTNER, SOURCE, STAFF, all_languages

DOMAINS = MESSAGES, SURVEYS = ("messages", "surveys")

#: Texts of `messages` from these places stand before respondents, so every language needs them ...
RESPONDENT_PLACES = (
    "feedback_app/templates/respond/",
    "feedback_app/templates/paper/",
    "feedback_app/templates/web/",
    "feedback_app/templates/public/",
    "feedback_app/templates/messages/",
    "feedback_app/templates/cards/",
    "feedback_app/responses/",
    "feedback_app/invitations/posters.py",
    "feedback_app/invitations/cards.py",
    "feedback_app/invitations/messages.py",
    "feedback_app/web/",
    "feedback_app/questionnaires/forms.py",
)
#: ... except from these, which only staff see. All else is staff pages and reports.
STAFF_PLACES = (
    "feedback_app/responses/entry.py",
    "feedback_app/responses/preview",
    "feedback_app/responses/regional",
)
#: Texts from these places go to offer partners only.
PARTNER_PLACES = ("feedback_app/invitations/partner_messages.py",)

_STANDS_ON_A_PAGE = re.compile(
    rb"^#:.*(?:%s)" % b"|".join(re.escape(place.encode()) for place in (*RESPONDENT_PLACES, *PARTNER_PLACES)),
    re.MULTILINE,
)

#: First part of a context in `surveys` → who needs it; what is not named here is needed in every language.
SURVEY_LANGUAGES = {"staff": STAFF, "theme": STAFF, "partner": PARTNER}

DRAFT, REVIEWED = "draft", "reviewed"
STATE_HEADER, REVIEWER_HEADER = "X-Review-State", "X-Reviewed-By"

_WIDTH = 100
#: a line of a text as it stands in a file
_QUOTED = re.compile(r'(?:msg\w+(?:\[\d+\])?\s*)?"(?:[^"\\]|\\.)*"\s*')
_DROPPED_HEADERS = {"POT-Creation-Date", "Generated-By"}

Key = tuple[str | None, str]


class CatalogueUnreadable(ValueError):
    """A `.po` file is not one; the message says the line."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path, self.line, self.problem = path, line, problem


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: `source` is Dutch, (text,) or (singular, plural); `target` has one text per plural form."""

    context: str | None
    source: tuple[str, ...]
    target: tuple[str, ...] = ()
    fuzzy: bool = False
    places: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    line: int = 0

    @property
    def key(self) -> Key:
        """What gettext finds it by."""
        return self.context, self.source[0]

    @property
    def complete(self) -> bool:
        """Whether every form is translated and nothing is held back."""
        return not self.fuzzy and bool(self.target) and all(text.strip() for text in self.target)

    @property
    def for_respondents(self) -> bool:
        """Whether a respondent of any language may see it."""
        return any(p.startswith(RESPONDENT_PLACES) and not p.startswith(STAFF_PLACES) for p in self.places)

    @property
    def for_partners(self) -> bool:
        """Whether an offer partner may see it."""
        return self.for_respondents or any(p.startswith(PARTNER_PLACES) for p in self.places)


@dataclass(frozen=True)
class Catalogue:
    """All texts of one domain in one language; `locale` is None for the template (`.pot`)."""

    locale: str | None
    domain: str
    entries: tuple[Entry, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_key(self) -> dict[Key, Entry]:
        """Entries by what gettext finds them by."""
        return {entry.key: entry for entry in self.entries}

    @property
    def state(self) -> str:
        """`draft`, `reviewed`, or what the header says instead."""
        return dict(self.headers).get(STATE_HEADER, "")


def path_of(translations_dir: Path, locale: str, domain: str) -> Path:
    """Where a catalogue lies."""
    return translations_dir / locale / "LC_MESSAGES" / f"{domain}.po"


def template_path(translations_dir: Path, domain: str) -> Path:
    """Where the template of a domain lies."""
    return translations_dir / f"{domain}.pot"


def locales(translations_dir: Path) -> list[str]:
    """The languages that have a folder here and are known, in the order in which they are offered."""
    return [key for key in all_languages() if (translations_dir / key / "LC_MESSAGES").is_dir()]


def plural_count(locale: str | None) -> int:
    """How many plural forms gettext has for this language."""
    return Catalog(locale=locale).num_plurals if locale else 2


def plural_forms(locale: str) -> str:
    """The rule that chooses a plural form, as it stands in a header."""
    return Catalog(locale=locale).plural_forms


def meets(locale: str, entry: Entry) -> bool:
    """Whether somebody who is asked in this language may meet this text of `messages`."""
    return entry.for_partners if locale in PARTNER else entry.for_respondents


def needs(locale: str, domain: str, entry: Entry) -> bool:
    """Whether a language needs this text: the one place of that rule."""
    if domain == MESSAGES:
        return locale in STAFF or meets(locale, entry)
    wanting = SURVEY_LANGUAGES.get((entry.context or "").split(".")[0])
    return wanting is None or locale in wanting


def offer_type_context(key: str) -> str:
    """The context under which an offer type's label is translated."""
    return f"offer_type.{key}"


def survey_texts(translations_dir: Path, locale: str) -> Mapping[tuple[str, str], str]:
    """(context, Dutch) → translation, without what is missing, outdated or held back."""
    try:
        catalogue = read(path_of(translations_dir, locale, SURVEYS))
    except FileNotFoundError:
        return {}
    return {(e.context or "", e.source[0]): e.target[0] for e in catalogue.entries if e.complete}


# --- reading -------------------------------------------------------------------------------------

#: Catalogues read last: who looks at one language after the other meets each twice or so, beside the
#: template. All of them would be six megabytes in every web process, which only serves what is compiled.
_KEPT = 3
_read: OrderedDict[tuple[Path, bool], tuple[tuple[int, int], Catalogue]] = OrderedDict()
_lock = threading.Lock()


def stamp(path: Path | str) -> tuple[int, int]:
    """What changes when a file changes; (0, 0) when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 — asked for every language in every request
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def read(path: Path, *, pages_only: bool = False) -> Catalogue:
    """A catalogue, for a while kept in memory; FileNotFoundError or CatalogueUnreadable.

    With `pages_only` of `messages` no more than what respondents may meet, which takes a tenth of the memory.
    """
    key, now = (path, pages_only), stamp(path)
    with _lock:
        kept = _read.get(key)
        if kept and kept[0] == now:
            _read.move_to_end(key)
            return kept[1]
    content = path.read_bytes()
    catalogue = parse(_for_pages(content) if pages_only else content, path)
    with _lock:
        _read[key] = now, catalogue
        while len(_read) > _KEPT:
            _read.popitem(last=False)
    return catalogue


def _for_pages(content: bytes) -> bytes:
    """The header of a catalogue, and of its texts those that say they stand somewhere before respondents."""
    header, *texts = content.replace(b"\r\n", b"\n").split(b"\n\n")
    return b"\n\n".join([header, *filter(_STANDS_ON_A_PAGE.search, texts)])


class _Parsed(Catalog):
    """Babel's catalogue, keeping the header lines it does not know (`X-Review-State`)."""

    header_text = ""

    def __setitem__(self, id: Any, message: Any) -> None:  # noqa: A002
        if not id:
            self.header_text = str(message.string)
        super().__setitem__(id, message)


def parse(content: bytes, path: Path) -> Catalogue:
    """The catalogue in a file's bytes; `path` says its language and domain."""
    locale = path.parent.parent.name if path.suffix == ".po" else None
    parsed = _Parsed(locale=locale)
    try:
        # only \n ends a line: in a text, U+2028 out of a word processor is a fault of that text alone
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        _check_quotes(path, lines)
        PoFileParser(parsed, ignore_obsolete=True, abort_invalid=True).parse(lines)
    except PoFileError as error:
        raise CatalogueUnreadable(path, (error.lineno or 0) + 1, str(error)) from None
    except CatalogueUnreadable:
        raise
    except (UnicodeDecodeError, ValueError, IndexError) as error:
        raise CatalogueUnreadable(path, 1, f"this is not a catalogue in UTF-8 ({error})") from None
    entries = tuple(_entry(m) for m in parsed if m.id)
    return Catalogue(locale, path.stem, entries, header_lines(parsed.header_text))


def header_lines(text: str) -> tuple[tuple[str, str], ...]:
    """(name, value) of each line of a header."""
    split = (line.partition(":") for line in text.splitlines() if ":" in line)
    return tuple((name.strip(), value.strip()) for name, _, value in split)


def _check_quotes(path: Path, lines: Sequence[str]) -> None:
    """Refuse a text without its last quote: Babel would drop a letter for it and say nothing."""
    for number, line in enumerate(lines, 1):
        if line.startswith(('"', "msg")) and not _QUOTED.fullmatch(line):
            raise CatalogueUnreadable(path, number, "a quote is lacking, or one has no \\ before it")


def _entry(message: Any) -> Entry:
    plural = isinstance(message.id, (tuple, list))
    comments = list(message.user_comments)
    return Entry(
        context=message.context,
        source=tuple(message.id) if plural else (message.id,),
        target=tuple(message.string) if plural else (message.string or "",),
        fuzzy="fuzzy" in message.flags,
        places=tuple(dict.fromkeys(place for place, _ in message.locations)),
        hints=tuple(message.auto_comments),
        notes=tuple(line for line in comments if not line.startswith("|")),
        previous=_previous([line[1:].strip() for line in comments if line.startswith("|")]),
        line=message.lineno or 0,
    )


def _previous(lines: Sequence[str]) -> tuple[str, ...]:
    """The earlier Dutch from `#|` lines, which Babel takes for plain comments."""
    parts: list[str] = []
    for line in lines:
        keyword, _, rest = line.partition(" ")
        if keyword in {"msgid", "msgid_plural"}:
            parts.append(rest)
        elif line.startswith('"') and parts:
            parts[-1] += f"\n{line}"
    return tuple(str(denormalize(part)) for part in parts)


# --- writing -------------------------------------------------------------------------------------


def write(path: Path, catalogue: Catalogue) -> bool:
    """Write a catalogue if that changes its file; whether it did."""
    return replace_file(path, render(catalogue).encode("utf-8"))


def replace_file(path: Path, content: bytes) -> bool:
    """Write a file at once if that changes it; whether it did. Two may do so at the same moment."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with partial.open("wb", buffering=0) as file:
            file.write(content)
            os.fsync(file.fileno())
        partial.replace(path)  # a web process reads the old file or the new one, never half of one
    finally:
        partial.unlink(missing_ok=True)
    return True


def render(catalogue: Catalogue) -> str:
    """The text of a catalogue's file: fixed width and order, files as places, no line numbers, no clock."""
    blocks = [
        ["# Made by `feedback-app translations`. Dutch is the source."],
        *map(_lines, catalogue.entries),
    ]
    if catalogue.locale == SOURCE:
        blocks[0].append("# Made anew by every update: change the Dutch where it stands, not here.")
    header = "".join(f"{name}: {value}\n" for name, value in _headers(catalogue))
    blocks[0] += ['msgid ""', f"msgstr {_quoted(header)}"]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _headers(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    old = dict(catalogue.headers)
    new = {"Project-Id-Version": "feedback-app"}
    if catalogue.locale:
        new |= {"Language": catalogue.locale, "Plural-Forms": plural_forms(catalogue.locale)}
    new |= {
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    if catalogue.locale:
        state = REVIEWED if catalogue.locale == SOURCE else old.get(STATE_HEADER, DRAFT)
        new |= {STATE_HEADER: state, REVIEWER_HEADER: old.get(REVIEWER_HEADER, "")}
    yield from new.items()
    yield from sorted((n, v) for n, v in old.items() if n not in new and n not in _DROPPED_HEADERS)


def _lines(entry: Entry) -> list[str]:
    lines = [f"# {note}".rstrip() for note in entry.notes]
    lines += [f"#. {hint}" for hint in entry.hints]
    lines += [f"#: {place}" for place in entry.places]
    flags = ["fuzzy"] * entry.fuzzy + ["python-format"] * any("%(" in text for text in entry.source)
    if flags:
        lines.append(f"#, {', '.join(flags)}")
    names = ("msgid", "msgid_plural")
    for name, text in zip(names, entry.previous, strict=False):
        lines.append(f"#| {name} {escape(text)}")  # on one line: Babel drops a comment line it has seen
    if entry.context is not None:
        lines.append(f"msgctxt {_quoted(entry.context)}")
    lines += [f"{name} {_quoted(text)}" for name, text in zip(names, entry.source, strict=False)]
    if len(entry.source) == 1:
        return [*lines, f"msgstr {_quoted(entry.target[0] if entry.target else '')}"]
    targets = entry.target or ("", "")
    return [*lines, *(f"msgstr[{number}] {_quoted(text)}" for number, text in enumerate(targets))]


def _quoted(text: str) -> str:
    return normalize(text, width=_WIDTH)


def fill(
    path: Path, texts: Mapping[Key, str | Sequence[str]], notes: Mapping[Key, str] | None = None
) -> list[Key]:
    """Put translations into a catalogue, which is a draft from then on; gives the keys it does not hold.

    `notes` become translator comments. Raises ValueError, writing nothing, when a number of plural forms
    is wrong.
    """
    catalogue, notes = read(path), notes or {}
    entries = []
    for entry in catalogue.entries:
        given = texts.get(entry.key)
        if given is None:
            entries.append(entry)
            continue
        target = (given,) if isinstance(given, str) else tuple(given)
        if len(target) != len(entry.target):
            raise ValueError(
                f"{path}: “{entry.source[0]}” needs {len(entry.target)} forms, not {len(target)}."
            )
        own = (notes[entry.key],) if notes.get(entry.key) else entry.notes
        entries.append(replace(entry, target=target, fuzzy=False, previous=(), notes=own))
    headers = dict(catalogue.headers) | {STATE_HEADER: DRAFT, REVIEWER_HEADER: ""}
    write(path, replace(catalogue, entries=tuple(entries), headers=tuple(headers.items())))
    return [key for key in texts if key not in catalogue.by_key]
