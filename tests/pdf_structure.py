"""Reads a PDF's structure tree back and names what validators do not see.

A validator is content with a quote in Arabic that no program knows to be Arabic, with a file name as
alternative text and with a heading that skips a level. This looks at meaning.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pikepdf

#: sections have numbers, annexes letters
NUMBERED = re.compile(r"(\d{1,2}|[A-Z]) ")
HEADING = re.compile(r"H([1-6])")
FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u04ff\u0590-\u08ff\u0900-\u0fff\u1000-\u109f\u1200-\u139f]")
DECORATION = -1
FILE_NAME = re.compile(r"\.(png|jpe?g|svg|gif)$", re.IGNORECASE)
EMPTY_WORDS = frozenset({"afbeelding", "chart", "figure", "figuur", "grafiek", "image", "logo", "picture"})
#: operators that put something on the page
PAINTING = frozenset(
    {"Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "Do", "sh", "INLINE IMAGE"}
)


#: letters of a script, and the languages we print that are written in it
SCRIPTS = (
    (re.compile("[\u0600-\u06ff\u0750-\u077f]"), frozenset({"ar", "ckb", "fa", "ps", "ur"})),
    (re.compile("[\u1200-\u139f]"), frozenset({"am", "ti"})),
    (re.compile("[\u0400-\u04ff]"), frozenset({"bg", "ru", "uk"})),
)


@dataclass(frozen=True)
class Meant:
    """What a document says by its source: each figure's alternative in order, all passages by language.

    `passages` are bare texts; `quotes` are a language and what was said in it.
    """

    alternatives: tuple[str, ...]
    passages: dict[str, str]
    quotes: tuple[tuple[str, str], ...] = ()


@dataclass
class Node:
    """One structure element; `language` is its own or the nearest one above."""

    kind: str
    language: str
    alt: str = ""
    actual: str | None = None
    scope: str = ""
    own_language: str = ""
    span: int = 1
    rows: int = 1
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
        if self.actual is not None:
            return self.actual
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


class Structure:
    """The structure tree of a PDF, with the text of each marked piece of content."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.language = str(pdf.Root.get("/Lang", ""))
        self.pages = {page.obj.objgen: i for i, page in enumerate(pdf.pages)}
        self.drawn = [drawn(page) for page in pdf.pages]
        self.content = [one.text for one in self.drawn]
        self.used: set[tuple[int, int]] = set()
        self.links: set[tuple[int, int]] = set()
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
            actual=str(element.ActualText) if "/ActualText" in element else None,
            scope=str(attributes.get("/Scope", ""))[1:] if isinstance(attributes, pikepdf.Dictionary) else "",
            span=int(attributes.get("/ColSpan", 1)) if isinstance(attributes, pikepdf.Dictionary) else 1,
            rows=int(attributes.get("/RowSpan", 1)) if isinstance(attributes, pikepdf.Dictionary) else 1,
        )
        kids = element.get("/K", pikepdf.Array())
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary):
                if kid.get("/Type") == "/OBJR":
                    self.links.add(kid.Obj.objgen)
                else:
                    node.parts.append(self._node(kid, node.language, page))
            else:
                node.pages.add(page)
                self.used.add((page, int(kid)))
                node.parts.append(self.content[page].get(int(kid), ""))
        return node

    def of_kind(self, *kinds: str) -> list[Node]:
        """Return all nodes of the kinds, in reading order."""
        return [node for node in self.root.walk() if node.kind in kinds]

    def faults(self, meant: Meant | None = None, *, titles: int = 1) -> list[str]:
        """Name everything that would mislead a reader who hears the document; a sheet of cards has many titles.

        With what is meant also what is well formed and false: a figure that has the words of another,
        a quote in a language that it is not in.
        """
        return [
            *(() if meant is None else self._false_alternatives(meant)),
            *(() if meant is None else self._false_languages(meant)),
            *self._heading_faults(titles),
            *self._figure_faults(),
            *self._table_faults(),
            *self._language_faults(),
            *self._content_faults(),
            *self._link_faults(),
            *self._document_faults(),
        ]

    def _heading_faults(self, titles: int) -> Iterator[str]:
        level = first = 0
        for node in self.root.walk():
            if found := HEADING.fullmatch(node.kind):
                here = int(found[1])
                first += here == 1
                if here == 1 and first > titles:
                    yield f"another heading of level 1: {node.text!r}"
                if here > level + 1:
                    yield f"heading level {here} after {level}: {node.text!r}"
                if not node.text.strip():
                    yield f"empty heading of level {here}"
                level = here
        if level == 0:
            yield "no heading"
        yield from self._order_faults()

    def _order_faults(self) -> Iterator[str]:
        """Name sections that are heard in another order than they stand on the pages, or are numbered."""
        for before, after in pairwise(self.of_kind("H2")):
            if min(after.all_pages, default=0) < min(before.all_pages, default=0):
                yield f"heading out of order: {after.text!r} after {before.text!r}"
        marks = [mark[1] for node in self.of_kind("H2") if (mark := NUMBERED.match(node.text))]
        for one, other in pairwise(marks):
            if (other.isalpha(), other.rjust(2)) < (one.isalpha(), one.rjust(2)):
                yield f"heading out of order: number {other} after {one}"

    def _false_alternatives(self, meant: Meant) -> Iterator[str]:
        heard = [node.alt for node in self.of_kind("Figure")]
        if len(heard) != len(meant.alternatives):
            yield f"{len(heard)} figures instead of {len(meant.alternatives)}"
        for here, wanted in zip(heard, meant.alternatives, strict=False):
            if here and here != wanted:
                yield f"figure with the alternative text of something else: {here[:60]!r}"

    def _false_languages(self, meant: Meant) -> Iterator[str]:
        """Compare all that is marked in each language with what is written in it."""
        heard: dict[str, str] = {}
        for language, said in _marked(self.root, self.language):
            heard[language] = heard.get(language, "") + bare(said)
        for language in sorted({*heard, *meant.passages}):
            here, wanted = heard.get(language, ""), meant.passages.get(language, "")
            if here != wanted:
                at = next((i for i, (a, b) in enumerate(zip(here, wanted, strict=False)) if a != b), 0)
                yield f"not what is written in {language}: {here[at : at + 40]!r} for {wanted[at : at + 40]!r}"
        for language, said in meant.quotes:
            if language != self.language and bare(said) not in heard.get(language, ""):
                yield f"quote that is not in its language, {language}: {said[:40]!r}"

    def _figure_faults(self) -> Iterator[str]:
        for node in self.of_kind("Figure"):
            if not node.alt.strip():
                yield "figure without alternative text"
            elif FILE_NAME.search(node.alt):
                yield f"figure with a file name as alternative text: {node.alt!r}"
            elif node.alt.strip().rstrip(".").lower() in EMPTY_WORDS:
                yield f"figure whose alternative text says nothing: {node.alt!r}"

    def _table_faults(self) -> Iterator[str]:
        for table in self.of_kind("Table"):
            cells = [node for node in table.walk() if node.kind in ("TH", "TD")]
            headers = [node for node in cells if node.kind == "TH"]
            if not headers:
                yield f"table without header cells: {table.text[:40]!r}"
            for node in headers:
                if node.scope not in ("Row", "Column"):
                    yield f"header cell without scope: {node.text!r}"
            if headers:
                yield from _misplaced_headers(table)
            if not equally_wide(table):
                yield f"table whose rows have different numbers of cells: {table.text[:40]!r}"

    def _language_faults(self) -> Iterator[str]:
        if not self.language:
            yield "document without language"
        yield from self._unmarked(self.root)

    def _content_faults(self) -> Iterator[str]:
        """Name what is drawn and neither stands in the tree nor is marked as decoration."""
        for number, page in enumerate(self.drawn):
            if page.untagged:
                yield f"untagged content on page {number + 1}: {page.untagged[0]}"
            lost = {mcid for mcid in self.content[number] if mcid != DECORATION} - {
                m for p, m in self.used if p == number
            }
            if lost:
                said = self.content[number][min(lost)]
                yield f"content in no element on page {number + 1}: {said[:40]!r}"

    def _link_faults(self) -> Iterator[str]:
        """Name links that are not in the tree or lead nowhere."""
        names = self.pdf.Root.get("/Names", pikepdf.Dictionary()).get("/Dests", pikepdf.Dictionary())
        known = {str(name) for name in list(names.get("/Names", []))[::2]}
        for number, page in enumerate(self.pdf.pages, 1):
            for link in page.obj.get("/Annots", []):
                action = link.get("/A", pikepdf.Dictionary())
                target = action.get("/URI") or link.get("/Dest") or action.get("/D")
                if target is None or (
                    isinstance(target, pikepdf.String) and "/URI" not in action and str(target) not in known
                ):
                    yield f"link that leads nowhere on page {number}: {target}"
                if link.objgen not in self.links:
                    yield f"link in no element on page {number}"

    def _document_faults(self) -> Iterator[str]:
        """Name what the document as a whole lacks."""
        root = self.pdf.Root
        if not str(self.pdf.docinfo.get("/Title", "")).strip():
            yield "document without title"
        elif not root.get("/ViewerPreferences", pikepdf.Dictionary()).get("/DisplayDocTitle"):
            yield "window that shows the file's name instead of the title"
        if not root.get("/MarkInfo", pikepdf.Dictionary()).get("/Marked"):
            yield "document that does not say it is tagged"
        if len(self.of_kind("H2")) > 2 and "/Outlines" not in root:
            yield "document without bookmarks"

    def _unmarked(self, node: Node) -> Iterator[str]:
        """Name foreign text under a node that passes for the document's own language."""
        said = node.actual or "".join(part for part in node.parts if isinstance(part, str))
        own = node.language.split("-")[0] == self.language.split("-")[0]
        if own and FOREIGN.search(said):
            yield f"foreign text without its language: {said[:40]!r}"
        elif not own:
            for letters, languages in SCRIPTS:
                if letters.search(said) and node.language.split("-")[0] not in languages:
                    yield f"foreign text in a language of another script ({node.language}): {said[:40]!r}"
        for child in () if node.actual else node.children:
            yield from self._unmarked(child)


def bare(text: str) -> str:
    """A text without white space and without hyphens, which a line may end with."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


def _marked(node: Node, outer: str) -> Iterator[tuple[str, str]]:
    """Yield the language and text of each passage in another language than what is around it."""
    if node.language != outer:
        yield node.language, node.text
        outer = node.language
    for child in node.children:
        yield from _marked(child, outer)


def _misplaced_headers(table: Node) -> Iterator[str]:
    """Name header cells that point the wrong way, and cells that are no header where their neighbours are."""
    heads = [row for part in table.walk() if part.kind == "THead" for row in part.walk() if row.kind == "TR"]
    rows = [row for row in table.walk() if row.kind == "TR" and row not in heads]
    for row in heads:
        for cell in row.children:
            if cell.kind == "TH" and cell.scope == "Row":
                yield f"header of a column that says it is of a row: {cell.text!r}"
            elif cell.kind == "TD" and cell.text.strip():
                yield f"head of a column that is no header cell: {cell.text!r}"
    for row in rows:
        for cell in row.children:
            if cell.kind == "TH" and cell.scope == "Column" and heads:
                yield f"header of a row that says it is of a column: {cell.text!r}"
    first = [row.children[0] for row in rows if row.children]
    if any(cell.kind == "TH" for cell in first):
        yield from (f"head of a row that is no header cell: {c.text!r}" for c in first if c.kind == "TD")


def equally_wide(table: Node) -> bool:
    """Whether all rows of a table are equally wide, cells that span several counted in each."""
    rows = [
        [cell for cell in row.children if cell.kind in ("TH", "TD")]
        for row in table.walk()
        if row.kind == "TR"
    ]
    widths, hanging = [], [0] * (len(rows) + 1)
    for number, row in enumerate(rows):
        widths.append(sum(cell.span for cell in row) + hanging[number])
        for cell in row:
            for below in range(number + 1, min(number + cell.rows, len(rows))):
                hanging[below] += cell.span
    return len(set(widths)) <= 1


@dataclass(frozen=True)
class Drawn:
    """What is on a page: text by the number of its marked piece, and operators that paint outside any."""

    text: dict[int, str]
    untagged: tuple[str, ...]


def drawn(page: pikepdf.Page) -> Drawn:
    """Read a page's content; the text of what is no marked piece stands under DECORATION."""
    fonts = page.obj.Resources.Font.items()
    tables = tuple((name, font.ToUnicode.read_bytes()) for name, font in fonts)
    return _drawn(page.obj.Contents.read_bytes(), tables)


def marked_text(page: pikepdf.Page) -> dict[int, str]:
    """Return the text of every marked-content piece of a page by its number, of the rest under DECORATION."""
    return drawn(page).text


@lru_cache(maxsize=512)
def _drawn(contents: bytes, tables: tuple[tuple[str, bytes], ...]) -> Drawn:
    fonts = {name: _table(table) for name, table in tables}
    found: dict[int, str] = {}
    loose: list[str] = []
    stack: list[tuple[int | None, bool]] = []
    letters: dict[int, str] = {}
    holder = pikepdf.new()
    for operands, operator in pikepdf.parse_content_stream(holder.make_stream(contents)):
        name = str(operator)
        if name in ("BDC", "BMC"):
            properties = operands[1] if len(operands) > 1 else None
            mcid = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            stack.append((None if mcid is None else int(mcid), str(operands[0]) == "/Artifact"))
        elif name == "EMC":
            stack.pop()
        elif name == "Tf":
            letters = fonts[str(operands[0])]
        elif name in PAINTING:
            inside = next((mcid for mcid, _ in reversed(stack) if mcid is not None), None)
            if inside is None and not any(artifact for _, artifact in stack):
                loose.append(name)
            if name in ("Tj", "TJ"):
                key = DECORATION if inside is None else inside
                found[key] = found.get(key, "") + shown(operands[0], letters)
    return Drawn(found, tuple(loose))


def shown(pieces: Any, letters: dict[int, str]) -> str:
    """The letters of one text operator."""
    each = pieces if isinstance(pieces, pikepdf.Array) else [pieces]
    codes = b"".join(bytes(piece) for piece in each if isinstance(piece, pikepdf.String))
    glyphs = (int.from_bytes(codes[i : i + 2], "big") for i in range(0, len(codes), 2))
    return "".join(letters.get(glyph, "") for glyph in glyphs)


def to_unicode(font: Any) -> dict[int, str]:
    """Read a font's glyph to text table (bfchar lines, as WeasyPrint writes them)."""
    return _table(font.ToUnicode.read_bytes())


@lru_cache(maxsize=64)
def _table(table: bytes) -> dict[int, str]:
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]*)>", table.decode("ascii"))
    return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}
