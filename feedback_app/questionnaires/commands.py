"""`feedback-app surveys`: look after the files an agency edits."""

from pathlib import Path

import click

from feedback_app.command import Refused
from feedback_app.questionnaires.loading import check_surveys
from feedback_app.settings import default_surveys_dir


@click.group()
def surveys() -> None:
    """Questionnaires, themes and code lists under surveys/."""


@surveys.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
def check(directory: Path | None) -> None:
    """Check every file under surveys/ and name each fault with its remedy.

    Example: feedback-app surveys check surveys
    """
    faults = list(check_surveys(directory or default_surveys_dir()))
    for fault in faults:
        click.echo(str(fault), err=not fault.warning)
    errors = [fault for fault in faults if not fault.warning]
    if errors:
        raise Refused(f"{len(errors)} fault(s); nothing was changed.")
    click.echo(f"surveys: no faults, {len(faults)} warning(s)")
