"""Destroying what is left of remarks once it has served: worries too, and what nobody read in time."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import months_before
from feedback_app.remarks.models import Worry
from feedback_app.responses.models import CODINGS, Remark, RemarkCoding, RemarkTheme
from feedback_app.responses.retention import REMARK_MONTHS
from feedback_app.staff.audit import record
from feedback_app.staff.models import AuditEntry


def destroy_worries(session: Session, today: date) -> int:
    """Erase worries written in a month that began six months ago; how many. Flushes, does not commit.

    What nobody closed leaves an entry in the audit log, apart for what nobody read.
    """
    due = list(session.scalars(sa.select(Worry).where(Worry.month <= months_before(today, REMARK_MONTHS))))
    for worry in due:
        if not worry.closed:
            action = "worry.destroyed_open" if _was_read(session, worry) else "worry.destroyed_unread"
            record(session, action, account=None, subject=f"worry:{worry.id}", region=worry.region_key)
        session.delete(worry)
    session.flush()
    return len(due)


def _was_read(session: Session, worry: Worry) -> bool:
    read = sa.select(sa.literal(1)).where(
        AuditEntry.action == "worry.read", AuditEntry.subject == f"worry:{worry.id}"
    )
    return session.scalar(read.limit(1)) is not None


def settle_what_is_gone(session: Session) -> None:
    """Let remarks wait for nobody once their text is gone: the first coding counts, or none."""
    gone = sa.select(Remark).where(Remark.state == "new", Remark.text == "", Remark.redacted == "")
    for remark in session.scalars(gone):
        first = session.get(RemarkCoding, (remark.id, CODINGS[0]))
        themes = first.themes.split() if first else []
        session.add_all(RemarkTheme(remark_id=remark.id, theme_key=theme) for theme in themes)
        remark.state, remark.waits_for = ("coded" if themes else "dismissed"), CODINGS[0]
    session.flush()
