"""Tables: what is told back in other languages, its posters, and which partners were written to about it."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.database import Base, one_of, today

TEXT_STATES = ("draft", "reviewed")
MAIL_STATES = ("claimed", "sent", "failed", "unknown")


class ToldText(Base):
    """What is told back of one signal in one other language; the Dutch stands with the signal.

    dutch_hash: of the Dutch it was made from; another Dutch makes it outdated. A second person reviews it.
    """

    __tablename__ = "told_texts"
    __table_args__ = (
        one_of("state", TEXT_STATES, "state"),
        sa.CheckConstraint("locale <> 'nl'", name="not_the_source"),
        sa.CheckConstraint("said <> '' AND doing <> ''", name="has_text"),
        sa.CheckConstraint(
            "(state = 'reviewed') = (reviewed_by IS NOT NULL)"
            " AND (reviewed_by IS NULL OR reviewed_by <> written_by)",
            name="four_eyes",
        ),
    )

    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True)
    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    said: Mapped[str] = mapped_column(sa.Text)
    doing: Mapped[str] = mapped_column(sa.Text)
    by: Mapped[str] = mapped_column("by_whom", sa.Text)
    when: Mapped[str] = mapped_column("when_text", sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10), default="draft")
    dutch_hash: Mapped[str] = mapped_column(sa.String(64))
    written_by: Mapped[str] = mapped_column(sa.String(32))
    reviewed_by: Mapped[str | None] = mapped_column(sa.String(32))


class ToldPoster(Base):
    """The poster of the page in one language, as it was printed last."""

    __tablename__ = "told_posters"

    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(sa.LargeBinary)


class ToldMail(Base):
    """A partner that was written to, once, about what was told back of one wave; nothing of the address."""

    __tablename__ = "told_mails"
    __table_args__ = (one_of("state", MAIL_STATES, "state"),)

    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), primary_key=True)
    partner_id: Mapped[str] = mapped_column(
        sa.ForeignKey("partners.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(sa.String(10), default="claimed")
    on: Mapped[date] = mapped_column("sent_on", sa.Date, default=today)
