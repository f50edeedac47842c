"""What strangers wrote breaks nothing: not the page, not the tags, not the tables beside it, not the time it takes."""

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import page
import pikepdf
import pytest

from feedback_app.rendering.limits import Limits
from feedback_app.rendering.render import RenderError
from feedback_app.reports.annex import annex_files, content_file
from feedback_app.reports.content import FollowUp, Group, NextStep, Practice, Quote, ReportContent
from feedback_app.reports.pdf import report_html, report_pdf
from tests.integration.test_report_pdf import CONTENT, bare_content
from tests.pdf_structure import Structure

MARKUP = '<script>alert(1)</script><img src="file:///etc/passwd"><style>@import "http://127.0.0.1:9/x.css"</style>{{ 7*7 }}{% raw %}'
HOSTILE = (
    MARKUP,
    "\u202eonmeid\u202c \u2066rechts\u2069 \u200f\u061cmidden",
    "=cmd|' /C calc'!A0",
    "+1-1", "-2+3", "@SUM(A1)", "\t=1", " =1+1", "＝1",
    "regel\u2028nog een\u2029en een\x00\x07\x1b[31m",
    "los \ud800 surrogaat \udfff",
    "privé \ue000\uf8ff\U000f0000 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f600 \U0001d573 漢字",
    "z" + "\u0300\u0301\u0302\u0303\u0336" * 60 + "algo",
    "nul\u200bbreed" + "\u200d" * 500 + "\ufeff\u00adx",
    "W" * 300, "https://" + "voorbeeld-" * 40 + ".be/a?b=c&d",
    "שלום \u202babc\u202c عربي 123 ABC ትግርኛ", "&lt;&amp;&#0;", "]]>--><!--", "%(naam)s {0} ${x}",
)  # fmt: skip
LONG = ("woord " * 1400) + "W" * 1600  # ten thousand characters, the last word wider than any line


def hostile_content() -> ReportContent:
    """A thousand quotes and every free text of a report, each of them something hostile."""
    text = cycle(HOSTILE)
    quotes = [Quote(next(text), "nl", next(text)) for _ in range(999)]
    question = replace(CONTENT.items[0], question=next(text), regions=CONTENT.items[0].regions[:3])
    labels = tuple(replace(one, label=next(text)) for one in question.options)
    return bare_content(
        quotes=(*quotes, Quote(LONG, "ar", "Partner", "partner", original=LONG, original_lang="ar")),
        publisher=MARKUP,
        foreword=" ".join(HOSTILE),
        items=(replace(question, options=labels),),
        groups=tuple(Group(one.cut, one.key, next(text)) for one in CONTENT.groups),
        practices=tuple(Practice(one, one, one, place=one, why=one) for one in HOSTILE),
        follow_ups=tuple(FollowUp("S-1", one, "beantwoord", one, one) for one in HOSTILE),
        next_steps=tuple(NextStep(one, one, one) for one in HOSTILE),
        signals=tuple(
            replace(
                CONTENT.signals[0],
                code=f"S-{number}",
                title=one,
                finding=one,
                ask=one,
                addressee=one,
                quotes=(),
            )
            for number, one in enumerate(HOSTILE)
        ),
    )


@pytest.fixture(scope="module")
def content() -> ReportContent:
    return hostile_content()


@pytest.fixture(scope="module")
def report(content: ReportContent) -> bytes:
    return report_pdf(content)


def test_it_stays_valid_and_tagged(report: bytes) -> None:
    for profile in ("ua1", "3a"):
        verdict = page.validate_pdf_bytes(report, profile=profile)
        assert [failure.rule_id for failure in verdict.failures] == []
    with pikepdf.open(io.BytesIO(report)) as pdf:
        tree = Structure(pdf)
    strange = (
        "foreign text without its language"  # what colleagues type in another script has no language to tell
    )
    assert [fault for fault in tree.faults() if not fault.startswith(strange)] == []
    assert "<script>alert(1)</script>" in tree.root.text


def test_no_word_stands_outside_its_page(report: bytes, tmp_path: Path) -> None:
    tool = shutil.which("pdftotext")
    assert tool, "poppler-utils is missing; scripts/bootstrap installs it"
    (tmp_path / "report.pdf").write_bytes(report)
    done = subprocess.run([tool, "-bbox", tmp_path / "report.pdf", "-"], capture_output=True, check=True)
    pages = re.findall(
        r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', done.stdout.decode("utf-8", "replace"), re.S
    )
    assert len(pages) > 30
    words = 0
    for width, height, inside in pages:
        for left, top, right, bottom in re.findall(
            r'xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)"', inside
        ):
            words += 1
            assert 0 <= float(left) <= float(right) <= float(width)
            assert 0 <= float(top) <= float(bottom) <= float(height)
    assert words > 5_000


def test_the_tables_beside_it_hold_no_formula_and_nothing_hidden(content: ReportContent) -> None:
    for file in annex_files(content):
        text = file.data.decode("utf-8-sig")
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\x00\ue000\ud800]", text)
        for row in csv.reader(io.StringIO(text), delimiter=";") if file.name.endswith(".csv") else ():
            assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))]


def test_the_content_comes_back_as_it_was(content: ReportContent) -> None:
    assert ReportContent.from_json(content_file(content).data.decode("utf-8")) == content


def test_markup_stays_text_in_html(content: ReportContent) -> None:
    html = report_html(content)
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<style") == 0


def test_too_much_is_stopped_and_said() -> None:
    for limits, words in (
        (Limits(seconds=0.02, pages=400, letters=10**7), "duurde langer"),
        (Limits(seconds=300, pages=2, letters=10**7), "langer dan 2 bladzijden"),
        (Limits(seconds=300, pages=400, letters=5_000), r"5\.000 tekens"),
    ):
        with pytest.raises(RenderError, match=words):
            report_pdf(bare_content(), limits=limits)
    assert report_pdf(bare_content())[:5] == b"%PDF-", "the next report is drawn as ever"


def wordy_content() -> ReportContent:
    """A report in which every label, question and name has ten thousand letters."""
    items = tuple(
        replace(one, question=LONG, options=tuple(replace(option, label=LONG) for option in one.options))
        for one in CONTENT.items[:3]
    )
    groups = tuple(replace(one, label=LONG) for one in CONTENT.groups)
    return replace(CONTENT, items=items, groups=groups)


def test_a_report_whose_every_label_is_too_long_is_stopped_and_said() -> None:
    """At limits smaller than our own, whichever is met first; the rest of the work is the same."""
    content = wordy_content()
    with pytest.raises(RenderError, match=r"duurde langer dan 1 seconden.*niets bewaard"):
        report_pdf(content, limits=Limits(seconds=1, pages=10**6, letters=10**9))
    with pytest.raises(RenderError, match=r"meer dan 100\.000 tekens.*niets bewaard"):
        report_pdf(content, limits=Limits(seconds=300, pages=10**6, letters=10**5))
