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
