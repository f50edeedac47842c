"""The sheet of an open link as PDF, by `feedback-app poster` and by the job `print_poster`."""

from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _

from feedback_app.command import Refused, in_app, write_file
from feedback_app.database import db
from feedback_app.invitations.open_links import find_link
from feedback_app.invitations.poster_prints import keep_poster
from feedback_app.invitations.posters import NotOffered, Poster, make_poster
from feedback_app.jobs import JobRefused, Progress
from feedback_app.languages import find
from feedback_app.rendering.render import STATIC, RenderError, render_pdf
from feedback_app.web.pages import current_settings

STYLES = (STATIC / "css" / "tokens.css", STATIC / "css" / "poster.css")


@click.command()
@click.argument("code")
@click.option("--lang", default="", metavar="TAG", help="Only this language in large, beside Dutch.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@in_app
def poster(code: str, lang: str, out: Path) -> None:
    """Print the poster of an open link, or the sheet beside a kiosk, to PDF.

    In every language on offer, or with --lang in one: then the code opens the page in that language.

    CODE is the last part of the link's address; capitals, spaces and hyphens make no odds.

    \b
    Example:
      feedback-app poster K7M4-X9TW --out poster.pdf
      feedback-app poster K7M4-X9TW --lang ti --out poster.pdf
    """
    link = find_link(db.session, code)
    if link is None:
        raise Refused(f"there is no open link {code}; /staff/open-links lists them")
    try:
        pdf = poster_pdf(make_poster(db.session, current_settings(), link, _key(lang)))
    except NotOffered as offered:
        raise Refused(f"no poster can be in {lang}; beside Dutch there are: {offered}") from offered
    except RenderError as fault:
        raise Refused(str(fault)) from fault
    write_file(out, pdf)
    click.echo(f"{out} ({len(pdf) // 1000} kB, {link.mode}, {link.label})")


def print_job(progress: Progress, code: str, language: str) -> str:
    """The worker's job `print_poster`; gives the link's code, under which the PDF is kept."""
    link = find_link(db.session, code)
    if link is None:
        raise JobRefused(_("Deze link is er niet meer."))
    progress(0, 1, _("Blad afdrukken"))
    try:
        pdf = poster_pdf(make_poster(db.session, current_settings(), link, language))
    except NotOffered as offered:
        raise JobRefused(_("Deze taal wordt niet meer aangeboden. Kies een andere.")) from offered
    except RenderError as fault:
        raise JobRefused(str(fault)) from fault
    keep_poster(db.session, link, language, pdf)
    return link.code


def _key(tag: str) -> str:
    """The key of a language as somebody types it; what is none stays, to be refused by its name."""
    return find(tag) or tag


def poster_pdf(sheet: Poster) -> bytes:
    """One A4 page, PDF/UA-1; RenderError names whatever would not reach every reader."""
    html = current_app.jinja_env.get_template("open_links/print.html").render(poster=sheet)
    return render_pdf(html, title=sheet.dutch.title, lang=sheet.dutch.language.tag, css=STYLES)
