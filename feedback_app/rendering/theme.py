"""Reading a theme folder: colours, fonts, logo and funder; every fault is named with its remedy."""

import base64
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import yaml
from flask_babel import gettext as _
from fontTools.ttLib import TTFont, TTLibError

from feedback_app.rendering.contrast import house_colours, too_weak
from feedback_app.rendering.pictures import kind_of, picture_faults
from feedback_app.rendering.style import LARGEST_FONT, HouseStyle, Picture, packed
from feedback_app.shape import Misshapen, Size, Trimmed, Written, dotted, read

FILE = "theme.yaml"
#: what Dutch and English are printed with, signs of our own texts included; other scripts come from our faces
PRINTED = frozenset(map(chr, range(0x21, 0x7F))) | frozenset(
    "ÀÁÂÄÇÈÉÊËÌÍÎÏÒÓÔÖÙÚÛÜàáâäçèéêëìíîïòóôöùúûü€‘’“”–…·×°½"
)

#: marks, embeddings, overrides and isolates of direction
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Words = Annotated[str, Trimmed(2, 300)]
Colour = Annotated[str, Written(r"#[0-9a-fA-F]{6}")]


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A text in both languages of reports."""

    nl: Words
    en: Words


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A longer text in both languages."""

    nl: Annotated[str, Trimmed(2, 1500)]
    en: Annotated[str, Trimmed(2, 1500)]


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture of the folder, with what it says to who does not see it."""

    file: str
    alt: Wording


@dataclass(frozen=True, kw_only=True)
class Funder(Image):
    """The emblem of who pays, and the wording that has to stand beside it."""

    wording: Wording


@dataclass(frozen=True, kw_only=True)
class Fonts:
    """Two TrueType files of one face."""

    regular: str
    bold: str


@dataclass(frozen=True, kw_only=True)
class ThemeFile:
    """`theme.yaml`; everything in it is optional."""

    colours: Annotated[dict[str, Colour], Size(most=60)] = field(default_factory=dict)
    fonts: Fonts | None = None
    logo: Image | None = None
    funder: Funder | None = None
    publisher: Wording | None = None
    frame: Frame | None = None


@dataclass(frozen=True)
class ThemeFault:
    """What is wrong: in which file, where in it, and what to do."""

    file: Path
    path: str
    problem: str
    remedy: str

    @property
    def words(self) -> str:
        """The fault without where the folder lies, for who does not run the server."""
        return f"{self.file.name}, {self.path}: {self.problem}; {self.remedy}"

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.problem}; {self.remedy}"


class ThemeRefused(ValueError):
    """The theme folder cannot be used; `faults` name everything that is wrong with it."""

    def __init__(self, faults: list[ThemeFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def unusable_style(refused: ThemeRefused) -> str:
    """What to say to a colleague whose document cannot be made with this house style."""
    words: str = _(
        "De huisstijl kan niet gebruikt worden (%(number)s fouten). De eerste: %(fault)s. "
        "“feedback-app doctor” noemt ze allemaal.",
        number=len(refused.faults),
        fault=refused.faults[0].words,
    )
    return words


def house_style(folder: Path | None, locale: str) -> HouseStyle:
    """The style of a theme folder with its texts in one language; ours without a folder. ThemeRefused."""
    if folder is None:
        return HouseStyle()
    theme = _read(folder)
    faults = list(_faults(folder, theme))
    if faults:
        raise ThemeRefused(faults)

    def picture(image: Image | None) -> Picture | None:
        if image is None:
            return None
        data = (folder / image.file).read_bytes()
        return Picture(kind_of(Path(image.file)), base64.b64encode(data).decode(), _in(image.alt, locale))

    return HouseStyle(
        colours=tuple(sorted((name, one.lower()) for name, one in theme.colours.items())),
        regular=packed((folder / theme.fonts.regular).read_bytes()) if theme.fonts else "",
        bold=packed((folder / theme.fonts.bold).read_bytes()) if theme.fonts else "",
        logo=picture(theme.logo),
        emblem=picture(theme.funder),
        publisher=_in(theme.publisher, locale),
        funder=_in(theme.funder.wording, locale) if theme.funder else "",
        frame=_in(theme.frame, locale),
    )


def theme_faults(folder: Path | None) -> list[ThemeFault]:
    """Everything that is wrong with a theme folder; nothing without one."""
    try:
        house_style(folder, "nl")
    except ThemeRefused as refused:
        return list(refused.faults)
    return []


def _in(wording: Wording | Frame | None, locale: str) -> str:
    return "" if wording is None else str(getattr(wording, locale))


def _read(folder: Path) -> ThemeFile:
    path = folder / FILE
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise ThemeRefused([ThemeFault(path, "-", "there is no such file", _EXAMPLE)]) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = " ".join(str(error).split())[:200]
        raise ThemeRefused(
            [ThemeFault(path, "-", f"it cannot be read: {line}", "correct the file")]
        ) from None
    try:
        return read(ThemeFile, data)
    except Misshapen as refused:
        found = [
            ThemeFault(path, dotted(one.place) or "-", one.problem, _REMEDIES.get(one.kind, _EXAMPLE))
            for one in refused.faults
        ]
        raise ThemeRefused(found) from None


_EXAMPLE = "docs/theme.md shows an example"
_REMEDIES = {
    "unknown": "remove it, or spell it as docs/theme.md does",
    "missing": "add it: every picture needs an alternative, every text both nl and en",
    "pattern": 'write the colour as "#rrggbb", with quotes',
}


def _faults(folder: Path, theme: ThemeFile) -> Iterator[ThemeFault]:
    yield from _colour_faults(folder / FILE, theme.colours)
    yield from _text_faults(folder / FILE, theme)
    for place, image in (("logo.file", theme.logo), ("funder.file", theme.funder)):
        if image is not None:
            found, problems = _open(folder, image.file)
            problems = problems or list(picture_faults(found, found.read_bytes()))
            yield from (ThemeFault(folder / FILE, place, *problem) for problem in problems)
    if theme.fonts is not None:
        for place, name in (("fonts.regular", theme.fonts.regular), ("fonts.bold", theme.fonts.bold)):
            found, problems = _open(folder, name)
            problems = problems or list(_font_faults(found))
            yield from (ThemeFault(folder / FILE, place, *problem) for problem in problems)


def _text_faults(path: Path, theme: ThemeFile) -> Iterator[ThemeFault]:
    """Signs that steer or hide instead of saying something: they would turn a name around, or be left out."""
    texts: dict[str, Wording | Frame | None] = {"publisher": theme.publisher, "frame": theme.frame}
    if theme.logo is not None:
        texts["logo.alt"] = theme.logo.alt
    if theme.funder is not None:
        texts |= {"funder.alt": theme.funder.alt, "funder.wording": theme.funder.wording}
    for place, wording in texts.items():
        for locale in ("nl", "en"):
            hidden = dict.fromkeys(f"U+{ord(one):04X}" for one in _in(wording, locale) if _is_hidden(one))
            if hidden:
                problem = f"it holds signs that are not printed: {', '.join(hidden)}"
                yield ThemeFault(path, f"{place}.{locale}", problem, "type the text again, without them")


def _is_hidden(letter: str) -> bool:
    """Whether a letter is a control, a change of direction, or nobody's."""
    if letter in "\n\t":
        return False
    return unicodedata.category(letter) in ("Cc", "Co", "Cs", "Cn") or letter in TURNING


def _open(folder: Path, name: str) -> tuple[Path, list[tuple[str, str]]]:
    """A file of the folder, and what keeps it from being read: nothing outside is ever opened."""
    if not name.isprintable():
        return folder, [("the name holds signs that no file's name has", "correct it")]
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return path, [(f"“{name}” lies outside the theme folder", "put the file into the folder")]
    if not path.is_file():
        return path, [(f"there is no file “{name}” in the folder", "add it, or correct its name")]
    return path, []


def _colour_faults(path: Path, colours: Mapping[str, str]) -> Iterator[ThemeFault]:
    known = house_colours()
    unknown = [name for name in colours if name not in known]
    for name in unknown:
        yield ThemeFault(path, f"colours.{name}", "no colour has this name", "docs/theme.md names them all")
    if unknown:
        return
    whole = {**known, **{name: one.lower() for name, one in colours.items()}}
    for one, other, found, needed in too_weak(whole):
        own = [name for name in (one, other) if name in colours]
        if own:  # our own pairs are tested where they are made
            problem = (
                f"{one} ({whole[one]}) on {other} ({whole[other]}) has a contrast of {found:.1f}, "
                f"it needs {needed:.1f}"
            )
            remedy = f"make one of them darker or lighter: {', '.join(f'colours.{name}' for name in own)}"
            yield ThemeFault(path, f"colours.{own[0]}", problem, remedy)


def _font_faults(path: Path) -> Iterator[tuple[str, str]]:
    data = path.read_bytes()
    if len(data) > LARGEST_FONT:
        yield (
            f"{len(data) // 1000} kB, at most {LARGEST_FONT // 1000} kB",
            "leave out scripts that are not printed",
        )
        return
    if data[:4] != b"\x00\x01\x00\x00":
        yield (
            "this is no TrueType font (OpenType with CFF, WOFF and collections break in PDF)",
            "give the .ttf",
        )
        return
    try:
        with TTFont(BytesIO(data), lazy=True) as font:
            tables, drawn = set(font.keys()), set(font.getBestCmap() or {})
            restricted = bool(font["OS/2"].fsType & 0x0002) if "OS/2" in tables else False
    except (TTLibError, KeyError, ValueError) as error:
        yield f"the font cannot be read: {error}", "give a whole .ttf"
        return
    if "fvar" in tables:
        yield "this is a variable font", "give a static face: one file for regular, one for bold"
    if restricted:
        yield "its licence does not let it be embedded in documents", "choose a font that may be embedded"
    missing = sorted(letter for letter in PRINTED if ord(letter) not in drawn)
    if missing:
        yield (
            f"it lacks {len(missing)} letters that we print: {' '.join(missing[:12])}",
            "give a face that has them",
        )
