"""Accounts of colleagues: adding, closing, passwords.

Passwords are kept as Argon2id hashes (RFC 9106, second recommended parameters unless told otherwise).
"""

import re
import secrets
from collections.abc import Container, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import current_app
from sqlalchemy.orm import Session

from feedback_app.guessable import is_expected, is_leaked
from feedback_app.paging import Page, in_order, paged
from feedback_app.staff.audit import record
from feedback_app.staff.models import ROLES, Account, OutsideIdentity, StaffSession

MINIMUM_PASSWORD_LENGTH = 12
MAXIMUM_PASSWORD_LENGTH = 200
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")

#: name in the address → column
ORDERS: Mapping[str, Any] = {
    "email": Account.email,
    "role": Account.role,
    "region": Account.region_key,
    "state": Account.active,
}
#: those in use first
DEFAULT_ORDER = "-state"


class AccountRefused(Exception):
    """An account cannot be made or changed that way.

    `reason` is one of address, taken, unknown, role, region, region_needed, region_unused, password_short,
    password_long, password_expected, password_leaked, last_administrator, outside, linked, subject. Commands
    have a text for each, pages for those that can happen there.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Passwords:
    """Hashes and checks passwords; a check takes as long for a name that does not exist."""

    def __init__(self, hasher: PasswordHasher | None = None, leaked: Path | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._leaked = leaked

    def chosen(self, password: str, email: str) -> str:
        """The hash of a password that somebody chooses; AccountRefused when it is one to be guessed."""
        if len(password) < MINIMUM_PASSWORD_LENGTH:
            raise AccountRefused("password_short")
        if len(password) > MAXIMUM_PASSWORD_LENGTH:
            raise AccountRefused("password_long")
        if is_expected(password, email):
            raise AccountRefused("password_expected")
        if self._leaked and is_leaked(password, self._leaked):
            raise AccountRefused("password_leaked")
        return self.hash(password)

    def hash(self, password: str) -> str:
        """The hash to store."""
        return self._hasher.hash(password)

    def matches(self, account: Account | None, password: str) -> bool:
        """Whether this is the account's password; the same work is done when there is no account."""
        nobodys = self._nobodys  # made before anything depends on the account
        stored = (account.password_hash if account else "") or nobodys
        try:
            self._hasher.verify(stored, password[: MAXIMUM_PASSWORD_LENGTH + 1])
        except VerifyMismatchError:
            return False
        return account is not None and account.active and bool(account.password_hash)

    def outdated(self, account: Account) -> bool:
        """Whether the hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(account.password_hash)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(24))


def passwords() -> Passwords:
    """The running application's way with passwords."""
    found: Passwords = current_app.extensions["passwords"]
    return found


def normal_address(email: str) -> str:
    """An e-mail address as accounts are known by."""
    return email.strip().lower()


def is_address(email: str) -> bool:
    """Whether this can be an e-mail address."""
    return bool(_ADDRESS.fullmatch(email)) and email.isprintable()


def all_accounts(session: Session) -> list[Account]:
    """Every account, those in use first, then by address."""
    return list(session.scalars(sa.select(Account).order_by(Account.active.desc(), Account.email)))


def list_accounts(session: Session, *, order: str, page: int) -> Page[Account]:
    """One page of all accounts."""
    return paged(session, sa.select(Account), (*in_order(ORDERS, order, DEFAULT_ORDER), Account.email), page)


def find_account(session: Session, email: str) -> Account | None:
    """The account with this address, if there is one."""
    return session.scalar(sa.select(Account).where(Account.email == normal_address(email)))


def named_account(session: Session, email: str) -> Account:
    """The account with this address; AccountRefused when there is none."""
    account = find_account(session, email)
    if account is None:
        raise AccountRefused("unknown")
    return account


def add_account(
    session: Session,
    way: Passwords,
    email: str,
    role: str,
    password: str | None,
    *,
    region: str | None,
    regions: Container[str],
    by: Account | None = None,
) -> Account:
    """Make and commit an account; AccountRefused says what is in the way.

    Without a password nobody can sign in with it until its colleague chose one.
    """
    email = normal_address(email)
    if not is_address(email):
        raise AccountRefused("address")
    if role not in ROLES:
        raise AccountRefused("role")
    check_region(role, region, regions)
    if find_account(session, email):
        raise AccountRefused("taken")
    account = Account(email=email, role=role, region_key=region)
    account.password_hash = "" if password is None else way.chosen(password, email)
    session.add(account)
    try:
        session.flush()
        record(
            session, "account.added", account=by, subject=f"account:{account.id}", region=region, role=role
        )
        session.commit()
    except sa.exc.IntegrityError as error:  # somebody else made it between our look and our commit
        session.rollback()
        raise AccountRefused("taken") from error
    return account


def set_password(
    session: Session, way: Passwords, account: Account, password: str, by: Account | None = None
) -> None:
    """Replace the password and end every session that was opened with the old one; AccountRefused."""
    refuse_from_outside(session, account)
    account.password_hash = way.chosen(password, account.email)
    end_sessions(session, account)
    record(session, "account.password_replaced", account=by, subject=f"account:{account.id}")
    session.commit()


def deactivate(session: Session, account: Account, by: Account | None = None) -> None:
    """Close an account and end its sessions; AccountRefused for the last administrator."""
    if account.role == "beheerder" and account.active:
        # the lock makes two administrators who close each other's account wait for one another
        managers = session.scalars(
            sa.select(Account.id).where(Account.role == "beheerder", Account.active).with_for_update()
        ).all()
        if len(managers) == 1:
            session.rollback()
            raise AccountRefused("last_administrator")
    account.active = False
    mine = OutsideIdentity.account_id == account.id
    session.execute(
        sa.update(OutsideIdentity).where(mine).values(withdrawn_at=None)
    )  # closed by us: it stays so
    end_sessions(session, account)
    record(session, "account.deactivated", account=by, subject=f"account:{account.id}")
    session.commit()


def sign_out_everywhere(session: Session, by: Account, account: Account) -> None:
    """Sign an account out everywhere, as an administrator asks; commits."""
    end_sessions(session, account)
    record(session, "account.sessions_ended", account=by, subject=f"account:{account.id}")
    session.commit()


def end_sessions(session: Session, account: Account) -> None:
    """Sign an account out everywhere; the caller commits."""
    session.execute(sa.delete(StaffSession).where(StaffSession.account_id == account.id))


def comes_from_outside(session: Session, account: Account) -> bool:
    """Whether this account is used through the government's sign-in service, so without a password."""
    mine = sa.select(OutsideIdentity.subject).where(OutsideIdentity.account_id == account.id)
    return session.scalar(mine) is not None


def refuse_from_outside(session: Session, account: Account) -> None:
    """AccountRefused for who comes through the service: a password would open what the service refuses."""
    if comes_from_outside(session, account):
        raise AccountRefused("outside")


def check_region(role: str, region: str | None, regions: Container[str]) -> None:
    """AccountRefused when a role cannot be had for this region."""
    if region is None:
        if role == "netwerkmedewerker":
            raise AccountRefused("region_needed")
    elif region not in regions:
        raise AccountRefused("region")
    elif role == "beheerder":
        raise AccountRefused("region_unused")
