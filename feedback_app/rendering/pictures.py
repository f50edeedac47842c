"""Logos and emblems from outside: small, whole, and drawing only; whatever else they hold is refused."""

import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

SVG, PNG = "image/svg+xml", "image/png"
LARGEST = {SVG: 150_000, PNG: 300_000}
#: sides of a PNG in pixels: fewer are coarse in print, more only make the file large
SMALLEST_SIDE, LARGEST_SIDE = 200, 4000
#: how many times wider than high, or the other way round
LONGEST = 10
#: how deep the parts of an SVG stand within each other: drawing goes down step by step, and stops far below
DEEPEST = 50
#: signature and head, which holds its size
SHORTEST_PNG = 8 + 25

_SPACE = "{http://www.w3.org/2000/svg}"
_USE = f"{_SPACE}use"
_PAGE = "{http://www.w3.org/1999/xhtml}"
#: shapes, and what a shape cannot be drawn without
_NEEDED: dict[str, tuple[str, ...]] = {
    "path": ("d",),
    "rect": ("width", "height"),
    "circle": ("r",),
    "ellipse": ("rx", "ry"),
    "line": (),
    "polyline": ("points",),
    "polygon": ("points",),
}
_SHAPES = tuple(_NEEDED)
#: drawn only where something else points to them
_KEPT = frozenset({"defs", "clipPath", "symbol", "linearGradient", "radialGradient"})
_AROUND = ("svg", "g", "title", "desc", "metadata", "defs", "clipPath", "use", "symbol")
_DRAWING = frozenset((*_SHAPES, *_AROUND, "linearGradient", "radialGradient", "stop"))
_INSIDE = "put what it points to into the file, or remove it"
_LINK = re.compile(r"url\(\s*['\"]?\s*(?!#)", re.IGNORECASE)


def picture_faults(path: Path, data: bytes) -> Iterator[tuple[str, str]]:
    """What is wrong with a picture, each with its remedy; its kind follows from the end of its name."""
    kind = kind_of(path)
    if not kind:
        yield f"“{path.name}” is neither .svg nor .png", "save it as SVG (or PNG)"
        return
    if len(data) > LARGEST[kind]:
        yield f"{len(data) // 1000} kB, at most {LARGEST[kind] // 1000} kB", "make it simpler or smaller"
        return
    yield from _svg_faults(data) if kind == SVG else _png_faults(data)


def kind_of(path: Path) -> str:
    """The media type that the name promises, or ""."""
    return {".svg": SVG, ".png": PNG}.get(path.suffix.lower(), "")


def _png_faults(data: bytes) -> Iterator[tuple[str, str]]:
    whole = data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and b"IEND" in data[-12:]
    if not whole or len(data) < SHORTEST_PNG:
        yield "this is no whole PNG file", "export it again as PNG"
        return
    width, height = struct.unpack(">II", data[16:24])
    if max(width, height) < SMALLEST_SIDE or max(width, height) > LARGEST_SIDE:
        problem = f"{width} × {height} pixels; the longer side needs {SMALLEST_SIDE} to {LARGEST_SIDE}"
        yield problem, "export it in another size"
    yield from _shape_faults(width, height)


def _svg_faults(data: bytes) -> Iterator[tuple[str, str]]:
    if re.search(rb"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", data, re.IGNORECASE):
        yield "it holds a DOCTYPE, entities or a style sheet of elsewhere", "export it as plain SVG"
        return
    try:
        root = ET.fromstring(data)  # noqa: S314 - without DOCTYPE there are no entities to expand
    except ET.ParseError as error:
        yield f"this is no well-formed SVG: {error}", "export it again as SVG"
        return
    if (deep := _depth(root)) > DEEPEST:
        yield (
            f"its parts stand {deep} deep within each other, at most {DEEPEST}",
            "ungroup it, and export it again",
        )
        return
    if root.tag != f"{_SPACE}svg":
        yield "its root is not <svg>", "export it as SVG"
        return
    sides = _sides(root.get("viewBox", ""))
    if sides is None:
        yield "it has no viewBox, so it has no shape of its own", 'add viewBox="0 0 width height"'
    else:
        yield from _shape_faults(*sides)
    if not (_draws(root) or any(_draws(one) for one in _used(root))):
        yield "it draws nothing", "export the drawing itself, as plain shapes with a size"
    if any(one.tag == _USE for used in _used(root) for one in used.iter()):
        yield "what a <use> repeats holds another <use>", "draw it without <use>"
    yield from dict.fromkeys(fault for element in root.iter() for fault in _element_faults(element))


def _sides(box: str) -> tuple[float, float] | None:
    """Width and height of a viewBox; None when it is none."""
    try:
        _left, _top, width, height = (float(one) for one in box.replace(",", " ").split())
    except ValueError:
        return None
    return (width, height) if 0 < width < math.inf and 0 < height < math.inf else None


def _used(root: ET.Element) -> Iterator[ET.Element]:
    """What every <use> repeats; one within another would repeat it without end, or millions of times."""
    named = {one.get("id"): one for one in root.iter() if one.get("id")}
    for use in root.iter(_USE):
        link = use.get("href") or use.get("{http://www.w3.org/1999/xlink}href") or ""
        if (used := named.get(link.strip().removeprefix("#"))) is not None:
            yield used


def _depth(root: ET.Element) -> int:
    """How many elements stand within each other at most."""
    level, deep = [root], 0
    while level:
        level, deep = [child for one in level for child in one], deep + 1
    return deep


def _draws(element: ET.Element) -> bool:
    """Whether an element draws any shape that has a size, by itself or in what it groups."""
    name = str(element.tag).removeprefix(_SPACE)
    if (needed := _NEEDED.get(name)) is not None:
        return all(re.search("[1-9]", element.get(one, "")) for one in needed)
    return any(_draws(child) for child in element if str(child.tag).removeprefix(_SPACE) not in _KEPT)


def _element_faults(element: ET.Element) -> Iterator[tuple[str, str]]:
    name = str(element.tag).removeprefix(_SPACE)
    if str(element.tag).startswith(_SPACE) and name not in _DRAWING:
        remedy = "turn text into outlines" if name == "text" else "draw it with plain shapes"
        yield f"it holds <{name}>", remedy
    if str(element.tag).startswith(_PAGE):
        yield "it holds parts of a web page", "draw it with plain shapes"
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2].lower()
        if plain.startswith("on"):
            yield f"it holds a script ({plain})", "remove it"
        elif plain == "href" and not value.strip().startswith("#"):
            yield (
                f"it points outside itself ({value[:60]})",
                "put what it points to into the file, or remove it",
            )
        elif _LINK.search(value) or any(one in value.lower() for one in ("javascript:", "@import", "\\")):
            yield f"it points outside itself ({plain})", _INSIDE


def _shape_faults(width: float, height: float) -> Iterator[tuple[str, str]]:
    if max(width, height) > LONGEST * min(width, height):
        yield f"it is more than {LONGEST} times longer than wide", "cut it to its drawing"
