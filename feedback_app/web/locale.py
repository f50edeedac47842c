"""Which language a page is in. A view decides once, with `use_language`; no cookie remembers it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO

import flask_babel
from babel.support import Translations
from flask import Flask, current_app, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from feedback_app.languages import SOURCE, Language, find, language
from feedback_app.settings import Settings

#: characters of an `Accept-Language` that are worth remembering; browsers send far fewer
_LONGEST = 200


def init_locale(app: Flask, settings: Settings) -> None:
    """Let Flask-Babel follow the view's choice, and give every template `language`."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", SOURCE)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Europe/Brussels")
    # As translations are extracted: without it a {% trans %} block over several lines finds no translation.
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    flask_babel.Babel(app, locale_selector=lambda: current_language().formats)
    app.extensions["babel"].instance.domain_instance = _Served(settings)
    app.context_processor(lambda: {"language": current_language(), "language_of": language})


def use_language(key: str) -> Language:
    """Make the rest of this request speak this language."""
    chosen = language(key)
    g.language = chosen
    flask_babel.refresh()
    return chosen


@contextmanager
def speaking(key: str) -> Iterator[None]:
    """Speak another language for some of a page's words, then the page's own again."""
    before = current_language()
    use_language(key)
    try:
        yield
    finally:
        use_language(before.key)


def forget_translations() -> None:
    """Let the next text be read from its catalogue's file anew: Flask-Babel keeps what it read for good."""
    flask_babel.get_babel().instance.domain_instance.cache.clear()


class _Served(flask_babel.Domain):  # type: ignore[misc]  # it says no types
    """What pages say: read where the catalogues are now, which moves once colleagues write in them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    @property
    def translation_directories(self) -> list[str]:
        """Asked once for each language that a process speaks."""
        current_app.extensions["follow_texts"]()
        return [str(self._settings.texts_dir.resolve())]


class _Texts(flask_babel.Domain):  # type: ignore[misc]  # it says no types
    """What a request says instead of what is served."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._texts = Translations(BytesIO(content))

    def get_translations(self) -> Translations:
        """These texts, in whatever language the request speaks."""
        return self._texts


def use_texts(content: bytes) -> None:
    """Make the rest of this request say what a `.mo` of this content says."""
    _Texts(content).as_default()


def current_language() -> Language:
    """The language of this request; Dutch until a view chose another."""
    chosen: Language = g.get("language") or language(SOURCE)
    return chosen


def negotiate(offered: Iterable[str], *chosen: str | None, known: str | None = None) -> str:
    """What was chosen, else what is known of the reader, else what the browser asks for, else Dutch.

    Languages are tags (`fa-AF`, `prs`) or keys (`fa_AF`), the strongest first. What we do not know or, when
    nobody chose it, do not offer is passed over for the next. Who chose a language that is not offered gets
    Dutch: not a third one, that of somebody else's guess.
    """
    return choose(offered, chosen, known, request.environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def choose(offered: Iterable[str], chosen: Iterable[str | None], known: str | None, accepted: str) -> str:
    """As `negotiate`, for a browser that sent this `Accept-Language`."""
    available = set(offered)
    for tag in chosen:
        if found := find(tag):
            return found if found in available else SOURCE
    read = _tags if len(accepted) <= _LONGEST else _tags.__wrapped__
    for tag in (known, *read(accepted)):
        found = find(tag)
        if found in available:
            return found
    return SOURCE


@lru_cache(maxsize=512)
def _tags(accepted: str) -> tuple[str, ...]:
    """The tags of an `Accept-Language`, the most wanted first, without what is not wanted (`fr;q=0`).

    Space means nothing in it, but Werkzeug reads `fr ; q = 0.2` as French before all else.
    """
    wanted = parse_accept_header("".join(accepted.split()), LanguageAccept)
    return tuple(tag for tag, quality in wanted if quality > 0)
