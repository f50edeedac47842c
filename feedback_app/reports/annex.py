"""The data annex: every published figure of a report as CSV and JSON, with a dictionary that explains it.

Made from the frozen content alone, so it holds what the report prints and nothing else. The same files
are embedded in the PDF and offered beside it. What was withheld is empty in CSV and null in JSON.
"""

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations

from babel.numbers import format_decimal

from feedback_app.analysis.statistic import State, Statistic
from feedback_app.reports.content import Count, ItemReport, ReportContent
from feedback_app.reports.dictionary import Explained, explain
from feedback_app.reports.wording import DECIMALS_FROM
from feedback_app.web.spreadsheet import as_csv

#: what the frozen content is called inside the PDF
CONTENT_NAME = "content.json"
CSV, JSON = "text/csv", "application/json"

Cell = str | int | float | None
Row = tuple[Cell, ...]

#: table → its columns, in order; `dictionary.py` says what each means
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "figures": (
        *("audience", "cut", "member", "member_label", "item", "question"),
        *("state", "base", "positive", "band", "low", "high"),
    ),
    "answers": (
        *("audience", "cut", "member", "member_label", "item", "question"),
        *("base", "value", "answer", "percent"),
    ),
    "courses": (
        *("audience", "cut", "member", "member_label", "item", "question", "wave", "broken"),
        *("state", "base", "positive", "band", "low", "high"),
    ),
    "response": ("audience", "cut", "member", "member_label", "invited", "answered", "rr1", "rr2"),
    "outcomes": ("audience", "outcome", "count"),
    "remarks": ("audience", "theme", "theme_label", "count"),
    "presignals": ("theme", "theme_label", "count"),
}


@dataclass(frozen=True)
class AnnexFile:
    """One file of the annex; `relationship` says what it is to the report (ISO 32000-2, 7.11.3)."""

    name: str
    media_type: str
    data: bytes
    description: str
    relationship: str


def annex_files(
    content: ReportContent, translations: NullTranslations | None = None
) -> tuple[AnnexFile, ...]:
    """The published tables of a report: each as CSV, all as JSON, and the dictionary of their columns.

    Equal contents give equal bytes. `translations` puts the explanations into the report's language.
    """
    explained = explain(content, translations)
    tables = {name: [_plain(row) for row in _ROWS[name](content)] for name in COLUMNS}
    sheets = [
        AnnexFile(f"{name}.csv", CSV, _csv(COLUMNS[name], rows), explained.tables[name], "Data")
        for name, rows in tables.items()
        if rows
    ]
    present = {name: rows for name, rows in tables.items() if rows}
    return (
        *sheets,
        AnnexFile("tables.json", JSON, _json(content, present, explained), explained.all_tables, "Data"),
        AnnexFile("dictionary.csv", CSV, _dictionary(present, explained), explained.dictionary, "Supplement"),
    )


def content_file(content: ReportContent, translations: NullTranslations | None = None) -> AnnexFile:
    """The frozen content itself, from which the PDF can be compiled again; it goes inside the PDF only.

    Its SHA-256 is the content hash that page 2 prints.
    """
    data = content.to_json().encode("utf-8", "backslashreplace")  # an unpaired surrogate as JSON writes it
    return AnnexFile(CONTENT_NAME, JSON, data, explain(content, translations).content, "Source")


# --- the tables --------------------------------------------------------------------------------------


def _statistics(content: ReportContent) -> Iterator[tuple[ItemReport, Statistic]]:
    for item in (*content.items, *content.own):
        for statistic in (item.flanders, *item.regions, *item.groups):
            if item in content.own and statistic is item.flanders:
                continue  # only the region asked it
            yield item, statistic


def _labels(content: ReportContent) -> Callable[[str, str], Cell]:
    names = {(group.cut, group.key): group.label for group in content.groups}
    return lambda cut, member: names.get((cut, member))


def _figures(content: ReportContent) -> Iterator[Row]:
    label = _labels(content)
    for item, one in _statistics(content):
        where = (one.audience, one.cut, one.member, label(one.cut, one.member), one.item, item.question)
        yield (*where, *_figure(one))


def _figure(one: Statistic) -> Row:
    band = None if one.band is None else str(one.band)
    return str(one.state), one.base or None, one.positive, band, one.low, one.high


def _courses(content: ReportContent) -> Iterator[Row]:
    """What waves published of a question, where the report draws it: from two figures on."""
    label = _labels(content)
    for item in (*content.items, *content.own):
        known = [step for step in item.course if step.statistic.state is not State.WITHHELD]
        for step in item.course if len(known) > 1 else ():
            for one in (step.statistic, step.frame) if step.frame else (step.statistic,):
                where = (item.audience, one.cut, one.member, label(one.cut, one.member), item.key)
                yield (*where, item.question, step.wave, int(step.broken), *_figure(one))


def _answers(content: ReportContent) -> Iterator[Row]:
    label = _labels(content)
    for item, one in _statistics(content):
        answers = {option.key: option.label for option in item.options}
        where = (one.audience, one.cut, one.member, label(one.cut, one.member), one.item, item.question)
        for share in one.shares:
            yield (*where, one.base or None, share.value, answers.get(share.value), share.percent)


def _response(content: ReportContent) -> Iterator[Row]:
    label = _labels(content)
    for one in content.rates:
        where = (one.audience, one.cut, one.member, label(one.cut, one.member))
        yield (*where, one.invited, one.answered, *(_rate(rate, one.invited) for rate in (one.rr1, one.rr2)))


def _outcomes(content: ReportContent) -> Iterator[Row]:
    for one in content.dispositions:
        yield one.audience, one.code, one.count


def _remarks(content: ReportContent) -> Iterator[Row]:
    names = {theme.key: theme.label for theme in content.themes}
    for one in content.remark_themes:
        yield one.audience, one.theme, names.get(one.theme), one.count


def _presignals(content: ReportContent) -> Iterator[Row]:
    names = {theme.key: theme.label for theme in content.themes}
    for one in content.presignals:
        yield one.theme, names.get(one.theme), one.count


_ROWS: Mapping[str, Callable[[ReportContent], Iterator[Row]]] = {
    "figures": _figures,
    "answers": _answers,
    "courses": _courses,
    "response": _response,
    "outcomes": _outcomes,
    "remarks": _remarks,
    "presignals": _presignals,
}


# --- writing -----------------------------------------------------------------------------------------


def _rate(rate: float | None, base: Count) -> Cell:
    """A response rate as precise as the report prints it, and no more."""
    if rate is None:
        return None
    exact = isinstance(base, int) and base >= DECIMALS_FROM and not rate.is_integer()
    return round(rate, 1) if exact else int(format_decimal(rate, format="0", locale="en"))


def _plain(row: Row) -> Row:
    """The row with texts on one line, without anything that steers or hides (bidi marks, controls)."""
    return tuple(_line(cell) if isinstance(cell, str) else cell for cell in row)


def _line(text: str) -> str:
    kept = (" " if letter.isspace() else letter for letter in text if not _hidden(letter))
    return " ".join("".join(kept).split())


def _hidden(letter: str) -> bool:
    joins = letter in "\u200c\u200d"
    return not joins and not letter.isspace() and unicodedata.category(letter)[0] == "C"


def _csv(head: Sequence[str], rows: Sequence[Row]) -> bytes:
    return as_csv(head, (["" if cell is None else str(cell) for cell in row] for row in rows))


def _dictionary(tables: Mapping[str, object], explained: Explained) -> bytes:
    rows = [
        (table, name, column.meaning, column.unit, "; ".join(f"{k} = {v}" for k, v in column.codes.items()))
        for table in tables
        for name in COLUMNS[table]
        for column in (explained.columns[name],)
    ]
    return _csv(("table", "column", "meaning", "unit", "codes"), [_plain(row) for row in rows])


def _json(content: ReportContent, tables: Mapping[str, Sequence[Row]], explained: Explained) -> bytes:
    document = {
        "wave": content.wave,
        "level": content.level,
        "language": content.language,
        "content_sha256": content.content_hash,
        "draft": content.draft,
        "example": content.example,
        "policy": content.policy.version,
        "tables": {
            name: [dict(zip(COLUMNS[name], row, strict=True)) for row in rows]
            for name, rows in tables.items()
        },
        "dictionary": {
            table: {
                name: {
                    "meaning": column.meaning,
                    "unit": column.unit,
                    "codes": {_line(code): _line(label) for code, label in column.codes.items()},
                }
                for name in COLUMNS[table]
                for column in (explained.columns[name],)
            }
            for table in tables
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
