"""A house style as frozen data: what a document is drawn with beside our own sheets, all of it by value.

A report keeps it with its content, so that it compiles to the same bytes after the theme folder changed.
"""

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from feedback_app.rendering.contrast import house_colours

#: how CSS and charts call the theme's own face; every letter it lacks comes from ours
FAMILY = "Huisstijl"
OUR_FAMILIES = '"Noto Sans", "Noto Sans Arabic", "Noto Sans Ethiopic"'
#: bytes of a face; a stranger's file may say that it holds one, so no more is ever unpacked
LARGEST_FONT = 1_500_000
_HEXADECIMAL = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Picture:
    """A logo or emblem: its kind (image/svg+xml or image/png), its bytes in base64, and what it says."""

    kind: str
    data: str
    alt: str

    @property
    def address(self) -> str:
        """The picture as an address that needs no fetching, for web pages."""
        return f"data:{self.kind};base64,{self.data}"


@dataclass(frozen=True)
class HouseStyle:
    """Colours by token name; TrueType faces as base64 of zlib; pictures; wordings in the document's language.

    `publisher` names who is responsible, `funder` is the wording beside the emblem, `frame` the policy that
    the document stands in.
    """

    colours: tuple[tuple[str, str], ...] = ()
    regular: str = ""
    bold: str = ""
    logo: Picture | None = None
    emblem: Picture | None = None
    publisher: str = ""
    funder: str = ""
    frame: str = ""

    @property
    def chart_colours(self) -> Mapping[str, str]:
        """The colours of charts, by the name charts call them."""
        start = "chart-"
        return {name.removeprefix(start): one for name, one in self.colours if name.startswith(start)}

    @property
    def face(self) -> str:
        """The name of the theme's own face, if it has one."""
        return FAMILY if self.regular else ""


OURS = HouseStyle()


def packed(data: bytes) -> str:
    """Bytes as short ASCII text; the same bytes give the same text."""
    return base64.b64encode(zlib.compress(data, 9)).decode()


def unpacked(text: str) -> bytes:
    """What `packed` made text of; ValueError when it is anything else, or gives more than a font may hold."""
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(base64.b64decode(text), LARGEST_FONT + 1)
    except zlib.error as error:
        raise ValueError("this was not packed here") from error
    if len(data) > LARGEST_FONT or not inflate.eof:
        raise ValueError("this was cut off, or is larger than a font may be")
    return data


def css(style: HouseStyle, *, faces: bool = True) -> str:
    """The sheet that lays a style over ours; "" for our own. Only known names and plain colours get in.

    Without `faces` it is for web pages, which are not given the fonts and keep the reader's.
    """
    known = house_colours()
    tokens = "".join(
        f"--{name}:{one};" for name, one in style.colours if name in known and _HEXADECIMAL.fullmatch(one)
    )
    rules = [f":root{{{tokens}}}"] if tokens else []
    if not faces:
        return "".join(rules)
    for weight, address, data in ((400, "theme:regular", style.regular), (700, "theme:bold", style.bold)):
        if data:
            face = f'font-family:"{FAMILY}";font-weight:{weight};src:url({address})'
            rules.append(f"@font-face{{{face}}}")
    if style.regular:
        family = f'{{font-family:"{FAMILY}",{OUR_FAMILIES}}}'
        rules += [f"body{family}", f"@page{family}"]
    return "".join(rules)


def files(style: HouseStyle) -> dict[str, tuple[bytes, str]]:
    """Address → bytes and kind of all that sheet and document name: given to the renderer by value."""
    return dict(_files(style))


def _files(style: HouseStyle) -> Iterator[tuple[str, tuple[bytes, str]]]:
    for name, picture in (("logo", style.logo), ("emblem", style.emblem)):
        if picture:
            yield f"theme:{name}", (base64.b64decode(picture.data), picture.kind)
    for name, data in (("regular", style.regular), ("bold", style.bold)):
        if data:
            yield f"theme:{name}", (unpacked(data), "font/ttf")
