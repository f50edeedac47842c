"""Finds letters that are not drawn: in a PDF by reading its faces back, in a browser by asking which face drew what.

A missing letter is an empty box (`.notdef`), a blank where ink belongs, or the dotted circle that a shaper puts under
a mark it cannot place.
"""

import io
import subprocess
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont
from playwright.sync_api import Page

from feedback_app.rendering.fonts import FOLDER
from tests.pdf_structure import to_unicode

_DOTTED_CIRCLE = 0x25CC
_NOTDEF = 0
#: every element that has text of its own; what is folded away is unfolded, or no face would draw it
_WITH_TEXT = """() => {
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  const found = [];
  for (const one of document.body.querySelectorAll("*")) {
    if (one.closest("script, style, title")) continue;
    const own = [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!own.length || !one.getClientRects().length) continue;
    one.dataset.glyphs = "";
    found.push(own.map((node) => node.data).join(" "));
  }
  return found;
}"""


def missing_in_pdf(pdf: bytes) -> list[str]:
    """What a reader of this PDF would not see, each with the page and the face; empty when all is drawn."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        faults: dict[str, None] = {}
        for number, page in enumerate(opened.pages, 1):
            for fault in _missing_on(page, page.obj.get("/Resources")):
                faults[f"page {number}: {fault}"] = None
        return list(faults)


def _missing_on(content: Any, resources: Any) -> Iterator[str]:
    """The same for a page, or a form that is drawn on it."""
    faces = {name: _Face(font) for name, font in resources.get("/Font", {}).items()}
    for form in resources.get("/XObject", {}).values():
        if form.get("/Subtype") == "/Form":
            yield from _missing_on(form, form.get("/Resources", resources))
    face: _Face | None = None
    for step in pikepdf.parse_content_stream(content):
        if str(step.operator) == "Tf":
            face = faces[str(step.operands[0])]
        elif str(step.operator) in ("Tj", "TJ"):
            assert face, "text before a face was chosen"
            yield from face.missing(_codes(step.operands[0]))


def _codes(drawn: Any) -> list[int]:
    """The glyph numbers of one piece of text, two bytes each."""
    pieces = [drawn] if isinstance(drawn, pikepdf.String) else list(drawn)
    codes = b"".join(bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String))
    return [int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2)]


class _Face:
    """An embedded face; the renderer keeps the numbers that glyphs have in the shipped one."""

    def __init__(self, font: Any) -> None:
        self.name = str(font.BaseFont)[1:]
        self.words = to_unicode(font)
        descriptor = font.DescendantFonts[0].FontDescriptor
        self.outlines = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes()))["glyf"]
        self.names = self.outlines.glyphOrder

    def missing(self, codes: list[int]) -> Iterator[str]:
        """What is wrong with each of these glyphs."""
        for code in codes:
            letter = self.words.get(code, "")
            if code == _NOTDEF or code >= len(self.names):
                yield f"{self.name} has no {_named(letter)}"
            elif not _is_blank(letter) and not self.outlines[self.names[code]].numberOfContours:
                yield f"{self.name} draws nothing for {_named(letter)}"
            elif code == _dotted_circle(self.name) and chr(_DOTTED_CIRCLE) not in letter:
                yield f"{self.name} cannot place {_named(letter)}"


@cache
def _dotted_circle(name: str) -> int:
    """The number that the dotted circle has in a shipped face, by its name in a PDF; none: -1."""
    faces = {one.stem.removesuffix("-Regular").replace("-", ""): one for one in FOLDER.glob("*.ttf")}
    with TTFont(faces[name.partition("+")[2].replace("-", "")], lazy=True) as face:
        drawn_by = face.getBestCmap().get(_DOTTED_CIRCLE)
        return face.getGlyphID(drawn_by) if drawn_by else -1


def missing_on_page(page: Page) -> list[str]:
    """What a visitor of this page would see as a box, each with the faces that were tried; empty when all is drawn."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    texts = page.evaluate(_WITH_TEXT)
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    found = devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-glyphs]"})["nodeIds"]
    faults = []
    for node, text in zip(found, texts, strict=True):
        used = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        names = sorted({one["postScriptName"] for one in used})
        drawn = frozenset[int]().union(*(_letters_of(name) for name in names))
        lacking = sorted({letter for letter in text if not _is_blank(letter) and ord(letter) not in drawn})
        faults += [
            f"{', '.join(names)} has no {_named(letter)} of “{text.strip()[:40]}”" for letter in lacking
        ]
    devtools.detach()
    return faults


@cache
def _letters_of(postscript_name: str) -> frozenset[int]:
    """The letters of one of this machine's faces."""
    asked = ["fc-list", f":postscriptname={postscript_name}", "file", "index"]
    lines = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines, f"no file of {postscript_name} on this machine"
    path, _, number = lines[0].rpartition(":index=")
    with TTFont(path.rstrip(": "), fontNumber=int(number) & 0xFFFF, lazy=True) as face:
        return frozenset(face.getBestCmap())


def _is_blank(text: str) -> bool:
    """Whether nothing in a text leaves ink: spaces, joiners and direction marks."""
    return all(unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cc", "Cf") for letter in text)


def _named(text: str) -> str:
    """A text with the names of its letters, for who cannot see them."""
    names = ", ".join(unicodedata.name(letter, f"U+{ord(letter):04X}") for letter in text)
    return f"“{text}” ({names})" if text else "what is drawn here"
