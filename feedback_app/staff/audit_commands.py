"""`feedback-app audit`: is the log what it was?"""

import json

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.staff.audit import verify

_FAULTS = {
    "altered": "entry {at} is not as it was written: a value in it was changed, or it was moved",
    "missing": "entry {at} is missing",
    "order": "entry {at} does not follow the one before it",
    "start": "what retention noted at entry {at} was changed: entries may be missing before it",
    "end": "the end of the log is not where it was: the last entries may be missing",
}


@click.group()
def audit() -> None:
    """The audit log of what colleagues did."""


@audit.command("verify")
@click.option("--expect", metavar="NUMBER:HASH", help="An end noted earlier: it must still be in the log.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@in_app
def verify_log(expect: str | None, as_json: bool) -> None:
    """Look at every entry; exit code 1 when one was changed, moved or taken out, with the place.

    Note the number and hash it prints elsewhere, and give them with --expect next time: then entries
    taken off the end are missed even if the database was changed to hide it.

    \b
    Example:
      feedback-app audit verify
      feedback-app audit verify --expect 1204:5f2c…
    """
    found = verify(db.session, expect=_noted(expect))
    if as_json:
        click.echo(json.dumps(vars(found), indent=2))
    if found.fault:
        raise Refused(f"the audit log is broken: {_FAULTS[found.fault].format(at=found.at)}")
    if not as_json:
        click.echo(
            f"{found.entries} entries, all as they were written; the end is {found.last}:{found.last_hash}"
        )


def _noted(expect: str | None) -> tuple[int, str] | None:
    if expect is None:
        return None
    number, colon, own_hash = expect.partition(":")
    if not (colon and number.isdecimal() and own_hash):
        raise click.UsageError("--expect takes what an earlier run printed, like 1204:5f2c…")
    return int(number), own_hash
