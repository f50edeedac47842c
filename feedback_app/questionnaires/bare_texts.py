"""Finding text in templates that no translator will ever see, because it stands outside gettext."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

from feedback_app.questionnaires.bare_assets import script_texts, style_texts

#: names, which are the same in every language
BRANDS = frozenset(
    {"AAPOR", "ABB", "AMIF", "AgII", "Amal", "Atlas", "CSV", "HTML", "HvNB", "ID", "JSON"}
    | {"PDF", "QR", "SMS", "UA", "WSE", "WhatsApp", "ikdoemee"}
)

#: words that no English has
DUTCH = re.compile(
    r"\b(de|het|een|je|jij|jouw|jullie|wij|niet|geen|van|voor|met|er|dat|deze|dit|wat|wie|hoe|naar|bij|uit|ook"
    r"|nog|maar|als|om|zijn|kan|wordt|werd|heb|hebben|moet|mag|meer|te|aan|zonder|onze|ons|elke|alle|vraag"
    r"|vragen|antwoord|antwoorden|nieuwkomer|bewaard|gesloten|hier|daar|goed|slecht|nee|bedankt|allemaal|alles"
    r"|iets|niets|iemand|niemand|probeer|opnieuw|klik|kies|vul|verstuur|volgende|vorige|terug|graag|welkom"
    r"|fout|geef|schrijf|lees|toon|mensen|taal|mislukt|gelukt|eerst|straks|zeker|omdat|deel|dank)\b"
    r"|(?<!\w)\w*(?:aa(?!c)|ij(?!ack|ect)|uu(?!m|id))\w*(?!\w)|\w(?:heid|lijk)\b",
    re.IGNORECASE,
)

#: gettext → how many of its arguments, from the first on, are looked up in a catalogue
_GETTEXT = {"_": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
_SILENT = {"script", "style", "code", "kbd", "samp"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_SPOKEN = {"title", "alt", "placeholder", "label", "summary", "abbr"}
_SPOKEN |= {
    f"aria-{name}" for name in ("label", "description", "valuetext", "roledescription", "placeholder")
}
_EXPRESSION = "\ue000"  # stands where the template prints something
_ADDRESS = re.compile(r"(?:https?:/|…)/\S*")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]{2,}(?:[\s.,:!?…].*)?|.*[a-zà-ÿ] [a-zà-ÿ].*[.:!?…]", re.DOTALL)


def bare_texts(source: str, html: bool = True) -> Iterator[tuple[int, str]]:
    """Visible text outside gettext in a template, with its line.

    Left alone: `code`, names, single letters, and elements that are marked with `translate="no"` or say
    which language they are in (`lang="nl"`); scripts, style sheets and `data-` attributes hold much that is
    no text, so there only what reads as a sentence is found. Raises jinja2.TemplateSyntaxError.
    """
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    plain = _without_jinja(environment, source)
    if html:
        reader = _Reader()
        reader.feed(plain)
        reader.close()
        found = reader.found
    else:
        found = [(number, line) for number, line in enumerate(plain.splitlines(), 1)]
    found += _literals(environment.parse(source), False)
    for line, text in sorted(found):
        shown = " ".join(text.replace(_EXPRESSION, "…").split())
        if any(word not in BRANDS for word in _WORD.findall(_ADDRESS.sub(" ", shown))):
            yield line, shown


def reads_as_words(text: str) -> bool:
    """Whether a string of a program is more likely for a person: it begins as a sentence, or is Dutch."""
    text = text.strip()
    return bool(_SENTENCE.fullmatch(text) or (" " in text and DUTCH.search(text)))


def _without_jinja(environment: Environment, source: str) -> str:
    """The template's own text on its own lines, without what is inside {% trans %}."""
    parts, line, translated, opening = [], 1, False, False
    for number, kind, value in environment.lex(source):
        if kind == "data" and not translated:
            parts += ["\n" * max(0, number - line), value]
            line = max(line, number) + value.count("\n")
        elif kind == "variable_begin" and not translated:
            parts += ["\n" * max(0, number - line), _EXPRESSION]
            line = max(line, number)
        elif kind == "name" and opening:
            translated = value == "trans" or (translated and value != "endtrans")
        if kind != "whitespace":
            opening = kind == "block_begin"
    return "".join(parts)


class _Reader(HTMLParser):
    """Collects text and spoken attributes of what is not marked as data."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._open: list[tuple[str, bool]] = []
        self._program = ""  # "script" or "style" while we are inside one

    @property
    def _silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = self._silent or tag in _SILENT or given.get("translate") == "no"
        silent |= tag != "html" and _EXPRESSION not in (given.get("lang") or _EXPRESSION)
        spoken = [value for name, value in attrs if name in _SPOKEN]
        spoken += [value for name, value in attrs if name.startswith("data-") and reads_as_words(value or "")]
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            spoken.append(given.get("value"))
        if tag == "meta" and given.get("name") == "description":
            spoken.append(given.get("content"))
        if not silent:
            self.found += [(self.getpos()[0], value) for value in spoken if value]
        if tag not in _VOID:
            self._program = tag if tag in {"script", "style"} and not self._silent else ""
            self._open.append((tag, silent))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._program = ""
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._program:
            found = style_texts(data) if self._program == "style" else script_texts(data, reads_as_words)
            self.found += [(self.getpos()[0] + line - 1, text) for line, text in found]
        elif not self._silent and data.strip():
            line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
            self.found.append((line, data.strip()))


def _literals(node: nodes.Node, printed: bool) -> Iterator[tuple[int, str]]:
    """Words written into expressions: {{ ui.status("Klaar") }}."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and printed:
        if reads_as_words(node.value):
            yield node.lineno, node.value
        return
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _GETTEXT:
        looked_up = node.args[: _GETTEXT[node.node.name]]
        if not all(isinstance(one, nodes.Const) for one in looked_up):
            yield node.lineno, f"{node.node.name}(…), which is given no text but a value,"
        for keyword in node.kwargs:
            yield from _literals(keyword, printed)
        return
    if isinstance(node, nodes.Output):
        said = (one for child in node.nodes for one in _said(child))
        yield from ((one.lineno, one.value) for one in said if not reads_as_words(one.value))
    if isinstance(node, nodes.Compare | nodes.Test | nodes.TemplateData):
        return
    if isinstance(node, nodes.Getitem | nodes.Getattr):  # what is chosen from, not the key
        yield from _literals(node.node, printed)
        return
    given = {id(one) for one in _given(node)}
    for child in node.iter_child_nodes():
        yield from _literals(child, printed or id(child) in given)


def _said(node: nodes.Node) -> Iterator[nodes.Const]:
    """Strings of more than one word that a page prints as they are: {{ "klik hier" }}."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        if len(_WORD.findall(node.value)) > 1 and " " in node.value.strip() and "=" not in node.value:
            yield node
    elif isinstance(node, nodes.CondExpr):
        yield from (*_said(node.expr1), *(_said(node.expr2) if node.expr2 else ()))
    elif isinstance(node, nodes.Or | nodes.And):
        yield from (*_said(node.left), *_said(node.right))


def _given(node: nodes.Node) -> list[nodes.Node]:
    """The expressions of a node that may end up on the page."""
    if isinstance(node, nodes.Output | nodes.Assign):
        return list(node.iter_child_nodes())
    if isinstance(node, nodes.CallBlock):
        return [node.call]
    if isinstance(node, nodes.With):
        return list(node.values)
    if isinstance(node, nodes.For):
        return [node.iter]
    return list(node.defaults) if isinstance(node, nodes.Macro) else []
