"""Better structure tags than WeasyPrint 70 writes by itself.

Stock output passes validators and still reads badly: no language on passages, no scope on header cells,
a paragraph or table that crosses a page becomes two, running heads are read out as text, right-to-left
text is stored in visual order. This module wraps the two functions that build the tag tree. It leans on
private names, so WeasyPrint is pinned to 70.* and the tests read the finished tree back.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pydyf
import weasyprint.pdf
from weasyprint.formatting_structure import boxes
from weasyprint.pdf import tags

Element = Any  # pydyf.Dictionary of a structure element
SVG = "{http://www.w3.org/2000/svg}"
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# A box of one of these that continues on the next page continues its element.
CONTINUED = frozenset({"/Part", "/Sect", "/Art", "/Div", "/P", "/L", "/Table", "/TBody", "/BlockQuote"})
CONTENTS = {"/L": "/TOC", "/LI": "/TOCI", "/LBody": "/NonStruct"}
INLINE = {"bdi": "/Span", "em": "/Span", "strong": "/Span", "b": "/Span", "q": "/Quote"}
# An element of these that holds no other block gets its text in reading order.
TEXT_BLOCKS = frozenset({"p", "th", "td", "h1", "h2", "h3", "h4", "caption", "figcaption"})
BLOCKS = TEXT_BLOCKS | {"div", "ul", "ol", "table", "blockquote", SVG + "svg"}
# These hold their text themselves: an element for each piece of it would say nothing, in half of the file.
HOLDERS = frozenset({"/TD", "/TH", "/Caption", "/H1", "/H2", "/H3", "/H4", "/Span", "/NonStruct"})
PLAIN = frozenset({"Type", "S", "K", "Pg", "P"})
PRINTED = 4  # annotation flag "print"; PDF/A wants it on every link


def line_breaks(block: Any, marks: Any, places: dict[int, int]) -> dict[int, str]:
    """Find the texts of a block after which a line was broken at a space: mark to text.

    A break within a word, or after a hyphen, has no space in the source and gets none. `places` says how
    far each element was read, for those that go on in another box.
    """
    lines = [child for child in getattr(block, "children", ()) if isinstance(child, boxes.LineBox)]
    if not lines or block.element is None:
        return {}
    source, found = " ".join("".join(block.element.itertext()).split()), {}
    place = places.get(id(block.element), 0)
    for line in lines:
        texts = [child for child in line.descendants() if isinstance(child, boxes.TextBox)]
        written = " ".join("".join(child.text for child in texts).split())
        start = source.find(written, place)
        if start < 0:  # generated content: leave the rest of the block alone
            break
        place = places[id(block.element)] = start + len(written)
        if source[place : place + 1] == " " and texts[-1] in marks:
            found[marks[texts[-1]]["mcid"]] = texts[-1].text
    return found


def says_nothing(item: Any) -> bool:
    """Whether a PDF object is an element that only holds text: no language, no alternative, no meaning."""
    return isinstance(item, dict) and item.get("S") in ("/Span", "/NonStruct") and PLAIN.issuperset(item)


@dataclass
class TagTree:
    """The state of one document while its tags are being built."""

    build: Any
    started: dict[tuple[int, str], tuple[Element | None, int]] = field(default_factory=dict)
    artifacts: set[tuple[int, int]] = field(default_factory=set)
    places: dict[int, int] = field(default_factory=dict)

    def children(self, pdf: Any, element: Element) -> Iterator[Element]:
        """Yield the structure elements right under one."""
        for reference in element["K"]:
            if isinstance(reference, int):
                continue
            text = reference.decode() if isinstance(reference, bytes) else str(reference)
            child = pdf.objects[int(text.split()[0])]
            if isinstance(child, dict) and child.get("Type") == "/StructElem":
                yield child

    def descendants(self, pdf: Any, element: Element) -> Iterator[Element]:
        """Yield an element and everything under it."""
        yield element
        for child in self.children(pdf, element):
            yield from self.descendants(pdf, child)

    def discard(self, pdf: Any, element: Element, page: int) -> None:
        """Remember the content of an element as page decoration."""
        for each in self.descendants(pdf, element):
            self.artifacts.update((page, kid) for kid in each["K"] if isinstance(kid, int))

    def box(
        self, box: Any, parent: Element, pdf: Any, page: int, nums: Any, annotations: Any, marks: Any
    ) -> Iterator[Element]:
        """Stand in for WeasyPrint's `_build_box_tree`: same arguments, same result, better elements."""
        real = getattr(box, "_box", box)
        if isinstance(real, boxes.MarginBox):
            for child in real.children:
                for element in self.build(child, parent, pdf, page, nums, annotations, marks):
                    self.discard(pdf, element, page)
            return
        breaks = line_breaks(real, marks, self.places)
        for element in self.build(box, parent, pdf, page, nums, annotations, marks):
            self.set_text(pdf, element, nums, breaks)
            html = real.element
            # Anonymous boxes, ::before and ::marker say nothing; html and body pass their children on.
            if html is None or real.element_tag != html.tag or html.tag in ("html", "body"):
                yield element
                continue
            if html.attrib.get("aria-hidden") == "true":  # drawn for the eye; the word stands beside it
                self.discard(pdf, element, page)
                continue
            self.describe(pdf, element, html)
            if element["S"] == "/LI":
                self.wrap_item(pdf, element)
            if element["S"] not in CONTINUED or not self.continues(pdf, element, html, page):
                yield element

    def set_text(self, pdf: Any, element: Element, nums: Any, breaks: dict[int, str]) -> None:
        """Keep words apart over lines, and let what holds its text itself hold it."""
        for mark, text in breaks.items():
            self.part_words(pdf, nums.get(mark), mark, text)
        if element["S"] in HOLDERS:
            self.absorb(pdf, element, nums)

    def absorb(self, pdf: Any, element: Element, nums: Any) -> None:
        """Let an element hold the last pieces of its text itself, as long as nothing was added after them."""
        while True:
            last: Element = pdf.objects[-1]
            if last is element or not says_nothing(last) or last["P"] != element.reference:
                return
            if last.reference not in element["K"] or not all(isinstance(kid, int) for kid in last["K"]):
                return
            at = element["K"].index(last.reference)
            element["K"][at : at + 1] = last["K"]
            nums.update((mark, element.reference) for mark in last["K"])
            pdf.objects.pop()

    def part_words(self, pdf: Any, reference: Any, mark: int, text: str) -> None:
        """Give the last text of a line the space that the line break stands for."""
        span = pdf.objects[int(reference.split()[0])] if reference else None
        if span and span["S"] == "/Span" and list(span["K"]) == [mark]:
            span["ActualText"] = pydyf.String(text + " ")

    def describe(self, pdf: Any, element: Element, html: Any) -> None:
        """Give an element what its HTML says about language, scope, alternative and reading order."""
        kind = element["S"]
        if lang := html.attrib.get("lang"):
            element["Lang"] = pydyf.String(lang)
        if html.tag in INLINE and kind == "/NonStruct":
            element["S"] = INLINE[html.tag]
        if kind == "/TH":
            row = html.attrib.get("scope", "").startswith("row")
            element["A"]["Scope"] = "/Row" if row else "/Column"
        elif kind == "/Figure" and html.tag == f"{SVG}svg":
            parts = [(html.findtext(SVG + name) or "").strip().rstrip(".") for name in ("title", "desc")]
            if alternative := ". ".join(part for part in parts if part):
                element["Alt"] = pydyf.String(alternative)
        if html.attrib.get("role") == "doc-toc":
            for each in self.descendants(pdf, element):
                each["S"] = CONTENTS.get(each["S"], each["S"])
        if kind != "/NonStruct" or html.tag in INLINE:
            self.put_in_order(element, html)

    def put_in_order(self, element: Element, html: Any) -> None:
        """Give right-to-left text its reading order; drawn text is stored in visual order.

        A block that holds a passage in a language of its own leaves it to that passage. A passage over
        several lines is several elements: the first says all of it, the others nothing.
        """
        text = " ".join("".join(html.itertext()).split())
        if not RIGHT_TO_LEFT.search(text):
            return
        inside = [child for child in html.iter() if child is not html]
        if html.tag in TEXT_BLOCKS:
            if not any(child.tag in BLOCKS or "lang" in child.attrib for child in inside):
                element["ActualText"] = pydyf.String(text)
        elif html.tag in INLINE and "lang" in html.attrib:
            again = (id(html), "passage") in self.started
            self.started[id(html), "passage"] = (element, 0)
            element["ActualText"] = pydyf.String("" if again else text)

    def wrap_item(self, pdf: Any, item: Element) -> None:
        """Put whatever a list item holds beside its label into one body, as the standard wants it."""
        children = {child.reference: child for child in self.children(pdf, item)}
        loose = [kid for kid in item["K"] if kid not in children or children[kid]["S"] != "/Lbl"]
        if all(kid in children and children[kid]["S"] == "/LBody" for kid in loose):
            return
        body = pydyf.Dictionary({"Type": "/StructElem", "S": "/LBody", "K": pydyf.Array(loose)})
        body["Pg"], body["P"] = item["Pg"], item.reference
        pdf.add_object(body)
        for kid in loose:
            if kid in children:
                children[kid]["P"] = body.reference
                if children[kid]["S"] == "/LBody":
                    children[kid]["S"] = "/Div"
        item["K"] = pydyf.Array([kid for kid in item["K"] if kid not in loose] + [body.reference])

    def continues(self, pdf: Any, element: Element, html: Any, page: int) -> bool:
        """Hand the kids of a box that began on an earlier page to the element it began as."""
        key = (id(html), element["S"])
        first, on_page = self.started.get(key, (None, -1))
        if on_page == -1:
            self.started[key] = (element, page)
            return False
        if on_page == page:  # two boxes of one element on a page (columns): leave them apart
            self.started[key] = (None, page)
            return False
        if first is None or any(isinstance(kid, int) for kid in element["K"]):
            return False
        repeated = [c for c in self.children(pdf, element) if c["S"] in ("/THead", "/TFoot")]
        for child in repeated if element["S"] == "/Table" else ():
            self.discard(pdf, child, page)
            element["K"].remove(child.reference)
        for child in self.children(pdf, element):
            child["P"] = first.reference
        first["K"].extend(kid for kid in element["K"] if kid not in first["K"])
        return True

    def finish(self, pdf: Any, streams: Any) -> None:
        """Mend what is known only when the whole tree stands."""
        for page, stream in enumerate(streams):
            for i, operand in enumerate(stream.stream):
                if isinstance(operand, pydyf.Dictionary) and (page, operand.get("MCID")) in self.artifacts:
                    stream.stream[i - 1 : i + 1] = "/Artifact", pydyf.Dictionary({"Type": "/Pagination"})
        for item in pdf.objects:
            if not isinstance(item, dict):
                continue
            if item.get("S") == "/TD" and isinstance(item.get("A"), dict):
                item["A"].pop("Headers", None)  # /Scope says it, also for a table over several pages
                if list(item["A"]) == ["O"]:
                    del item["A"]
            elif item.get("S") == "/TH":
                item.pop("ID", None)
            elif item.get("Type") == "/Annot":
                item["F"] = PRINTED


@contextmanager
def better_tags() -> Iterator[None]:
    """Build structure trees our way while inside; one document at a time (see `render.LOCK`)."""
    build, add = tags._build_box_tree, tags.add_tags

    def add_tags(pdf: Any, document: Any, pdf_version: Any, page_streams: Any) -> None:
        tree = TagTree(build)
        tags._build_box_tree = tree.box
        add(pdf, document, pdf_version, page_streams)
        tree.finish(pdf, page_streams)

    tags.add_tags = weasyprint.pdf.add_tags = add_tags
    try:
        yield
    finally:
        tags._build_box_tree = build
        tags.add_tags = weasyprint.pdf.add_tags = add
