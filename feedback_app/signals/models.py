"""Tables: signals, from a colleague's first observation to the answer that is told back."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id
from feedback_app.signals.criteria import CRITERIA

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

#: from here on the addressee has it
HANDED_OVER = ("overgemaakt", "beantwoord", "teruggekoppeld", "afgesloten")
#: what happened at one step of the history
EVENT_KINDS = ("written", "reworded", "tested", "moved", "planned", "attached", "detached", "reminded")
#: when somebody responsible is written to (see `reminders`)
REMINDER_STEPS = ("due_soon", "overdue", "overdue_again", "tell_back")
REMINDER_STATES = ("claimed", "sent", "failed", "unknown")


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
        sa.CheckConstraint(
            "state NOT IN ('overgemaakt', 'beantwoord', 'teruggekoppeld', 'afgesloten')"
            " OR (handed_on IS NOT NULL AND due_on IS NOT NULL)",
            name="handed_over_has_days",
        ),
        sa.CheckConstraint(
            "state NOT IN ('beantwoord', 'teruggekoppeld', 'afgesloten')"
            " OR (answer <> '' AND answered_on IS NOT NULL)",
            name="answered_has_answer",
        ),
        sa.CheckConstraint(
            "state NOT IN ('teruggekoppeld', 'afgesloten') OR (told_said <> '' AND told_doing <> '')",
            name="told_back_has_text",
        ),
        sa.CheckConstraint("due_on >= handed_on", name="due_after_handed_over"),
        sa.CheckConstraint("earlier_id <> id", name="follows_another"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    code: Mapped[str | None] = mapped_column(sa.String(20), unique=True)  # S-2026-H1-03
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"), index=True)
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(20), default="pre_signaal")
    theme_key: Mapped[str] = mapped_column(sa.String(3))
    observation: Mapped[str] = mapped_column(sa.Text, default="")  # form P, as first written
    frequency: Mapped[str] = mapped_column(sa.String(40), default="")
    spread: Mapped[str] = mapped_column(sa.String(40), default="")  # how many organisations
    municipalities: Mapped[str] = mapped_column(sa.String(40), default="")
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
    concerns: Mapped[str] = mapped_column(sa.String(200), default="")  # whom it is about
    level: Mapped[str] = mapped_column(sa.String(40), default="")  # who can solve it
    addressee: Mapped[str] = mapped_column(sa.String(200), default="")
    handed_on: Mapped[date | None]
    due_on: Mapped[date | None] = mapped_column(index=True)
    responsible_id: Mapped[str | None] = mapped_column(sa.String(32))  # the account that follows it up
    evidence: Mapped[str] = mapped_column(sa.String(40), default="")  # sterk, mogelijk, focusgroep
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by: Mapped[str] = mapped_column(sa.String(200), default="")
    answered_on: Mapped[date | None]
    will_do: Mapped[str] = mapped_column(sa.Text, default="")  # what the addressee will do
    # for everybody, in plain Dutch: what people said, what is done with it, by whom and when
    told_said: Mapped[str] = mapped_column(sa.Text, default="")
    told_doing: Mapped[str] = mapped_column(sa.Text, default="")
    told_by: Mapped[str] = mapped_column(sa.String(120), default="")
    told_when: Mapped[str] = mapped_column(sa.String(120), default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    earlier_id: Mapped[str | None] = mapped_column(sa.ForeignKey("signals.id"))
    revision: Mapped[int] = mapped_column(default=1)
    history: Mapped[list["SignalEvent"]] = relationship(order_by="SignalEvent.at")

    __mapper_args__ = {"version_id_col": revision}

    @property
    def whole_answer(self) -> str:
        """What was answered and what will be done, as it is told back."""
        return "\n".join(filter(None, (self.answer, self.will_do)))


class SignalEvent(Base):
    """One step in a signal's life: who did what, when, in which state it was afterwards, and what changed.

    `changes` has field → [before, after] as codes and as written; a question of the test list counts as one.
    """

    __tablename__ = "signal_events"
    __table_args__ = (one_of("kind", EVENT_KINDS, "kind"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(20))
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    changes: Mapped[dict[str, list[Any]]] = mapped_column(sa.JSON, default=dict)


class SignalCheck(Base):
    """One answer of the test list: does the signal stand up to this, and why; None while nobody said."""

    __tablename__ = "signal_checks"
    __table_args__ = (one_of("criterion", CRITERIA, "criterion"),)

    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True)
    criterion: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    holds: Mapped[bool | None]
    why: Mapped[str] = mapped_column(sa.Text, default="")


class SignalEvidence(Base):
    """A pattern a signal was made from, as it stood then: a later search for patterns does not change it.

    `digest` is a keyed hash of signal, wave, snapshot and proposal: what was altered afterwards shows.
    """

    __tablename__ = "signal_evidence"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), index=True)
    wave_key: Mapped[str] = mapped_column(sa.ForeignKey("waves.key"))
    snapshot: Mapped[str] = mapped_column(sa.String(64))
    proposal: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    digest: Mapped[str] = mapped_column(sa.String(64))


class SignalReminder(Base):
    """An e-mail about a signal to somebody responsible: once for each step, counted from the day it is about.

    A new due date begins the steps anew. What was claimed when a process died is never sent again.
    """

    __tablename__ = "signal_reminders"
    __table_args__ = (
        one_of("step", REMINDER_STEPS, "step"),
        one_of("state", REMINDER_STATES, "state"),
    )

    signal_id: Mapped[str] = mapped_column(sa.ForeignKey("signals.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    about_on: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(8), default="claimed")
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
