"""What a page's HTML must be: valid, labelled, in one language with its direction, closed to other hosts."""

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib

from feedback_app.languages import find, language

_UNLABELLED = {"hidden", "submit", "button", "reset"}
_CONTROLS = ("input", "select", "textarea")
_BY_HAND = "https://wa.me/?text="
_ADDRESSES = ("src", "href", "action", "formaction", "poster", "data", "srcset")
#: phrasing content only: HTML, "Content model" of each element
_PHRASING_ONLY = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "label", "span", "bdi", "button", "a")
_FLOW = {
    "p",
    "div",
    "ul",
    "ol",
    "dl",
    "table",
    "form",
    "fieldset",
    "section",
    "nav",
    "main",
    "h1",
    "h2",
    "h3",
}
_LIST_CHILDREN = {"ul": {"li", "script", "template"}, "ol": {"li", "script", "template"}}


def check_markup(html: str, *, own: str, policy: str) -> Element:
    """AssertionError naming the first rule this page breaks; gives the parsed page.

    own: the service's own address, which links may repeat. policy: the page's Content-Security-Policy.
    """
    page = parse(html)
    checks = (_check_frame, _check_ids, _check_content, _check_headings, _check_forms, _check_languages)
    for check in checks:
        check(page)
    _check_addresses(page, own)
    _check_inline(page, policy)
    return page


def parse(html: str) -> Element:
    """The page as a tree; AssertionError for anything the HTML standard calls a parse error."""
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    page = parser.parse(html)
    lines = html.splitlines()
    faults = [f"{code} {detail}: {lines[at[0] - 1]}" for at, code, detail in parser.errors]
    assert not faults, "invalid HTML: " + "; ".join(faults)
    assert html.lstrip().lower().startswith("<!doctype html>")
    return page


def text_of(element: Element) -> str:
    """The words inside an element, spaces made single."""
    return " ".join("".join(element.itertext()).split())


def _elements(page: Element, *names: str) -> Iterator[Element]:
    return (one for one in page.iter() if one.tag in names)


def _parents(page: Element) -> dict[Element, Element]:
    return {child: parent for parent in page.iter() for child in parent}


def _above(element: Element, parents: dict[Element, Element]) -> Iterator[Element]:
    while element in parents:
        element = parents[element]
        yield element


def _check_frame(page: Element) -> None:
    (title,) = _elements(page, "title")
    assert text_of(title), "the title is empty"
    names = {one.get("name"): one.get("content", "") for one in _elements(page, "meta")}
    assert "width=device-width" in (names.get("viewport") or ""), "phones would show the page tiny"
    assert "user-scalable" not in names["viewport"] and "maximum-scale" not in names["viewport"]
    assert len(list(_elements(page, "main"))) == 1, "there is not exactly one <main>"


def _check_ids(page: Element) -> None:
    ids = [one.get("id") for one in page.iter() if one.get("id") is not None]
    assert len(ids) == len(set(ids)), f"an id stands twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    for one in page.iter():
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "form"):
            for wanted in (one.get(name) or "").split():
                assert wanted in ids, f'{name}="{wanted}" names no element'
        target = one.get("href", "")
        assert not target.startswith("#") or target == "#" or target[1:] in ids, f"{target} leads nowhere"


def _check_content(page: Element) -> None:
    parents = _parents(page)
    for one in page.iter():
        above = [parent.tag for parent in _above(one, parents)]
        if one.tag in _FLOW:
            assert above[0] not in _PHRASING_ONLY, f"<{one.tag}> stands inside <{above[0]}>"
        if one.tag in ("a", "button"):
            assert not {"a", "button"} & set(above), f"<{one.tag}> stands inside a link or button"
            assert text_of(one) or one.get("aria-label"), f"a <{one.tag}> has no words"
        if one.tag in _LIST_CHILDREN:
            strangers = {child.tag for child in one} - _LIST_CHILDREN[one.tag]
            assert not strangers and len(one), f"<{one.tag}> holds {strangers or 'nothing'}"
        if one.tag == "img":
            assert one.get("alt") is not None, "an image has no alternative text"


def _check_headings(page: Element) -> None:
    levels = [int(one.tag[1]) for one in page.iter() if re.fullmatch(r"h[1-6]", str(one.tag))]
    assert levels.count(1) == 1, f"there are {levels.count(1)} first headings"
    for before, after in pairwise(levels):
        assert after <= before + 1, f"heading {after} follows heading {before}"
    assert all(text_of(one) for one in page.iter() if re.fullmatch(r"h[1-6]", str(one.tag)))


def _check_forms(page: Element) -> None:
    parents = _parents(page)
    labels = {one.get("for"): text_of(one) for one in _elements(page, "label")}
    for form in _elements(page, "form"):
        assert form.get("method") in ("get", "post", "dialog"), "a form does not say how it is sent"
    for fieldset in _elements(page, "fieldset"):
        assert len(fieldset) and fieldset[0].tag == "legend" and text_of(fieldset[0]), (
            "a fieldset has no legend"
        )
    for one in _elements(page, *_CONTROLS):
        kind = one.get("type", "text") if one.tag == "input" else one.tag
        if kind in _UNLABELLED:
            continue
        assert one.get("name"), f"a control ({kind}) has no name"
        wrapped = any(text_of(parent) for parent in _above(one, parents) if parent.tag == "label")
        labelled = wrapped or labels.get(one.get("id")) or one.get("aria-label") or one.get("aria-labelledby")
        assert labelled, f"the control {one.get('name')} has no label"
        if kind == "radio":
            groups = {parent.tag for parent in _above(one, parents)}
            assert "fieldset" in groups, f"the choices of {one.get('name')} have no common legend"


def _check_languages(page: Element) -> None:
    root = next(_elements(page, "html"))
    tag = root.get("lang") or ""
    found = find(tag)
    assert found, f"the page's language is {tag!r}"
    assert language(found).tag == tag, f"{tag!r} is not how this language is written"
    assert root.get("dir") == language(found).direction, f"{tag} is not written {root.get('dir')}"
    for one in page.iter():
        inner = find(one.get("lang"))
        assert one.get("lang") is None or inner, f"unknown language {one.get('lang')!r}"
        if inner and language(inner).direction != root.get("dir"):
            assert one.get("dir") == language(inner).direction, (
                f"<{one.tag} lang={inner}> lacks its direction"
            )


def _check_addresses(page: Element, own: str) -> None:
    for one in page.iter():
        for name in _ADDRESSES:
            address = one.get(name)
            if address is None or address.startswith(own + "/"):
                continue
            if (one.tag, one.get("rel"), address) == ("link", "icon", "data:,"):
                continue  # an empty icon, so that no browser asks for one
            if (one.tag, one.get("rel")) == ("a", "noreferrer") and address.startswith(_BY_HAND):
                continue  # nothing is loaded from there; a colleague who taps it sends the text by hand
            parts = urlsplit(address)
            local = not parts.netloc and parts.scheme in ("", "mailto", "tel")
            assert local, f"<{one.tag} {name}={address!r}> leaves the service"
        inline = [name for name in one.attrib if name.startswith("on") or name == "style"]
        assert not inline, f"<{one.tag}> has {inline}, which the policy forbids"
    for style in _elements(page, "style"):
        assert "url(" not in (style.text or "") and "@import" not in (style.text or "")


def _check_inline(page: Element, policy: str) -> None:
    """A style or script in the page runs only if the policy names its hash: a missing hash is a dead page."""
    for one in _elements(page, "style", "script"):
        if one.get("src") is None and one.get("type", "") in ("", "module", "text/css"):
            digest = base64.b64encode(hashlib.sha256((one.text or "").encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, f"the policy does not know a <{one.tag}> of this page"
