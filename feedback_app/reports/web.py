"""The report as a web page, written by the worker: the words and numbers of the PDF, made to fit a phone."""

import re
from gettext import NullTranslations

from feedback_app.reports.content import ReportContent
from feedback_app.reports.pdf import report_html

PAGE = "reports/edition.html"
_WIDE = re.compile(r'<table\b.*?</table>|<div class="chart">.*?</svg></div>', re.DOTALL)
_NAME = re.compile(r"<(caption|title)\b[^>]*>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def edition_html(content: ReportContent, translations: NullTranslations | None = None) -> str:
    """Write the report as one web page; what is wider than a phone scrolls in a region with a name."""
    return _WIDE.sub(_scrolling, report_html(content, translations, PAGE))


def _scrolling(found: re.Match[str]) -> str:
    """A table or a chart in a region that scrolls by itself, also by keyboard, with the name it has."""
    title = _NAME.search(found[0])
    name = " ".join(_TAG.sub(" ", title[2]).split()).replace('"', "&#34;") if title else ""
    named = f' role="region" aria-label="{name}"' if name else ""
    return f'<div class="scroll"{named} tabindex="0">{found[0]}</div>'
