"""A house style is checked where it is loaded, applied by value, and stays with the edition it was made with."""

import json
import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from feedback_app.analysis.drawing import palette
from feedback_app.rendering.contrast import NEIGHBOURS, TONE_RATIO, house_colours, luminance, too_weak
from feedback_app.rendering.fonts import FOLDER
from feedback_app.rendering.style import files
from feedback_app.rendering.theme import ThemeRefused, house_style, theme_faults
from feedback_app.reports.content import ReportContent
from feedback_app.reports.pdf import report_html, report_pdf
from tests.integration.test_report_pdf import bare_content
from tests.pdf_structure import Structure
from tests.report_example import example_content

EXAMPLE = Path(__file__).parents[2] / "docs" / "theme-example"
FONTS = 'fonts: {regular: "regular.ttf", bold: "bold.ttf"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "theme")
    for name in ("regular", "bold"):
        shutil.copy(FOLDER / f"NotoSans-{name.capitalize()}.ttf", tmp_path / "theme" / f"{name}.ttf")
    return tmp_path / "theme"


def written(folder: Path, text: str) -> Path:
    (folder / "theme.yaml").write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[tuple[str, str]]:
    return [(one.path, one.problem) for one in theme_faults(folder)]


def svg(inside: str = "", more: str = "") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"{more}>{inside}</svg>'


DRAWN = '<rect width="4" height="4"/>'
LOGO = "logo: {file: logo.svg, alt: {nl: Merk, en: Brand}}\n"


def test_the_example_in_the_documentation_is_without_fault_and_so_is_none() -> None:
    assert theme_faults(EXAMPLE) == []
    assert theme_faults(None) == []
    assert house_style(None, "nl").colours == ()


def test_our_own_colours_pass_what_a_theme_is_held_to() -> None:
    assert list(too_weak(house_colours())) == []


def test_neighbouring_tones_stay_two_in_grey_print() -> None:
    for one, other in NEIGHBOURS:
        light, dark = sorted((luminance(house_colours()[name]) for name in (one, other)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= TONE_RATIO
        assert round(255 * light ** (1 / 2.2)) - round(255 * dark ** (1 / 2.2)) >= 25  # of 255 steps of grey


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('colours: {brand: "#c9a0d6"}', "colours.brand", "brand (#c9a0d6) on paper (#faf8f4) has a contrast of 2.1"),
        ('colours: {chart-neutral: "#dd9a5c"}', "colours.chart-neutral", "it needs 1.4"),
        ('colours: {chart-newcomer: "#e7e1d5"}', "colours.chart-newcomer", "it needs 3.0"),
        ("colours: {brand: red}", "colours.brand", "is not written like #"),
        ('colours: {marque: "#000000"}', "colours.marque", "no colour has this name"),
        ("logo: {file: logo.svg}", "logo.alt", "this is missing"),
        ("logo: {file: logo.svg, alt: {nl: Merk}}", "logo.alt.en", "this is missing"),
        ("logo: {file: ../geheim.svg, alt: {nl: Merk, en: Brand}}", "logo.file", "outside the theme folder"),
        ("logo: {file: weg.svg, alt: {nl: Merk, en: Brand}}", "logo.file", "there is no file “weg.svg”"),
        ("fonts: {regular: logo.svg, bold: bold.ttf}", "fonts.regular", "no TrueType font"),
        ("kleuren: {}", "kleuren", "unknown key"),
        ("a: [", "-", "it cannot be read"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_place(folder: Path, text: str, place: str, said: str) -> None:
    found = faults(written(folder, text))
    assert any(path == place and said in problem for path, problem in found), found
    assert all(one.remedy for one in theme_faults(folder))
    with pytest.raises(ThemeRefused):
        house_style(folder, "nl")


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (svg("<script>1</script>"), "<script>"),
        (svg('<rect onclick="x()"/>'), "script (onclick)"),
        (svg('<use href="https://elders.example/a.svg#b"/>'), "points outside itself"),
        (svg('<rect fill="url(https://elders.example/a)"/>'), "points outside itself"),
        (svg('<image href="file:///etc/passwd"/>'), "<image>"),
        (svg("<foreignObject/>"), "<foreignObject>"),
        (svg("<style>@import 'a'</style>"), "<style>"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "DOCTYPE"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "no viewBox"),
        (svg().replace("0 0 9 9", "0 0 1.2.3 9"), "no viewBox"),
        (svg().replace("0 0 9 9", "0 0 . 9"), "no viewBox"),
        (svg().replace("0 0 9 9", "0 0 inf 9"), "no viewBox"),
        (svg('<g id="a"><use href="#a"/></g>'), "holds another <use>"),
        (svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "holds another <use>"),
        (svg(r'<rect style="fill: u\72l(https://elders.example/a)"/>'), "points outside itself"),
        (svg('<p:img xmlns:p="http://www.w3.org/1999/xhtml" src="a"/>'), "parts of a web page"),
        ("<svg", "no well-formed SVG"),
        (svg("<g>" * 3000 + DRAWN + "</g>" * 3000), "3002 deep within each other"),
        (svg(), "it draws nothing"),
        (svg("<g/><title>Merk</title>"), "it draws nothing"),
        (svg('<rect height="9"/><circle r="0"/><path d=""/>'), "it draws nothing"),
        (svg(f"<defs>{DRAWN}</defs>"), "it draws nothing"),
    ],
)
def test_a_logo_that_does_more_than_draw_is_refused(folder: Path, drawn: str, said: str) -> None:
    (folder / "logo.svg").write_text(drawn, encoding="utf-8")
    found = faults(written(folder, LOGO))
    assert any(said in problem for _place, problem in found), found


@pytest.mark.parametrize(
    "drawn",
    [
        DRAWN,
        "<g>" * 40 + DRAWN + "</g>" * 40,
        f'<defs><g id="a">{DRAWN}</g></defs><use href="#a"/>',
        '<line x2="9" stroke="#000"/>',
    ],
)
def test_a_logo_that_draws_is_taken(folder: Path, drawn: str) -> None:
    (folder / "logo.svg").write_text(svg(drawn), encoding="utf-8")
    assert faults(written(folder, LOGO)) == []


@pytest.mark.parametrize(("sign", "named"), [("\\u202e", "U+202E"), ("\\0", "U+0000"), ("\\ue000", "U+E000")])
def test_texts_with_signs_that_are_not_printed_are_refused(folder: Path, sign: str, named: str) -> None:
    found = faults(written(folder, f'publisher: {{nl: "Voor{sign}beeld", en: "Example"}}\n'))
    assert [path for path, problem in found if named in problem] == ["publisher.nl"], found
    found = faults(written(folder, LOGO.replace("Brand", f'"Br{sign}and"')))
    assert [path for path, problem in found if named in problem] == ["logo.alt.en"], found


def test_a_png_has_a_size_that_prints(folder: Path) -> None:
    def png(width: int, height: int) -> bytes:
        sizes = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + sizes + b"\x08\x02\0\0\0" + b"IEND\xaeB`\x82"

    written(folder, LOGO.replace(".svg", ".png"))
    for size, said in (((40, 30), "40 × 30 pixels"), ((3000, 100), "10 times"), ((9000, 900), "9000")):
        (folder / "logo.png").write_bytes(png(*size))
        assert said in faults(folder)[0][1]
    (folder / "logo.png").write_bytes(b"GIF89a")
    assert "no whole PNG" in faults(folder)[0][1]


def test_a_face_that_lacks_our_letters_is_refused(folder: Path) -> None:
    shutil.copy(FOLDER / "NotoSansEthiopic-Regular.ttf", folder / "regular.ttf")
    assert "it lacks" in faults(written(folder, FONTS))[0][1]


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory) -> tuple[ReportContent, bytes]:
    """A report in the example style with faces of its own, compiled; its folder is gone by then."""
    folder = tmp_path_factory.mktemp("style") / "theme"
    shutil.copytree(EXAMPLE, folder)
    for name in ("regular", "bold"):
        shutil.copy(FOLDER / f"NotoSans-{name.capitalize()}.ttf", folder / f"{name}.ttf")
    with (folder / "theme.yaml").open("a", encoding="utf-8") as file:
        file.write(FONTS)
    items = example_content().items[1:2]
    content = bare_content(items=items, style=house_style(folder, "nl"))
    shutil.rmtree(folder)
    return content, report_pdf(content)


def test_the_style_is_frozen_with_the_edition(styled: tuple[ReportContent, bytes]) -> None:
    content, pdf = styled
    again = ReportContent.from_json(content.to_json())
    assert report_pdf(again) == pdf
    assert again.content_hash == content.content_hash
    other = replace(content, style=replace(content.style, funder="Iets anders"))
    assert other.content_hash != content.content_hash


def test_the_style_is_seen_in_the_document(styled: tuple[ReportContent, bytes]) -> None:
    content, pdf = styled
    with pikepdf.open(BytesIO(pdf)) as opened:
        tree = Structure(opened)
        assert tree.faults() == []
        assert [node.alt for node in tree.of_kind("Figure")][:2] == [
            "Voorbeeldagentschap",
            "Embleem van het voorbeeldfonds",
        ]
        assert "Medegefinancierd door het voorbeeldfonds" in tree.root.text
        assert "voorbeeldplan" in tree.root.text
        faces = {str(font.BaseFont) for page in opened.pages for font in page.Resources.Font.values()}
    assert any("Huisstijl" in face for face in faces)
    html = report_html(content)
    assert "--brand:#5b2a6b" in html
    assert 'fill="#5b2a6b"' in html  # charts too
    assert palette()["newcomer"] != "#5b2a6b"  # and only while this report was written
    page = report_html(content, template="reports/edition.html")
    assert "--brand:#5b2a6b" in page
    assert "theme:" not in page  # a browser gets the pictures in the page, and no fonts
    assert page.count('src="data:image/svg+xml;base64,') == 2
    assert set(files(content.style)) == {"theme:logo", "theme:emblem", "theme:regular", "theme:bold"}


def test_a_content_from_before_there_were_styles_keeps_its_hash() -> None:
    content = example_content()
    assert '"style"' not in content.to_json()
    assert '"lang":' not in replace(content, quotes=(), signals=()).to_json()
    assert ReportContent.from_json(content.to_json()) == content


@pytest.mark.parametrize(
    ("name", "data"),
    [("logo.png", b"\x89PNG\r\n\x1a\n....IHDRIEND"), ("lo\0go.svg", b""), ("logo.svg", b"\x00")],
)
def test_a_broken_file_or_name_is_a_fault_and_no_accident(folder: Path, name: str, data: bytes) -> None:
    (folder / name.replace("\0", "")).write_bytes(data)
    written(folder, f"logo: {{file: {json.dumps(name)}, alt: {{nl: Merk, en: Brand}}}}\n")
    assert [path for path, _ in faults(folder)] == ["logo.file"]
