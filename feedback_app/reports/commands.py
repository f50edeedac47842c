"""`feedback-app report` and `verify`: compile a closed wave's signal report; say whether a PDF is one."""

from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from feedback_app.command import Refused, in_app, progress_on_terminal, write_file
from feedback_app.database import db
from feedback_app.rendering.render import RenderError
from feedback_app.reports.compile import LOCALES, CompileRefused, compile_edition
from feedback_app.reports.models import Edition
from feedback_app.reports.verify import NotAReport, check, read
from feedback_app.staff.accounts import find_account
from feedback_app.web.pages import current_settings


@click.command()
@click.option("--wave", "period", required=True, help="A closed wave, like 2026-H1.")
@click.option("--region", help="A region's key, for that region's edition; without it: Flanders.")
@click.option("--lang", "locale", type=click.Choice(LOCALES), default="nl", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@click.option("--final", is_flag=True, help="Freeze it for good: no draft mark, never changed.")
@click.option("--by", "email", help="The colleague in whose name: who drafts, or with --final the releaser.")
@click.option("--reason", default="", help="A draft that corrects the final edition: why.")
@in_app
def report(
    period: str, region: str | None, locale: str, out: Path, final: bool, email: str | None, reason: str
) -> None:
    """Compile the signal report of a closed wave to PDF, and keep it as an edition.

    A final one takes two colleagues: one in whose name the draft was made, and a releaser.

    Example: feedback-app report --wave 2026-H1 --by redacteur@agency.example --out ontwerp.pdf
    """
    by = _named(email, final)
    progress = progress_on_terminal("compiling")
    try:
        edition = compile_edition(
            db.session,
            current_settings(),
            period,
            region_key=region,
            locale=locale,
            final=final,
            account_id=by,
            reason=reason,
            progress=progress,
        )
    except (CompileRefused, RenderError) as refused:
        raise Refused(str(refused)) from refused
    write_file(out, edition.pdf)
    click.echo(f"{out} ({len(edition.pdf) // 1000} kB, {edition.state} edition {edition.id})")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--file-only", is_flag=True, help="Ask no database, also where there is one.")
@in_app
def verify(file: Path, file_only: bool) -> None:
    """Say whether a signal report is still what was compiled, and what it contains.

    Exit code 0: yes, byte for byte. 1: no; what differs, or why it cannot be said, is on standard error.
    Without a database it goes by the file alone.

    Example: feedback-app verify signaalrapport.pdf
    """
    try:
        checked = check(read(file), current_settings(), None if file_only else _reachable())
    except NotAReport as refused:
        raise Refused(f"{file}: {refused}") from refused
    for fact in checked.facts:
        click.echo(f"  {fact}")
    if not checked.unchanged:
        raise Refused(f"{file}: no\n" + "\n".join(f"  - {one}" for one in checked.differences))
    click.echo(f"{file}: yes, unchanged since it was compiled")


def _reachable() -> Session | None:
    """The database's session, if there is a database with editions; none is made by looking."""
    database = sa.make_url(current_settings().database_url).database
    if current_settings().embedded and not (database and Path(database).exists()):
        return None
    try:
        db.session.execute(sa.select(Edition.id).limit(1))
    except (OperationalError, ProgrammingError):
        db.session.rollback()
        return None
    return db.session


def _named(email: str | None, final: bool) -> str | None:
    """The account of who acts here; a final edition bears two names."""
    if email is None and final:
        raise Refused(
            "a final report needs two colleagues: compile a draft with --by EMAIL of the one, "
            "then --final with --by EMAIL of a releaser"
        )
    if email is None:
        return None
    account = find_account(db.session, email)
    if account is None or not account.active:
        raise Refused(f"there is no active account {email}; see: feedback-app users list")
    return account.id
