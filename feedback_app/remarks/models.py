"""Tables: remarks that worry, apart from all others: no list, count, export or report can reach them."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.database import Base, one_of, random_id

REASONS = ("danger", "abuse", "child", "self_harm", "other")


class Worry(Base):
    """A remark about somebody's safety: taken out of `remarks`, with the text as it was written.

    Nothing ties it to where it came from but what a remark knows: side, language, region, month.
    """

    __tablename__ = "worries"
    __table_args__ = (
        one_of("reason", REASONS, "reason"),
        sa.CheckConstraint("NOT closed OR text = ''", name="closed_forgets"),
        sa.CheckConstraint("closed = (handled_by IS NOT NULL)", name="closed_by_somebody"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    survey_key: Mapped[str] = mapped_column(sa.String(40))
    item_key: Mapped[str] = mapped_column(sa.String(40))
    locale: Mapped[str] = mapped_column(sa.String(10))
    region_key: Mapped[str] = mapped_column(sa.String(40))
    month: Mapped[str] = mapped_column(sa.String(7))
    text: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    closed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    raised_by: Mapped[str] = mapped_column(sa.String(32))
    handled_by: Mapped[str | None] = mapped_column(sa.String(32))
