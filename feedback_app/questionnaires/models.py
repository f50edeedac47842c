"""Tables: questionnaires as they were asked, frozen for good."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

#: the life of a region's question: proposed, then decided by somebody else; an accepted one may be retired
REGIONAL_STATES = ("proposed", "withdrawn", "refused", "accepted", "retired")


class QuestionnaireVersion(Base):
    """Structure and Dutch texts of one questionnaire, named by the fingerprint of both."""

    __tablename__ = "questionnaire_versions"

    fingerprint: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    definition: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    frozen_on: Mapped[date]


class VersionTexts(Base):
    """One language of a frozen version; a language may join later, none is ever changed."""

    __tablename__ = "version_texts"

    fingerprint: Mapped[str] = mapped_column(
        sa.ForeignKey("questionnaire_versions.fingerprint"), primary_key=True
    )
    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    texts: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    review_state: Mapped[str] = mapped_column(sa.String(10))
    frozen_on: Mapped[date]


class RegionalItem(Base):
    """A question that a region proposes for its own edition; `definition` is an item as a file would say it.

    Its key is stored with answers, so it is never given twice.
    """

    __tablename__ = "regional_items"
    __table_args__ = (
        one_of("state", REGIONAL_STATES, "state"),
        one_of("survey_key", ("newcomer", "partner"), "survey_key"),
        sa.UniqueConstraint("survey_key", "item_key"),
        sa.CheckConstraint("state NOT IN ('refused', 'retired') OR reason <> ''", name="decision_has_reason"),
        sa.Index("ix_regional_items_region_key", "region_key", "survey_key"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    region_key: Mapped[str] = mapped_column(sa.String(40))
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    item_key: Mapped[str] = mapped_column(sa.String(40))
    definition: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    why: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.String(10), default="proposed")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    history: Mapped[list["RegionalItemEvent"]] = relationship(order_by="RegionalItemEvent.at")


class RegionalItemEvent(Base):
    """One step in the life of a region's question: who, when, and why."""

    __tablename__ = "regional_item_events"
    __table_args__ = (one_of("state", REGIONAL_STATES, "state"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    item_id: Mapped[str] = mapped_column(sa.ForeignKey("regional_items.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(sa.String(10))
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class WrittenText(Base):
    """What colleagues made of one text of a catalogue: where it stands, it stands instead of the file's.

    `name` is what the text is called in addresses, `source` its Dutch (with its plural). `served` is what
    pages say of it, where that was once decided: an earlier wording while the new one waits. `undone` is how
    the text was before somebody's last change, for who takes that back.
    """

    __tablename__ = "written_texts"
    __table_args__ = (one_of("domain", ("messages", "surveys"), "domain"),)

    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    domain: Mapped[str] = mapped_column(sa.String(8))
    context: Mapped[str | None] = mapped_column(sa.Text)
    source: Mapped[list[str]] = mapped_column(sa.JSON)
    target: Mapped[list[str]] = mapped_column(sa.JSON)
    fuzzy: Mapped[bool]
    previous: Mapped[list[str]] = mapped_column(sa.JSON)
    notes: Mapped[list[str]] = mapped_column(sa.JSON)
    served: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    undone: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


class WrittenState(Base):
    """A catalogue that colleagues wrote in: how reviewed it is and what pages say of it.

    A seal says of which texts a state was said: once others stand there, it says nothing. `stamp` is another
    one after each change.
    """

    __tablename__ = "written_states"
    __table_args__ = (
        one_of("domain", ("messages", "surveys"), "domain"),
        one_of("state", ("", "draft", "reviewed"), "state"),
        one_of("served_state", ("", "draft", "reviewed"), "served_state"),
    )

    locale: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    domain: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    stamp: Mapped[str] = mapped_column(sa.String(32), default="")
    state: Mapped[str] = mapped_column(sa.String(8), default="")
    reviewer: Mapped[str] = mapped_column(sa.Text, default="")
    seal: Mapped[str] = mapped_column(sa.String(64), default="")
    withdrawn: Mapped[bool] = mapped_column(default=False)
    served_state: Mapped[str] = mapped_column(sa.String(8), default="")
    served_seal: Mapped[str] = mapped_column(sa.String(64), default="")
    last_name: Mapped[str] = mapped_column(sa.String(16), default="")
