"""Tables: good practices with their history, who asked for a contact, booklets, and who wants a digest."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id
from feedback_app.signals.models import Signal

#: waits for a second person; may be read by all; not (any more) to be read
STATES = ("waiting", "released", "withdrawn")
STEPS = ("written", "reworded", "released", "withdrawn")
#: what became of the e-mail about a request: not tried yet, being sent, and what the other side said
MAILS = ("waiting", "claimed", "delivered", "bounced", "unknown")
RHYTHMS = ("weekly", "monthly")


class Practice(Base):
    """Something that worked: what, where, and why. `contact` is where a request goes, and is never printed.

    `wave_key` is the wave in whose report it is quoted; `signal_id` the pre-signal it began as.
    """

    __tablename__ = "practices"
    __table_args__ = (
        one_of("state", STATES, "state"),
        sa.CheckConstraint(
            "state <> 'released' OR (title <> '' AND what <> '' AND place <> '' AND why <> '')",
            name="released_is_whole",
        ),
        sa.CheckConstraint("(state = 'released') = (released_by IS NOT NULL)", name="released_by_somebody"),
        sa.CheckConstraint("released_by IS NULL OR released_by <> written_by", name="four_eyes"),
        sa.CheckConstraint("state <> 'withdrawn' OR reason <> ''", name="withdrawn_has_reason"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    theme_key: Mapped[str] = mapped_column(sa.String(3), index=True)
    region_key: Mapped[str | None] = mapped_column(sa.String(40))  # None: more than one region
    wave_key: Mapped[str | None] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    what: Mapped[str] = mapped_column(sa.Text, default="")
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    why: Mapped[str] = mapped_column(sa.Text, default="")
    contact: Mapped[str] = mapped_column(sa.String(254), default="")
    written_by: Mapped[str | None] = mapped_column(sa.String(32))
    released_by: Mapped[str | None] = mapped_column(sa.String(32))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    signal_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("signals.id", ondelete="SET NULL"), unique=True
    )
    revision: Mapped[int] = mapped_column(default=1)
    signal: Mapped[Signal | None] = relationship(viewonly=True)
    history: Mapped[list["PracticeEvent"]] = relationship(order_by="PracticeEvent.at")

    __mapper_args__ = {"version_id_col": revision}


class PracticeEvent(Base):
    """One step in a practice's life: who did what, and when."""

    __tablename__ = "practice_events"
    __table_args__ = (one_of("step", STEPS, "step"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    practice_id: Mapped[str] = mapped_column(sa.ForeignKey("practices.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(sa.String(10))
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    note: Mapped[str] = mapped_column(sa.Text, default="")


class ContactRequest(Base):
    """A colleague who wants to know more of a practice; listed for who wrote it until it is answered."""

    __tablename__ = "contact_requests"
    __table_args__ = (
        one_of("mail", MAILS, "mail"),
        sa.UniqueConstraint("practice_id", "account_id", name="uq_contact_requests_once"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    practice_id: Mapped[str] = mapped_column(sa.ForeignKey("practices.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    message: Mapped[str] = mapped_column(sa.Text, default="")
    asked_on: Mapped[date]
    mail: Mapped[str] = mapped_column(sa.String(10), default="waiting", index=True)
    answered: Mapped[bool] = mapped_column(default=False)


class Booklet(Base):
    """The latest PDF of a theme's practices in a language; `fingerprint` says whether it is outdated."""

    __tablename__ = "booklets"

    theme_key: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    practices: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    pdf: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))


class Subscription(Base):
    """A colleague who gets a digest, of these themes and regions (none named: all).

    `told` names what they were told of, or what was there before; `period` is the last week (`2026-W49`) or
    month (`2026-12`) that was looked at, with or without a letter.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (one_of("rhythm", RHYTHMS, "rhythm"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), unique=True)
    rhythm: Mapped[str] = mapped_column(sa.String(10))
    themes: Mapped[list[str]] = mapped_column(sa.JSON)
    regions: Mapped[list[str]] = mapped_column(sa.JSON)
    told: Mapped[list[str]] = mapped_column(sa.JSON)
    period: Mapped[str] = mapped_column(sa.String(10))
    sent_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(sa.String(10), default="")
