"""The questionnaire on paper as PDF/UA-1; for the command line, since a web process draws no PDF."""

from feedback_app.rendering.render import STATIC, render_pdf
from feedback_app.responses.sheet import Sheet, paper_html
from feedback_app.settings import Settings

STYLES = (STATIC / "css" / "tokens.css", STATIC / "css" / "paper.css")


def paper_pdf(sheet: Sheet, settings: Settings) -> bytes:
    """One sheet as PDF bytes, the same bytes every time; RenderError names what would not reach a reader."""
    html = paper_html(sheet, settings)
    return render_pdf(
        html, title=f"{sheet.text('title')} ({sheet.code})", lang=sheet.language.tag, css=STYLES
    )
