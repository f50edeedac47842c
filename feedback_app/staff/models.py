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
    "vertrouwenspersoon",
)


class Account(Base):
    """A colleague: one e-mail address, one role, perhaps one region.

    An empty `password_hash` fits no password: the account waits for its colleague to choose one, or its
    colleague comes through the government's sign-in service.
    """

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


class SecondFactor(Base):
    """The app on a colleague's phone that makes codes; the secret is sealed with our key.

    `last_step` is the newest half minute of which a code was used: that code and those before it are used up.
    """

    __tablename__ = "second_factors"

    account_id: Mapped[str] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    secret_sealed: Mapped[str] = mapped_column(sa.Text)
    last_step: Mapped[int]


class RecoveryCode(Base):
    """A way in for who lost the phone; only a keyed hash is kept, and the row goes when it is used."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), index=True)


class ColleagueLink(Base):
    """A link with which a colleague chooses a password, once; only its hash is kept."""

    __tablename__ = "colleague_links"

    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), unique=True)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship(lazy="joined")


class OutsideIdentity(Base):
    """Which account belongs to whom the sign-in service of the government knows by this name.

    `withdrawn_at` is when the service gave no role any more, which closed the account: a role opens it again.
    """

    __tablename__ = "outside_identities"

    subject: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("accounts.id", ondelete="CASCADE"), unique=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship(lazy="joined")


class SignInFailure(Base):
    """One attempt to sign in that did not succeed; forgotten after a quarter of an hour.

    `subject` is a keyed hash of the e-mail address tried, or of the network address it came from.
    """

    __tablename__ = "signin_failures"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    subject: Mapped[str] = mapped_column(sa.String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AuditEntry(Base):
    """One thing a colleague or the service did: who, what, when, where; written once, never changed.

    `own_hash` covers everything in the row and the hash before it. There is no foreign key: an entry does
    not depend on what it tells of. Nothing here is about respondents.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (sa.CheckConstraint("sequence > 0", name="sequence_counts_from_one"),)

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    account_id: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    action: Mapped[str] = mapped_column(sa.String(40), index=True)
    subject: Mapped[str] = mapped_column(sa.String(80))
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    facts: Mapped[dict[str, str | int]] = mapped_column(sa.JSON)
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    own_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)


class AuditHead(Base):
    """The one row that says where the chain of entries begins and ends; to lock it is to take a turn.

    What retention removed ends in the anchor: its last number and hash. Anchor and end are sealed together
    with our key, so that entries taken away by anybody else are missed at either side; until its next
    entry a log of an earlier release has its anchor sealed alone.
    """

    __tablename__ = "audit_heads"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    sequence: Mapped[int]
    own_hash: Mapped[str] = mapped_column(sa.String(64))
    anchor_sequence: Mapped[int]
    anchor_hash: Mapped[str] = mapped_column(sa.String(64))
    anchor_seal: Mapped[str] = mapped_column(sa.String(64))
