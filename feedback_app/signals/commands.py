"""`feedback-app signals`: reminding colleagues of signals that wait for an answer."""

import json

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db, now
from feedback_app.signals.reminders import remind as remind_now
from feedback_app.web.pages import current_settings

_HALTED = {
    "busy": "another process is reminding now; it sends the same e-mails",
    "paused": "sending is paused for all; resume it at /staff/timetable",
    "quiet": "nothing goes out now (FEEDBACK_QUIET_HOURS, FEEDBACK_SENDING_DAYS); the worker sends it later",
    "no_channel": "no mail server is set up (FEEDBACK_SMTP_URL)",
}


@click.group()
def signals() -> None:
    """Signals that were handed over.

    Example: feedback-app signals remind
    """


@signals.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def remind(as_json: bool) -> None:
    """E-mail colleagues about signals whose answer is due, late, or not told back.

    Each is sent once for each step, whoever starts this how often; the worker does it every hour.

    \b
    Example:
      feedback-app signals remind
    """
    done = remind_now(db.session, current_settings(), now())
    if done.halted:
        raise Refused(_HALTED[done.halted])
    counts = dict(sorted(done.counts.items()))
    plain = ", ".join(f"{name}: {number}" for name, number in counts.items()) or "nobody had to be reminded"
    click.echo(json.dumps(counts) if as_json else plain)
    if "waits" in counts or "again" in counts:
        raise Refused("the mail server refuses us or cannot be reached; it is tried again (see the log)")
