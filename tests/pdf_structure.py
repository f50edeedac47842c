"""Reads a PDF's structure tree back and names what validators do not see.

A validator is content with a quote in Arabic that no program knows to be Arabic, with a file name as
alternative text and with a heading that skips a level. This looks at meaning.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

HEADING = re.compile(r"H([1-6])")
FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u04ff\u0590-\u08ff\u0900-\u0fff\u1000-\u109f\u1200-\u139f]")
DECORATION = -1
FILE_NAME = re.compile(r"\.(png|jpe?g|svg|gif)$", re.IGNORECASE)


@dataclass
class Node:
    """One structure element; `language` is its own or the nearest one above."""

    kind: str
    language: str
    alt: str = ""
    actual: str = ""
    scope: str = ""
    own_language: str = ""
    pages: set[int] = field(default_factory=set)
    parts: list["Node | str"] = field(default_factory=list)

    @property
    def children(self) -> list["Node"]:
        """The nodes right under this one."""
        return [part for part in self.parts if isinstance(part, Node)]

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all under it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def all_pages(self) -> set[int]:
        """The pages on which this node or one under it has content."""
        return {page for node in self.walk() for page in node.pages}

    @property
    def text(self) -> str:
        """The text under this node in reading order."""
        return self.actual or "".join(part if isinstance(part, str) else part.text for part in self.parts)


class Structure:
    """The structure tree of a PDF, with the text of each marked piece of content."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.language = str(pdf.Root.get("/Lang", ""))
        self.pages = {page.obj.objgen: i for i, page in enumerate(pdf.pages)}
        self.content = [marked_text(page) for page in pdf.pages]
        kids = pdf.Root.StructTreeRoot.K
        root = kids[0] if isinstance(kids, pikepdf.Array) else kids
        self.root = self._node(root, self.language, 0)

    def _node(self, element: Any, language: str, page: int) -> Node:
        own = str(element.get("/Lang", ""))
        if "/Pg" in element:
            page = self.pages[element.Pg.objgen]
        attributes = element.get("/A")
        node = Node(
            kind=str(element.S)[1:],
            language=own or language,
            own_language=own,
            alt=str(element.get("/Alt", "")),
            actual=str(element.get("/ActualText", "")),
            scope=str(attributes.get("/Scope", ""))[1:] if isinstance(attributes, pikepdf.Dictionary) else "",
        )
        kids = element.get("/K", pikepdf.Array())
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary):
                if kid.get("/Type") != "/OBJR":
                    node.parts.append(self._node(kid, node.language, page))
            else:
                node.pages.add(page)
                node.parts.append(self.content[page].get(int(kid), ""))
        return node

    def of_kind(self, *kinds: str) -> list[Node]:
        """Return all nodes of the kinds, in reading order."""
        return [node for node in self.root.walk() if node.kind in kinds]

    def faults(self) -> list[str]:
        """Name everything that would mislead a reader who hears the document."""
        return [
            *self._heading_faults(),
            *self._figure_faults(),
            *self._table_faults(),
            *self._language_faults(),
        ]

    def _heading_faults(self) -> Iterator[str]:
        level = 0
        for node in self.root.walk():
            if found := HEADING.fullmatch(node.kind):
                here = int(found[1])
                if here > level + 1:
                    yield f"heading level {here} after {level}: {node.text!r}"
                if not node.text.strip():
                    yield f"empty heading of level {here}"
                level = here
        if level == 0:
            yield "no heading"

    def _figure_faults(self) -> Iterator[str]:
        for node in self.of_kind("Figure"):
            if not node.alt.strip():
                yield "figure without alternative text"
            elif FILE_NAME.search(node.alt):
                yield f"figure with a file name as alternative text: {node.alt!r}"

    def _table_faults(self) -> Iterator[str]:
        for table in self.of_kind("Table"):
            cells = [node for node in table.walk() if node.kind in ("TH", "TD")]
            headers = [node for node in cells if node.kind == "TH"]
            if not headers:
                yield f"table without header cells: {table.text[:40]!r}"
            for node in headers:
                if node.scope not in ("Row", "Column"):
                    yield f"header cell without scope: {node.text!r}"

    def _language_faults(self) -> Iterator[str]:
        if not self.language:
            yield "document without language"
        yield from self._unmarked(self.root)

    def _unmarked(self, node: Node) -> Iterator[str]:
        """Name foreign text under a node that passes for the document's own language."""
        said = node.actual or "".join(part for part in node.parts if isinstance(part, str))
        own = node.language.split("-")[0] == self.language.split("-")[0]
        if own and FOREIGN.search(said):
            yield f"foreign text without its language: {said[:40]!r}"
        for child in () if node.actual else node.children:
            yield from self._unmarked(child)


def marked_text(page: pikepdf.Page) -> dict[int, str]:
    """Return the text of every marked-content piece of a page by its number, of the rest under DECORATION."""
    fonts = {name: to_unicode(font) for name, font in page.obj.Resources.Font.items()}
    found: dict[int, str] = {}
    stack: list[int | None] = []
    letters: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            properties = operands[1] if len(operands) > 1 else None
            mcid = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            stack.append(None if mcid is None else int(mcid))
        elif name == "EMC":
            stack.pop()
        elif name == "Tf":
            letters = fonts[str(operands[0])]
        elif name in ("Tj", "TJ"):
            inside = next((mcid for mcid in reversed(stack) if mcid is not None), None)
            pieces = operands[0] if name == "TJ" else [operands[0]]
            codes = b"".join(bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String))
            glyphs = (int.from_bytes(codes[i : i + 2], "big") for i in range(0, len(codes), 2))
            key = DECORATION if inside is None else inside
            found[key] = found.get(key, "") + "".join(letters.get(glyph, "") for glyph in glyphs)
    return found


def to_unicode(font: Any) -> dict[int, str]:
    """Read a font's glyph to text table (bfchar lines, as WeasyPrint writes them)."""
    table = font.ToUnicode.read_bytes().decode("ascii")
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]*)>", table)
    return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}
