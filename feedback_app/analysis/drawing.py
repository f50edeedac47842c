"""What every chart is drawn with: the colours in force, and a few shapes as SVG texts.

Lengths are points. Texts are placed by their start: `text-anchor` would draw them letter by letter.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from html import escape

from feedback_app.rendering.contrast import house_colours

FACE = "Noto Sans"
NARROW, WIDE = frozenset("ijlftrI.,:;'’|!()[] "), frozenset("mwMWQ@%&OGD—")

_IN_FORCE: ContextVar[tuple[Mapping[str, str], str]] = ContextVar("colours and face of charts")


@cache
def chart_colours() -> Mapping[str, str]:
    """The chart colours of the shared design tokens."""
    start = "chart-"
    return {n.removeprefix(start): one for n, one in house_colours().items() if n.startswith(start)}


@contextmanager
def painted(colours: Mapping[str, str], face: str = "") -> Iterator[None]:
    """Draw with these colours (what is not given stays ours), and with this face first, while inside."""
    before = _IN_FORCE.set(({**chart_colours(), **colours}, face))
    try:
        yield
    finally:
        _IN_FORCE.reset(before)


def palette() -> Mapping[str, str]:
    """The colours in force."""
    return _IN_FORCE.get((chart_colours(), ""))[0]


def _faces() -> str:
    face = _IN_FORCE.get((chart_colours(), ""))[1]
    return f"{face}, {FACE}, sans-serif" if face else f"{FACE}, sans-serif"


def width_of(text: str, size: float) -> float:
    """Estimate how wide a text is in a plain sans-serif face."""
    return size * sum(0.3 if c in NARROW else 0.86 if c in WIDE else 0.58 for c in text)


def number(value: float) -> str:
    """A length as it is written: one decimal at most."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, w: float, h: float, fill: str, extra: str = "") -> str:
    """A filled rectangle; `extra` are more attributes, with a space before."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
    return f'<rect {place} fill="{fill}"{extra}/>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 0.5) -> str:
    """A straight line."""
    way = f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"
    return f'<path d="{way}" stroke="{stroke}" stroke-width="{number(width)}"/>'


def lines(ends: Iterable[tuple[float, float, float, float]], stroke: str, width: float) -> str:
    """Many straight lines of one kind as one path, which a PDF keeps small."""
    way = "".join(f"M{number(a)} {number(b)}L{number(c)} {number(d)}" for a, b, c, d in ends)
    return f'<path d="{way}" stroke="{stroke}" stroke-width="{number(width)}"/>' if way else ""


def dashes(x: float, y1: float, y2: float, stroke: str) -> str:
    """A dashed line downwards."""
    way = f"M{number(x)} {number(y1)}V{number(y2)}"
    return f'<path d="{way}" stroke="{stroke}" stroke-width="1.2" stroke-dasharray="4 3"/>'


def text(x: float, y: float, text: str, fill: str, size: float = 8, bold: bool = False) -> str:
    """One line of words, from their start."""
    weight = ' font-weight="700"' if bold else ""
    face = f'font-family="{_faces()}" font-size="{number(size)}"{weight}'
    return f'<text x="{number(x)}" y="{number(y)}" {face} fill="{fill}">{escape(text)}</text>'


def hatch(x: float, y: float, w: float, h: float, step: float) -> str:
    """Draw slanted white lines over a rectangle as one path: patterns would need ids."""
    lines = []
    offset = -h + step / 2
    while offset < w:
        start, end = max(offset, 0.0), min(offset + h, w)
        if end > start:
            top, bottom = y + h - (start - offset), y + h - (end - offset)
            lines.append(f"M{number(x + start)} {number(top)}L{number(x + end)} {number(bottom)}")
        offset += step
    return f'<path d="{"".join(lines)}" stroke="#ffffff" stroke-width="0.8"/>' if lines else ""


def image(width: float, height: float, title: str, description: str, shapes: Iterable[str]) -> str:
    """Wrap shapes as one image with its finding as name."""
    wide, high = number(width), number(height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide}pt" height="{high}pt" '
        f'viewBox="0 0 {wide} {high}"><title>{escape(title)}</title>'
    )
    desc = f"<desc>{escape(description)}</desc>" if description else ""
    return f"{head}{desc}{''.join(shapes)}</svg>"


def dot(x: float, y: float, colour: str, *, hollow: bool, diamond: bool = False, size: float = 3.6) -> str:
    """A round point or a diamond, `size` from its middle to its edge; hollow for few answers."""
    thin = number(1.4 * size / 3.6)
    fill = f'fill="#ffffff" stroke="{colour}" stroke-width="{thin}"' if hollow else f'fill="{colour}"'
    if diamond:
        far = size + 1  # with as much ink as a round one
        up, down, left, right = (number(v) for v in (y - far, y + far, x - far, x + far))
        return (
            f'<path d="M{number(x)} {up}L{right} {number(y)}L{number(x)} {down}L{left} {number(y)}Z" {fill}/>'
        )
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(size - 0.5 if hollow else size)}" {fill}/>'
