"""Tables: editions, each one frozen report; how editors arrange the next one; who is told of a release."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

FINAL = "final"
#: what became of the e-mail about a release, as of every e-mail to a colleague
MAILS = ("waiting", "claimed", "delivered", "bounced", "unknown")


class Edition(Base):
    """One compiled report: the content it was made from, its PDF, web page and tables.

    A final one is never changed or removed: triggers refuse it on both databases. `arrangement` is the
    revision of the arrangement it was made with, `material` what editors could choose from. A correction
    names the final edition it replaces, and why.
    """

    __tablename__ = "editions"
    __table_args__ = (
        one_of("state", ("draft", FINAL), "state"),
        sa.CheckConstraint("(replaces_id IS NULL) = (reason = '')", name="correction_has_reason"),
        sa.Index(
            "ix_editions_replaced_once",
            "replaces_id",
            unique=True,
            sqlite_where=sa.text("state = 'final'"),
            postgresql_where=sa.text("state = 'final'"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    region_key: Mapped[str | None] = mapped_column(sa.String(40))  # None: Flanders
    locale: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(10), default="draft")
    compiled_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    content: Mapped[dict[str, Any]] = deferred(mapped_column(sa.JSON, nullable=False))
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    pdf: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))
    html: Mapped[str | None] = deferred(mapped_column(sa.Text))  # None: compiled by an earlier release
    annex: Mapped[bytes | None] = deferred(mapped_column(sa.LargeBinary))  # a ZIP; None as above
    material: Mapped[dict[str, Any] | None] = deferred(mapped_column(sa.JSON))
    arrangement: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    replaces_id: Mapped[str | None] = mapped_column(sa.String(32))
    reason: Mapped[str] = mapped_column(sa.Text, default="", server_default=sa.text("''"))


class Arrangement(Base):
    """How editors want the next edition of one wave, level and language; `earlier` is what to go back to."""

    __tablename__ = "arrangements"

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    level: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    choices: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    earlier: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    revision: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": revision}


class EditionRelease(Base):
    """From here on a final edition is public; a table of its own: the edition itself never changes."""

    __tablename__ = "edition_releases"

    edition_id: Mapped[str] = mapped_column(sa.ForeignKey("editions.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.String(32))
    released_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class EditionNotice(Base):
    """The one e-mail to one colleague about one release."""

    __tablename__ = "edition_notices"
    __table_args__ = (one_of("state", MAILS, "state"),)

    edition_id: Mapped[str] = mapped_column(sa.ForeignKey("editions.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")


class EditionReader(Base):
    """A colleague who said whether they want that e-mail; who said nothing gets it as a `lezer` only."""

    __tablename__ = "edition_readers"

    account_id: Mapped[str] = mapped_column(
        sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    wanted: Mapped[bool]
