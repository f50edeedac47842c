"""Whole words in charts.

WeasyPrint 70 lays text in SVG out letter by letter: Arabic comes out reversed and unjoined, and every
letter costs a layout. Here a plain text node is handed over as one piece, so that Pango shapes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from weasyprint import svg

_PER_LETTER = frozenset({"rotate", "letter-spacing", "textLength"})
_POSITIONS = ("x", "y", "dx", "dy")


class _OneLetter(str):
    """A text that is iterated as a single letter, which is how WeasyPrint walks through text nodes."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter((str(self),))


def _is_plain(attributes: Any) -> bool:
    """Say whether no letter of the node has a place of its own."""
    if not _PER_LETTER.isdisjoint(attributes):
        return False
    return not any(
        " " in place or "," in place for place in (attributes.get(p, "").strip() for p in _POSITIONS)
    )


@contextmanager
def whole_texts() -> Iterator[None]:
    """Draw plain SVG text nodes whole while inside."""
    original = svg.text

    def text(image: Any, node: Any, font_size: float) -> Any:
        if node.text and _is_plain(node.attrib):
            node._etree_node.text = _OneLetter(node.text)
        return original(image, node, font_size)

    tags = [tag for tag, function in svg.TAGS.items() if function is original]
    svg.text = text
    svg.TAGS.update(dict.fromkeys(tags, text))
    try:
        yield
    finally:
        svg.text = original
        svg.TAGS.update(dict.fromkeys(tags, original))
