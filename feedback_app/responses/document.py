"""The respondent's document: rendered once for everybody who is asked the same, then served from memory.

It depends on the version, the language, the offer type and the kind of link, and never holds a token:
its form is sent to the address the page came from.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from flask import Flask, Response, current_app, render_template, request
from flask_babel import LazyString
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from feedback_app.database import db
from feedback_app.languages import SOURCE
from feedback_app.languages import language as language_of
from feedback_app.questionnaires.catalogues import offer_type_context
from feedback_app.questionnaires.forms import ResponseForm, make_form
from feedback_app.questionnaires.readiness import text_stamps, ui_ready
from feedback_app.questionnaires.sharing import shared_texts
from feedback_app.questionnaires.versions import Version, kept_texts, kept_version
from feedback_app.responses.told import told_lately
from feedback_app.settings import Settings
from feedback_app.web.dutch import dutch_stays_here, said_in_dutch
from feedback_app.web.headers import Ready, ready
from feedback_app.web.locale import current_language, forget_translations, speaking, use_language
from feedback_app.web.marking import is_marked
from feedback_app.web.packing import GZIP, PLAIN, encoding_for, pack

T = TypeVar("T")

_KEY = "documents"
#: every language × offer type of a busy half-year; some 10 kB each
_KEPT = 512
#: how long files are believed to be as they were
_SECONDS = 1.0
#: packed bytes of a page with a region's questions: with its headers 14,000, as for every page
MOST_BYTES = 12_900


class Kind(StrEnum):
    """The kinds of link through which a questionnaire is opened."""

    LINK = "link"
    OPEN = "open"
    KIOSK = "kiosk"
    PREVIEW = "preview"


#: kinds whose addresses all get the same headers, so that a whole answer can be kept
_ALIKE = frozenset((Kind.LINK, Kind.KIOSK))


@dataclass(frozen=True)
class Asked:
    """What one page asks; all it depends on, and nothing of who is asked."""

    version: Version
    language: str
    offered: tuple[str, ...]
    texts: Mapping[str, str]
    offer_type: str
    kind: Kind

    def text(self, name: str) -> str:
        """The survey's own text of this name (`intro.1`, `experience.hint`), "" when it has none."""
        return self.texts.get(f"{self.version.survey.key}.{name}", "")

    @property
    def activity(self) -> str:
        """The sentence that says what the person took part in."""
        return self.text("activity").replace("{type}", self.texts[offer_type_context(self.offer_type)])

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What tells this document from every other."""
        return self.version.fingerprint, self.language, self.offered, self.offer_type, self.kind


class Kept(OrderedDict[Hashable, T]):
    """The things asked for last, each made once; safe between threads."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._lock = threading.Lock()
        self._making = threading.RLock()

    def forget(self) -> None:
        """Keep nothing of what there was."""
        with self._lock:
            self.clear()

    def peek(self, key: Hashable) -> T | None:
        """What is kept under the key, if anything."""
        with self._lock:
            if key in self:
                self.move_to_end(key)
            return self.get(key)

    def find(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under the key, else what `make` gives; who asks for it meanwhile waits for that one.

        One at a time: to make a page takes megabytes, which a process does not give back.
        """
        if (kept := self.peek(key)) is not None:
            return kept
        with self._making:
            if (kept := self.peek(key)) is not None:
                return kept
            made = make()
            with self._lock:  # not held while something is made: what is there is handed out all the same
                self[key] = made
                while len(self) > self._most:
                    self.popitem(last=False)
            return made


class Library:
    """The documents of one running application, as long as the files they are made of stay as they are."""

    def __init__(self, settings: Settings, follow: Callable[[], None]) -> None:
        self._settings, self._follow = settings, follow
        self._looking = threading.Lock()
        self._looked = float("-inf")
        self._stamps: Hashable = None
        self._ready: frozenset[str] = frozenset()
        self.edition = 0  # a page that was being made while a file changed is not found again
        self.pages: Kept[bytes] = Kept(_KEPT)
        self.answers: Kept[Ready] = Kept(_KEPT)
        self.forms: Kept[type[ResponseForm]] = Kept(_KEPT)
        self.rooms: Kept[bool] = Kept(_KEPT)  # whether a region's edition is light enough

    def ready(self) -> frozenset[str]:
        """The languages in which pages can be served now; a file that changed shows within a second."""
        moment = time.monotonic()
        if moment - self._looked > _SECONDS:
            self._follow()
            self._look(moment)
        return self._ready

    def _look(self, moment: float) -> None:
        with (
            self._looking
        ):  # reading every catalogue takes megabytes; once is enough for all who come at once
            if moment - self._looked <= _SECONDS:
                return
            stamps = text_stamps(self._settings)
            if stamps != self._stamps:
                forget_translations()
                self._ready = ui_ready(self._settings)
                self.edition += 1
                self.pages.forget()
                self.answers.forget()
                self._stamps = stamps
            self._looked = moment

    def offered(self, version: Version) -> tuple[str, ...]:
        """The languages of a version that can be served now."""
        ready = self.ready()
        return _offered(version.languages, ready)


@lru_cache(maxsize=64)
def _offered(languages: tuple[str, ...], ready: frozenset[str]) -> tuple[str, ...]:
    return tuple(key for key in languages if key in ready)


def init_documents(app: Flask, settings: Settings) -> None:
    """Give the application its library; nothing is rendered yet."""
    app.extensions[_KEY] = Library(settings, shared_texts(app).follow)


def offered_in(version: Version) -> tuple[str, ...]:
    """The languages in which this version can be asked now, in the order in which they are offered."""
    return _library().offered(version)


def edition(core: Version, regional: str | None, language: str) -> Version:
    """The edition of a region in this language, where it has one that can be shown whole; else the core.

    What a region asks and nobody translated is not asked: nobody loses a language for it, and no page is
    partly in another one. Nor is what would make the page too heavy.
    """
    found = _translated(core, regional, language)
    if found is core:
        return core
    offered, library = offered_in(core), _library()

    def fits() -> bool:
        return overweight(found, kept_texts(db.engine, found.fingerprint, language), language, offered) <= 0

    return found if library.rooms.find((library.edition, found.fingerprint, language), fits) else core


def known_edition(core: Version, regional: str | None, language: str) -> Version | None:
    """The same outside a request; None while nobody has opened it yet, so that its weight is not known."""
    found = _translated(core, regional, language)
    if found is core:
        return core
    fits = _library().rooms.peek((_library().edition, found.fingerprint, language))
    return None if fits is None else found if fits else core


def _translated(core: Version, regional: str | None, language: str) -> Version:
    found = core if regional is None else kept_version(db.engine, regional)
    return found if language in found.locales else core


def overweight(version: Version, texts: Mapping[str, str], language: str, offered: tuple[str, ...]) -> int:
    """How many bytes the page is too heavy, with the activity whose name is longest; below 0: has room."""
    prefix = offer_type_context("")
    types = [name for name in texts if name.startswith(prefix)]
    longest = max(types, key=lambda name: len(texts[name].encode())).removeprefix(prefix)
    asked = Asked(version, language, offered, texts, longest, Kind.LINK)
    with speaking(language):
        form = make_form(version.survey, texts)()
        page = _page(asked, form).encode()
    return len(pack(page, GZIP, once=True)) - MOST_BYTES


def ready_languages() -> frozenset[str]:
    """The languages in which pages round a questionnaire can be served now."""
    return _library().ready()


def ask(version: Version, language: str, offered: tuple[str, ...], offer_type: str, kind: Kind) -> Asked:
    """What is asked in one of the offered languages; the rest of the request speaks it."""
    use_language(language)
    texts = kept_texts(db.engine, version.fingerprint, language)
    return Asked(version, language, offered, texts, offer_type, kind)


def fill_in(asked: Asked, data: MultiDict[str, str] | None = None) -> ResponseForm:
    """The form of this questionnaire with what was sent."""
    key = (asked.version.fingerprint, asked.language)
    made = _library().forms.find(key, lambda: make_form(asked.version.survey, asked.texts))
    form: ResponseForm = made(formdata=data)
    return form


def questionnaire(asked: Asked, form: ResponseForm | None = None, status: int = 200) -> Response:
    """The whole questionnaire: from memory, or with a form's answers and faults made for this one visitor."""

    if form is not None:
        return _fresh(asked.language, _page(asked, form), status)
    return _standing(("ask", *asked.key), asked.kind, asked.language, lambda: _page(asked, fill_in(asked)))


def _page(asked: Asked, form: ResponseForm) -> str:
    return render_template(
        "respond/questionnaire.html",
        asked=asked,
        survey=asked.version.survey,
        form=form,
        kind=str(asked.kind),
        state="",
    )


def ready_made(
    version: Version, language: str, offered: tuple[str, ...], offer_type: str, accepted: str
) -> Ready | None:
    """The questionnaire of a link as it was sent before; None when it was not, or not in this encoding."""
    encoding = encoding_for(accepted)
    if not encoding:
        return None
    asked = Asked(version, language, offered, {}, offer_type, Kind.LINK)
    return _library().answers.peek(_whole(("ask", *asked.key), encoding))


def thanks(asked: Asked, needs_help: bool) -> Response:
    """The page that says that the answer is stored; it is the same for every kind of activity."""
    asked = replace(asked, offer_type="")
    # a tablet goes back to its start by itself, for who waits behind: there is nothing more to read there
    told = () if asked.kind is Kind.KIOSK else told_lately(asked.language)

    def words(template: str, asked: Asked, **more: object) -> str:
        kind = str(asked.kind)
        return render_template(
            template, asked=asked, needs_help=needs_help, kind=kind, state="stored", **more
        )

    def render() -> str:
        with speaking(SOURCE):
            dutch = words(
                "respond/thanks_dutch.html", replace(asked, language=SOURCE, texts=asked.version.dutch)
            )
        return words("respond/thanks.html", asked, told=told, dutch=Markup(dutch))  # noqa: S704 - a template made it

    return _standing(("thanks", needs_help, told, *asked.key), asked.kind, asked.language, render)


def message(
    title: LazyString, text: LazyString, state: str, status: int = 200, kind: Kind = Kind.LINK
) -> Response:
    """A page with a few words in the language of this request; `state`: used, closed, unknown or refused."""
    stays = dutch_stays_here()

    def render() -> str:
        return render_template(
            "respond/message.html",
            title=title,
            text=text,
            state=state,
            kind=str(kind),
            asked=None,
            dutch=said_in_dutch(title, text) if stays else None,
        )

    here = current_language().key
    return _standing((state, str(title), str(text), kind, here, stays), kind, here, render, status)


def needs_help(asked: Asked, chosen: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether an answer asks for the note on where help is."""
    return any(set(item.help_if) & set(chosen.get(item.key, ())) for item in asked.version.survey.items)


def _library() -> Library:
    found: Library = current_app.extensions[_KEY]
    return found


def _standing(
    key: tuple[Hashable, ...], kind: Kind, language: str, render: Callable[[], str], status: int = 200
) -> Response:
    """A page for everybody, rendered and packed once; for the rare client that takes no packing, unpacked."""
    library = _library()
    library.ready()  # a page whose texts changed is made anew
    encoding = encoding_for(request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    key = _whole(key, encoding or GZIP)

    def packed() -> bytes:
        return library.pages.find(key, lambda: pack(render().encode(), encoding or GZIP, once=True))

    if not encoding:
        return _response(gzip.decompress(packed()), PLAIN, language, status)
    if kind not in _ALIKE:
        return _response(packed(), encoding, language, status)
    return library.answers.find(key, lambda: ready(_response(packed(), encoding, language, status)))


def _whole(key: tuple[Hashable, ...], encoding: str) -> tuple[Hashable, ...]:
    """What tells an answer from every other that this application ever gave."""
    return encoding, is_marked(), _library().edition, *key


def _fresh(language: str, page: str, status: int) -> Response:
    encoding = encoding_for(request.environ.get("HTTP_ACCEPT_ENCODING", ""))
    return _response(pack(page.encode(), encoding, once=False), encoding, language, status)


def _response(body: bytes, encoding: str, language: str, status: int) -> Response:
    headers = [("Content-Language", language_of(language).tag), ("Vary", "Accept-Encoding")]
    if encoding != PLAIN:
        headers.append(("Content-Encoding", encoding))
    return Response(body, status, headers)
