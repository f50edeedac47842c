"""What a report means, read from its content and its HTML: its PDF has to say the same to who hears it."""

from collections.abc import Iterator
from gettext import NullTranslations
from xml.etree.ElementTree import Element

from feedback_app.languages import language
from feedback_app.reports.content import Quote, ReportContent
from feedback_app.reports.pdf import clean, report_html
from tests.markup import parse
from tests.pdf_structure import Meant, bare

SVG = "{http://www.w3.org/2000/svg}"
#: longer quotes are cut
_SURE = 200


def meant(content: ReportContent, translations: NullTranslations | None = None) -> Meant:
    """Each figure's alternative in order, all passages by language, and the quotes that are printed."""
    root = parse(report_html(content, translations))
    body = root.find("body")
    assert body is not None
    passages: dict[str, str] = {}
    for tag, text in _passages(body, root.get("lang", ""), root.get("lang", "")):
        passages[tag] = passages.get(tag, "") + bare(text)
    written = bare("".join(body.itertext()))
    quotes = tuple(one for one in _quotes(clean(content)) if bare(one[1]) in written)
    return Meant(tuple(_alternatives(body)), passages, quotes)


def _alternatives(body: Element) -> Iterator[str]:
    for one in body.iter():
        if one.tag == f"{SVG}svg":
            parts = [(one.findtext(SVG + name) or "").strip().rstrip(".") for name in ("title", "desc")]
            yield ". ".join(part for part in parts if part)
        elif one.tag == "img":
            yield one.get("alt", "")


def _passages(element: Element, here: str, outer: str) -> Iterator[tuple[str, str]]:
    """Yield what is written in another language than what is around it."""
    here = element.get("lang", here)
    if element.get("aria-hidden") == "true" or element.tag == f"{SVG}svg":
        return
    if here != outer:
        yield here, "".join(element.itertext())
    for child in element:
        yield from _passages(child, here, here)


def _quotes(content: ReportContent) -> Iterator[tuple[str, str]]:
    said: list[Quote] = [*content.quotes, *(quote for one in content.signals for quote in one.quotes)]
    for quote in said:
        yield language(quote.lang).tag, quote.text[:_SURE]
        if quote.original:
            yield language(quote.original_lang).tag, quote.original[:_SURE]
