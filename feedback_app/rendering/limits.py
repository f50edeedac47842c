"""How long a document may take and how many pages it may have; what exceeds that is stopped.

A thread cannot be stopped from outside without leaving WeasyPrint half patched, and a process of its own
would load everything again for every document. So the clock is looked at between steps: before every
element, page, block, line and layer, and before every measurement of a text, of which one block may need
thousands to know how narrow it can be. A step is milliseconds, because the HTML is limited too.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import weasyprint.css
import weasyprint.document
import weasyprint.draw
import weasyprint.formatting_structure.build
import weasyprint.layout.block
import weasyprint.layout.inline
import weasyprint.layout.page
import weasyprint.text.line_break


@dataclass(frozen=True)
class Limits:
    """At most so many seconds on the clock, pages, and letters of HTML."""

    seconds: float
    pages: int
    letters: int


class LimitExceeded(Exception):
    """The document was stopped: `kind` is seconds, pages or letters, `most` what was allowed."""

    def __init__(self, kind: str, most: float) -> None:
        super().__init__(f"more than {most:g} {kind}")
        self.kind, self.most = kind, most


#: (module or class, function that WeasyPrint calls through it for every step), as a document is made
_STEPS = (
    (weasyprint.css.StyleFor, "set_computed_styles"),
    (weasyprint.formatting_structure.build, "element_to_box"),
    (weasyprint.layout.page, "remake_page"),
    (weasyprint.layout.block, "block_level_layout_switch"),
    (weasyprint.layout.inline, "get_next_linebox"),
    (weasyprint.text.line_break, "create_layout"),
    (weasyprint.draw, "draw_stacking_context"),
    (weasyprint.document, "draw_page"),
)


@contextmanager
def within(limits: Limits | None) -> Iterator[None]:
    """Raise LimitExceeded as soon as what is drawn inside takes longer or becomes longer than allowed."""
    if limits is None:
        yield
        return
    until = time.monotonic() + limits.seconds

    def look(name: str, first: Any) -> None:
        if name == "remake_page" and first >= limits.pages:  # counted from 0
            raise LimitExceeded("pages", limits.pages)
        if time.monotonic() > until:
            raise LimitExceeded("seconds", limits.seconds)

    originals = [(module, name, getattr(module, name)) for module, name in _STEPS]
    for module, name, original in originals:
        setattr(module, name, _after(look, name, original))
    try:
        yield
    finally:
        for module, name, original in originals:
            setattr(module, name, original)


def _after(look: Callable[[str, Any], None], name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def step(first: Any, *others: Any, **named: Any) -> Any:
        look(name, first)
        return original(first, *others, **named)

    return step
