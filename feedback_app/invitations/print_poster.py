"""`feedback-app poster`: the sheet of an open link as PDF, from the template of the staff page."""

from pathlib import Path

import click
from flask import current_app

from feedback_app.command import Refused, in_app, write_file
from feedback_app.database import db
from feedback_app.invitations.open_links import find_link
from feedback_app.invitations.posters import Poster, make_poster
from feedback_app.rendering.render import STATIC, RenderError, render_pdf
from feedback_app.web.pages import current_settings

STYLES = (STATIC / "css" / "tokens.css", STATIC / "css" / "poster.css")


@click.command()
@click.argument("code")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@in_app
def poster(code: str, out: Path) -> None:
    """Print the poster of an open link, or the sheet beside a kiosk, to PDF.

    CODE is the last part of the link's address; capitals, spaces and hyphens make no odds.

    \b
    Example:
      feedback-app poster K7M4-X9TW --out poster.pdf
    """
    link = find_link(db.session, code)
    if link is None:
        raise Refused(f"there is no open link {code}; /staff/open-links lists them")
    try:
        pdf = poster_pdf(make_poster(db.session, current_settings(), link))
    except RenderError as fault:
        raise Refused(str(fault)) from fault
    write_file(out, pdf)
    click.echo(f"{out} ({len(pdf) // 1000} kB, {link.mode}, {link.label})")


def poster_pdf(sheet: Poster) -> bytes:
    """One A4 page, PDF/UA-1; RenderError names whatever would not reach every reader."""
    html = current_app.jinja_env.get_template("open_links/print.html").render(poster=sheet)
    return render_pdf(html, title=sheet.dutch.title, lang=sheet.dutch.language.tag, css=STYLES)
