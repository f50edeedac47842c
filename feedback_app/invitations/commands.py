"""`feedback-app invitations`: the links of a wave; sending, reminding and cards will stand beside it."""

import dataclasses
import json
from collections.abc import Iterable, Iterator

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.invitations.listing import Filter, InvitationLine, LinksLost, WaveUnknown, each_invitation
from feedback_app.regions import region_names
from feedback_app.web.pages import current_settings


@click.group()
def invitations() -> None:
    """Show the invitations of a wave.

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


def _json_array(lines: Iterable[InvitationLine]) -> Iterator[str]:
    """One array, an invitation a line, without holding them all."""
    yield "["
    before = ""
    for line in lines:
        yield before + json.dumps(dataclasses.asdict(line), default=str, ensure_ascii=False)
        before = ","
    yield "]"


def _in_columns(line: InvitationLine) -> str:
    return "\t".join((line.audience, line.region_key, line.offer_type, line.contact_language, line.link))
