"""Tables: trajectories that ended, their activities, and the partners that hosted them."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id

OUTCOMES = ("completed", "stopped")


class Partner(Base):
    """An organisation that receives newcomers; known by its company number, else by its e-mail address."""

    __tablename__ = "partners"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(sa.String(200))
    kbo: Mapped[str | None] = mapped_column(sa.String(10), unique=True)
    email: Mapped[str | None] = mapped_column(sa.String(254), index=True)


class ImportBatch(Base):
    """One file that was taken in: what it was and what became of its rows."""

    __tablename__ = "import_batches"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    file_hash: Mapped[str] = mapped_column(sa.String(64))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    rows: Mapped[int]
    trajectories: Mapped[int]
    activities: Mapped[int]
    known: Mapped[int]
    refused: Mapped[int]


class Trajectory(Base):
    """One ended trajectory, without name, birth date or origin; the file number is kept only as a keyed hash.

    Phone and e-mail address are sealed (see `contacts`) and destroyed on time.
    """

    __tablename__ = "trajectories"
    __table_args__ = (
        sa.UniqueConstraint("agency_key", "ref_hash", name="uq_trajectories_agency_ref"),
        one_of("outcome", OUTCOMES, "outcome"),
        sa.CheckConstraint("ended_on >= started_on", name="dates_in_order"),
        sa.CheckConstraint("hours >= 0", name="hours_not_negative"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    ref_hash: Mapped[str] = mapped_column(sa.String(64))
    agency_key: Mapped[str] = mapped_column(sa.String(40))
    region_key: Mapped[str] = mapped_column(sa.String(40))
    started_on: Mapped[date]
    ended_on: Mapped[date] = mapped_column(index=True)
    hours: Mapped[Decimal] = mapped_column(sa.Numeric(6, 2))
    offer_source: Mapped[str] = mapped_column(sa.String(40))
    contact_language: Mapped[str] = mapped_column(sa.String(10))
    phone_sealed: Mapped[str | None] = mapped_column(sa.Text)
    email_sealed: Mapped[str | None] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.String(10))
    imported_on: Mapped[date]
    activities: Mapped[list["Activity"]] = relationship(back_populates="trajectory")


class Activity(Base):
    """One activity of a trajectory, at one partner."""

    __tablename__ = "activities"
    __table_args__ = (
        sa.UniqueConstraint(
            "trajectory_id", "partner_id", "offer_type", name="uq_activities_trajectory_partner_type"
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    trajectory_id: Mapped[str] = mapped_column(sa.ForeignKey("trajectories.id"))
    partner_id: Mapped[str] = mapped_column(sa.ForeignKey("partners.id"), index=True)
    offer_type: Mapped[str] = mapped_column(sa.String(40))
    trajectory: Mapped[Trajectory] = relationship(back_populates="activities")
    partner: Mapped[Partner] = relationship()
