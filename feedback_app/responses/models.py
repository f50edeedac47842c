"""Tables: what people said, unlinkable to who was asked.

A response has a random key, a week instead of a time, and no reference to an invitation. Its remark
stands apart from its answers. On SQLite these tables have no `rowid`, so that no order is kept.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.database import Base, one_of, random_id

MODES = ("phone", "kiosk", "paper", "assisted", "open")

#: Why an item has no answer; the first four are nonresponse, the fifth is outside the base by its sense.
NONRESPONSE = ("skipped", "dont_know", "prefer_not", "not_shown", "not_applicable")

REMARK_STATES = ("new", "coded", "dismissed")
QUOTE_STATES = ("none", "proposed", "released")


class Response(Base):
    """One filled-in questionnaire, with the few group features it may be counted by."""

    __tablename__ = "responses"
    __table_args__ = (
        one_of("mode", MODES, "mode"),
        sa.Index("ix_responses_wave", "wave_key", "survey_key"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"))
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    fingerprint: Mapped[str] = mapped_column(sa.ForeignKey("questionnaire_versions.fingerprint"))
    mode: Mapped[str] = mapped_column(sa.String(10))
    region_key: Mapped[str] = mapped_column(sa.String(40))
    agency_key: Mapped[str] = mapped_column(sa.String(40))
    offer_type: Mapped[str] = mapped_column(sa.String(40))
    locale: Mapped[str] = mapped_column(sa.String(24))  # a language; after coarsening its group
    week: Mapped[str] = mapped_column(sa.String(8))
    complete: Mapped[bool]


class Answer(Base):
    """One chosen option, or the reason why there is none; several rows where several may be chosen."""

    __tablename__ = "answers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    response_id: Mapped[str] = mapped_column(
        sa.ForeignKey("responses.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    item_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class Remark(Base):
    """One open answer, apart from every other answer of the same person."""

    __tablename__ = "remarks"
    __table_args__ = (
        one_of("state", REMARK_STATES, "state"),
        one_of("quote_state", QUOTE_STATES, "quote_state"),
        sa.CheckConstraint(
            "quote_state <> 'released' OR (released_by IS NOT NULL AND released_by <> proposed_by)",
            name="four_eyes",
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    item_key: Mapped[str] = mapped_column(sa.String(40))
    locale: Mapped[str] = mapped_column(sa.String(10))
    region_key: Mapped[str] = mapped_column(sa.String(40))
    month: Mapped[str] = mapped_column(
        sa.String(7)
    )  # 2026-03: no finer, and only to destroy the text on time
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10), default="new")
    quote: Mapped[str] = mapped_column(sa.Text, default="")  # edited Dutch, as it may be printed
    quote_state: Mapped[str] = mapped_column(sa.String(10), default="none")
    proposed_by: Mapped[str | None] = mapped_column(sa.String(32))
    released_by: Mapped[str | None] = mapped_column(sa.String(32))


class RemarkTheme(Base):
    """A theme a person gave to a remark."""

    __tablename__ = "remark_themes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    remark_id: Mapped[str] = mapped_column(
        sa.ForeignKey("remarks.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    theme_key: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
