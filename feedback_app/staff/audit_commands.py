"""`feedback-app audit`: is the log what it was?"""

import json
from collections.abc import Iterator

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.staff.audit import Verdict, verify

_FAULTS = {
    "altered": "entry {at} is not as it was written: a value in it was changed, or it was moved",
    "missing": "entry {at} is missing",
    "order": "entry {at} does not follow the one before it",
    "end": "the end of the log is not where it was: the last entries may be missing",
    "head": "the note of where it begins and ends ({at}) is not ours: entries may be missing at either side",
    "emptied": "it is empty although this service was used: all entries were taken out",
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
    are missed even if the whole log was put back to what it was on an earlier day.

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
    for note in _notes(found):
        click.echo(note, err=True)


def _notes(found: Verdict) -> Iterator[str]:
    """What is no fault but should be known."""
    if not found.sealed:
        yield "the end is not sealed yet, as this log is of an earlier release: the next entry seals it"
    if found.untold:
        yield (
            f"the log does not tell how {found.untold} of the accounts came: they are older than the log,"
            " or it was emptied or cut off and went on from there"
        )


def _noted(expect: str | None) -> tuple[int, str] | None:
    if expect is None:
        return None
    number, colon, own_hash = expect.partition(":")
    if not (colon and number.isdecimal() and own_hash):
        raise click.UsageError("--expect takes what an earlier run printed, like 1204:5f2c…")
    return int(number), own_hash
