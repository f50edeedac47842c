"""How a colleague comes in: a link that works once, with which they choose a password themselves."""

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import now
from feedback_app.staff.accounts import (
    Passwords,
    comes_from_outside,
    end_sessions,
    refuse_from_outside,
)
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account, ColleagueLink
from feedback_app.staff.second_factor import clear_factor

WORKS_FOR = timedelta(hours=72)


class LinkUnusable(Exception):
    """The link is unknown, was used, was replaced by a newer one, or is too old: not told which."""


def make_link(session: Session, base_url: str, by: Account | None, account: Account) -> str:
    """A link for this account, in the place of one made before; commits. AccountRefused.

    What the colleague signs in with now keeps working until the link is used.
    """
    refuse_from_outside(session, account)
    key = secrets.token_urlsafe(32)
    session.execute(sa.delete(ColleagueLink).where(ColleagueLink.account_id == account.id))
    session.add(ColleagueLink(key_hash=_hash(key), account_id=account.id, until_at=now() + WORKS_FOR))
    record(session, "account.invited", account=by, subject=f"account:{account.id}")
    session.commit()
    return f"{base_url}/staff/invited/{key}"


def invited(session: Session, key: str) -> Account:
    """Whose link this is; raises LinkUnusable."""
    link = session.get(ColleagueLink, _hash(key))
    if link is None or link.until_at < now() or not link.account.active:
        raise LinkUnusable
    if comes_from_outside(session, link.account):
        raise LinkUnusable
    return link.account


def accept(session: Session, way: Passwords, key: str, password: str) -> Account:
    """Give the account this password and use the link up; commits. LinkUnusable, AccountRefused.

    The second step begins anew: whoever made the link knows that its reader is the right person.
    """
    account = invited(session, key)
    hashed = way.chosen(password, account.email)
    used = session.execute(
        sa.delete(ColleagueLink)
        .where(ColleagueLink.key_hash == _hash(key))
        .returning(ColleagueLink.account_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not used:  # somebody else with the same link was first
        session.rollback()
        raise LinkUnusable
    account.password_hash = hashed
    end_sessions(session, account)
    record(session, "account.invitation_used", account=account, subject=f"account:{account.id}")
    clear_factor(session, account, account)
    return account


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
