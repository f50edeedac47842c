"""From bytes to rows: finds encoding and delimiter, and refuses as a whole what is no list of trajectories.

Says nothing about single rows; `records` does. A file is read as a stream, piece by piece, so that memory
does not grow with it.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.trajectories.mapping import REQUIRED, Mapping, plain
from feedback_app.trajectories.national_number import holds_national_number

DELIMITERS = {";": "puntkomma", ",": "komma", "\t": "tab"}
MAXIMUM_BYTES = 64 * 1024 * 1024
#: a list has some twenty columns; what looks like more is refused before it is spread out in memory
MOST_COLUMNS, _LONGEST_ROW = 500, 64 * 1024

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: how other kinds of file begin → what they are
_OTHER_KINDS = (
    (re.compile(rb"PK\x03\x04"), _l("Excel (xlsx) of zip")),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "Excel (xls)"),
    (re.compile(rb"%PDF-"), "PDF"),
    (re.compile(rb"\s*<(!doctype|html|\?xml)", re.IGNORECASE), _l("een webpagina of XML")),
    (re.compile(rb"\s*\{\\rtf"), "RTF"),
)
#: a UTF-8 letter of the Latin script, read as Windows-1252, is two signs that Dutch never has together
_UTF8_LETTER = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
#: how much is read at a time, and what `sep=;` takes at most
_PIECE = 64 * 1024
_EXCELS_LINE = 7
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")

#: what a column about a person is called; endings too, as in klantnaam
_NAME = re.compile(r"naam\b|\b(first|last|full|sur|fore)? ?name\b|\bpr[eé]nom|\bnom (de famille|du|de la)\b")
_PERSON = re.compile(
    r"voornaam|achternaam|familienaam|roepnaam|\b(first|last|sur|fore) ?name|\bpr[eé]nom|nom de famille"
    r"|deelnem|nieuwkomer|klant|cli[eë]nt|cursist|inburgeraar|persoon|begeleider|coach"
)
#: a name column that speaks of something else
_THING = re.compile(
    r"organisati|partner|vzw|bedrijf|instelling|school|dienst|agentschap|gemeente|regio|activiteit|aanbod"
    r"|project|traject|bestand"
)
_IDENTITY = re.compile(
    r"geboor|birth|naissance|\bleeftijd|rijksregister|\b(insz|niss|rrn)\b|\bbis ?nummer|identiteitskaart"
    r"|nationaal nummer|national number"
)


class FileRefused(ValueError):
    """The file as a whole cannot be taken in; `code` is stable, the message, in Dutch, says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Source(Protocol):
    """A file that can be read from its beginning as often as needed."""

    size: int

    def open(self) -> BinaryIO:
        """Its content, as a stream that the caller closes."""


class Bytes:
    """A file that is in memory already."""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def open(self) -> BinaryIO:
        """Its content."""
        return io.BytesIO(self._data)


class FileOnDisk:
    """A file that is read from its place."""

    def __init__(self, path: Path) -> None:
        self._path, self.size = path, path.stat().st_size

    def open(self) -> BinaryIO:
        """Its content."""
        return self._path.open("rb")


class Metered:
    """A file that knows how far it has been read, by who opened it last."""

    def __init__(self, source: Source) -> None:
        self._source, self.size = source, source.size
        self._stream: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """Its content."""
        self._stream = self._source.open()
        return self._stream

    @property
    def read(self) -> int:
        """Bytes that were read."""
        return min(self._stream.tell(), self.size) if self._stream else 0


@dataclass(frozen=True)
class Layout:
    """How a file is written: its encoding, its delimiter and the names in its first row."""

    source: Source
    encoding: str
    delimiter: str
    headers: list[str]


@dataclass(frozen=True)
class Sheet:
    """A file with its columns: field → place in a row."""

    layout: Layout
    columns: dict[str, int]
    absent: tuple[str, ...]

    @property
    def headers(self) -> list[str]:
        """The names in the first row."""
        return self.layout.headers

    @property
    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Its rows, each with the number a spreadsheet gives it (the header is 1); may raise FileRefused."""
        with _text(self.layout.source, self.layout.encoding) as text:
            rows = _parse(text, self.layout.delimiter)
            next(rows)
            yield from rows


def read_sheet(data: bytes | Source, mapping: Mapping, file_name: str = "") -> Sheet:
    """Find a file's columns with a mapping; FileRefused when it is no list of trajectories."""
    layout = read_layout(data, file_name, mapping)
    columns = _columns(layout.headers, mapping)
    _refuse_people(layout.headers, columns)
    absent = tuple(name for name in mapping.columns if name not in columns)
    return Sheet(layout, columns, absent)


def read_layout(data: bytes | Source, file_name: str = "", mapping: Mapping | None = None) -> Layout:
    """How a CSV file of unknown encoding and delimiter is written; FileRefused when it is none.

    Without a mapping the delimiter is the one that finds most columns.
    """
    source = Bytes(data) if isinstance(data, bytes) else data
    if holds_national_number(file_name):
        raise FileRefused(
            "national_number", _("In de naam van het bestand staat een rijksregisternummer. Geef een andere.")
        )
    if source.size > MAXIMUM_BYTES:
        raise FileRefused("too_large", _("Dit bestand is te groot. Splits het in kleinere bestanden."))
    encoding = _encoding(source)
    delimiter = _delimiter(source, encoding, mapping)
    with _text(source, encoding) as text:
        _number, first = next(_parse(text, delimiter))
    if len(first) > MOST_COLUMNS:
        raise FileRefused(
            "too_many_columns",
            _(
                "Deze lijst heeft meer dan %(most)s kolommen. Bewaar alleen de kolommen die nodig zijn.",
                most=MOST_COLUMNS,
            ),
        )
    return Layout(source, encoding, delimiter, [" ".join(name.split()) for name in first])


def personal_columns(headers: list[str]) -> None:
    """FileRefused when a column seems to name a person, whichever column is which."""
    _refuse_people(headers, {})


@contextmanager
def _text(source: Source, encoding: str) -> Iterator[io.TextIOWrapper]:
    """A file as text, without the first line that only Excel understands (`sep=;`)."""
    with io.TextIOWrapper(source.open(), encoding=encoding, newline="") as text:
        first = text.read(_EXCELS_LINE)
        found = re.match(r"sep=.\r?\n", first)
        text.seek(0)
        if found:
            text.read(len(found[0]))
        yield text


def _encoding(source: Source) -> str:
    """Name of the encoding of the whole file, read once; FileRefused when it is no text."""
    with source.open() as content:
        head = content.read(_PIECE)
    for start, kind in _OTHER_KINDS:
        if start.match(head):
            raise FileRefused("not_csv", _("Dit is %(kind)s, geen CSV. ", kind=kind) + _how_to_save())
    if head.startswith(_UTF16_MARKS):
        encodings = ["utf-16"]
    elif head.startswith(_UTF8_MARK):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            readable = _readable(source, encoding)
        except UnicodeDecodeError:
            continue
        if readable:
            return encoding
        break
    raise FileRefused("not_text", _("Dit bestand is geen leesbare tekst. ") + _how_to_save())


def _readable(source: Source, encoding: str) -> bool:
    """Whether the file holds no control signs; UnicodeDecodeError, or FileRefused when mixed or empty."""
    decoder = codecs.getincrementaldecoder(encoding)()
    readable, filled, last = True, False, b""
    with source.open() as content:
        while piece := content.read(_PIECE):
            text = decoder.decode(piece)
            readable = readable and not _CONTROL.search(text)
            filled = filled or bool(re.sub(r"\Asep=.\r?\n", "", text).strip())
            if encoding == "cp1252" and _UTF8_LETTER.search(last + piece):
                raise FileRefused("mixed_encoding", _("Dit bestand mengt twee tekensets. ") + _how_to_save())
            last = piece[-1:]
        decoder.decode(b"", final=True)
    if readable and not filled:
        raise FileRefused("empty", _("Dit bestand is leeg."))
    return readable


def _how_to_save() -> str:
    return str(_("Bewaar de lijst als “CSV UTF-8” en probeer opnieuw."))


def _delimiter(source: Source, encoding: str, mapping: Mapping | None) -> str:
    """The delimiter with which the first line has most of the mapping's columns, or most columns at all."""
    names = mapping.columns.values() if mapping else ()
    wanted = {plain(name) for spellings in names for name in spellings}
    counts = {}
    for delimiter in DELIMITERS:
        with _text(source, encoding) as text:
            try:
                header = next(csv.reader(_Lines(text), delimiter=delimiter), [])
            except csv.Error:
                header = []
        counts[delimiter] = sum(
            bool(name.strip()) and (mapping is None or plain(name) in wanted)
            for name in header[: MOST_COLUMNS + 1]
        )
    best = max(counts, key=lambda one: counts[one])
    if counts[best] < 2:
        raise FileRefused(
            "no_header",
            _(
                "De eerste rij noemt de kolommen niet die we verwachten, met puntkomma, komma of tab"
                " ertussen: %(names)s. Zet de kolomnamen in rij 1 of gebruik een andere mapping.",
                names=", ".join(spellings[0] for spellings in names) or "–",
            ),
        )
    return best


def _parse(text: io.TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, each with the number a spreadsheet gives it (the header is 1)."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, fields in enumerate(reader, start=1):
            lines.begin_row(number + 1)
            stripped = [field.strip() for field in fields]
            if any(stripped):
                yield number, stripped
    except csv.Error as error:
        raise FileRefused(
            "quotes",
            _(
                "Rond rij %(row)s staan de aanhalingstekens niet goed. Voer de lijst opnieuw uit.",
                row=number + 1,
            ),
        ) from error


class _Lines:
    """The lines of a file for one row after the other; FileRefused where a row has no end in sight.

    A reader of CSV holds a row as a whole: one of nothing but delimiters would fill the memory.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.begin_row(1)

    def begin_row(self, number: int) -> None:
        """The row before this one is whole."""
        self._number, self._left = number, _LONGEST_ROW

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(self._left + 1):
            self._left -= len(line)
            if self._left < 0:
                raise FileRefused(
                    "long_row",
                    _(
                        "Rij %(row)s is te lang om een traject te zijn. Voer de lijst opnieuw uit.",
                        row=self._number,
                    ),
                )
            yield line


def _columns(headers: list[str], mapping: Mapping) -> dict[str, int]:
    names = [plain(name) for name in headers]
    twice = sorted({headers[names.index(name)] for name in names if name and names.count(name) > 1})
    if twice:
        raise FileRefused(
            "duplicate_columns",
            _("Deze kolommen staan er twee keer: %(names)s. Hou er één van.", names=", ".join(twice)),
        )
    columns: dict[str, int] = {}
    for field, spellings in mapping.columns.items():
        places = [names.index(plain(name)) for name in spellings if plain(name) in names]
        if len(places) > 1:
            raise FileRefused(
                "duplicate_columns",
                _(
                    "Deze kolommen betekenen hetzelfde: %(names)s. Hou er één van.",
                    names=", ".join(headers[place] for place in places),
                ),
            )
        if places:
            columns[field] = places[0]
    present = {*columns, *mapping.fixed}
    missing = [mapping.columns[name][0] for name in REQUIRED if name not in present]
    if not present & {"region", "nis"}:
        missing.append(
            " / ".join(mapping.columns[name][0] for name in ("region", "nis") if name in mapping.columns)
        )
    if missing:
        raise FileRefused(
            "missing_columns",
            _(
                "Deze kolommen ontbreken: %(names)s. Voeg ze toe, of geef hun naam in de mapping.",
                names=", ".join(missing),
            ),
        )
    return columns


def _refuse_people(headers: list[str], columns: dict[str, int]) -> None:
    """Refuse columns that name or identify a person: what is not asked for must not be sent along."""
    partner_name = columns.get("partner_name")
    for place, header in enumerate(headers):
        numbered = holds_national_number(header)
        if numbered or (place != partner_name and _about_a_person(plain(header))):
            raise FileRefused(
                "personal_column",
                _(
                    "De kolom “%(name)s” lijkt een naam, geboortedatum of rijksregisternummer te bevatten."
                    " Die gegevens mogen niet binnenkomen. Verwijder de kolom en probeer opnieuw.",
                    name=place + 1 if numbered else header,  # the number itself is not repeated
                ),
            )


def _about_a_person(header: str) -> bool:
    header = re.sub(r"[_\W]+", " ", header)
    if _IDENTITY.search(header):
        return True
    return bool(_NAME.search(header) and (_PERSON.search(header) or not _THING.search(header)))
