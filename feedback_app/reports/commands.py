"""`feedback-app report`: compile the signal report of a closed wave."""

from pathlib import Path

import click

from feedback_app.command import Refused, in_app, progress_on_terminal, write_file
from feedback_app.database import db
from feedback_app.rendering.render import RenderError
from feedback_app.reports.compile import LOCALES, CompileRefused, compile_edition
from feedback_app.web.pages import current_settings


@click.command()
@click.option("--wave", "period", required=True, help="A closed wave, like 2026-H1.")
@click.option("--region", help="A region's key, for that region's edition; without it: Flanders.")
@click.option("--lang", "locale", type=click.Choice(LOCALES), default="nl", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@click.option("--final", is_flag=True, help="Freeze it for good: no draft mark, never replaced.")
@in_app
def report(period: str, region: str | None, locale: str, out: Path, final: bool) -> None:
    """Compile the signal report of a closed wave to PDF, and keep it as an edition.

    Example: feedback-app report --wave 2026-H1 --out signaalrapport.pdf
    """
    progress = progress_on_terminal("compiling")
    try:
        edition = compile_edition(
            db.session,
            current_settings(),
            period,
            region_key=region,
            locale=locale,
            final=final,
            progress=progress,
        )
    except (CompileRefused, RenderError) as refused:
        raise Refused(str(refused)) from refused
    write_file(out, edition.pdf)
    click.echo(f"{out} ({len(edition.pdf) // 1000} kB, {edition.state} edition {edition.id})")
