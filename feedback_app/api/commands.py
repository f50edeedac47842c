"""`feedback-app tokens`: tokens of programs, from the command line."""

import json

import click

from feedback_app.api.models import ApiToken
from feedback_app.api.scopes import ENDPOINTS
from feedback_app.api.tokens import (
    DEFAULT_DAYS,
    MOST_DAYS,
    TokenRefused,
    Wanted,
    end_token,
    make_token,
    state_of,
    tokens_of,
)
from feedback_app.command import Refused, in_app
from feedback_app.database import db, today
from feedback_app.regions import region_names
from feedback_app.staff.accounts import AccountRefused, named_account
from feedback_app.web.pages import current_settings

_REFUSALS = {
    "role": "this account is closed, or its role has nothing a program could do",
    "scope": "this account's role may not have one of these scopes; see docs/api.md",
    "region": "there is no such region, or this account works for another",
    "days": f"a token works 1 to {MOST_DAYS} days",
    "name": "the name must have 1 to 60 plain characters and hold no national number",
    "many": "this account has ten tokens that work; revoke one first",
}


@click.group()
def tokens() -> None:
    """Make, list and revoke tokens of programs.

    \b
    Example:
      feedback-app tokens list
    """


@tokens.command()
@click.argument("email")
@click.option("--name", required=True, help="What the program is called.")
@click.option("--scope", "scopes", required=True, multiple=True, type=click.Choice([*ENDPOINTS]))
@click.option("--region", metavar="KEY", help="The one region it is for (see regions.csv).")
@click.option(
    "--days", default=DEFAULT_DAYS, show_default=True, help=f"How long it works, at most {MOST_DAYS}."
)
@in_app
def add(email: str, name: str, scopes: tuple[str, ...], region: str | None, days: int) -> None:
    """Make a token of the colleague EMAIL; prints it, the only time it is shown.

    \b
    Example:
      feedback-app tokens add import@agentschap.example --name "client system" --scope write:trajectories
    """
    settings = current_settings()
    try:
        account = named_account(db.session, email)
        wanted = Wanted(name, scopes, region, days)
        made = make_token(
            db.session, settings.secret_key, account, wanted, region_names(settings.surveys_dir)
        )
    except AccountRefused as refusal:
        raise Refused(
            "there is no account with that address; `feedback-app users list` shows all"
        ) from refusal
    except TokenRefused as refusal:
        raise Refused(_REFUSALS[refusal.reason]) from refusal
    click.echo(f"works until {made.row.expires_on}; shown this once:", err=True)
    click.echo(made.text)


@tokens.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def list_tokens(as_json: bool) -> None:
    """List every token: whose, for what, until when, last used on which day.

    \b
    Example:
      feedback-app tokens list --json
    """
    found = [_as_dict(one) for one in tokens_of(db.session)]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        click.echo("  ".join(str(value if value is not None else "-") for value in one.values()))
    if not found:
        click.echo("no tokens yet; make one with: feedback-app tokens add EMAIL --name N --scope S", err=True)


@tokens.command()
@click.argument("token_id", metavar="ID")
@in_app
def revoke(token_id: str) -> None:
    """Take a token back at once; ID is what `tokens list` shows first.

    \b
    Example:
      feedback-app tokens revoke 0f5b9a
    """
    found = [one for one in tokens_of(db.session) if one.id.startswith(token_id)]
    if len(found) != 1:
        raise Refused("no token, or more than one, begins like that; `feedback-app tokens list` shows all")
    end_token(db.session, found[0], None)
    click.echo(f"revoked {found[0].name} of {found[0].account.email}")


def _as_dict(one: ApiToken) -> dict[str, object]:
    return {
        "id": one.id,
        "hint": one.hint,
        "name": one.name,
        "email": one.account.email,
        "role": one.role,
        "region": one.region_key,
        "scopes": " ".join(one.scopes),
        "state": state_of(one, today()),
        "expires_on": one.expires_on.isoformat(),
        "last_used_on": one.last_used_on.isoformat() if one.last_used_on else None,
    }
