"""`feedback-app invitations`: the links of a wave, and sending what the timetable says is due."""

import dataclasses
import json
from collections.abc import Iterable, Iterator

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db, now
from feedback_app.invitations.bounces import MailboxClosed, note_bounces
from feedback_app.invitations.listing import Filter, InvitationLine, LinksLost, WaveUnknown, each_invitation
from feedback_app.invitations.models import Wave
from feedback_app.invitations.sending import send_due
from feedback_app.regions import region_names
from feedback_app.web.pages import current_settings


@click.group()
def invitations() -> None:
    """Show the invitations of a wave, send what is due.

    \b
    Example:
      feedback-app invitations list --wave 2026-H1
    """


@invitations.command("list")
@click.option("--wave", required=True, metavar="PERIOD", help="The wave, like 2026-H1.")
@click.option("--region", metavar="KEY", help="Only this region (see regions.csv).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def list_links(wave: str, region: str | None, as_json: bool) -> None:
    """Print audience, region, offer type, language and link of each invitation.

    A link is as good as a ballot paper: it lets its holder answer once.

    \b
    Example:
      feedback-app invitations list --wave 2026-H1 --region kempen --json
    """
    settings = current_settings()
    regions = region_names(settings.surveys_dir)
    if region and region not in regions:
        raise Refused(f"there is no region {region}; there are: {', '.join(regions)}")
    try:
        lines = each_invitation(db.session, settings, Filter(wave, region=region or ""))
        for text in _json_array(lines) if as_json else map(_in_columns, lines):
            click.echo(text)
    except (WaveUnknown, LinksLost) as refusal:
        raise Refused(str(refusal)) from refusal


@invitations.command("send")
@click.option("--wave", metavar="PERIOD", help="Only this wave, like 2026-H1.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def send(wave: str | None, as_json: bool) -> None:
    """Send the first messages that are due now; the worker does the same every five minutes.

    Each message goes out once, whoever starts this how often. It goes on until all are sent, at the pace
    that is set, and stops when quiet hours or a pause begin.

    \b
    Example:
      feedback-app invitations send --wave 2026-H1
    """
    _send(("first",), wave, as_json)


@invitations.command("remind")
@click.option("--wave", metavar="PERIOD", help="Only this wave, like 2026-H1.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def remind(wave: str | None, as_json: bool) -> None:
    """Send the reminders that are due now, to who has not answered.

    \b
    Example:
      feedback-app invitations remind --json
    """
    _send(("reminder1", "reminder2"), wave, as_json)


_ALL = 1_000_000
_HALTED = {
    "busy": "another process is sending now; nothing is lost, it sends the same messages",
    "clock": "the clock of this machine was set meanwhile; see that it is right (timedatectl), then go on",
    "paused": "sending is paused for all; resume it at /staff/timetable",
    "quiet": "nothing goes out now (FEEDBACK_QUIET_HOURS, FEEDBACK_SENDING_DAYS); the worker sends it later",
}
_WAITS = {
    "no_channel": "no channel is set up for them (FEEDBACK_SMTP_URL, FEEDBACK_SMS_URL)",
    "waits": "their channel refuses us or cannot be reached (see the log, and run doctor)",
}


def _send(steps: tuple[str, ...], wave: str | None, as_json: bool) -> None:
    if wave and db.session.get(Wave, wave) is None:
        raise Refused(f"there is no wave {wave}; see: feedback-app wave status")
    sent = send_due(db.session, current_settings(), now(), steps=steps, wave=wave, most=_ALL, longest=None)
    counts = dict(sorted(sent.counts.items()))
    if counts or not sent.halted:  # what went out before a pause, too
        plain = ", ".join(f"{name}: {number}" for name, number in counts.items()) or "nothing was due"
        click.echo(json.dumps(counts) if as_json else plain)
    if sent.halted:
        raise Refused(_HALTED[sent.halted])
    waits = [f"{counts[name]} message(s) wait: {why}" for name, why in _WAITS.items() if name in counts]
    if waits:
        raise Refused("; ".join(waits))


@invitations.command()
@in_app
def bounces() -> None:
    """Read the mailbox for e-mail that came back, and note it (the worker does so every quarter of an hour).

    \b
    Example:
      feedback-app invitations bounces
    """
    settings = current_settings()
    if not settings.imap_url or not settings.smtp_url:
        raise Refused("there is no mailbox to read: set FEEDBACK_IMAP_URL and FEEDBACK_SMTP_URL")
    try:
        found = note_bounces(db.session, settings)
    except MailboxClosed as closed:
        raise Refused(f"the mailbox cannot be read: {closed}") from closed
    click.echo(f"{found.noted} e-mails came back, {found.left} other messages left for a person to read")


def _json_array(lines: Iterable[InvitationLine]) -> Iterator[str]:
    """One array, an invitation a line, without holding them all."""
    yield "["
    before = ""
    for line in lines:
        shown = dataclasses.asdict(line)
        del shown["invitation_id"]  # who has the link needs no second name for it
        yield before + json.dumps(shown, default=str, ensure_ascii=False)
        before = ","
    yield "]"


def _in_columns(line: InvitationLine) -> str:
    return "\t".join((line.audience, line.region_key, line.offer_type, line.contact_language, line.link))
