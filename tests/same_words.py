"""The words and numbers of a report's PDF beside those of its web page, in reading order, nothing left out."""

import re
from xml.etree.ElementTree import Element

from tests.markup import parse
from tests.pdf_structure import Node, Structure


def words_of_pdf(tree: Structure) -> str:
    """All that a PDF says, without charts, bullets and the page numbers that paper alone has."""
    return _flat(_said(tree.root))


def words_of_page(html: str) -> str:
    """All that a web page says between its bars, without charts."""
    body = parse(html).find("body")
    assert body is not None
    return _flat("".join(_written(one) for one in body if one.tag in ("header", "main")))


def charts_of_page(html: str) -> list[str]:
    """What the charts of a page are called."""
    return [_flat(one.text or "") for one in parse(html).iter() if str(one.tag).endswith("}title")]


def charts_of_pdf(tree: Structure) -> list[str]:
    """What the charts of a PDF say to who does not see them."""
    return [_flat(one.alt) for one in tree.of_kind("Figure")]


def _said(node: Node) -> str:
    if node.kind in ("Figure", "Lbl"):
        return ""
    said = node.actual or "".join(part if isinstance(part, str) else _said(part) for part in node.parts)
    if node.kind == "TOCI":
        return re.sub(r"\s*\d+\s*$", "", said)
    return re.sub(r", p\. \d+$", "", said) if node.kind == "Link" else said


def _written(element: Element) -> str:
    tail = element.tail or ""
    if str(element.tag).endswith("}svg"):
        return tail
    return (element.text or "") + "".join(map(_written, element)) + tail


def _flat(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()
