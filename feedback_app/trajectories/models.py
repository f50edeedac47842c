"""Tables: trajectories, their activities and files, the partners who hosted them, who wants no message."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback_app.database import Base, UtcDateTime, now, one_of, random_id
from feedback_app.trajectories.contacts import SEALED
from feedback_app.trajectories.folding import fold_organisation, fold_person

RUNNING, COMPLETED = "running", "completed"
#: how a trajectory stands; only what is completed is asked about
OUTCOMES = (COMPLETED, "stopped", RUNNING)


def _folded_organisation(context: DefaultExecutionContext) -> str:
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return fold_organisation(row["name"], row.get("kbo"), row.get("email"))


def _folded_person(context: DefaultExecutionContext) -> str:
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return fold_person(row["name"], row.get("function") or "", row.get("email"), row.get("phone"))


class Partner(Base):
    """An organisation that receives newcomers; known by its company number, else by its e-mail address.

    One that was merged stays, so that its number and address lead to the one it was merged into; that one is
    never merged itself. `folded` is what the list is searched by.
    """

    __tablename__ = "partners"
    __table_args__ = (
        sa.CheckConstraint("name <> ''", name="has_name"),
        sa.CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        sa.CheckConstraint("(merged_into_id IS NULL) = (merged_on IS NULL)", name="merged_has_date"),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(sa.String(200))
    kbo: Mapped[str | None] = mapped_column(sa.String(10), unique=True)
    email: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    opted_out: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    merged_into_id: Mapped[str | None] = mapped_column(sa.ForeignKey("partners.id"), index=True)
    merged_on: Mapped[date | None]
    folded: Mapped[str] = mapped_column(sa.Text, default=_folded_organisation, server_default=sa.text("''"))
    batch_id: Mapped[str | None] = mapped_column(sa.ForeignKey("import_batches.id"), index=True)
    contacts: Mapped[list["PartnerContact"]] = relationship(
        back_populates="partner", order_by="PartnerContact.name"
    )


class PartnerRegion(Base):
    """A region a colleague named for a partner, beside those of its activities."""

    __tablename__ = "partner_regions"

    partner_id: Mapped[str] = mapped_column(
        sa.ForeignKey("partners.id", ondelete="CASCADE"), primary_key=True
    )
    region_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class PartnerOffer(Base):
    """A kind of activity a colleague named for a partner, beside those it hosted."""

    __tablename__ = "partner_offers"

    partner_id: Mapped[str] = mapped_column(
        sa.ForeignKey("partners.id", ondelete="CASCADE"), primary_key=True
    )
    offer_type: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class PartnerContact(Base):
    """A person at a partner; at most one of them is the one that messages go to."""

    __tablename__ = "partner_contacts"
    __table_args__ = (
        sa.CheckConstraint("name <> '' OR email IS NOT NULL", name="has_name_or_email"),
        sa.CheckConstraint("NOT chosen OR email IS NOT NULL", name="chosen_has_email"),
        sa.Index(
            "uq_partner_contacts_chosen",
            "partner_id",
            unique=True,
            sqlite_where=sa.text("chosen"),
            postgresql_where=sa.text("chosen"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    partner_id: Mapped[str] = mapped_column(sa.ForeignKey("partners.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    function: Mapped[str] = mapped_column(sa.String(200), default="")
    email: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    phone: Mapped[str | None] = mapped_column(sa.String(20))
    language: Mapped[str] = mapped_column(sa.String(10), default="nl")
    chosen: Mapped[bool] = mapped_column(default=False)
    opted_out: Mapped[bool] = mapped_column(default=False)
    changed_on: Mapped[date]
    folded: Mapped[str] = mapped_column(sa.Text, default=_folded_person, server_default=sa.text("''"))
    partner: Mapped[Partner] = relationship(back_populates="contacts")


@event.listens_for(Partner, "before_update")
def _fold_organisation(_mapper: object, _connection: object, one: Partner) -> None:
    one.folded = fold_organisation(one.name, one.kbo, one.email)


@event.listens_for(PartnerContact, "before_update")
def _fold_person(_mapper: object, _connection: object, one: PartnerContact) -> None:
    one.folded = fold_person(one.name, one.function, one.email, one.phone)


class AgencyMapping(Base):
    """Which column is which in the files of an agency, as a colleague chose last."""

    __tablename__ = "agency_mappings"

    agency_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    changed_on: Mapped[date]


class Upload(Base):
    """A file between upload and confirmation; its content lies sealed in pieces, for an hour at most."""

    __tablename__ = "import_uploads"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    account_id: Mapped[str] = mapped_column(sa.String(32))
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    agency_key: Mapped[str | None] = mapped_column(sa.String(40))
    layout: Mapped[str] = mapped_column(sa.String(80))
    file_name: Mapped[str] = mapped_column(sa.String(200))
    size: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    told: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)


class UploadPiece(Base):
    """Part of an uploaded file (`content`), or a page of its preview (`rows`, `refused`); sealed."""

    __tablename__ = "import_upload_pieces"
    __table_args__ = (one_of("kind", ("content", "rows", "refused"), "kind"),)

    upload_id: Mapped[str] = mapped_column(
        sa.ForeignKey("import_uploads.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(sa.Text)


class ImportBatch(Base):
    """One file that was taken in: what it was, what became of its rows, whether it was undone.

    `region_key` is the region of the colleague who took it in, if that account is bound to one.
    """

    __tablename__ = "import_batches"

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    file_hash: Mapped[str] = mapped_column(sa.String(64))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    account_id: Mapped[str | None] = mapped_column(sa.String(32))
    region_key: Mapped[str | None] = mapped_column(sa.String(40))
    rows: Mapped[int]
    trajectories: Mapped[int]
    activities: Mapped[int]
    known: Mapped[int]
    refused: Mapped[int]
    ended: Mapped[int] = mapped_column(default=0, server_default="0")
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Trajectory(Base):
    """One trajectory, without name, birth date or origin; the file number is kept only as a keyed hash.

    Phone and e-mail address are sealed (see `contacts`) and destroyed on time. They are kept only of what is
    completed: whoever still takes part, or stopped, is not written to.
    `batch_id` is the file that brought it, `ended_batch_id` the file that told its end.
    """

    __tablename__ = "trajectories"
    __table_args__ = (
        sa.UniqueConstraint("agency_key", "ref_hash", name="uq_trajectories_agency_ref"),
        one_of("outcome", OUTCOMES, "outcome"),
        sa.CheckConstraint("ended_on >= started_on", name="dates_in_order"),
        sa.CheckConstraint("hours >= 0", name="hours_not_negative"),
        sa.CheckConstraint("(outcome = 'running') = (ended_on IS NULL)", name="ended_has_date"),
        sa.CheckConstraint("outcome = 'running' OR hours IS NOT NULL", name="ended_has_hours"),
        sa.CheckConstraint(
            "outcome = 'completed' OR (phone_sealed IS NULL AND email_sealed IS NULL)",
            name="only_completed_has_contact",
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    ref_hash: Mapped[str] = mapped_column(sa.String(64))
    agency_key: Mapped[str] = mapped_column(sa.String(40))
    region_key: Mapped[str] = mapped_column(sa.String(40))
    started_on: Mapped[date]
    ended_on: Mapped[date | None] = mapped_column(index=True)
    hours: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 2))
    offer_source: Mapped[str] = mapped_column(sa.String(40))
    contact_language: Mapped[str] = mapped_column(sa.String(10))
    phone_sealed: Mapped[str | None] = mapped_column(sa.Text, info=SEALED)
    email_sealed: Mapped[str | None] = mapped_column(sa.Text, info=SEALED)
    outcome: Mapped[str] = mapped_column(sa.String(10))
    imported_on: Mapped[date]
    batch_id: Mapped[str | None] = mapped_column(sa.ForeignKey("import_batches.id"), index=True)
    ended_batch_id: Mapped[str | None] = mapped_column(sa.ForeignKey("import_batches.id"), index=True)
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
    batch_id: Mapped[str | None] = mapped_column(sa.ForeignKey("import_batches.id"), index=True)
    trajectory: Mapped[Trajectory] = relationship(back_populates="activities")
    partner: Mapped[Partner] = relationship()


class OptedOutContact(Base):
    """An address or number that gets no message any more; only its keyed hash: nobody is listed here."""

    __tablename__ = "opted_out_contacts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    contact_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    since_on: Mapped[date]
