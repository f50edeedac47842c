"""Published figures as files: what was withheld stays empty in each format, and no cell is a formula."""

import csv
import io
import json
import sys
from pathlib import Path

import fastparquet
import pytest

from feedback_app.analysis.export import COLUMNS, ParquetMissing, written
from feedback_app.analysis.statistic import Band, Share, State, Statistic

SOURCE = Path(__file__).parents[2] / "feedback_app"
FIGURES = (
    Statistic("newcomer", "match", "flanders", "vlaanderen", State.SHOWN, "57", 64, None, 51, 75,
              (Share("ja", 64), Share("=cmd|' /C calc'!A0", None))),
    Statistic("newcomer", "match", "region", "brussel", State.BAND, "15–19", None, Band.ABOVE),
    Statistic("newcomer", "match", "region", "midwest", State.WITHHELD),
)  # fmt: skip


def test_parquet_has_texts_and_whole_numbers_that_may_be_missing(tmp_path: Path) -> None:
    data = written(FIGURES, "parquet")
    assert data == written(FIGURES, "parquet")
    path = tmp_path / "tables.parquet"
    path.write_bytes(data)
    with path.open("rb") as file:
        table = fastparquet.ParquetFile(file).to_pandas()
    assert tuple(table.columns) == COLUMNS
    assert [str(table[name].dtype) for name in ("positive", "low", "high", "percent")] == ["Int64"] * 4
    rows = json.loads(table.to_json(orient="records"))
    assert [row["positive"] for row in rows] == [64, 64, None, None]
    assert [row["base"] for row in rows] == ["57", "57", "15–19", None]
    assert [row["band"] for row in rows] == [None, None, "above_80", None]
    assert [row["percent"] for row in rows] == [64, None, None, None]


def test_csv_is_no_formula_and_says_the_same() -> None:
    rows = list(csv.DictReader(io.StringIO(written(FIGURES, "csv").decode("utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["value"] for row in rows] == ["ja", "'=cmd|' /C calc'!A0", "", ""]
    assert rows[3] == {**dict.fromkeys(COLUMNS, ""), "audience": "newcomer", "cut": "region", "member": "midwest",
                       "item": "match", "state": "withheld"}  # fmt: skip


def test_no_list_is_written_without_a_look_at_formulas() -> None:
    """What a spreadsheet opens; rows that a program sent are written as a file to be read here alone."""
    writing = {
        path: text for path in SOURCE.rglob("*.py") if "csv.writer(" in (text := path.read_text("utf-8"))
    }
    assert len(writing) > 3
    plain = [
        path.name
        for path, text in writing.items()
        if "map(harmless" not in text and "harmless(cell)" not in text
    ]
    assert plain == ["trajectories.py"]


def test_json_holds_each_statistic() -> None:
    found = json.loads(written(FIGURES, "json"))
    assert [one["positive"] for one in found] == [64, None, None]


def test_without_the_library_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(ParquetMissing, match=r"pip install -r requirements\.txt"):
        written(FIGURES, "parquet")
