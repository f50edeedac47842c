"""Tables: questionnaires as they were asked, frozen for good."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.database import Base


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
