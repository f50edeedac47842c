"""`feedback-app trajectories`: taking in lists of ended trajectories from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from feedback_app.command import Refused, in_app, progress_on_terminal
from feedback_app.database import db
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.trajectories.afterwards import after_file
from feedback_app.trajectories.intake import Intake, take_in
from feedback_app.trajectories.mapping import DEFAULT, FOLDER, load_mapping
from feedback_app.trajectories.previewing import note_import
from feedback_app.trajectories.reading import FileOnDisk, FileRefused
from feedback_app.web.pages import current_settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def trajectories() -> None:
    """Take in lists of ended trajectories.

    \b
    Example:
      feedback-app trajectories import export.csv --dry-run
    """


@trajectories.command("import")
@click.argument("file", type=_FILE)
@click.option("--mapping", type=_FILE, help="How the file is read (default: surveys/mappings/default.yaml).")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def import_file(file: Path, mapping: Path | None, dry_run: bool, as_json: bool) -> None:
    """Take in FILE, a CSV list of ended trajectories; prints counts and each refused row with its reason.

    Refused rows do not stop the others. A file that is no usable list is refused as a whole (exit 1).

    \b
    Example:
      feedback-app trajectories import export.csv --mapping surveys/mappings/atlas.yaml
    """
    settings = current_settings()
    try:
        intake = take_in(
            db.session,
            settings,
            FileOnDisk(file),
            file.name,
            load_mapping(mapping or settings.surveys_dir / FOLDER / f"{DEFAULT}.yaml"),
            dry_run=dry_run,
            progress=progress_on_terminal("import"),
            then=after_file(),
            noted=lambda batch: note_import(db.session, batch, None),
        )
    except (FileRefused, SurveysRefused) as refusal:
        raise Refused(str(refusal)) from refusal
    if as_json:
        click.echo(json.dumps(intake.as_dict(), indent=2, ensure_ascii=False))
        return
    for line in _in_words(intake):
        click.echo(line)


def _in_words(intake: Intake) -> Iterator[str]:
    counts = {
        "rijen": intake.rows,
        "nieuwe dossiers": intake.trajectories,
        "nieuwe activiteiten": intake.activities,
        "nieuwe partners": intake.partners,
        "beëindigde dossiers": intake.ended,
        "al gekende rijen": intake.known,
        "geweigerde rijen": len(intake.refused),
        "nieuwe uitnodigingen": intake.invitations,
    }
    yield from (f"{number:>7}  {what}" for what, number in counts.items())
    if intake.absent:
        yield f"Niet in dit bestand: {', '.join(intake.absent)}."
    if intake.dry_run:
        yield "Proefdraai: er is niets bewaard."
    for refused in intake.refused:
        for fault in refused.faults:
            column = f" [{fault.column}]" if fault.column else ""
            yield f"rij {refused.row}{column}: {fault.reason} ({fault.code})"
