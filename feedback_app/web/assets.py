"""Styles and scripts: read once, written into the respondent's page with their hash, linked elsewhere.

A respondent's page must be one document, so its style and script stand in it; the policy header names
their hashes, so that nothing else runs.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markupsafe import Markup
from rcssmin import cssmin
from rjsmin import jsmin

_STATIC = Path(__file__).resolve().parent.parent / "static"
#: a nought before the point, which no browser needs: bytes that every page carries
_ZERO = re.compile(r"(?<![\w.])0(?=\.\d)")
#: what never changes is said so in our files; a page that is shorter says `let`
_CONST = re.compile(r"\bconst\b")
_TOKEN = re.compile(r"(--[\w-]+):[^;}]*;?")


@dataclass(frozen=True)
class Inline:
    """A text that stands in the page itself, and the hash that allows it."""

    text: str

    @property
    def markup(self) -> Markup:
        """The text as it goes between the tags; it is ours, so nothing in it needs escaping."""
        return Markup(self.text)  # noqa: S704

    @property
    def source(self) -> str:
        """The hash as a content security policy writes it."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


class Assets:
    """The house's own style and script files."""

    @cached_property
    def respond_css(self) -> Inline:
        """The respondent's style with the tokens it uses, by day and by night."""
        return _style("words", "respond")

    @cached_property
    def words_css(self) -> Inline:
        """The part of it that a page needs which only says something."""
        return _style("words")

    @cached_property
    def mail_css(self) -> Inline:
        """The style of e-mails."""
        return Inline(cssmin(_read("css/mail.css")))

    @cached_property
    def respond_js(self) -> Inline:
        """The respondent's script; the page works without it."""
        return Inline(_CONST.sub("let", jsmin(_read("js/respond.js"))))

    @cached_property
    def kiosk_js(self) -> Inline:
        """What a tablet for everybody does beside."""
        return Inline(jsmin(_read("js/kiosk.js")))

    @cached_property
    def forget_js(self) -> Inline:
        """The script of pages after which the phone forgets the answers."""
        return Inline(jsmin(_read("js/forget.js")))

    @cached_property
    def worker_js(self) -> Inline:
        """The service worker, a document of its own."""
        return Inline(jsmin(_read("js/sw.js")))

    @property
    def style_hashes(self) -> str:
        """Hashes of the styles that stand in pages."""
        return f"{self.respond_css.source} {self.words_css.source}"

    @property
    def script_hashes(self) -> str:
        """Hashes of the scripts that stand in pages."""
        return " ".join(one.source for one in (self.respond_js, self.kiosk_js, self.forget_js))


@cache
def mail_style() -> Inline:
    """The style of e-mails, made small once for all that are written."""
    return Assets().mail_css


def _style(*names: str) -> Inline:
    """These style sheets as one, with the tokens they use."""
    css = _without_unused("".join(cssmin(_read(f"css/{name}.css")) for name in ("tokens", "dark", *names)))
    return Inline(_ZERO.sub("", css).replace(";}", "}"))


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _without_unused(css: str) -> str:
    """The style without the tokens that nothing in it uses, also not through another token."""
    used = set(re.findall(r"var\((--[\w-]+)", css))
    fewer = _TOKEN.sub(lambda found: found[0] if found[1] in used else "", css)
    return css if fewer == css else _without_unused(fewer)
