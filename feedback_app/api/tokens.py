"""Tokens of programs: made by a colleague for the own role, shown once, recognised by a keyed hash, ended.

A token looks like `fbk_` + 40 letters and digits + `_` + 8 hexadecimal digits (the CRC-32 of what stands
before), so that a scanner for secrets finds one in a repository and takes nothing else for one.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, object_session

from feedback_app.api.models import ApiToken
from feedback_app.api.scopes import ENDPOINTS, scopes_of
from feedback_app.database import today
from feedback_app.keys import derive
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.national_number import holds_national_number

DEFAULT_DAYS = 90
MOST_DAYS = 365
LONGEST_NAME = 60
#: tokens in use that one colleague can have
MOST_TOKENS = 10
#: how long a list still shows what ended
SHOWN_AFTER = timedelta(days=90)

_LETTERS = string.ascii_letters + string.digits
_FORM = re.compile(r"fbk_[A-Za-z0-9]{40}_[0-9a-f]{8}")
_HINT = 8
_NOBODYS = "0" * 64


class TokenRefused(Exception):
    """A token cannot be made that way; `reason` is role, scope, region, days, name or many."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Wanted:
    """What a colleague asks a token for; `region` None is as far as the colleague sees."""

    name: str
    scopes: Sequence[str]
    region: str | None = None
    days: int = DEFAULT_DAYS


@dataclass(frozen=True)
class Made:
    """A new token: its row, and the only time its text is there to be read."""

    row: ApiToken
    text: str = field(repr=False)


def make_token(
    session: Session,
    secret_key: str,
    account: Account,
    wanted: Wanted,
    regions: Container[str],
    day: date | None = None,
) -> Made:
    """Make and commit a token of this colleague; TokenRefused says what is in the way.

    `day` stands for today.
    """
    day = day or today()
    name, scopes = " ".join(wanted.name.split()), sorted(set(wanted.scopes))
    _check(account, name, scopes, wanted.days)
    region = _region(account, wanted.region, regions)
    if sum(state_of(one, day) == "active" for one in tokens_of(session, account)) >= MOST_TOKENS:
        raise TokenRefused("many")
    text = _draw()
    row = ApiToken(
        token_hash=_hash(secret_key, text),
        hint=text[:_HINT],
        name=name,
        account_id=account.id,
        role=account.role,
        region_key=region,
        scopes=scopes,
        made_on=day,
        expires_on=day + timedelta(days=wanted.days),
    )
    session.add(row)
    session.flush()
    subject, facts = f"token:{row.id}", {"scopes": len(scopes), "days": wanted.days}
    record(session, "token.made", account=account, subject=subject, region=region, **facts)
    session.commit()
    return Made(row, text)


def find_token(session: Session, secret_key: str, text: str, day: date | None = None) -> ApiToken | None:
    """The token with this text, if it still works; commits when it is used for the first time this day.

    What is no token takes as long as what is: one hash, one look-up, one comparison.
    """
    day, hashed = day or today(), _hash(secret_key, text)
    row = session.scalar(sa.select(ApiToken).where(ApiToken.token_hash == hashed))
    same = hmac.compare_digest(row.token_hash if row else _NOBODYS, hashed)
    if row is None or not (same and _well_formed(text)) or state_of(row, day) != "active":
        return None
    if not _fits_owner(row):  # whatever changed the account past the rule below
        return None
    if row.last_used_on != day:
        mine = sa.update(ApiToken).where(ApiToken.id == row.id)
        session.execute(mine.values(last_used_on=day))
        session.commit()
    return row


def acting(row: ApiToken) -> Account:
    """The colleague as far as this token goes: with its role, and its region. No row of the database."""
    own = row.account
    return Account(
        id=own.id, email=own.email, role=row.role, region_key=row.region_key, active=True, locale=own.locale
    )


def granted(row: ApiToken) -> list[str]:
    """The scopes of a token that its role may still have."""
    able = scopes_of(acting(row))
    return [scope for scope in ENDPOINTS if scope in row.scopes and scope in able]


def state_of(row: ApiToken, day: date) -> str:
    """Whether a token is `active`, `expired`, `revoked`, or ended with its `owner`."""
    if row.ended_why:
        return row.ended_why
    return "expired" if row.expires_on < day else "active"


def end_token(session: Session, row: ApiToken, by: Account | None, day: date | None = None) -> None:
    """Take a token back, at once and for good; commits. One that ended stays as it is."""
    if not row.ended_why:
        row.ended_on, row.ended_why = day or today(), "revoked"
        record(session, "token.ended", account=by, subject=f"token:{row.id}", region=row.region_key)
    session.commit()


def tokens_of(session: Session, account: Account | None = None, day: date | None = None) -> list[ApiToken]:
    """The tokens of one colleague, or of all: the newest first, without those that ended long ago."""
    since = (day or today()) - SHOWN_AFTER
    shown = sa.or_(ApiToken.ended_on.is_(None), ApiToken.ended_on >= since), ApiToken.expires_on >= since
    query = sa.select(ApiToken).where(*shown).order_by(ApiToken.made_on.desc(), ApiToken.id)
    if account is not None:
        query = query.where(ApiToken.account_id == account.id)
    return list(session.scalars(query))


def forget_tokens(session: Session, day: date | None = None) -> None:
    """Remove what ended over a year ago; the caller commits."""
    long_ago = (day or today()) - timedelta(days=MOST_DAYS)
    over = sa.or_(ApiToken.ended_on < long_ago, ApiToken.expires_on < long_ago)
    session.execute(sa.delete(ApiToken).where(over))


@event.listens_for(Account, "after_update")
def _follow_owner(_mapper: object, connection: sa.Connection, one: Account) -> None:
    """End the tokens that an account may not have any more, in the transaction that changes it: for good.

    Who comes back, as the sign-in service may let them, makes new ones.
    """
    own = visible_region(one)
    lost: list[sa.ColumnElement[bool]] = [sa.literal(not one.active), ApiToken.role != one.role]
    if own is not None:
        lost += [ApiToken.region_key.is_(None), ApiToken.region_key != own]
    mine = sa.update(ApiToken).where(
        ApiToken.account_id == one.id, ApiToken.ended_on.is_(None), sa.or_(*lost)
    )
    died = connection.execute(
        mine.values(ended_on=today(), ended_why="owner").returning(ApiToken.id, ApiToken.region_key)
    ).all()
    session = object_session(one)
    assert session is not None, "what is being written has a session"
    for token_id, region in died:
        record(session, "token.died", account=None, subject=f"token:{token_id}", region=region)


def _fits_owner(row: ApiToken) -> bool:
    """Whether the colleague is still there, with that role, and may see that region."""
    own = row.account
    return own.active and own.role == row.role and visible_region(own) in (None, row.region_key)


def _check(account: Account, name: str, scopes: Sequence[str], days: int) -> None:
    if not account.active or not scopes_of(account):
        raise TokenRefused("role")
    if not scopes or set(scopes) - set(scopes_of(account)):
        raise TokenRefused("scope")
    if not 1 <= days <= MOST_DAYS:
        raise TokenRefused("days")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or holds_national_number(name):
        raise TokenRefused("name")


def _region(account: Account, region: str | None, regions: Container[str]) -> str | None:
    own = visible_region(account)
    wanted = region or own
    if (wanted is not None and wanted not in regions) or own not in (None, wanted):
        raise TokenRefused("region")
    return wanted


def _draw() -> str:
    body = "fbk_" + "".join(secrets.choice(_LETTERS) for _ in range(40))
    return f"{body}_{zlib.crc32(body.encode()):08x}"


def _well_formed(text: str) -> bool:
    body, _, check = text.rpartition("_")
    return bool(_FORM.fullmatch(text)) and check == f"{zlib.crc32(body.encode()):08x}"


def _hash(secret_key: str, text: str) -> str:
    key = derive(secret_key, "api-token")
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
