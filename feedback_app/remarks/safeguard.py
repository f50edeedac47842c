"""The closed route of a remark about somebody's safety: out of every list, read by one role, logged."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Wave
from feedback_app.paging import Page, paged
from feedback_app.remarks.models import Worry
from feedback_app.responses.coarsen import ANYWHERE
from feedback_app.responses.models import Remark
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

_SHARED = ("wave_key", "survey_key", "item_key", "locale", "region_key", "month")


class NothingToRead(Exception):
    """All that was written is destroyed, so there is nothing to pass on."""


def raise_worry(session: Session, remark: Remark, reason: str, note: str, account: Account) -> None:
    """Take a remark out of all lists and pass it on as it was written; commits.

    Once a colleague saved it: what was left without personal data. What it means in Dutch goes along, beside
    the note. Raises NothingToRead when all of it is destroyed.
    """
    text = remark.text or remark.redacted
    if not text:
        raise NothingToRead
    dutch = remark.translation or remark.draft
    meaning = _("In het Nederlands: %(dutch)s", dutch=dutch) if dutch else ""
    worry = Worry(
        **{name: getattr(remark, name) for name in _SHARED},
        text=text,
        reason=reason,
        note="\n\n".join(one for one in (note.strip(), meaning) if one),
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


def count_open(session: Session, account: Account, *, up_to: str | None = None) -> int:
    """How many open worries the account may see; `up_to`: those written in that month or before."""
    open_ones = _visible(account).where(Worry.closed.is_(False))
    if up_to is not None:
        open_ones = open_ones.where(Worry.month <= up_to)
    return session.scalar(sa.select(sa.func.count()).select_from(open_ones.subquery())) or 0


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
    """Put a remark that is no worry back among the new ones, under a new key; commits.

    Without its region once the wave is closed: when the others were made coarser it was not among them, and
    it may be the only one of its language there.
    """
    shared = {name: getattr(worry, name) for name in _SHARED}
    if session.scalar(sa.select(Wave.state).where(Wave.key == worry.wave_key)) == "closed":
        shared["region_key"] = ANYWHERE
    session.add(Remark(**shared, text=worry.text))
    record(session, "worry.given_back", account=account, subject=f"worry:{worry.id}")
    session.delete(worry)
    session.commit()


def _visible(account: Account) -> sa.Select[Worry]:
    region = visible_region(account)
    query = sa.select(Worry)
    return query if region is None else query.where(Worry.region_key == region)
