"""Tables: tokens of programs, how often each calls, and what became of requests that may be sent twice.

Days instead of moments wherever a day is enough: a token is an account's, and what a program does at which
second is nobody's business.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id
from feedback_app.staff.models import ROLES, Account

#: why a token ended: somebody took it back, or its colleague left or has another role or region now
ENDINGS = ("", "revoked", "owner")
REQUEST_STATES = ("running", "done")


class ApiToken(Base):
    """What a program signs in with: the right to some scopes, as a role, for one region or all.

    Only a keyed hash is kept; `hint` are the first characters, by which its owner knows it again. It works
    as long as its account has that role and may see that region.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        one_of("role", ROLES, "role"),
        one_of("ended_why", ENDINGS, "ended_why"),
        sa.CheckConstraint("(ended_on IS NULL) = (ended_why = '')", name="ended_has_reason"),
        sa.CheckConstraint("expires_on >= made_on", name="expires_after_made"),
        sa.CheckConstraint("length(token_hash) = 64", name="hash_form"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hint: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(60))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    scopes: Mapped[list[str]] = mapped_column(sa.JSON)
    made_on: Mapped[date]
    expires_on: Mapped[date]
    last_used_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    ended_why: Mapped[str] = mapped_column(sa.String(10), default="")
    account: Mapped[Account] = relationship(lazy="joined")


class ApiWindow(Base):
    """How many requests a token made since a minute began, counted for all processes together."""

    __tablename__ = "api_windows"
    __table_args__ = (sa.CheckConstraint("requests > 0", name="requests_counted"),)

    token_id: Mapped[str] = mapped_column(
        sa.ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True
    )
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requests: Mapped[int]


class ApiRequest(Base):
    """A request that a program may send again: under which key, and what was answered, for a day.

    `key_hash` and `fingerprint` are keyed hashes of the key and of the whole request; the answer is sealed.
    """

    __tablename__ = "api_requests"
    __table_args__ = (
        one_of("state", REQUEST_STATES, "state"),
        sa.CheckConstraint(
            "(state = 'done') = (status IS NOT NULL AND answer_sealed IS NOT NULL)", name="done_has_answer"
        ),
    )

    token_id: Mapped[str] = mapped_column(
        sa.ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True
    )
    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(8), default="running")
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    status: Mapped[int | None]
    answer_sealed: Mapped[str | None] = mapped_column(sa.Text)
