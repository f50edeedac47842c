"""`feedback-app users`: accounts of colleagues, from the command line."""

import json
import sys

import click

from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.staff import accounts
from feedback_app.staff.accounts import MINIMUM_PASSWORD_LENGTH, AccountRefused
from feedback_app.staff.joining import make_link
from feedback_app.staff.models import ROLES, Account
from feedback_app.staff.oidc import link_account
from feedback_app.staff.second_factor import clear_factor
from feedback_app.web.pages import current_settings

_REFUSALS = {
    "address": "that is not an e-mail address",
    "taken": "there is already an account with that address",
    "unknown": "there is no account with that address; `feedback-app users list` shows all",
    "role": f"the role must be one of {', '.join(ROLES)}",
    "region": "there is no such region in regions.csv",
    "region_needed": "a netwerkmedewerker works for one region: give --region KEY",
    "region_unused": "a beheerder works for all regions: leave --region out",
    "password_short": f"the password must have at least {MINIMUM_PASSWORD_LENGTH} characters",
    "password_long": "the password is too long",
    "password_expected": "that password is among the first to be tried: choose a few words that do not belong"
    " together",
    "password_leaked": "that password is known from a leak: choose another one",
    "last_administrator": "this is the last active beheerder; add another one first",
    "outside": "this account is used through the sign-in service and has no password here",
    "linked": "this account already belongs to another subject; --replace puts the new one in its place",
    "subject": "the subject is what the service says in `vo_id` or `sub`: at most 200 plain characters",
}

_from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def users() -> None:
    """Add, list and close accounts of colleagues.

    \b
    Example:
      feedback-app users add beheerder@agentschap.example --role beheerder
    """


@users.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What this colleague may do.")
@click.option("--region", metavar="KEY", help="The one region this colleague sees (see regions.csv).")
@_from_stdin
@in_app
def add(email: str, role: str, region: str | None, password_stdin: bool) -> None:
    """Add an account; prints a link with which its colleague chooses a password.

    The link works once, for 72 hours. With --password-stdin the password is set here instead.

    \b
    Example:
      feedback-app users add kempen@netwerk.example --role netwerkmedewerker --region kempen
    """
    regions = region_names(current_settings().surveys_dir)
    password = _password(password_stdin) if password_stdin else None
    try:
        account = accounts.add_account(
            db.session, accounts.passwords(), email, role, password, region=region, regions=regions
        )
    except AccountRefused as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"added {account.email} ({account.role})")
    if password is None:
        _print_link(account)


@users.command()
@click.argument("email")
@in_app
def invite(email: str) -> None:
    """Print a new link with which a colleague chooses a password, for instance after forgetting it.

    \b
    Example:
      feedback-app users invite kempen@netwerk.example
    """
    account = _account(email)
    if not account.active:
        raise Refused("this account is closed")
    _print_link(account)


@users.command("clear-second-factor")
@click.argument("email")
@in_app
def clear_second_factor(email: str) -> None:
    """Forget the app and the recovery codes of a colleague who lost them.

    \b
    Example:
      feedback-app users clear-second-factor kempen@netwerk.example
    """
    account = _account(email)
    clear_factor(db.session, None, account)
    click.echo(f"{account.email} signs in with the password alone, or sets the second step up again")


@users.command()
@click.argument("email")
@click.argument("subject")
@click.option("--replace", is_flag=True, help="Also when the account belongs to another subject now.")
@in_app
def link(email: str, subject: str, replace: bool) -> None:
    """Hand an account over to the sign-in service (OIDC): SUBJECT is the colleague's `vo_id` or `sub`.

    From then on its password works no more, and it is signed out everywhere; role and region come from
    the service.

    \b
    Example:
      feedback-app users link kempen@netwerk.example 7b1f0f6e-5a3c-4f0b
    """
    account = _account(email)
    try:
        link_account(db.session, account, subject, replace=replace)
    except AccountRefused as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"{account.email} signs in through the service as {subject}")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@in_app
def list_users(as_json: bool) -> None:
    """List every account.

    \b
    Example:
      feedback-app users list --json
    """
    found = accounts.all_accounts(db.session)
    if as_json:
        click.echo(json.dumps([_as_dict(account) for account in found], indent=2))
        return
    for account in found:
        closed = "" if account.active else "  (closed)"
        click.echo(f"{account.email}  {account.role}  {account.region_key or '-'}{closed}")
    if not found:
        click.echo("no accounts yet; add one with: feedback-app users add EMAIL --role beheerder", err=True)


@users.command()
@click.argument("email")
@in_app
def deactivate(email: str) -> None:
    """Close an account and end its sessions.

    \b
    Example:
      feedback-app users deactivate kempen@netwerk.example
    """
    try:
        account = accounts.named_account(db.session, email)
        accounts.deactivate(db.session, account)
    except AccountRefused as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"closed {account.email}")


@users.command()
@click.argument("email")
@_from_stdin
@in_app
def password(email: str, password_stdin: bool) -> None:
    """Replace an account's password and end its sessions.

    \b
    Example:
      feedback-app users password kempen@netwerk.example
    """
    try:
        account = accounts.named_account(db.session, email)
        accounts.set_password(db.session, accounts.passwords(), account, _password(password_stdin))
    except AccountRefused as refusal:
        raise _refused(refusal) from refusal
    click.echo(f"new password for {account.email}")


def _account(email: str) -> Account:
    try:
        return accounts.named_account(db.session, email)
    except AccountRefused as refusal:
        raise _refused(refusal) from refusal


def _print_link(account: Account) -> None:
    try:
        link = make_link(db.session, current_settings().base_url, None, account)
    except AccountRefused as refusal:
        raise _refused(refusal) from refusal
    click.echo("this link works once, for 72 hours; give it to your colleague in person:", err=True)
    click.echo(link)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _as_dict(account: Account) -> dict[str, object]:
    return {
        "email": account.email,
        "role": account.role,
        "region": account.region_key,
        "active": account.active,
    }


def _refused(refusal: AccountRefused) -> Refused:
    return Refused(_REFUSALS[refusal.reason])
