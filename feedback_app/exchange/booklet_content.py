"""What a theme's booklet holds, as plain data, and which booklets there are; light, for pages too."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from feedback_app.exchange.models import Booklet, Practice
from feedback_app.exchange.practices import released
from feedback_app.exchange.words import theme_names
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.web.marking import example_state


@dataclass(frozen=True)
class Told:
    """One practice as it is printed: without its contact, and without who wrote it."""

    title: str
    what: str
    place: str
    why: str
    region: str


@dataclass(frozen=True)
class BookletContent:
    """Everything a booklet says; practices are in Dutch, whatever language stands around them."""

    theme: str
    locale: str
    publisher: str
    example: bool
    practices: tuple[Told, ...]

    @property
    def fingerprint(self) -> str:
        """A name for this content: the same again only when the booklet would be the same."""
        return hashlib.sha256(json.dumps(asdict(self)).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Shelf:
    """One theme's booklet in a language: how many practices it would hold now, and the one that was made."""

    theme: str
    practices: int
    made: Booklet | None
    current: bool


def booklet_content(session: Session, settings: Settings, theme: str, locale: str) -> BookletContent:
    """What the booklet of a theme would say now."""
    regions = region_names(settings.surveys_dir)
    return BookletContent(
        theme=theme_names(settings, locale).get(theme, theme),
        locale=locale,
        publisher=settings.responsible,
        example=settings.example or example_state(session) != "",
        practices=tuple(_told(one, regions) for one in released(session, theme=theme)),
    )


def booklet_shelves(session: Session, settings: Settings, locale: str) -> list[Shelf]:
    """Every theme's booklet in a language, in the order of the codebook."""
    query = sa.select(Booklet).where(Booklet.locale == locale)
    made = {one.theme_key: one for one in session.scalars(query)}
    shelves = []
    for theme in theme_names(settings, locale):
        content = booklet_content(session, settings, theme, locale)
        book = made.get(theme)
        current = book is not None and book.fingerprint == content.fingerprint
        shelves.append(Shelf(theme, len(content.practices), book, current))
    return shelves


def find_booklet(session: Session, settings: Settings, theme: str, locale: str) -> Booklet | None:
    """A theme's booklet with its PDF, unless something changed since: nothing withdrawn leaves."""
    book = session.get(Booklet, (theme, locale), options=[undefer(Booklet.pdf)])
    content = booklet_content(session, settings, theme, locale)
    return book if book is not None and book.fingerprint == content.fingerprint else None


def _told(one: Practice, regions: Mapping[str, str]) -> Told:
    region = regions.get(one.region_key, one.region_key) if one.region_key else ""
    return Told(one.title, one.what, one.place, one.why, region)
