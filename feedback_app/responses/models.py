"""Tables: what people said, unlinkable to who was asked.

A response has a random key, a week instead of a time, and no reference to an invitation; its answers are a
column of it. Its remark stands apart. On SQLite these tables have no `rowid`, so that no order is kept.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.database import Base, one_of, random_id
from feedback_app.responses.stored_answers import Answers, Chosen

MODES = ("phone", "kiosk", "paper", "assisted", "open")

#: Why an item has no answer; the first four are nonresponse, the fifth is outside the base by its sense.
NONRESPONSE = ("skipped", "dont_know", "prefer_not", "not_shown", "not_applicable")

REMARK_STATES = ("new", "coded", "dismissed")
#: who is to code a new remark: anybody, another colleague (one in five), or a third where two differ
CODINGS = ("first", "second", "third")
#: who wrote the Dutch: a person, or a machine whose work a person read and approved
TRANSLATED = ("", "human", "machine")
QUOTE_STATES = ("none", "proposed", "released")
#: what a quote tells of who said it, beside the side: nothing, the region, or the language it was written in
QUOTE_SHOWS = ("side", "region", "original")


class Response(Base):
    """One filled-in questionnaire, with the few group features it may be counted by."""

    __tablename__ = "responses"
    __table_args__ = (
        one_of("mode", MODES, "mode"),
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
    answers: Mapped[Chosen] = mapped_column(Answers)


class Remark(Base):
    """One open answer, apart from every other answer of the same person.

    `text` is what was written, until a colleague looked at it; from then on there is `redacted`, without
    personal data. `locale` is the language the page was in, `language` the one a colleague confirmed.
    """

    __tablename__ = "remarks"
    __table_args__ = (
        one_of("state", REMARK_STATES, "state"),
        one_of("quote_state", QUOTE_STATES, "quote_state"),
        one_of("quote_shows", QUOTE_SHOWS, "quote_shows"),
        one_of("translated", TRANSLATED, "translated"),
        one_of("waits_for", CODINGS, "waits_for"),
        sa.CheckConstraint("text = '' OR redacted = ''", name="raw_or_redacted"),
        sa.CheckConstraint(
            "quote_state <> 'released' OR (released_by IS NOT NULL AND released_by <> proposed_by)",
            name="four_eyes",
        ),
        sa.Index("ix_remarks_state", "wave_key", "state", "survey_key"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"))
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    item_key: Mapped[str] = mapped_column(sa.String(40))
    locale: Mapped[str] = mapped_column(sa.String(10))
    region_key: Mapped[str] = mapped_column(sa.String(40))
    month: Mapped[str] = mapped_column(
        sa.String(7)
    )  # 2026-03: no finer, and only to destroy the text on time
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10), default="new")
    # by the database: a respondent's request writes what it must alone
    redacted: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("''"))
    language: Mapped[str] = mapped_column(sa.String(10), server_default=sa.text("''"))
    translation: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("''"))
    translated: Mapped[str] = mapped_column(sa.String(8), server_default=sa.text("''"))
    draft: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("''"))  # a machine's
    suggested: Mapped[str] = mapped_column(sa.String(20), server_default=sa.text("''"))
    waits_for: Mapped[str] = mapped_column(sa.String(6), server_default=sa.text("'first'"))
    twice: Mapped[bool] = mapped_column(server_default=sa.false())
    quote: Mapped[str] = mapped_column(sa.Text, default="")  # edited Dutch, as it may be printed
    quote_shows: Mapped[str] = mapped_column(sa.String(10), server_default=sa.text("'side'"))
    quote_original: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("''"))
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


class RemarkCoding(Base):
    """What one colleague made of a remark that is coded twice; empty `themes`: set aside."""

    __tablename__ = "remark_codings"
    __table_args__ = (
        one_of("position", CODINGS, "position"),
        sa.UniqueConstraint("remark_id", "account_id", name="uq_remark_codings_one_each"),
        {"sqlite_with_rowid": False},
    )

    remark_id: Mapped[str] = mapped_column(
        sa.ForeignKey("remarks.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    position: Mapped[str] = mapped_column(sa.String(6), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.String(32))
    themes: Mapped[str] = mapped_column(sa.String(80))  # keys with spaces between, in order
