"""Tables: the people who work with the service and their sessions."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

ROLES = (
    "beheerder",
    "agentschap",
    "trajectbegeleider",
    "analist",
    "netwerkmedewerker",
    "redacteur",
    "vrijgever",
    "lezer",
    "vertaler",
)


class Account(Base):
    """A colleague: one e-mail address, one role, perhaps one region."""

    __tablename__ = "accounts"
    __table_args__ = (
        one_of("role", ROLES, "role"),
        sa.CheckConstraint(
            "role <> 'netwerkmedewerker' OR region_key IS NOT NULL", name="network_has_region"
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[str] = mapped_column(sa.String(20))
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(sa.String(10), default="nl")


class StaffSession(Base):
    """A signed-in browser; the cookie holds a random key, this row only its hash."""

    __tablename__ = "staff_sessions"

    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    account: Mapped[Account] = relationship(lazy="joined")


class SignInFailure(Base):
    """One attempt to sign in that did not succeed; forgotten after a quarter of an hour.

    `subject` is a keyed hash of the e-mail address tried, or of the network address it came from.
    """

    __tablename__ = "signin_failures"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    subject: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
