"""`feedback-app responses`: paper entry and migration."""

from typing import TextIO

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.responses.load import LoadRefused, load_responses
from feedback_app.web.pages import current_settings


@click.group()
def responses() -> None:
    """Responses that did not come through a link."""


@responses.command()
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--wave", "period", required=True, help="An open wave, like 2026-H1.")
@in_app
def load(file: TextIO, period: str) -> None:
    """Load one response a line (JSON); all lines or none, checked as the respondent's page does.

    A line: {"survey": "newcomer", "mode": "paper", "region": "kempen", "agency": "agii",
    "offer_type": "buddy", "locale": "nl", "answers": {"experience": "5", "match": "3"}}

    Example: feedback-app responses load sheets.ndjson --wave 2026-H1
    """
    try:
        loaded = load_responses(db.session, current_settings(), period, file)
    except LoadRefused as refused:
        raise Refused(f"nothing was loaded:\n{refused}") from refused
    click.echo(f"{loaded.stored} stored, {loaded.known} known already")
