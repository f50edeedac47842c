"""The renderer fetches nothing, hides no fault, and writes tags that say more than the stock ones."""

import io
import socket
from pathlib import Path

import pikepdf
import pytest
from weasyprint.layout import preferred

from feedback_app.rendering import limits
from feedback_app.rendering import render as rendering
from feedback_app.rendering.limits import LimitExceeded, Limits
from feedback_app.rendering.render import RenderError, render_pdf
from tests.pdf_structure import Structure

GOOD = """<h1>Titel</h1><h2>Deel</h2><p>Een alinea.</p>
<p lang="ar" dir="rtl">أردت المزيد من الوقت</p>
<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" role="img"><title>Negen op tien</title><desc>Balk</desc>
<rect width="9" height="9"/></svg>
<table><thead><tr><th scope="col">Wie</th><th scope="col">n</th></tr></thead>
<tbody><tr><th scope="row">Gent</th><td>12</td></tr></tbody></table>"""


def render(body: str, css: tuple[Path, ...] = ()) -> bytes:
    return render_pdf(f"<!doctype html><html lang='nl'><body>{body}", title="Titel", lang="nl", css=css)


def structure(body: str) -> Structure:
    return Structure(pikepdf.open(io.BytesIO(render(body))))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "http://127.0.0.1:9/x.png",
        "https://example.org/x.png",
        "data:image/png;base64,AAAA",
        "package:../../pyproject.toml",
        "package:css/nothing.css",
        "ftp://127.0.0.1/x",
    ],
)
def test_no_address_outside_the_package_is_read(address: str) -> None:
    for tag in (f'<img alt="x" src="{address}">', f'<link rel="stylesheet" href="{address}">'):
        with pytest.raises(RenderError, match=r"outside the package|no such file|Failed"):
            render(tag + "<p>x</p>")


WAYS = (
    '<img alt="x" src="{}">',
    '<object data="{}"></object>',
    '<embed src="{}">',
    '<link rel="stylesheet" href="{}">',
    '<link rel="attachment" href="{}">',
    '<a rel="attachment" href="{}">x</a>',
    '<style>@import "{}";</style>',
    "<style>@import url({});</style>",
    '<p style="background: url({})">x</p>',
    '<ul style="list-style-image: url({})"><li>x</li></ul>',
    '<style>@font-face {{ font-family: f; src: url({}) }} p {{ font-family: f }}</style>',
    '<style>p::before {{ content: url({}) }}</style>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>t</title><image href="{}" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>t</title><style>@import "{}";</style></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>t</title><use href="{}#a"/></svg>',
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_name_an_address_reaches_it(way: str, tmp_path: Path) -> None:
    """Whatever an author could write, nobody is called and no file is in the PDF."""
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">geheim</text></svg>', "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        called = f"http://127.0.0.1:{listening.getsockname()[1]}/x.svg"
        for address in (called, secret.as_uri(), f"package:../../../{secret}", f"package:{secret}"):
            try:
                pdf = render(f"<h1>x</h1>{way.format(address)}<p>x</p>")
            except RenderError:
                continue
            with pikepdf.open(io.BytesIO(pdf)) as opened:
                assert not opened.attachments
                assert "geheim" not in Structure(opened).root.text
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_link_out_of_the_package_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "static", tmp_path / "outside.css"
    inside.mkdir()
    outside.write_text("p { color: red }", "utf-8")
    (inside / "link.css").symlink_to(outside)
    (inside / "own.css").write_text("p { color: red }", "utf-8")
    monkeypatch.setattr(rendering, "STATIC", inside)
    assert render('<link rel="stylesheet" href="package:own.css"><p>x</p>')
    with pytest.raises(RenderError, match="no such file"):
        render('<link rel="stylesheet" href="package:link.css"><p>x</p>')


def test_limits_stop_what_takes_too_long_wherever_it_is() -> None:
    """Hundreds of cells of a grid on one page, a paragraph without end, thousands of floats."""
    grid = (
        f"<div style='display: grid; grid-template-columns: 1fr 1fr'>{'<div>cel <b>x</b></div>' * 300}</div>"
    )
    for body in (grid, f"<p>{'woord ' * 30_000}</p>", "<div style='float: left'>x</div>" * 2_000):
        with pytest.raises(LimitExceeded) as caught:
            render_pdf(f"<h1>x</h1>{body}", title="x", lang="nl", limits=Limits(0.3, 10_000, 10**7))
        assert caught.value.kind == "seconds"
    assert structure(GOOD).faults() == []


def test_the_clock_is_looked_at_while_one_block_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long word in a box that shrinks to fit is measured letter by letter, within one block of one page."""
    measured, split, clock = 0, preferred.split_first_line, limits.time.monotonic
    later = 0.0

    def counted(*args: object, **named: object) -> object:
        nonlocal measured, later
        measured += 1
        later = 1_000.0  # the time is over as soon as measuring begins
        return split(*args, **named)

    monkeypatch.setattr(preferred, "split_first_line", counted)
    monkeypatch.setattr(limits.time, "monotonic", lambda: clock() + later)
    word = "<p style='overflow-wrap: anywhere'>" + "a" * 300 + "</p>"
    with pytest.raises(LimitExceeded) as caught:
        render_pdf(
            f"<h1>x</h1><div style='display: flex'>{word}</div>",
            title="x",
            lang="nl",
            limits=Limits(300, 10, 10**6),
        )
    assert caught.value.kind == "seconds"
    assert measured == 1


@pytest.mark.parametrize(
    "body",
    [
        '<p style="colour: red">x</p>',
        "<p>漢</p>",
        '<img src="package:css/tokens.css">',
        '<a href="#nowhere">x</a>',
        "<style>@supports (color: red) { p { color: red } }</style><p>x</p>",
    ],
)
def test_what_is_only_logged_elsewhere_stops_the_rendering(body: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(body)
    assert caught.value.faults


def test_a_faulty_stylesheet_is_refused_every_time(tmp_path: Path) -> None:
    sheet = tmp_path / "faulty.css"
    sheet.write_text("p { colour: red }", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(RenderError, match="colour"):
            render("<p>x</p>", (sheet,))


def test_only_our_own_faces_are_embedded() -> None:
    pdf = pikepdf.open(
        io.BytesIO(render("<p style='font-family: Helvetica, monospace'>a <b>b</b> ቋንቋ Мова</p>"))
    )
    fonts = {str(font.BaseFont) for page in pdf.pages for font in page.obj.Resources.Font.values()}
    assert fonts
    assert all("+Noto-Sans" in name for name in fonts)


def test_a_good_document_has_no_fault() -> None:
    assert structure(GOOD).faults() == []


def test_figures_speak_their_title_and_description() -> None:
    assert [figure.alt for figure in structure(GOOD).of_kind("Figure")] == ["Negen op tien. Balk"]


def test_right_to_left_text_is_stored_in_reading_order() -> None:
    passage = next(node for node in structure(GOOD).root.walk() if node.own_language == "ar")
    assert passage.text == "أردت المزيد من الوقت"


def test_a_mixed_sentence_keeps_each_passages_language() -> None:
    nodes = structure(
        "<h1>x</h1><p>Dank je: <bdi lang='ar' dir='rtl'>شكرا</bdi>, <bdi lang='uk'>дякую</bdi>.</p>"
    )
    found = {node.own_language: node.text for node in nodes.root.walk() if node.own_language in ("ar", "uk")}
    assert found == {"ar": "شكرا", "uk": "дякую"}
    assert nodes.faults() == []


def test_a_table_and_a_paragraph_over_pages_stay_one() -> None:
    rows = "".join(f"<tr><th scope='row'>rij {i}</th><td>{i}</td></tr>" for i in range(120))
    head = "<thead><tr><th scope='col'>Wie</th><th scope='col'>n</th></tr></thead>"
    nodes = structure(f"<h1>x</h1><table>{head}<tbody>{rows}</tbody></table><p>{'woord ' * 1500}</p>")
    tables, paragraphs = nodes.of_kind("Table"), nodes.of_kind("P")
    assert len(tables) == len(paragraphs) == 1
    assert len(tables[0].all_pages) > 1
    assert len(paragraphs[0].all_pages) > 1
    assert len([n for n in tables[0].walk() if n.kind == "TR"]) == 121
    assert [n.kind for n in tables[0].children] == ["THead", "TBody"]


def test_running_heads_are_decoration() -> None:
    nodes = structure("<style>@page { @top-left { content: 'kopregel' } }</style><h1>x</h1><p>tekst</p>")
    assert "kopregel" not in nodes.root.text
    assert "kopregel" in nodes.content[0][-1]


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (("<title>Negen op tien</title><desc>Balk</desc>", ""), "figure without alternative"),
        (
            ("<title>Negen op tien</title><desc>Balk</desc>", "<title>kaart.png</title>"),
            "file name as alternative",
        ),
        ((' lang="ar" dir="rtl"', ' dir="rtl"'), "foreign text without its language"),
        (("<h2>Deel</h2>", "<h3>Deel</h3>"), "heading level 3 after 1"),
        (("<h1>Titel</h1><h2>Deel</h2>", ""), "no heading"),
        (('<th scope="col">Wie</th><th scope="col">n</th>', "<td>Wie</td><td>n</td>"), ""),
    ],
)
def test_planted_faults_are_caught(planted: tuple[str, str], fault: str) -> None:
    faulty = GOOD.replace(*planted)
    assert faulty != GOOD
    if not fault:  # a table needs at least one kind of header
        faulty, fault = faulty.replace('<th scope="row">Gent</th>', "<td>Gent</td>"), "table without header"
    found = structure(faulty).faults()
    assert len(found) == 1
    assert fault in found[0]


def test_words_stay_apart_where_a_line_was_broken() -> None:
    sentence = " ".join(f"woord{i} met-streepje" for i in range(300))
    nodes = structure(
        f"<h1>x</h1><p>{sentence} <b>vet {sentence}</b></p><p style='width: 3em; overflow-wrap: anywhere'>{'x' * 40}</p>"
    )
    whole, broken = nodes.of_kind("P")
    assert len(whole.all_pages) > 1
    assert whole.text == f"{sentence} vet {sentence}"
    assert broken.text == "x" * 40
