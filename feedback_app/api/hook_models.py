"""Tables: addresses of other programs that are told what happened, and what is to be told to each."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

HOOK_STATES = ("active", "stopped")
DELIVERY_STATES = ("waiting", "delivered", "failed")
#: what became of the e-mail about a webhook that stopped; empty: there is nothing to tell
HOOK_MAILS = ("", "waiting", "claimed", "delivered", "bounced", "unknown")


class Webhook(Base):
    """One address that wants to know of some events; the secret it checks our signature with lies sealed.

    `seen` is the number of the newest entry of the audit log that was looked at for it. It stops when one
    delivery failed for good.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        one_of("state", HOOK_STATES, "state"),
        one_of("mail", HOOK_MAILS, "mail"),
        sa.CheckConstraint("seen >= 0", name="seen_not_negative"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    url: Mapped[str] = mapped_column(sa.String(500))
    events: Mapped[list[str]] = mapped_column(sa.JSON)
    secret_sealed: Mapped[str] = mapped_column(sa.Text)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    made_on: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10), default="active")
    seen: Mapped[int]
    mail: Mapped[str] = mapped_column(sa.String(10), default="")


class WebhookDelivery(Base):
    """One event on its way to one address: its id stays the same, however often it is sent."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        one_of("state", DELIVERY_STATES, "state"),
        sa.UniqueConstraint("webhook_id", "sequence", name="uq_webhook_deliveries_webhook_sequence"),
        sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        sa.Index("ix_webhook_deliveries_due", "state", "next_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    webhook_id: Mapped[str] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    event: Mapped[str] = mapped_column(sa.String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(sa.String(20), default="")
    webhook: Mapped[Webhook] = relationship()
