"""Which files are read, and which are refused as a whole with something to do about it."""

import io
import zipfile
from pathlib import Path

import pytest

from feedback_app.questionnaires.loading import SurveysRefused, load_regions
from feedback_app.trajectories.contacts import ContactUnreadable, mask, read_email, read_phone, seal, unseal
from feedback_app.trajectories.mapping import load_mapping
from feedback_app.trajectories.partners import read_company_number
from feedback_app.trajectories.reading import FileRefused, read_sheet
from feedback_app.trajectories.regions import by_nis
from tests.databases import CONTACT_KEY
from tests.exports import ROW, default_mapping, example_settings, export

NAME = {"Organisatie": "Café ’t Hoekje vzw"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_each_encoding_and_delimiter_reads_the_same(encoding: str, delimiter: str) -> None:
    sheet = read_sheet(export(NAME, NAME, delimiter=delimiter, encoding=encoding), default_mapping())
    assert (sheet.layout.delimiter, sheet.absent) == (delimiter, ())
    assert [number for number, _ in sheet.rows] == [2, 3]
    assert dict(zip(sheet.headers, next(sheet.rows)[1], strict=True)) == {**ROW, **NAME}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_blank_lines_and_excels_first_line_are_understood(line_end: str) -> None:
    lines = export({}, {}).decode().split("\r\n")
    text = line_end.join(["sep=;", lines[0], "", lines[1], ";" * (len(ROW) - 1), lines[2], ""])
    if line_end == "\r":
        text = text.removeprefix("sep=;\r")
    sheet = read_sheet(text.encode(), default_mapping())
    assert [number for number, _ in sheet.rows] == [3, 5]


def test_a_field_may_hold_delimiters_quotes_and_line_ends() -> None:
    odd = 'Vereniging "De Brug"; afdeling\nKempen'
    sheet = read_sheet(export({"Organisatie": odd}, {}), default_mapping())
    assert next(sheet.rows)[1][sheet.columns["partner_name"]] == odd
    assert [number for number, _ in sheet.rows] == [2, 3]


def test_columns_are_found_in_any_order_without_capitals() -> None:
    head, row, _end = export({}).decode().split("\r\n")
    turned = ";".join(reversed(head.upper().split(";"))) + "\n" + ";".join(reversed(row.split(";")))
    sheet = read_sheet(turned.encode(), default_mapping())
    assert next(sheet.rows)[1][sheet.columns["ref"]] == ROW["Dossiernummer"]


def excel() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as folder:
        folder.writestr("xl/workbook.xml", "<workbook/>")
    return made.getvalue()


HEAD = export({}).decode().split("\r\n")[0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (excel(), "not_csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_csv"),
        (b"%PDF-1.7\n", "not_csv"),
        (b"<!DOCTYPE html><table><tr><td>Dossiernummer", "not_csv"),
        (bytes(range(256)), "not_text"),
        (export({}) + b"\x00", "not_text"),
        (export({}, encoding="utf-16-le"), "not_text"),
        (export({}, encoding="utf-32"), "not_text"),
        (b"\xef\xbb\xbf" + export(NAME, encoding="cp1252"), "not_text"),
        (export(NAME) + "é".encode("cp1252"), "mixed_encoding"),
        (export({}, delimiter="|"), "no_header"),
        (export({}).split(b"\r\n")[1], "no_header"),
        (HEAD.replace(";Contacttaal", "").encode(), "missing_columns"),
        (HEAD.replace("Regio;NIS-code;", "").encode(), "missing_columns"),
        ((HEAD + ";regio").encode(), "duplicate_columns"),
        ((HEAD + ";Startdatum").encode(), "duplicate_columns"),
        ((HEAD + '\r\n"A1;').encode(), "quotes"),
        (";" * 10_000_000 + "x;y", "long_row"),
        (HEAD + "".join(f";k{n}" for n in range(9_999)), "too_many_columns"),
        (HEAD + "\r\n" + '"' * 1_000_000, "long_row"),
        (HEAD + "\r\n" + '"a\n";' * 100_000, "long_row"),
        (HEAD + "\r\n" + ";" * 1_000_000, "long_row"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(data: bytes | str, code: str) -> None:
    data = data if isinstance(data, bytes) else data.encode()
    with pytest.raises(FileRefused) as refusal:
        list(read_sheet(data, default_mapping()).rows)
    assert refusal.value.code == code
    assert str(refusal.value).endswith((".", "”"))


@pytest.mark.parametrize(
    "column",
    [
        *("Naam", "Voornaam", "Naam deelnemer", "klantnaam", "first_name", "Naam deelnemer traject"),
        *("Geboortedatum", "Date of birth", "Leeftijd", "INSZ", "Rijksregisternummer", "Nom de famille"),
    ],
)
def test_a_column_about_a_person_keeps_the_whole_file_out_and_is_named(column: str) -> None:
    with pytest.raises(FileRefused, match=column) as refusal:
        read_sheet(export({column: ""}), default_mapping())
    assert refusal.value.code == "personal_column"


@pytest.mark.parametrize(
    "column", ["Gemeentenaam", "Naam regio", "Deelname", "Gebeurtenissen", "Kennisniveau"]
)
def test_other_columns_are_left_aside(column: str) -> None:
    assert len(list(read_sheet(export({column: "x"}), default_mapping()).rows)) == 1


def test_a_national_number_as_the_name_of_a_column_keeps_the_file_out_and_is_not_repeated() -> None:
    data = export({}).decode().replace("\r\n", ";85.07.30-004.57\r\n", 1).encode()
    with pytest.raises(FileRefused) as refused:
        read_sheet(data, default_mapping())
    assert refused.value.code == "personal_column"
    assert "004" not in str(refused.value)
    assert f"“{len(ROW) + 1}”" in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\r\n \r\n"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read_sheet(data, default_mapping())
    assert refused.value.code == "empty"


def test_a_national_number_in_the_name_of_the_file_is_refused() -> None:
    with pytest.raises(FileRefused) as refusal:
        read_sheet(export({}), default_mapping(), "export 85.07.30-004.57.csv")
    assert refusal.value.code == "national_number"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("columns:", "kolommen:"), "kolommen"),
        (("  ref: [Dossiernummer, Dossier]\n", ""), "columns: ref is missing"),
        (("  hours: [Aantal uren, Uren]", "  hours: [Regio]\n  uren: [Uren]"), "columns.uren"),
        (("  hours: [Aantal uren, Uren]", "  hours: [regio]"), "“regio” stands twice"),
        (("dates: [", "dates: ["), ""),
    ],
)
def test_a_mapping_with_a_fault_is_refused_naming_file_and_place(
    tmp_path: Path, change: tuple[str, str], place: str
) -> None:
    good = (example_settings().surveys_dir / "mappings" / "default.yaml").read_text(encoding="utf-8")
    path = tmp_path / "other.yaml"
    path.write_text(good.replace(*change), encoding="utf-8")
    if not place:
        load_mapping(path)
        return
    with pytest.raises(SurveysRefused) as refusal:
        load_mapping(path)
    assert str(path) in str(refusal.value)
    assert place in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0400.397.390", "0400397390"),
        ("400397390", "0400397390"),
        ("BE 0400 397 390", "0400397390"),
        ("0400.397.391", None),
        ("04003973901", None),
        ("geen", None),
    ],
)
def test_company_numbers(text: str, number: str | None) -> None:
    assert read_company_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0032 470/48.77.73", "+32470487773"),
        ("0470 26 14 64", "+32470261464"),
        ("+32470568952", "+32470568952"),
        ("470261464", "+32470261464"),
        ("+31 6 12345678", "+31612345678"),
        ("0470 26 14", None),
        ("geen", None),
        ("85073000457", None),
    ],
)
def test_phone_numbers(text: str, number: str | None) -> None:
    assert read_phone(text) == number


@pytest.mark.parametrize(
    "text", ["a@b.example; c@d.example", "a@b", "a b@c.example", "@c.example", "a@b..example"]
)
def test_what_is_no_single_address_is_none(text: str) -> None:
    assert read_email(text) is None
    assert read_email(" Naam@Voorbeeld.EXAMPLE ") == "naam@voorbeeld.example"


KEYS = (CONTACT_KEY,)


@pytest.mark.parametrize("contact", ["+32470261464", "deelnemer@voorbeeld.example"])
def test_a_contact_is_sealed_each_time_differently_and_masked_beyond_use(contact: str) -> None:
    first, second = seal(KEYS, contact), seal(KEYS, contact)
    assert first != second
    assert contact not in f"{first}{second}"
    assert unseal(KEYS, first) == contact
    with pytest.raises(ContactUnreadable):
        unseal((CONTACT_KEY[::-1],), first)
    assert contact[3:-5] not in mask(contact)


def test_the_longest_beginning_of_a_nis_code_wins() -> None:
    regions = load_regions(example_settings().surveys_dir)
    found = {
        code: by_nis(regions, code)
        for code in ("44021", "44013", "11002", "11001", "41081", "41002", "99999")
    }
    assert found == {
        "44021": "gent",
        "44013": "gent_rand",
        "11002": "antwerpen",
        "11001": "antwerpen_rand",
        "41081": "vlaamse_ardennen",
        "41002": "dender",
        "99999": None,
    }
