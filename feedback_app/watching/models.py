"""Table: when the worker last did each of its periodic tasks."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.database import Base, UtcDateTime


class TaskRun(Base):
    """One periodic task: when it last began, succeeded and failed, and the kind of fault.

    `due_at` is the last moment of its plan that a worker took on, for all workers of all machines.
    """

    __tablename__ = "task_runs"

    task: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str] = mapped_column(sa.String(80), default="", server_default=sa.text("''"))
