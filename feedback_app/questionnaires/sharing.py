"""This machine's copy of the catalogues: what ships with what colleagues wrote laid over it, as files.

Pages are served from files, which costs no respondent a look in the database. The copy lies in the instance
folder, is made of the base and the rows alone, and may be thrown away: any process makes it anew. A process
looks every few seconds whether somebody wrote, so every machine says the same within seconds.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from feedback_app.database import db, insert_into
from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    MESSAGES,
    Catalogue,
    CatalogueUnreadable,
    locales,
    path_of,
    read,
    render,
    stamp,
    template_path,
)
from feedback_app.questionnaires.compiling import compiled
from feedback_app.questionnaires.models import WrittenState, WrittenText
from feedback_app.questionnaires.written import Layer, laid_over, spoken
from feedback_app.settings import Settings
from feedback_app.statements import Statement, reading
from feedback_app.web.locale import forget_translations
from feedback_app.web.marking import InstallationFact

#: what another value says: that somebody wrote in some catalogue
FACT = "texts"
#: how long it is believed that nobody wrote
SECONDS = 3.0

_KEY = "shared_texts"
_MADE = ".made"
_WRITTEN = Statement(sa.select(InstallationFact.value).where(InstallationFact.name == FACT))


class SharedTexts:
    """Keeps the copy of this machine as it should be, for one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looking = Lock()
        self._again = float("-inf")
        self._known: object = None

    def follow(self) -> None:
        """Look whether somebody wrote, once in a few seconds; never raises, for error pages speak too."""
        if time.monotonic() < self._again or not self._looking.acquire(blocking=False):
            return
        try:
            self._again = time.monotonic() + SECONDS
            self._look(db.engine)
        except (sa.exc.SQLAlchemyError, OSError, CatalogueUnreadable):
            return  # pages go on as they speak; what is wrong is told where it is worked on
        finally:
            self._looking.release()

    def follow_now(self) -> None:
        """The same at once, for who works on texts; raises what is wrong with a file or the database.

        Where this machine cannot write, its pages go on as they are, and say so to who would write.
        """
        with self._looking, suppress(OSError):
            self._look(db.engine)
            self._again = time.monotonic() + SECONDS

    def _look(self, engine: Engine) -> None:
        with reading(engine) as channel:
            row = channel.first(_WRITTEN, {})
        written = row[0] if row else ""
        known = written, _base_stamps(self._settings.translations_dir)
        if known == self._known:
            return
        if written or self._settings.own_texts_dir.is_dir():
            with Session(engine) as session:
                make_copy(session, self._settings)
        self._known = known
        forget_translations()


def init_sharing(app: Flask, settings: Settings) -> None:
    """Let the application follow what is written on any machine; nothing is looked at yet."""
    shared = SharedTexts(settings)
    app.extensions[_KEY] = shared
    app.extensions["follow_texts"] = shared.follow


def shared_texts(app: Flask | None = None) -> SharedTexts:
    """An application's, the current one's unless another is named."""
    found: SharedTexts = (app or current_app).extensions[_KEY]
    return found


def layer_of(session: Session, locale: str, domain: str) -> Layer:
    """Everything that colleagues wrote in one catalogue."""
    mine = sa.select(WrittenText).where(WrittenText.locale == locale, WrittenText.domain == domain)
    rows = session.scalars(mine.order_by(WrittenText.name)).all()
    return Layer(tuple(rows), session.get(WrittenState, (locale, domain)))


def tell_everybody(session: Session) -> None:
    """Say to every process of every machine that somebody wrote; does not commit."""
    stamp = secrets.token_hex(16)
    told = insert_into(session, InstallationFact).values(name=FACT, value=stamp)
    session.execute(told.on_conflict_do_update(index_elements=["name"], set_={"value": stamp}))


def make_copy(session: Session, settings: Settings) -> None:
    """Make the copy what base and rows say; what is right already is left alone."""
    own = settings.own_texts_dir
    with alone_in(own):
        base = settings.translations_dir.resolve()
        stamps: dict[str, list[str]] = {}
        for locale, domain, changed in session.execute(
            sa.select(WrittenState.locale, WrittenState.domain, WrittenState.stamp).order_by(
                WrittenState.locale, WrittenState.domain
            )
        ):
            stamps.setdefault(locale, []).append(f"{domain} {changed}")
        fault: CatalogueUnreadable | None = None
        for locale in dict.fromkeys((SOURCE, *locales(base))):
            place = base / locale
            try:
                if locale in stamps:
                    place = _made(session, base, own / _MADE, locale, stamps[locale])
            except CatalogueUnreadable as error:
                fault = error  # that language goes on as it was, the others are brought along
                continue
            _point(own / locale, place)
        for path in (template_path(base, domain) for domain in DOMAINS):
            _point(own / path.name, path)  # the last of them says that all are there
        _clear_away(own)
    if fault:
        raise fault


def copy_for_now(session: Session, settings: Settings) -> None:
    """Bring the copy up to date for who is about to freeze texts; nothing where nobody wrote."""
    if session.get(InstallationFact, FACT) or settings.own_texts_dir.is_dir():
        make_copy(session, settings)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Be the only process of this machine that changes the copy."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _made(session: Session, base: Path, folder: Path, locale: str, changed: list[str]) -> Path:
    """The folder of one language with everything laid over it; made when it is not there."""
    of = hashlib.sha256(repr((str(base), changed, _stamps_of(base, locale))).encode()).hexdigest()[:16]
    whole = folder / f"{locale}.{of}"
    if whole.is_dir():
        return whole
    part = folder / f".{locale}.{of}"
    shutil.rmtree(part, ignore_errors=True)
    target = part / "LC_MESSAGES"
    target.mkdir(mode=0o700, parents=True)
    for domain in DOMAINS:
        path = path_of(base, locale, domain)
        if not path.exists():
            continue
        layer = layer_of(session, locale, domain)
        written = laid_over(read(path), layer)
        (target / path.name).write_bytes(render(written).encode())
        (target / path.with_suffix(".mo").name).write_bytes(compiled(_speaks(path, written, layer)))
    part.rename(whole)
    return whole


def _speaks(path: Path, written: Catalogue, layer: Layer) -> Catalogue:
    """What is served: questions are frozen with each version, so there nothing has to stay as it was."""
    return spoken(path, written, layer) if written.domain == MESSAGES else written


def _point(link: Path, place: Path) -> None:
    """Let a name lead to a place, at once."""
    if link.is_symlink() and link.readlink() == place:
        return
    fresh = link.with_name(f".{link.name}.part")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(place)
    fresh.replace(link)


def _clear_away(own: Path) -> None:
    """Languages that are gone, and what was made earlier but the last of each: somebody may be reading it."""
    used = {link.readlink() for link in own.iterdir() if link.is_symlink()}
    for link in own.iterdir():
        if link.is_symlink() and not link.exists():
            link.unlink()
    made = sorted((own / _MADE).glob("*.*"), key=lambda path: path.stat().st_mtime, reverse=True)
    kept: set[str] = set()
    for path in (one for one in made if one not in used):
        locale = path.name.lstrip(".").partition(".")[0]
        if locale in kept:
            shutil.rmtree(path, ignore_errors=True)
        kept.add(locale)


def _base_stamps(base: Path) -> tuple[object, ...]:
    own = stamp(base)
    return own, tuple(map(stamp, _base_files(base, own)))


@lru_cache(maxsize=8)
def _base_files(base: Path, _stamp: tuple[int, int]) -> tuple[str, ...]:
    """What is looked at in the base; a new language changes its folder's stamp."""
    templates = (str(template_path(base, domain)) for domain in DOMAINS)
    known = [key for key in all_languages() if (base / key).is_dir()]
    return *templates, *(file for key in known for file in _files_of(base, key))


def _files_of(base: Path, locale: str) -> list[str]:
    paths = [path_of(base, locale, domain) for domain in DOMAINS]
    return [str(file) for path in paths for file in (path, path.with_suffix(".mo"))]


def _stamps_of(base: Path, locale: str) -> tuple[tuple[int, int], ...]:
    return tuple(map(stamp, _files_of(base, locale)))
