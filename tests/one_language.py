"""Seeing that a page is in one language: catalogues in which every text says where it begins and where it ends."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from feedback_app.languages import ENDONYMS, SOURCE, all_languages, find
from feedback_app.questionnaires.catalogues import DOMAINS, path_of, read, write
from feedback_app.questionnaires.compiling import compile_catalogue
from tests.example_catalogues import make_catalogues, mark
from tests.markup import parse

FOREIGN = tuple(key for key in ENDONYMS if key != SOURCE)
_SPOKEN = ("alt", "aria-label", "title", "placeholder", "data-text", "data-stop")
_ADDRESS = re.compile(r"\S*[/@.]\S+")
_LETTER = re.compile(r"[^\W\d_]")


def make_marked_catalogues(folder: Path) -> None:
    """Complete catalogues of every language: `‹ar› Tekst ‹/ar›`."""
    make_catalogues(folder, locales=FOREIGN)
    for domain in DOMAINS:
        for locale in FOREIGN:
            path = path_of(folder, locale, domain)
            catalogue = read(path)
            ended = [
                replace(e, target=tuple(f"{t} ‹/{locale}›" for t in e.target)) for e in catalogue.entries
            ]
            write(path, replace(catalogue, entries=tuple(ended)))
            compile_catalogue(path)


def check_one_language(html: str, key: str) -> None:
    """AssertionError for anything on a page that is not in its language and does not say which it is in."""
    page = parse(html)
    tag = all_languages()[key].tag
    assert page.find(".").get("lang") == tag, f"{page.find('.').get('lang')}, not {tag}"  # type: ignore[union-attr]
    _check(page, key)


def _check(element: Element, key: str) -> None:
    if element.tag in ("style", "script") or element.get("translate") == "no":
        return
    own = find(element.get("lang")) or key
    said = [element.get(name) or "" for name in _SPOKEN]
    if element.tag == "meta" and element.get("name") == "description":
        said.append(element.get("content") or "")
    if element.text:
        said.append(element.text)
    for child in element:
        _check(child, own)
        said.append(child.tail or "")
    for text in said:
        foreign = foreign_part(text, own)
        assert not foreign, f"<{element.tag}> in {own} says {text.strip()!r}"


def foreign_part(text: str, key: str) -> str:
    """What of a text is not in the language; its own name and addresses belong to every one."""
    rest = text.strip()
    if rest in ENDONYMS[key] or not _LETTER.search(_ADDRESS.sub("", rest)):
        return ""
    if key == SOURCE:
        return "‹" if "‹" in rest else ""
    begin, end = re.escape(mark(key)), re.escape(f"‹/{key}›")
    whole = re.compile(f"{begin}[^‹]*{end}")
    while (shorter := whole.sub("", rest)) != rest:
        rest = shorter
    return rest if _LETTER.search(_ADDRESS.sub("", rest)) else ""
