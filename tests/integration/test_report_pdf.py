"""The signal report as a reader gets it: valid, tagged, whole, the same every time."""

import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import page
import pikepdf
import pytest

from feedback_app.reports.content import Policy, ReportContent
from feedback_app.reports.pdf import report_html, report_pdf
from feedback_app.reports.web import edition_html
from tests.meant import meant
from tests.pdf_structure import DECORATION, Structure
from tests.report_example import ARABIC, TIGRINYA, example_content
from tests.same_words import charts_of_page, charts_of_pdf, words_of_page, words_of_pdf

CONTENT = example_content()
SECTIONS = (
    "1 Kern op één pagina",
    "2 Aanleiding en context",
    "3 Wie antwoordde",
    "4 Wat gaat goed",
    "5 Signalen",
    "6 Goede praktijken uit de regio’s",
    "7 Opvolging van vorige signalen",
    "8 Volgende stappen",
    "A Alle vragen: grafiek en tabel",
    "B Nieuwkomers naast partners",
    "C Regio’s naast Vlaanderen",
    "D Andere groepen",
    "E Thema’s in de opmerkingen",
    "F De vragenlijsten",
    "G Methode en privacy",
    "H Woordenlijst",
)


def bare_content(**changes: object) -> ReportContent:
    """A report of a wave in which nobody answered and nobody wrote anything."""
    facts = {
        "wave": "2026-H1",
        "period": "het eerste halfjaar van 2026",
        "starts_on": "2026-01-01",
        "ends_on": "2026-06-30",
        "closed_on": "2026-08-03",
        "compiled_on": "2026-08-17",
        "language": "nl",
        "publisher": "Voorbeeldagentschap",
        "software_version": "0.1.0",
        "policy": Policy("2026-1"),
    }
    return ReportContent(**{**facts, **changes})  # type: ignore[arg-type]


def opened(pdf: bytes) -> Structure:
    return Structure(pikepdf.open(io.BytesIO(pdf)))


def assert_valid(pdf: bytes) -> None:
    """Both validators find nothing."""
    for profile in ("ua1", "3a"):
        verdict = page.validate_pdf_bytes(pdf, profile=profile)
        assert [failure.rule_id for failure in verdict.failures] == []


def flat(text: str) -> str:
    """The text without white space, which a PDF may set anywhere."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def report() -> bytes:
    return report_pdf(CONTENT)


@pytest.fixture(scope="module")
def tree(report: bytes) -> Structure:
    return opened(report)


@pytest.mark.parametrize("profile", ["ua1", "3a"])
def test_it_is_valid_pdf_ua_and_pdf_a_in_one_file(report: bytes, profile: str) -> None:
    verdict = page.validate_pdf_bytes(report, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in verdict.failures] == []
    assert verdict.is_compliant


def test_it_claims_both_standards(tree: Structure) -> None:
    claims = tree.pdf.Root.Metadata.read_bytes().decode("utf-8")
    assert 'pdfaid:part="3"' in claims
    assert 'pdfaid:conformance="A"' in claims
    assert "<pdfuaid:part>1</pdfuaid:part>" in claims
    assert claims.count("<rdf:RDF") == 1


def test_it_means_what_it_says_to_those_who_hear_it(tree: Structure) -> None:
    assert tree.faults(meant(CONTENT)) == []
    assert tree.language == "nl"


def test_all_sections_are_there_in_order(tree: Structure) -> None:
    headings = [node.text for node in tree.of_kind("H2")]
    assert [h for h in headings if h in SECTIONS] == list(SECTIONS)


def test_the_core_is_one_page(tree: Structure) -> None:
    core = next(node for node in tree.of_kind("Sect") if node.text.startswith("1 Kern"))
    assert core.all_pages == {0}
    assert core.text.count("Onze vraag:") == 4


def test_it_is_as_long_as_a_report_should_be(report: bytes, tree: Structure) -> None:
    annex = next(node for node in tree.of_kind("H2") if node.text.startswith("A "))
    assert 8 <= min(annex.all_pages) + 1 <= 12
    assert 18 <= len(tree.pages) <= 30
    assert len(report) < 400_000


def test_every_published_figure_is_in_the_text(tree: Structure) -> None:
    text = flat(tree.root.text)
    for item in CONTENT.items:
        assert flat(item.question) in text
        for share in item.flanders.shares:
            if share.percent is not None:
                assert f"{share.percent}%" in text
        for statistic in item.regions:
            if statistic.low is not None:
                assert f"{statistic.positive}%{statistic.low}–{statistic.high}%" in text
    for count in ("5.270", "1.843", "35,0%", "32,4%", "50,9%", "2.904"):
        assert count in text


def test_withheld_figures_are_words(tree: Structure) -> None:
    assert "Midwestonvoldoendeantwoorden" in flat(tree.root.text)
    assert "Brusselmeerdan80%15–19" in flat(tree.root.text)


def test_quotes_carry_their_language_in_reading_order(tree: Structure) -> None:
    found = [(n.own_language, n.text) for n in tree.of_kind("P") if n.own_language in ("ar", "ti")]
    assert found == [("ar", ARABIC), ("ti", TIGRINYA), ("ar", ARABIC), ("ti", TIGRINYA)]


def test_every_chart_and_table_is_one_element(tree: Structure) -> None:
    html = report_html(CONTENT)
    assert len(tree.of_kind("Table")) == html.count("<table")
    assert len(tree.of_kind("Figure")) == html.count("<svg")


def test_a_table_over_several_pages_is_one_element() -> None:
    content = bare_content(follow_ups=CONTENT.follow_ups * 30)
    tables = opened(report_pdf(content)).of_kind("Table")
    assert len(tables) == report_html(content).count("<table")
    assert any(len(table.all_pages) > 1 for table in tables)


def test_every_page_says_that_this_is_an_example(tree: Structure) -> None:
    for number, content in enumerate(tree.content, 1):
        assert "Voorbeeldgegevens: geen echte antwoorden" in content[DECORATION]
        assert f"{number} / {len(tree.content)}" in content[DECORATION]
    assert "Voorbeeldgegevens" not in tree.root.text


def test_contents_name_the_page_of_each_section(tree: Structure) -> None:
    starts = {n.text: min(n.all_pages) + 1 for n in tree.of_kind("H2")}
    lines = [flat(node.text) for node in tree.of_kind("TOCI")]
    assert lines == [flat(f"{title}{starts[title]}") for title in SECTIONS]
    assert len([a for a in tree.pdf.pages[1].Annots if a.Subtype == "/Link"]) >= len(SECTIONS)


def test_bookmarks_and_metadata(tree: Structure) -> None:
    with tree.pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert [t for t in titles if t in SECTIONS] == list(SECTIONS)
    info = tree.pdf.docinfo
    assert "Vlaanderen, het eerste halfjaar van 2026" in str(info["/Title"])
    assert str(info["/Author"]) == "Voorbeeldagentschap"
    assert str(info["/CreationDate"]).startswith("D:20260817")


def test_names_with_markup_stay_names(tree: Structure) -> None:
    assert 'Buurthuis <script>alert(1)</script> & enoz "De Brug" [emoji]' in tree.root.text


def test_hash_policy_and_fingerprints_are_printed(tree: Structure) -> None:
    text = flat(tree.root.text)
    for printed in (
        CONTENT.content_hash,
        "versie2026-1",
        "a3f1c09d7be24418",
        "77c0d1ee09ab5f32",
        "feedback-app0.1.0",
    ):
        assert printed in text


def test_the_stored_content_gives_the_same_bytes_in_another_process(report: bytes, tmp_path: Path) -> None:
    (tmp_path / "content.json").write_text(CONTENT.to_json(), encoding="utf-8")
    program = (
        "import hashlib, pathlib, sys\n"
        "from feedback_app.reports.content import ReportContent\n"
        "from feedback_app.reports.pdf import report_pdf\n"
        "text = pathlib.Path(sys.argv[1]).read_text('utf-8')\n"
        "print(hashlib.sha256(report_pdf(ReportContent.from_json(text))).hexdigest())\n"
    )
    root = str(Path(__file__).parents[2])
    surroundings = {
        **os.environ,
        "PYTHONPATH": root,
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Kabul",
        "SOURCE_DATE_EPOCH": "1",
        "LC_ALL": "C",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "content.json")],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(report).hexdigest()


def test_an_empty_wave_still_gives_a_decent_report() -> None:
    pdf = report_pdf(bare_content(draft=True))
    assert_valid(pdf)
    tree = opened(pdf)
    assert tree.faults() == []
    assert [n.text for n in tree.of_kind("H2") if n.text in SECTIONS] == list(SECTIONS)
    text = tree.root.text
    for words in (
        "te weinig antwoorden om een boodschap te geven",
        "geen signaal gekozen",
        "geen pre-signalen",
    ):
        assert flat(words) in flat(text)
    assert all("Ontwerp" in content[DECORATION] for content in tree.content)
    assert all("Voorbeeldgegevens" not in content[DECORATION] for content in tree.content)


def test_a_regional_report_puts_flanders_beside_it() -> None:
    few = replace(CONTENT, items=CONTENT.items[:2], pairs=(), questionnaires=())
    pdf = report_pdf(replace(few, level="westhoek", level_label="Westhoek"))
    assert_valid(pdf)
    tree = opened(pdf)
    assert tree.faults() == []
    assert "Dit rapport gaat over Westhoek." in tree.root.text
    assert flat("Van de 180 uitgenodigde nieuwkomers antwoordden er 60.") in flat(tree.root.text)


def test_the_web_page_says_the_same_words_and_numbers(tree: Structure) -> None:
    page = edition_html(CONTENT)
    said = words_of_page(page)
    assert said == words_of_pdf(tree) and len(said) > 20_000
    alternatives = charts_of_pdf(tree)
    assert len(alternatives) == len(charts_of_page(page)) > 20
    assert all(alt.startswith(title) for alt, title in zip(alternatives, charts_of_page(page), strict=True))
