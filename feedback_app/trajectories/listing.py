"""Looking at what came in: trajectories without anything that names a person, and the imports."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import ContactUnreadable, mask, unseal
from feedback_app.trajectories.models import ImportBatch, Trajectory

PAGE_SIZE = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a longer list; `page` counts from 1."""

    rows: Sequence[T]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class TrajectoryLine:
    """One trajectory as a colleague may see it; the contact only masked."""

    region_key: str
    agency_key: str
    ended_on: date
    contact_language: str
    offer_types: tuple[str, ...]
    outcome: str
    contact: str


def list_trajectories(
    session: Session, settings: Settings, *, region: str | None, page: int
) -> Page[TrajectoryLine]:
    """Trajectories, the latest end first, of one region or of all."""
    query = sa.select(Trajectory).options(selectinload(Trajectory.activities))
    if region:
        query = query.where(Trajectory.region_key == region)
    found = paged(session, query, (Trajectory.ended_on.desc(), Trajectory.id), page)
    return Page([_line(settings, one) for one in found.rows], found.page, found.pages, found.total)


def list_imports(session: Session, *, page: int) -> Page[ImportBatch]:
    """Imports, the latest first."""
    order = (ImportBatch.imported_at.desc(), ImportBatch.id)
    return paged(session, sa.select(ImportBatch), order, page)


def paged(session: Session, query: sa.Select[T], order: Sequence[Any], page: int) -> Page[T]:
    """One page of a query for objects, cut in the database; a page past the end gives the last."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    pages = max(1, math.ceil(total / PAGE_SIZE))
    page = min(max(1, page), pages)
    rows = session.scalars(query.order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Page(rows.all(), page, pages, total)


def _line(settings: Settings, one: Trajectory) -> TrajectoryLine:
    contacts = (_masked(settings, sealed) for sealed in (one.phone_sealed, one.email_sealed))
    return TrajectoryLine(
        region_key=one.region_key,
        agency_key=one.agency_key,
        ended_on=one.ended_on,
        contact_language=one.contact_language,
        offer_types=tuple(sorted({activity.offer_type for activity in one.activities})),
        outcome=one.outcome,
        contact=", ".join(filter(None, contacts)),
    )


def _masked(settings: Settings, sealed: str | None) -> str:
    try:
        return mask(unseal(settings.secret_key, sealed))
    except ContactUnreadable:
        return "?"
