"""The closed route of a remark about somebody's safety: out of every list, read by one role, logged."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.paging import Page, paged
from feedback_app.remarks.models import Worry
from feedback_app.responses.models import Remark
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

_SHARED = ("wave_key", "survey_key", "item_key", "locale", "region_key", "month")


class NothingToRead(Exception):
    """The remark's text as it was written is gone, so there is nothing to pass on."""


def raise_worry(session: Session, remark: Remark, reason: str, note: str, account: Account) -> None:
    """Take a remark out of all lists and pass it on as it was written; commits.

    Raises NothingToRead once the text was replaced by what is left without personal data.
    """
    if not remark.text:
        raise NothingToRead
    worry = Worry(
        **{name: getattr(remark, name) for name in _SHARED},
        text=remark.text,
        reason=reason,
        note=note.strip(),
        raised_by=account.id,
    )
    session.delete(remark)
    session.add(worry)
    session.flush()
    record(session, "worry.raised", account=account, subject=f"worry:{worry.id}")
    session.commit()


def worries(session: Session, account: Account, page: int, *, closed: bool) -> Page[Worry]:
    """One page of worries that the account may see, in the order of their random keys."""
    return paged(session, _visible(account).where(Worry.closed.is_(closed)), (Worry.id,), page)


def find_worry(session: Session, account: Account, worry_id: str) -> Worry | None:
    """A worry, if it exists and lies within the account's region."""
    return session.scalar(_visible(account).where(Worry.id == worry_id))


def read_worry(session: Session, account: Account, worry: Worry) -> str:
    """The text, and an entry in the audit log that this account read it; commits."""
    record(session, "worry.read", account=account, subject=f"worry:{worry.id}")
    session.commit()
    return worry.text


def close_worry(session: Session, account: Account, worry: Worry) -> None:
    """End a worry that was taken care of: its text and note are erased at once; commits."""
    worry.closed, worry.handled_by, worry.text, worry.note = True, account.id, "", ""
    record(session, "worry.closed", account=account, subject=f"worry:{worry.id}")
    session.commit()


def give_back(session: Session, account: Account, worry: Worry) -> None:
    """Put a remark that is no worry back among the new ones, under a new key; commits."""
    session.add(Remark(**{name: getattr(worry, name) for name in _SHARED}, text=worry.text))
    record(session, "worry.given_back", account=account, subject=f"worry:{worry.id}")
    session.delete(worry)
    session.commit()


def _visible(account: Account) -> sa.Select[Worry]:
    region = visible_region(account)
    query = sa.select(Worry)
    return query if region is None else query.where(Worry.region_key == region)
