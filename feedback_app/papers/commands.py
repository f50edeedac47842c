"""`feedback-app export dpia`."""

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from feedback_app.command import Refused, in_app, progress_on_terminal, write_file
from feedback_app.database import Base, db, today
from feedback_app.forgetting import remembering
from feedback_app.papers.declaring import undeclared
from feedback_app.papers.impersonal import IMPERSONAL
from feedback_app.papers.inventory import PERSONAL
from feedback_app.papers.notice import broken
from feedback_app.papers.placeholders import missing
from feedback_app.papers.write import Paper, papers
from feedback_app.rendering.render import RenderError
from feedback_app.rendering.theme import ThemeRefused, unusable_style
from feedback_app.web.pages import current_settings

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def export() -> None:
    """Papers for outside: what the law asks to be written down."""


@export.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A folder.")
@click.option("--on", "day", type=_DAY, help="The day they bear; today when not given.")
@click.option("--no-pdf", is_flag=True, help="Only web pages, in seconds.")
@in_app
def dpia(out: Path, day: datetime | None, no_pdf: bool) -> None:
    """Write the privacy papers from what is in force: DPIA draft, record, retention schedule, notices.

    In Dutch and English, the notice in every language of the pages, each as a web page and as PDF. What only
    you can say stands open at the top until a setting says it. Refused while a promise is not kept.

    \b
    Example:
      feedback-app export dpia --out privacy
      feedback-app export dpia --out privacy --on 2026-11-30 --no-pdf
    """
    settings = current_settings()
    faults = [*broken(settings), *undeclared(Base.metadata, [*PERSONAL, *IMPERSONAL]), *_remembered()]
    if faults:
        raise Refused("the papers would not be true:\n" + "\n".join(f"  {one}" for one in faults))
    try:
        made = list(papers(settings, day.date() if day else today()))
    except ThemeRefused as refused:
        raise Refused(unusable_style(refused)) from refused
    progress = progress_on_terminal("papers")
    for number, paper in enumerate(made, start=1):
        write_file(out / f"{paper.name}.html", paper.html.encode("utf-8"))
        if not no_pdf:
            write_file(out / f"{paper.name}.pdf", _pdf(paper))
        progress(number, len(made), paper.name)
    click.echo(f"{len(made)} papers in {out}: " + ", ".join(paper.name for paper in made))
    for one in missing(settings):
        click.echo(f"open place: {one}", err=True)


def _remembered() -> list[str]:
    """Why what is destroyed stays in the database server's files; nothing while nobody can ask it."""
    try:
        return list(remembering(db.engine))
    except SQLAlchemyError:
        return []


def _pdf(paper: Paper) -> bytes:
    try:
        return paper.pdf
    except RenderError as fault:
        raise Refused(f"{paper.name}: {fault}") from fault
