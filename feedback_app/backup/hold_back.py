"""After a restore nothing goes out twice: sending stands still, and what was due counts as perhaps sent.

Between the backup and the loss messages went out that the backup still has as planned. Nobody knows which. So
each that was due by now counts as one of which nobody knows whether it left, as after a worker died while
sending: it is not sent again, and the next reminder asks. What is due later goes out once a colleague lets
sending go on.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.api.hook_models import Webhook
from feedback_app.database import Base
from feedback_app.exchange.models import ContactRequest
from feedback_app.invitations.models import Sending, SendingPause
from feedback_app.invitations.outcomes import forget_answered
from feedback_app.invitations.plan_sendings import plan_sendings
from feedback_app.reports.models import EditionNotice
from feedback_app.settings import Settings


@dataclass(frozen=True)
class HeldBack:
    """How many messages to people, and e-mails to colleagues, are not sent because they may have been."""

    messages: int = 0
    mails: int = 0


def pause_at_once(connection: sa.Connection, day: date) -> None:
    """Let sending stand still, together with the rows: no worker sees them without the pause."""
    table = Base.metadata.tables[SendingPause.__tablename__]
    if connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0:
        connection.execute(table.insert().values(scope="all", since_on=day))


def hold_back(session: Session, settings: Settings, day: date) -> HeldBack:
    """Count what may have been sent since the backup as sent or not; flushes, does not commit."""
    session.flush()
    plan_sendings(
        session, settings, day
    )  # partners' messages are planned on their day: those of the days lost
    unsent = ("planned", "claimed")
    held = session.execute(
        sa.update(Sending)
        .where(Sending.state.in_(unsent), Sending.due_on <= day)
        .values(state="done", outcome="unknown", next_attempt_at=None)
        .returning(Sending.key)
        .execution_options(synchronize_session=False)
    ).all()
    forget_answered(session)
    waiting = ("waiting", "claimed")
    mails = 0
    for column in (EditionNotice.state, ContactRequest.mail, Webhook.mail):
        statement = sa.update(column.class_).where(column.in_(waiting)).values({column.key: "unknown"})
        done = session.execute(statement.execution_options(synchronize_session=False).returning(column))
        mails += len(done.all())
    return HeldBack(len(held), mails)
