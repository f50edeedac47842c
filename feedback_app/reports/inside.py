"""What is inside a PDF that somebody hands in: its parts by name, its embedded files, the words on a page.

The file may be anything, so nothing is unpacked before it is known how much comes out.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

#: A report is half a megabyte and unpacks to a few.
LARGEST, LARGEST_UNPACKED = 50_000_000, 400_000_000
#: what pikepdf raises where a part is missing or of another kind than a PDF's must be
BROKEN = (pikepdf.PdfError, AttributeError, KeyError, TypeError, IndexError)
#: what makes a reader's program do something: keys of a dictionary, and kinds of an action
_DOING = frozenset({"/OpenAction", "/AA", "/JS", "/JavaScript", "/XFA"})
_ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/Rendition"})
_PIECE = 4096
_STREAM = re.compile(rb"stream\r?\n")


class Unreadable(Exception):
    """The file cannot be read as a PDF; the message says why."""


@dataclass(frozen=True)
class Inside:
    """An opened PDF beside its bytes."""

    data: bytes
    pdf: pikepdf.Pdf

    def embedded(self) -> dict[str, bytes]:
        """The embedded files by name."""
        found: dict[str, bytes] = {}
        for name, file in self.pdf.attachments.items():
            found[name] = file.get_file().read_bytes()
        return found

    def words(self, number: int) -> str:
        """What is written on a page, without white space; empty when there is no such page."""
        return "".join(_written(self.pdf.pages[number])) if number < len(self.pdf.pages) else ""

    def objects(self) -> dict[int, bytes]:
        """Every object by its number, as bytes that are equal when it is."""
        return {one.objgen[0]: _bytes_of(one) for one in self._objects()}

    def parts(self) -> dict[str, bytes]:
        """What a reader gets, by name, however the file is written."""
        found = {f"page {n}": page.obj.Contents.read_bytes() for n, page in enumerate(self.pdf.pages, 1)}
        found |= {f"embedded file {name}": data for name, data in self.embedded().items()}
        info = sorted((key, str(value)) for key, value in self.pdf.docinfo.items())
        found["metadata"] = repr(info).encode() + self.pdf.Root.Metadata.read_bytes()
        found["tags"] = "\n".join(_tags(self.pdf)).encode()
        return found

    def scripts(self) -> set[str]:
        """What in the file would do something by itself when it is opened, read or clicked, by its name."""
        return {name[1:] for one in self._objects() for name in _doing(one)}

    def _objects(self) -> Iterator[Any]:
        """Each object that can be read and has a number."""
        return (one for one in self.pdf.objects if getattr(one, "objgen", (0, 0))[0])

    def names(self) -> dict[int, str]:
        """What each object is to a reader; those that are left out are inner parts of the file."""
        found: dict[int, str] = {}
        for one in self._objects():
            if name := _kind(one):
                found[one.objgen[0]] = name
        for number, page in enumerate(self.pdf.pages, 1):
            found[page.obj.objgen[0]] = f"page {number}"
            found[page.obj.Contents.objgen[0]] = f"page {number}"
            for link in page.obj.get("/Annots", []):
                found[link.objgen[0]] = f"links on page {number}"
        for name, file in self.pdf.attachments.items():
            for part in (file.obj, file.obj.EF.F):
                found[part.objgen[0]] = f"embedded file {name}"
        found[self.pdf.docinfo.objgen[0]] = "metadata"
        return found


def opened(data: bytes) -> Inside:
    """Open bytes as a PDF; Unreadable when they are none, damaged, locked or far too large."""
    if len(data) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST // 1_000_000} MB, and no report is")
    if not data.startswith(b"%PDF-"):
        raise Unreadable("it is no PDF")
    if _unpacked(data) > LARGEST_UNPACKED:
        raise Unreadable("it unpacks to far more than any report holds")
    if b"%%EOF" not in data[-1024:]:
        raise Unreadable("its end is missing: it was cut off on its way. Download it again")
    try:
        pdf = pikepdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True)
        _first = pdf.Root, [page.obj for page in pdf.pages]
    except pikepdf.PasswordError as error:
        raise Unreadable("it is locked with a password") from error
    except (pikepdf.PdfError, AttributeError, ValueError, RuntimeError) as error:
        raise Unreadable("it is damaged: its parts are not where it says they are") from error
    return Inside(data, pdf)


def differing(file: Inside, genuine: Inside) -> list[str]:
    """Name the parts of a file that are not those of the genuine one; empty only for the same bytes.

    Unreadable when the file opens and yet lacks what every PDF has.
    """
    if file.data == genuine.data:
        return []
    if file.data.startswith(genuine.data):
        added = len(file.data) - len(genuine.data)
        return [f"{added} bytes were added after its end: a comment, a signature or another change"]
    try:
        return _differing(file, genuine)
    except BROKEN as error:
        raise Unreadable("it is damaged: parts of it cannot be read") from error


def _differing(file: Inside, genuine: Inside) -> list[str]:
    ours, theirs, names = genuine.objects(), file.objects(), {**file.names(), **genuine.names()}
    changed = [n for n in {**ours, **theirs} if ours.get(n) != theirs.get(n)]
    found = {names.get(number, "inner parts of the file") for number in changed}
    if len(changed) > len(ours) // 2:  # numbered anew: look at what it says
        mine, other = genuine.parts(), file.parts()
        found = {part for part in {**mine, **other} if mine.get(part) != other.get(part)}
        return ["the whole file was written again by another program", *sorted(found, key=_in_order)]
    return sorted(found, key=_in_order) or ["how the file is written, not what it says"]


def _in_order(part: str) -> tuple[str, int]:
    number = part.rpartition(" ")[2]
    return part.rstrip("0123456789"), int(number) if number.isdecimal() else 0


def _doing(one: Any) -> Iterator[str]:
    """The names of actions in an object, within what it holds itself too."""
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        if (action := str(one.get("/S", ""))) in _ACTIONS:
            yield action
        for key, value in one.items():
            if key in _DOING:
                yield key
            yield from _doing(value) if _held(value) else ()
    elif isinstance(one, pikepdf.Array):
        for value in one:
            yield from _doing(value) if _held(value) else ()


def _held(value: Any) -> bool:
    """Whether a value stands within its object, and is none of its own."""
    return isinstance(value, pikepdf.Object) and not value.is_indirect


def _kind(one: Any) -> str:
    """What an object is by its type; a stream's are in its dictionary."""
    if not isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        return ""
    kind = str(one.get("/Type", ""))
    if kind in ("/StructElem", "/StructTreeRoot"):
        return "tags"
    if kind in ("/Font", "/FontDescriptor") or "/Length1" in one:
        return "fonts"
    if kind == "/Metadata":
        return "metadata"
    return "bookmarks" if "/Title" in one and "/Parent" in one else ""


def _tags(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Each structure element with what is heard of it, in reading order."""
    root = pdf.Root.get("/StructTreeRoot", pikepdf.Dictionary())
    waiting, seen = [root.get("/K", pikepdf.Array())], set()
    while waiting:
        kids = waiting.pop()
        for kid in reversed(list(kids)) if isinstance(kids, pikepdf.Array) else [kids]:
            if not isinstance(kid, pikepdf.Dictionary) or kid.objgen in seen:
                continue  # a piece of content; or a circle, which no tree has
            seen.add(kid.objgen)
            yield "|".join(str(kid.get(key, "")) for key in ("/S", "/Lang", "/Alt", "/ActualText"))
            waiting.append(kid.get("/K", pikepdf.Array()))


def _bytes_of(one: Any) -> bytes:
    written = one.unparse(resolved=True)
    return bytes(written) + (one.read_raw_bytes() if isinstance(one, pikepdf.Stream) else b"")


def _unpacked(data: bytes) -> int:
    """How many bytes all deflated streams give together; stops counting once it is too much."""
    total = 0
    for found in _STREAM.finditer(data):
        total += _inflated(data, found.end(), LARGEST_UNPACKED - total + 1)
        if total > LARGEST_UNPACKED:
            break
    return total


def _inflated(data: bytes, start: int, most: int) -> int:
    """How many bytes the stream that begins here gives, up to `most`; 0 when it is not deflated.

    In small pieces: what follows a stream is copied with each, and a file may hold millions of them.
    """
    inflate, given = zlib.decompressobj(), 0
    try:
        while start < len(data) and not inflate.eof and given < most:
            given += len(inflate.decompress(data[start : start + _PIECE], most - given))
            while inflate.unconsumed_tail and given < most:
                given += len(inflate.decompress(inflate.unconsumed_tail, most - given))
            start += _PIECE
    except zlib.error:
        pass  # not deflated, or not a stream at all
    return given


def _written(page: pikepdf.Page) -> Iterator[str]:
    """The letters drawn on a page, by each font's own table of them."""
    fonts = page.obj.get("/Resources", pikepdf.Dictionary()).get("/Font", pikepdf.Dictionary())
    letters: dict[int, str] = {}
    for step in pikepdf.parse_content_stream(page):
        operands, operator = step.operands, str(step.operator)
        if operator == "Tf":
            letters = _letters(fonts.get(str(operands[0])))
        elif operator in ("Tj", "TJ"):
            pieces: Any = operands[0] if operator == "TJ" else [operands[0]]
            for piece in pieces:
                if isinstance(piece, pikepdf.String):
                    codes = bytes(piece)
                    glyphs = (int.from_bytes(codes[i : i + 2], "big") for i in range(0, len(codes), 2))
                    yield "".join(letters.get(glyph, "") for glyph in glyphs if letters.get(glyph) != " ")


def _letters(font: Any) -> dict[int, str]:
    if font is None or "/ToUnicode" not in font:
        return {}
    table = font.ToUnicode.read_bytes().decode("ascii", "replace")
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<((?:[0-9a-fA-F]{4})*)>", table)
    return {int(glyph, 16): bytes.fromhex(text).decode("utf-16-be", "replace") for glyph, text in pairs}
