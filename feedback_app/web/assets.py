"""Styles and scripts: read once, written into the respondent's page with their hash, linked elsewhere.

A respondent's page must be one document, so its style and script stand in it; the policy header names
their hashes, so that nothing else runs.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markupsafe import Markup

_STATIC = Path(__file__).resolve().parent.parent / "static"
_COMMENT = re.compile(r"/\*.*?\*/", re.S)


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
        """Tokens and the respondent's style, without comments and indentation."""
        return Inline(_squeeze(_read("css/tokens.css") + _read("css/respond.css")))

    @cached_property
    def respond_js(self) -> Inline:
        """The respondent's script; the page works without it."""
        return Inline(_read("js/respond.js").strip())

    @property
    def style_hashes(self) -> str:
        """Hashes of the styles that stand in pages."""
        return self.respond_css.source

    @property
    def script_hashes(self) -> str:
        """Hashes of the scripts that stand in pages."""
        return self.respond_js.source


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _squeeze(css: str) -> str:
    lines = (line.strip() for line in _COMMENT.sub("", css).splitlines())
    return "\n".join(line for line in lines if line)
