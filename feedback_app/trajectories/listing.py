"""Looking at what came in: trajectories without anything that names a person, and the imports."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from feedback_app.paging import Page, in_order, paged
from feedback_app.questionnaires.loading import load_codes
from feedback_app.settings import Settings
from feedback_app.trajectories.built_upon import filled_in_by_hand
from feedback_app.trajectories.checking import ref_hash
from feedback_app.trajectories.contacts import ContactUnreadable, mask, unseal
from feedback_app.trajectories.models import ImportBatch, Trajectory
from feedback_app.trajectories.records import plain_ref

#: name in the address → column; a minus before it turns the order
_ORDERS: Mapping[str, Any] = {
    "ended": Trajectory.ended_on,
    "started": Trajectory.started_on,
    "region": Trajectory.region_key,
    "agency": Trajectory.agency_key,
    "outcome": Trajectory.outcome,
}
DEFAULT_ORDER = "-ended"

IMPORT_ORDERS: Mapping[str, Any] = {
    "imported": ImportBatch.imported_at,
    "file": ImportBatch.file_name,
    "rows": ImportBatch.rows,
    "refused": ImportBatch.refused,
    "undone": ImportBatch.undone_at,
}
DEFAULT_IMPORT_ORDER = "-imported"


@dataclass(frozen=True)
class Wanted:
    """Which trajectories: empty is any; the days are those of the end, or of the start while it runs.

    `file` is a file that was taken in: those of it that a colleague filled in by hand since.
    """

    region: str | None = None
    agency: str = ""
    outcome: str = ""
    since: date | None = None
    until: date | None = None
    ref: str = ""
    file: str = ""
    order: str = DEFAULT_ORDER

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(
            self.region or self.agency or self.outcome or self.since or self.until or self.ref or self.file
        )


@dataclass(frozen=True)
class TrajectoryLine:
    """One trajectory as a colleague may see it; the contact only masked."""

    id: str
    region_key: str
    agency_key: str
    started_on: date
    ended_on: date | None
    contact_language: str
    offer_types: tuple[str, ...]
    outcome: str
    contact: str


def list_trajectories(
    session: Session, settings: Settings, wanted: Wanted, *, page: int
) -> Page[TrajectoryLine]:
    """Trajectories, narrowed and sorted in the database."""
    query = sa.select(Trajectory).options(selectinload(Trajectory.activities))
    for column, value in (
        (Trajectory.region_key, wanted.region),
        (Trajectory.agency_key, wanted.agency),
        (Trajectory.outcome, wanted.outcome),
    ):
        if value:
            query = query.where(column == value)
    day = sa.func.coalesce(Trajectory.ended_on, Trajectory.started_on)
    if wanted.since:
        query = query.where(day >= wanted.since)
    if wanted.until:
        query = query.where(day <= wanted.until)
    if wanted.file:
        query = query.where(filled_in_by_hand(wanted.file))
    if wanted.ref:
        agencies = load_codes(settings.surveys_dir).agencies
        hashes = [ref_hash(settings.secret_key, one.key, plain_ref(wanted.ref)) for one in agencies]
        query = query.where(Trajectory.ref_hash.in_(hashes))
    found = paged(session, query, (*in_order(_ORDERS, wanted.order, DEFAULT_ORDER), Trajectory.id), page)
    return Page([_line(settings, one) for one in found.rows], found.page, found.pages, found.total)


def find_trajectory(session: Session, trajectory_id: str, region: str | None) -> Trajectory | None:
    """One trajectory, of one region or of all."""
    query = sa.select(Trajectory).where(Trajectory.id == trajectory_id)
    return session.scalar(query.where(Trajectory.region_key == region) if region else query)


def list_imports(session: Session, *, region: str | None, order: str, page: int) -> Page[ImportBatch]:
    """Imports: all, or what colleagues of one region took in."""
    query = sa.select(ImportBatch)
    if region:
        query = query.where(ImportBatch.region_key == region)
    by = in_order(IMPORT_ORDERS, order, DEFAULT_IMPORT_ORDER)
    return paged(session, query, (*by, ImportBatch.imported_at.desc(), ImportBatch.id), page)


def _line(settings: Settings, one: Trajectory) -> TrajectoryLine:
    contacts = (_masked(settings, sealed) for sealed in (one.phone_sealed, one.email_sealed))
    return TrajectoryLine(
        id=one.id,
        region_key=one.region_key,
        agency_key=one.agency_key,
        started_on=one.started_on,
        ended_on=one.ended_on,
        contact_language=one.contact_language,
        offer_types=tuple(sorted({activity.offer_type for activity in one.activities})),
        outcome=one.outcome,
        contact=", ".join(filter(None, contacts)),
    )


def _masked(settings: Settings, sealed: str | None) -> str:
    try:
        return mask(unseal(settings.contact_keys, sealed))
    except ContactUnreadable:
        return "?"
