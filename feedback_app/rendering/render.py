"""One small renderer: our HTML and our stylesheets in, PDF bytes out.

Nothing is fetched but files of this package, nothing is drawn with fonts of the machine, and whatever
WeasyPrint would only have logged (unknown CSS, a figure without alternative, a missing glyph, a broken
link) stops the rendering. The same input gives the same bytes.
"""

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any

from feedback_app.rendering.fonts import own_fonts

with own_fonts():  # importing it makes a first font configuration
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

from feedback_app.rendering.archive import ARCHIVE, Embedded, attachments, both_standards, finish
from feedback_app.rendering.limits import LimitExceeded, Limits, within
from feedback_app.rendering.svg_text import whole_texts
from feedback_app.rendering.tags import better_tags

LOCK = RLock()  # the tag and SVG wrappers are process-wide while a document is drawn
STATIC = Path(__file__).parents[1] / "static"
SCHEME = "package:"
MEDIA_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}


#: files of a house style: address → bytes and media type
Given = Mapping[str, tuple[bytes, str]]


class RenderError(Exception):
    """The document has a fault that would reach a reader; `faults` lists them as WeasyPrint words them."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class PackageFetcher(URLFetcher):  # type: ignore[misc]
    """Serves `package:<path under static/>` and what it was given, and refuses every other address.

    `given`: address → bytes and media type. `file:` and `data:` are refused too.
    """

    def __init__(self, given: Given | None = None) -> None:
        super().__init__()
        self._given = given or {}

    def fetch(self, url: str, headers: object = None) -> Any:
        """Return the response for one address; ValueError when it is not ours to read."""
        if url in self._given:
            data, given_kind = self._given[url]
            return URLFetcherResponse(url, data, {"Content-Type": given_kind})
        if not url.startswith(SCHEME):
            raise ValueError(f"address outside the package: {url[:80]}")
        path = (STATIC / url.removeprefix(SCHEME)).resolve()
        kind = MEDIA_TYPES.get(path.suffix)
        if kind is None or not path.is_relative_to(STATIC.resolve()) or not path.is_file():
            raise ValueError(f"no such file in the package: {url[:80]}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


class _Faults(logging.Handler):
    """Collects what WeasyPrint only logs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.messages[record.getMessage()] = None


@contextmanager
def _no_faults() -> Iterator[None]:
    handler, logger = _Faults(), logging.getLogger("weasyprint")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    if handler.messages:
        raise RenderError(list(handler.messages))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Layout makes many long-lived objects; looking at them again and again costs a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@cache
def _fonts() -> Any:
    return _fresh_fonts()


def _fresh_fonts() -> Any:
    with own_fonts():
        return FontConfiguration()


@cache
def _stylesheet(path: Path, changed_ns: int) -> Any:
    """Parse a stylesheet once per version of the file; a faulty one is refused each time."""
    text = path.read_text(encoding="utf-8")
    with _no_faults():
        return weasyprint.CSS(string=text, font_config=_fonts(), url_fetcher=PackageFetcher())


def render_pdf(
    html: str,
    *,
    title: str,
    lang: str,
    css: Sequence[Path] = (),
    variant: str = "pdf/ua-1",
    given: Given | None = None,
    embedded: Sequence[Embedded] = (),
    limits: Limits | None = None,
) -> bytes:
    """Render a whole HTML document to PDF bytes with title and language set; RenderError names each fault.

    `css` are files of ours, later ones win; `given` are files of a house style. Dates come from
    `<meta name="dcterms.created">` in the HTML. The variant ARCHIVE conforms to PDF/A-3a and PDF/UA-1 at
    once and may hold `embedded` files. What takes more than `limits` is stopped with LimitExceeded.
    Documents are drawn one at a time in a process: use processes to draw several at once.
    """
    if limits and len(html) > limits.letters:
        raise LimitExceeded("letters", limits.letters)
    with within_limits(limits):
        return render_sheets(
            (html,), title=title, lang=lang, css=css, variant=variant, given=given, embedded=embedded
        )


def render_sheets(
    htmls: Iterable[str],
    *,
    title: str,
    lang: str,
    css: Sequence[Path] = (),
    variant: str = "pdf/ua-1",
    given: Given | None = None,
    embedded: Sequence[Embedded] = (),
) -> bytes:
    """As render_pdf, of one or more HTML documents in a row; each is asked for when its turn comes."""
    with LOCK, ExitStack() as stack:
        for wrapper in (_rare_collections, whole_texts, better_tags, _no_faults):
            stack.enter_context(wrapper())
        if variant == ARCHIVE:
            stack.enter_context(both_standards())
        sheets = [_stylesheet(path, path.stat().st_mtime_ns) for path in css]
        faces = _fresh_fonts() if given else _fonts()  # faces of a house style stay out of other documents
        drawn = []
        for html in htmls:
            page = weasyprint.HTML(string=html, url_fetcher=PackageFetcher(given))
            drawn.append(page.render(font_config=faces, stylesheets=sheets, pdf_variant=variant))
        document = drawn[0].copy([page for one in drawn for page in one.pages])
        document.metadata.title = title
        document.metadata.lang = lang
        document.metadata.attachments = attachments(embedded)
        pdf: bytes = document.write_pdf(pdf_variant=variant, finisher=finish if variant == ARCHIVE else None)
    return pdf


@contextmanager
def within_limits(limits: Limits | None) -> Iterator[None]:
    """Hold what is drawn inside to the limits, waiting for another document not counted."""
    with LOCK, within(limits):
        yield
