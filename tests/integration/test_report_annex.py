"""The data annex: what the report prints, as tables that explain themselves, inside the PDF and beside it."""

import csv
import gettext
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from feedback_app.analysis.statistic import State
from feedback_app.reports.annex import COLUMNS, CONTENT_NAME, annex_files
from feedback_app.reports.content import Rate
from feedback_app.reports.labels import load_translations
from feedback_app.reports.pdf import report_pdf
from tests.integration.test_report_pdf import CONTENT, bare_content

FILES = {one.name: one for one in annex_files(CONTENT)}


def table(name: str) -> list[dict[str, str]]:
    text = FILES[f"{name}.csv"].data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def document() -> Any:
    return json.loads(FILES["tables.json"].data)


def test_every_published_figure_is_there_once_and_nothing_more() -> None:
    statistics = [one for item in CONTENT.items for one in (item.flanders, *item.regions, *item.groups)]
    rows = table("figures")
    assert len(rows) == len(statistics)
    for row, one in zip(rows, statistics, strict=True):
        keys = (row["audience"], row["item"], row["cut"], row["member"])
        assert keys == (one.audience, one.item, one.cut, one.member)
        figures = (one.base, one.positive, one.band, one.low, one.high)
        printed = [row[name] for name in ("base", "positive", "band", "low", "high")]
        assert printed == ["" if figure is None else str(figure) for figure in figures]
    withheld = [row for row in rows if row["state"] == State.WITHHELD]
    assert withheld
    assert {row[name] for row in withheld for name in ("base", "positive", "band", "low", "high")} == {""}
    assert len(table("answers")) == sum(len(one.shares) for one in statistics)


def test_json_and_csv_say_the_same() -> None:
    found = document()["tables"]
    assert {f"{name}.csv" for name in found} == {n for n in FILES if n.endswith(".csv")} - {"dictionary.csv"}
    for name, rows in found.items():
        assert [tuple(row) for row in rows] == [COLUMNS[name]] * len(rows)
        as_text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
        assert as_text == table(name)


def test_the_dictionary_explains_every_column_and_every_code() -> None:
    explained = {(row["table"], row["column"]): row for row in table("dictionary")}
    found = document()
    assert set(explained) == {(name, column) for name in found["tables"] for column in COLUMNS[name]}
    assert all(row["meaning"] for row in explained.values())
    for name, rows in found["tables"].items():
        for column in ("audience", "cut", "state", "band", "outcome", "theme"):
            codes = found["dictionary"][name].get(column, {}).get("codes", {})
            assert {row[column] for row in rows if row.get(column)} <= set(codes)
    for column in ("positive", "low", "high", "percent", "rr1", "rr2"):
        assert {row["unit"] for key, row in explained.items() if key[1] == column} == {"procent"}


def test_rates_are_no_more_precise_than_printed() -> None:
    rates = (Rate("newcomer", "flanders", "vlaanderen", 5270, 1843, 32.4, 34.971537),
             Rate("partner", "flanders", "vlaanderen", 60, "30–49", None, 50.4))  # fmt: skip
    files = {one.name: one for one in annex_files(replace(CONTENT, rates=rates))}
    rows = csv.DictReader(io.StringIO(files["response.csv"].data.decode("utf-8-sig")), delimiter=";")
    assert [(row["rr1"], row["rr2"]) for row in rows] == [("32.4", "35.0"), ("", "50")]


def test_a_report_without_figures_has_a_dictionary_without_columns() -> None:
    files = annex_files(bare_content())
    assert [one.name for one in files] == ["tables.json", "dictionary.csv"]
    assert json.loads(files[0].data)["tables"] == {}


def test_the_explanations_speak_the_reports_language(real_catalogues: Path) -> None:
    english = load_translations(real_catalogues, "en")
    assert isinstance(english, gettext.GNUTranslations)
    files = {one.name: one for one in annex_files(replace(CONTENT, language="en"), english)}
    assert files["tables.json"].description.startswith("All published tables")
    assert b"Who was asked" in files["dictionary.csv"].data


@pytest.fixture(scope="module")
def pdf() -> Any:
    with pikepdf.open(io.BytesIO(report_pdf(bare_content(items=CONTENT.items[:1])))) as opened:
        yield opened


def test_the_same_files_are_inside_the_pdf_as_associated_files(pdf: Any) -> None:
    content = bare_content(items=CONTENT.items[:1])
    inside = {str(one.UF): one for one in pdf.Root.AF}
    expected = {one.name: one for one in annex_files(content)}
    assert list(inside) == sorted([*expected, CONTENT_NAME])
    for name, one in expected.items():
        file = inside[name].EF.F
        assert file.read_bytes() == one.data
        assert str(file.Subtype) == f"/{one.media_type}"
        assert str(inside[name].AFRelationship) == f"/{one.relationship}"
        assert str(inside[name].Desc) == one.description
        assert {str(file.Params[key]) for key in ("/CreationDate", "/ModDate")} == {"D:20260817000000Z"}
    frozen = inside[CONTENT_NAME]
    assert str(frozen.AFRelationship) == "/Source"
    data = frozen.EF.F.read_bytes()
    assert hashlib.sha256(data).hexdigest() == content.content_hash
    assert json.loads(data) == json.loads(content.to_json())
