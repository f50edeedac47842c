"""Our own check of a report's structure, proved by faults planted in a real report: it finds each, and only that."""

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest

from feedback_app.reports.content import Quote
from feedback_app.reports.pdf import report_pdf
from tests.integration.test_report_pdf import CONTENT, bare_content
from tests.meant import meant
from tests.pdf_structure import Structure

Plant = Callable[[pikepdf.Pdf], object]


TURKISH = Quote("Daha çok zaman istiyorum.", "tr", "Nieuwkomer, vereniging")
FEW = bare_content(
    items=CONTENT.items[:2],
    groups=CONTENT.groups,
    quotes=(*CONTENT.quotes[1:], TURKISH),
    themes=CONTENT.themes,
)
MEANT = meant(FEW)


@pytest.fixture(scope="module")
def small() -> bytes:
    """A report with charts, tables, links, bookmarks, two quotes in other scripts and one in Latin letters."""
    return report_pdf(FEW)


def elements(pdf: pikepdf.Pdf, *kinds: str) -> list[Any]:
    """Every structure element of some kinds, in reading order."""

    def walk(element: Any) -> Any:
        yield element
        kids = element.get("/K", pikepdf.Array())
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") != "/OBJR":
                yield from walk(kid)

    return [one for one in walk(pdf.Root.StructTreeRoot.K[0]) if str(one.S)[1:] in kinds]


def on_first_page(drawn: bytes) -> Plant:
    def plant(pdf: pikepdf.Pdf) -> None:
        contents = pdf.pages[0].obj.Contents
        contents.write(contents.read_bytes() + b"\n" + drawn)

    return plant


def text_outside_tags(pdf: pikepdf.Pdf) -> None:
    font = next(iter(pdf.pages[0].obj.Resources.Font.keys()))
    on_first_page(f"BT {font} 9 Tf 30 30 Td <0003> Tj ET".encode())(pdf)


def without_headers(pdf: pikepdf.Pdf) -> None:
    table = elements(pdf, "Table")[0]
    for row in elements(pdf, "TR"):
        inside = row.P.P.objgen == table.objgen or row.P.objgen == table.objgen
        for cell in row.K if inside else ():
            cell.S = pikepdf.Name.TD


def alternative(text: str | None) -> Plant:
    def plant(pdf: pikepdf.Pdf) -> None:
        figure = elements(pdf, "Figure")[0]
        if text is None:
            del figure.Alt
        else:
            figure.Alt = pikepdf.String(text)

    return plant


def without(find: Callable[[pikepdf.Pdf], Any], *names: str) -> Plant:
    def plant(pdf: pikepdf.Pdf) -> None:
        holder = find(pdf)
        for name in names:
            del holder[name]

    return plant


def quote_in(language: str) -> Callable[[pikepdf.Pdf], Any]:
    return lambda pdf: next(one for one in elements(pdf, "P") if str(one.get("/Lang", "")) == language)


def heading_is(place: int, kind: str) -> Plant:
    def plant(pdf: pikepdf.Pdf) -> None:
        elements(pdf, "H1", "H2", "H3")[place].S = pikepdf.Name(kind)

    return plant


def lost_paragraph(pdf: pikepdf.Pdf) -> None:
    paragraph = next(one for one in elements(pdf, "P") if len(one.K) == 1)
    kids = [kid for kid in paragraph.P.K if getattr(kid, "objgen", None) != paragraph.objgen]
    paragraph.P.K = pikepdf.Array(kids)


def first_link(pdf: pikepdf.Pdf) -> Any:
    return next(page.obj.Annots[0] for page in pdf.pages if "/Annots" in page.obj)


def link_to_nowhere(pdf: pikepdf.Pdf) -> None:
    first_link(pdf)["/Dest"] = pikepdf.String("nergens")


def link_in_no_element(pdf: pikepdf.Pdf) -> None:
    wanted = first_link(pdf).objgen
    for element in elements(pdf, "Link"):
        kept = [
            k
            for k in element.K
            if not (isinstance(k, pikepdf.Dictionary) and "/Obj" in k and k.Obj.objgen == wanted)
        ]
        element.K = pikepdf.Array(kept)


def narrower_row(pdf: pikepdf.Pdf) -> None:
    row = next(one for one in elements(pdf, "TR") if len(one.K) > 1 and str(one.K[-1].S) == "/TD")
    cell = row.K[-1]
    cell.S = pikepdf.Name.NonStruct
    row.P.K.append(cell)  # what it says stays in the tree
    del row.K[len(row.K) - 1]


def in_language(old: str, new: str | None) -> Plant:
    def plant(pdf: pikepdf.Pdf) -> None:
        quote = quote_in(old)(pdf)
        if new is None:
            del quote.Lang
        else:
            quote.Lang = pikepdf.String(new)

    return plant


def swapped_sections(pdf: pikepdf.Pdf) -> None:
    """Exchange two sections in the tree, with all that stands in them."""
    third, fifth = (
        [one for one in elements(pdf, "Sect") if any(str(kid.S) == "/H2" for kid in one.K)][place]
        for place in (3, 5)
    )
    kids = third.P.K
    places = [next(i for i, kid in enumerate(kids) if kid.objgen == one.objgen) for one in (third, fifth)]
    kids[places[0]], kids[places[1]] = fifth, third


def scope(place: int, name: str) -> Plant:
    """Point a header cell the wrong way; the place is that of the first which points the other way."""

    def plant(pdf: pikepdf.Pdf) -> None:
        heads = [row for part in elements(pdf, "THead") for row in part.K]
        inside = {cell.objgen for row in heads for cell in row.K}
        cells = [one for one in elements(pdf, "TH") if (one.objgen in inside) == (name == "/Row")]
        cells[place].A.Scope = pikepdf.Name(name)

    return plant


def no_header(part: str) -> Plant:
    def plant(pdf: pikepdf.Pdf) -> None:
        row = next(row for one in elements(pdf, part) for row in one.K if len(row.K) > 1)
        row.K[0].S = pikepdf.Name.TD

    return plant


def exchanged_alternatives(pdf: pikepdf.Pdf) -> None:
    one, other = elements(pdf, "Figure")[:2]
    one.Alt, other.Alt = other.Alt, one.Alt


def same_alternative(pdf: pikepdf.Pdf) -> None:
    one, other = elements(pdf, "Figure")[:2]
    other.Alt = one.Alt


PLANTED: dict[str, tuple[Plant, str]] = {
    "missing alt": (alternative(None), "figure without alternative text"),
    "file name as alt": (alternative("grafiek-3.svg"), "file name as alternative"),
    "alt that says nothing": (alternative("Grafiek."), "says nothing"),
    "Arabic without Lang": (without(quote_in("ar"), "/Lang"), "foreign text without its language"),
    "Tigrinya without Lang": (without(quote_in("ti"), "/Lang"), "foreign text without its language"),
    "document without Lang": (without(lambda pdf: pdf.Root, "/Lang"), "document without language"),
    "skipped heading": (heading_is(1, "/H4"), "heading level 4 after 1"),
    "heading that skips two": (heading_is(3, "/H6"), "heading level 6 after"),
    "a second title": (heading_is(2, "/H1"), "another heading of level 1"),
    "sections exchanged": (swapped_sections, "heading out of order"),
    "Arabic as French": (in_language("ar", "fr"), "language of another script"),
    "Tigrinya as Arabic": (in_language("ti", "ar"), "language of another script"),
    "column's header of a row": (scope(0, "/Row"), "header of a column that says"),
    "row's header of a column": (scope(-1, "/Column"), "header of a row that says"),
    "column's header as figure": (no_header("THead"), "head of a column that is no header"),
    "row's header as figure": (no_header("TBody"), "head of a row that is no header"),
    "TH without scope": (without(lambda pdf: elements(pdf, "TH")[0].A, "/Scope"), "header cell without scope"),
    "table without headers": (without_headers, "table without header cells"),
    "row with fewer cells": (narrower_row, "different numbers of cells"),
    "drawing outside tags": (on_first_page(b"9 9 99 99 re f"), "untagged content on page 1: f"),
    "text outside tags": (text_outside_tags, "untagged content on page 1: Tj"),
    "tagged text in no element": (lost_paragraph, "content in no element"),
    "link to nowhere": (link_to_nowhere, "leads nowhere"),
    "link in no element": (link_in_no_element, "link in no element"),
    "no bookmarks": (without(lambda pdf: pdf.Root, "/Outlines"), "without bookmarks"),
    "no title": (without(lambda pdf: pdf.docinfo, "/Title"), "without title"),
    "file name in the window": (without(lambda pdf: pdf.Root, "/ViewerPreferences"), "file's name"),
    "not said to be tagged": (without(lambda pdf: pdf.Root, "/MarkInfo"), "does not say it is tagged"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str, small: bytes) -> None:
    plant, fault = PLANTED[name]
    with pikepdf.open(io.BytesIO(small)) as pdf:
        plant(pdf)
        found = Structure(pdf).faults()
    assert found, name
    assert all(fault in one for one in found), found


FALSE: dict[str, tuple[Plant, str]] = {
    "Turkish without Lang": (in_language("tr", None), "not what is written in tr"),
    "Turkish as French": (in_language("tr", "fr"), "not what is written in fr"),
    "Persian for Arabic": (in_language("ar", "fa-AF"), "quote that is not in its language, ar"),
    "alternatives exchanged": (exchanged_alternatives, "alternative text of something else"),
    "one alternative twice": (same_alternative, "alternative text of something else"),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_well_formed_and_false_is_found_beside_the_content(name: str, small: bytes) -> None:
    plant, fault = FALSE[name]
    with pikepdf.open(io.BytesIO(small)) as pdf:
        plant(pdf)
        found = Structure(pdf).faults(MEANT)
    assert any(fault in one for one in found), found


def test_the_report_they_are_planted_in_has_none(small: bytes) -> None:
    assert len(MEANT.alternatives) > 1 and {"ar", "ti", "tr"} == set(MEANT.passages)
    with pikepdf.open(io.BytesIO(small)) as pdf:
        assert Structure(pdf).faults(MEANT) == []
