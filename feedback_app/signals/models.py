"""Tables: signals, from a colleague's first observation to the answer that is told back."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

STATES = (
    "pre_signaal",
    "getoetst",
    "signaal",
    "gevalideerd",
    "overgemaakt",
    "beantwoord",
    "teruggekoppeld",
    "afgesloten",
    "niet_weerhouden",
)


class Signal(Base):
    """What people decide to raise; begins as a pre-signal (form P) and keeps what was first written.

    Finding (`finding`, vaststelling), reading (`reading`, duiding) and ask (`ask`, vraag) stay apart.
    """

    __tablename__ = "signals"
    __table_args__ = (
        one_of("state", STATES, "state"),
        sa.CheckConstraint("state <> 'niet_weerhouden' OR reason <> ''", name="dropped_has_reason"),
        sa.CheckConstraint(
            "state NOT IN ('signaal', 'gevalideerd', 'overgemaakt', 'beantwoord', 'teruggekoppeld',"
            " 'afgesloten') OR (code IS NOT NULL AND title <> '' AND finding <> '' AND ask <> '')",
            name="signal_is_whole",
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    code: Mapped[str | None] = mapped_column(sa.String(20), unique=True)  # S-2026-H1-03
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(20), default="pre_signaal")
    theme_key: Mapped[str] = mapped_column(sa.String(3))
    observation: Mapped[str] = mapped_column(sa.Text, default="")  # form P, as first written
    frequency: Mapped[str] = mapped_column(sa.String(40), default="")
    spread: Mapped[str] = mapped_column(sa.String(40), default="")
    solver: Mapped[str] = mapped_column(sa.String(40), default="")
    is_practice: Mapped[bool] = mapped_column(default=False)
    own_action: Mapped[str] = mapped_column(sa.Text, default="")
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    finding: Mapped[str] = mapped_column(sa.Text, default="")
    reading: Mapped[str] = mapped_column(sa.Text, default="")
    reading_by: Mapped[str] = mapped_column(sa.String(200), default="")
    causes: Mapped[str] = mapped_column(sa.Text, default="")
    consequence: Mapped[str] = mapped_column(sa.Text, default="")
    ask: Mapped[str] = mapped_column(sa.Text, default="")
    addressee: Mapped[str] = mapped_column(sa.String(200), default="")
    evidence: Mapped[str] = mapped_column(sa.String(40), default="")  # sterk, mogelijk, focusgroep
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    earlier_id: Mapped[str | None] = mapped_column(sa.ForeignKey("signals.id"))
    revision: Mapped[int] = mapped_column(default=1)
    history: Mapped[list["SignalEvent"]] = relationship(order_by="SignalEvent.at")

    __mapper_args__ = {"version_id_col": revision}


class SignalEvent(Base):
    """One step in a signal's life: who moved it where, and when."""

    __tablename__ = "signal_events"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(sa.String(20))
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    note: Mapped[str] = mapped_column(sa.Text, default="")


class SignalEvidence(Base):
    """A pattern a signal was made from, as it stood then: a later search for patterns does not change it."""

    __tablename__ = "signal_evidence"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), index=True)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"))
    snapshot: Mapped[str] = mapped_column(sa.String(64))
    proposal: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
