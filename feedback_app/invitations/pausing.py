"""Stopping everything that goes out, and going on again: a switch in the database, for every worker."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import SendingPause
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account


def paused_since(session: Session) -> date | None:
    """The day since which nothing is sent; None while messages go out."""
    return session.scalar(sa.select(SendingPause.since_on))


def pause(session: Session, account: Account | None, day: date) -> None:
    """Send nothing from now on, until `resume`; commits. Again is the same."""
    if paused_since(session) is None:
        session.add(SendingPause(scope="all", since_on=day))
        record(session, "sending.paused", account=account)
    session.commit()


def resume(session: Session, account: Account | None) -> None:
    """Send again; commits. Reminders whose days have gone by are left out. Again is the same."""
    if paused_since(session) is not None:
        session.execute(sa.delete(SendingPause))
        record(session, "sending.resumed", account=account)
    session.commit()
