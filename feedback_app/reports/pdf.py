"""The signal report as a PDF: frozen content in, bytes out, the same bytes every time."""

import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feedback_app.analysis.drawing import painted
from feedback_app.languages import language
from feedback_app.rendering.archive import ARCHIVE, Embedded
from feedback_app.rendering.fonts import printable
from feedback_app.rendering.limits import LimitExceeded, Limits
from feedback_app.rendering.render import STATIC, RenderError, render_pdf
from feedback_app.rendering.style import files
from feedback_app.reports.annex import annex_files, content_file
from feedback_app.reports.content import Group, ReportContent
from feedback_app.reports.view import ReportView
from feedback_app.reports.wording import Wording

TEMPLATES = Path(__file__).parents[1] / "templates"
STYLES = tuple(STATIC / "css" / name for name in ("tokens.css", "brand.css", "report.css"))

#: the document that becomes the PDF
PRINTED = "reports/report.html"

#: what a line may not break inside: "n = 57", "30 %"
_FIGURE = re.compile(r"\bn = \d|\d %")
#: a region's name stands on one line beside its row of the chart
REGION_LETTERS = 34

T = TypeVar("T")


#: A report of Flanders has about 25 pages and half a megabyte of HTML, and takes seconds. Ten times that
#: is no report any more, and ten minutes on a slow machine must not keep the worker from its other work.
LIMITS = Limits(seconds=300, pages=400, letters=8_000_000)


def report_pdf(
    content: ReportContent, translations: NullTranslations | None = None, *, limits: Limits = LIMITS
) -> bytes:
    """Compile a report to bytes that are PDF/A-3a and PDF/UA-1, with its data and its content inside.

    RenderError names whatever would not reach every reader, or which limit the report exceeds.
    `translations` turns the Dutch texts into the content's language; Dutch needs none.
    """
    view = ReportView(clean(content), Wording(content.language, translations))
    html = _write(view, content.content_hash)
    try:
        return render_pdf(
            html,
            title=view.title,
            lang=content.language,
            css=STYLES,
            given=files(content.style),
            variant=ARCHIVE,
            embedded=_embedded(content, translations),
            limits=limits,
        )
    except LimitExceeded as exceeded:
        raise RenderError([_too_much(view, exceeded)]) from exceeded


def _embedded(content: ReportContent, translations: NullTranslations | None) -> list[Embedded]:
    """The annex and the frozen content, dated by the content: the same bytes whenever it is compiled."""
    dated = datetime.fromisoformat(content.compiled_on).replace(tzinfo=UTC)
    return [
        Embedded(one.name, one.data, one.description, one.relationship, dated)
        for one in (*annex_files(content, translations), content_file(content, translations))
    ]


def _too_much(view: ReportView, exceeded: LimitExceeded) -> str:
    _ = view.words.gettext
    most = view.words.number(int(exceeded.most))
    said = {
        "seconds": _("Het rapport opmaken duurde langer dan %(most)s seconden en is gestopt."),
        "pages": _("Het rapport werd langer dan %(most)s bladzijden en is gestopt."),
        "letters": _("Het rapport bevat meer dan %(most)s tekens en is niet opgemaakt."),
    }[exceeded.kind]
    remedy = _("Er is niets bewaard. Laat citaten of teksten weg en probeer opnieuw.")
    return f"{said % {'most': most}} {remedy}"


def report_html(
    content: ReportContent, translations: NullTranslations | None = None, template: str = PRINTED
) -> str:
    """Write the report as one HTML document; every text in it is escaped and printable."""
    view = ReportView(clean(content), Wording(content.language, translations))
    return _write(view, content.content_hash, template)


def _write(view: ReportView, content_hash: str, template: str = PRINTED) -> str:
    environment, style = _environment(view.words.translations), view.content.style
    with painted(style.chart_colours, style.face):
        return environment.get_template(template).render(
            content=view.content,
            content_hash=content_hash,
            view=view,
            words=view.words,
            language=language,
            web=template != PRINTED,
        )


@cache
def _environment(translations: NullTranslations) -> Environment:
    """Make the report's own template environment: it knows no request and no application."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    return environment


def clean(value: T) -> T:
    """Return a copy of frozen content in which every text can be printed and no figure breaks over lines."""
    cleaned: Any = value
    if isinstance(value, str) and type(value) is str:
        cleaned = _FIGURE.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), printable(value))
    elif isinstance(value, tuple):
        cleaned = tuple(clean(each) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        cleaned = replace(value, **{f.name: clean(getattr(value, f.name)) for f in fields(value)})
        if isinstance(cleaned, Group) and cleaned.cut == "region" and len(cleaned.label) > REGION_LETTERS:
            cleaned = replace(cleaned, label=f"{cleaned.label[:REGION_LETTERS]}…")
    return cleaned  # type: ignore[no-any-return]
