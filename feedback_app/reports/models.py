"""Tables: editions, each one frozen report."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id


class Edition(Base):
    """One compiled report: the content it was made from, and its PDF. A final one is never changed."""

    __tablename__ = "editions"
    __table_args__ = (one_of("state", ("draft", "final"), "state"),)

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
