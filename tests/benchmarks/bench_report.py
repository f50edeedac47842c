"""The signal report beside bare WeasyPrint on the same HTML and stylesheets."""

from collections.abc import Iterator

import weasyprint

from feedback_app.reports.pdf import STYLES, report_html, report_pdf
from tests.benchmarks.figure import Figure, compare
from tests.report_example import example_content


def bare(html: str) -> bytes:
    """What WeasyPrint does by itself, with the fonts it finds."""
    sheets = [weasyprint.CSS(filename=path) for path in STYLES]
    pdf: bytes = weasyprint.HTML(string=html).write_pdf(stylesheets=sheets, pdf_variant="pdf/ua-1")
    return pdf


def figures() -> Iterator[Figure]:
    """One whole report, from frozen content to bytes."""
    content = example_content()
    html = report_html(content)
    yield compare(
        "report, content to tagged PDF",
        lambda: report_pdf(content),
        "bare WeasyPrint, same HTML",
        lambda: bare(html),
        rounds=5,
    )
