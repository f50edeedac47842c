"""From bytes to rows: finds encoding and delimiter, and refuses as a whole what is no list of trajectories.

Says nothing about single rows; `records` does.
"""

import csv
import io
import re
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.trajectories.mapping import REQUIRED, Mapping, plain
from feedback_app.trajectories.national_number import holds_national_number

DELIMITERS = {";": "puntkomma", ",": "komma", "\t": "tab"}
MAXIMUM_BYTES = 64 * 1024 * 1024

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


@dataclass(frozen=True)
class Sheet:
    """A file's rows, each with the number a spreadsheet gives it; `columns` is field → place in a row."""

    encoding: str
    delimiter: str
    columns: dict[str, int]
    headers: list[str]
    rows: list[tuple[int, list[str]]]
    absent: tuple[str, ...]


def read_sheet(data: bytes, mapping: Mapping, file_name: str = "") -> Sheet:
    """Read a CSV file of unknown encoding and delimiter with a mapping; FileRefused when it is none."""
    if holds_national_number(file_name):
        raise FileRefused(
            "national_number", _("In de naam van het bestand staat een rijksregisternummer. Geef een andere.")
        )
    if len(data) > MAXIMUM_BYTES:
        raise FileRefused("too_large", _("Dit bestand is te groot. Splits het in kleinere bestanden."))
    encoding, text = _decode(data)
    text = re.sub(r"\Asep=.\r?\n", "", text)  # a line only Excel understands
    if not text.strip():
        raise FileRefused("empty", _("Dit bestand is leeg."))
    delimiter = _delimiter(text, mapping)
    numbered = _parse(text, delimiter)
    headers = [" ".join(name.split()) for name in numbered[0][1]]
    columns = _columns(headers, mapping)
    _refuse_people(headers, columns)
    absent = tuple(name for name in mapping.columns if name not in columns)
    return Sheet(encoding, delimiter, columns, headers, numbered[1:], absent)


def _decode(data: bytes) -> tuple[str, str]:
    """Name of the encoding, and the text."""
    for start, kind in _OTHER_KINDS:
        if start.match(data):
            raise FileRefused("not_csv", _("Dit is %(kind)s, geen CSV. ", kind=kind) + _how_to_save())
    if data.startswith(_UTF16_MARKS):
        encodings = ["utf-16"]
    elif data.startswith(_UTF8_MARK):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252" and _UTF8_LETTER.search(data):
            raise FileRefused("mixed_encoding", _("Dit bestand mengt twee tekensets. ") + _how_to_save())
        if _CONTROL.search(text):
            break
        return encoding, text
    raise FileRefused("not_text", _("Dit bestand is geen leesbare tekst. ") + _how_to_save())


def _how_to_save() -> str:
    return str(_("Bewaar de lijst als “CSV UTF-8” en probeer opnieuw."))


def _delimiter(text: str, mapping: Mapping) -> str:
    """The delimiter with which most of the mapping's columns are found in the first line."""
    wanted = {plain(name) for names in mapping.columns.values() for name in names}
    counts = {}
    for delimiter in DELIMITERS:
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            header = []
        counts[delimiter] = sum(plain(name) in wanted for name in header)
    best = max(counts, key=lambda one: counts[one])
    if counts[best] < 2:
        raise FileRefused(
            "no_header",
            _(
                "De eerste rij noemt de kolommen niet die we verwachten, met puntkomma, komma of tab"
                " ertussen: %(names)s. Zet de kolomnamen in rij 1 of gebruik een andere mapping.",
                names=", ".join(names[0] for names in mapping.columns.values()),
            ),
        )
    return best


def _parse(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Rows that hold something, each with the number a spreadsheet gives it (the header is 1)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[tuple[int, list[str]]] = []
    number = 0
    try:
        for number, fields in enumerate(reader, start=1):
            stripped = [field.strip() for field in fields]
            if any(stripped):
                found.append((number, stripped))
    except csv.Error as error:
        raise FileRefused(
            "quotes",
            _(
                "Rond rij %(row)s staan de aanhalingstekens niet goed. Voer de lijst opnieuw uit.",
                row=number + 1,
            ),
        ) from error
    return found


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
