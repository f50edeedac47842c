"""Published figures as files: CSV and JSON for people and programs, Parquet for who calculates with them.

One line per answer value, so that a spreadsheet reads it; what was withheld is empty.
"""

import csv
import importlib
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from feedback_app.analysis.statistic import Statistic
from feedback_app.web.spreadsheet import harmless

FORMATS = ("csv", "json", "parquet")
TEXTS = ("audience", "cut", "member", "item", "state", "base", "band", "value")
COLUMNS = (
    *("audience", "cut", "member", "item", "state", "base", "positive", "band", "low", "high"),
    *("value", "percent"),
)


class ParquetMissing(Exception):
    """Parquet cannot be written on this installation; the message says what to type."""


def written(statistics: Sequence[Statistic], kind: str) -> bytes:
    """The statistics as a file of one of FORMATS; equal figures give equal bytes."""
    if kind == "parquet":
        return _parquet(statistics)
    return (_csv(statistics) if kind == "csv" else _json(statistics)).encode("utf-8")


def _rows(statistics: Sequence[Statistic]) -> Iterator[tuple[str | int | None, ...]]:
    for one in statistics:
        base, band = one.base or None, one.band and str(one.band)
        figures = (one.audience, one.cut, one.member, one.item, str(one.state), base, one.positive, band)
        for share in one.shares or (None,):
            answer = (share.value, share.percent) if share else (None, None)
            yield (*figures, one.low, one.high, *answer)


def _csv(statistics: Sequence[Statistic]) -> str:
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in _rows(statistics):
        lines.writerow("" if cell is None else harmless(cell) for cell in row)
    return file.getvalue()


def _json(statistics: Sequence[Statistic]) -> str:
    return json.dumps([asdict(one) for one in statistics], indent=1, ensure_ascii=False)


def _parquet(statistics: Sequence[Statistic]) -> bytes:
    """Texts as UTF-8, figures as whole numbers that may be null.

    The libraries are loaded here: they are large, and nothing else needs them.
    """
    try:
        pandas: Any = importlib.import_module("pandas")
        fastparquet: Any = importlib.import_module("fastparquet")
    except ImportError as error:
        raise ParquetMissing(
            "Parquet needs the library fastparquet. Type: .venv/bin/pip install -r requirements.txt"
        ) from error
    rows = list(_rows(statistics))
    columns = {
        name: pandas.Series(
            [row[place] for row in rows], dtype="object" if name in TEXTS else "Int64", name=name
        )
        for place, name in enumerate(COLUMNS)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.parquet"
        encodings = {name: "utf8" if name in TEXTS else "infer" for name in COLUMNS}
        fastparquet.write(str(path), pandas.DataFrame(columns), object_encoding=encodings, has_nulls=True)
        return path.read_bytes()
