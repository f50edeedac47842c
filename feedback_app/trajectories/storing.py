"""Writing what was checked into the database, so many rows at a time, leaving out what is already there."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import random_id
from feedback_app.jobs import Progress
from feedback_app.trajectories.models import RUNNING, Activity, ImportBatch, Trajectory
from feedback_app.trajectories.partners import PartnerBook, PartnerFacts
from feedback_app.trajectories.spool import Spool

_CHUNK = 500

#: what a later file may tell of a trajectory that was still running
_TOLD_AT_THE_END = ("ended_on", "hours", "phone_sealed", "email_sealed", "outcome")
_COLUMNS = ("agency_key", "region_key", "offer_source", "contact_language", "phone_sealed", "email_sealed")

Row = tuple[str, dict[str, Any]]


class Store:
    """Stores the accepted rows of one file as part of a batch; flushes, does not commit."""

    def __init__(self, session: Session, batch: ImportBatch, day: date, region: str | None) -> None:
        self._session, self._batch, self._day, self._region = session, batch, day, region

    def store(self, spool: Spool, progress: Progress | None) -> int:
        """Write all, count it in the batch; how many partners are new."""
        rows, refused = spool.counts()
        accepted, done = rows - refused, 0
        partners = self._partners(spool)
        batch = self._batch
        for part in spool.accepted(_CHUNK):
            self._store_chunk(part, spool)
            done += len(part)
            if progress:
                progress(accepted + done, 2 * accepted, _("Dossiers bewaren"))
        batch.rows, batch.refused = rows, refused
        batch.known = accepted - batch.activities
        self._session.flush()
        return partners

    def _partners(self, spool: Spool) -> int:
        new = 0
        for part in spool.partners(_CHUNK):
            facts = {key: PartnerFacts(name, kbo, email) for key, name, kbo, email in part}
            book = PartnerBook(self._session, facts.values(), self._batch.id)
            new += book.store()
            spool.know_partners({key: book.id_of(one) for key, one in facts.items()})
        return new

    def _store_chunk(self, part: list[Row], spool: Spool) -> None:
        batch = self._batch
        first: dict[str, dict[str, Any]] = {}
        for dossier, content in part:
            first.setdefault(dossier, content)
        known = self._known_trajectories(first)
        new = {one: random_id() for one in first if one not in known}
        if new:
            rows = [self._trajectory(new[one], one, first[one]) for one in new]
            self._session.execute(sa.insert(Trajectory), rows)
        batch.trajectories += len(new)
        self._end([(known[one][0], first[one]) for one in known if self._ends(known[one], first[one])])
        ids = {one: kept[0] for one, kept in known.items() if self._mine(kept)} | new
        partners = spool.partner_ids({content["partner"] for _dossier, content in part})
        wanted = dict.fromkeys(
            (ids[dossier], partners[content["partner"]], content["offer_type"])
            for dossier, content in part
            if dossier in ids
        )
        there = self._known_activities(ids.values())
        fresh = [one for one in wanted if one not in there]
        if fresh:
            self._session.execute(sa.insert(Activity), [self._activity(*one) for one in fresh])
        batch.activities += len(fresh)

    def _known_trajectories(self, hashes: Iterable[str]) -> dict[str, tuple[str, str, str]]:
        """Hash → id, region and outcome of what is there already."""
        found = sa.select(Trajectory.ref_hash, Trajectory.id, Trajectory.region_key, Trajectory.outcome)
        rows = self._session.execute(found.where(Trajectory.ref_hash.in_(list(hashes))))
        return {hashed: (key, region, outcome) for hashed, key, region, outcome in rows}

    def _mine(self, known: tuple[str, str, str]) -> bool:
        """A colleague of one region adds nothing to a trajectory that is another region's here."""
        return self._region is None or known[1] == self._region

    def _ends(self, known: tuple[str, str, str], content: dict[str, Any]) -> bool:
        return self._mine(known) and known[2] == RUNNING and content["outcome"] != RUNNING

    def _end(self, ended: list[tuple[str, dict[str, Any]]]) -> None:
        """What was running has ended, so this file says."""
        for trajectory_id, content in ended:
            values = {name: _stored(name, content[name]) for name in _TOLD_AT_THE_END}
            self._session.execute(
                sa.update(Trajectory)
                .where(Trajectory.id == trajectory_id)
                .values(**values, ended_batch_id=self._batch.id, imported_on=self._day)
                .execution_options(synchronize_session=False)
            )
        self._batch.ended += len(ended)

    def _known_activities(self, trajectories: Iterable[str]) -> set[tuple[str, str, str]]:
        found = sa.select(Activity.trajectory_id, Activity.partner_id, Activity.offer_type)
        found = found.where(Activity.trajectory_id.in_(list(trajectories)))
        return set(self._session.execute(found))

    def _activity(self, trajectory_id: str, partner_id: str, offer_type: str) -> dict[str, Any]:
        return {
            "id": random_id(),
            "trajectory_id": trajectory_id,
            "partner_id": partner_id,
            "offer_type": offer_type,
            "batch_id": self._batch.id,
        }

    def _trajectory(self, trajectory_id: str, hashed: str, content: dict[str, Any]) -> dict[str, Any]:
        names = (*_COLUMNS, "started_on", "ended_on", "hours", "outcome")
        return {
            "id": trajectory_id,
            "ref_hash": hashed,
            **{name: _stored(name, content[name]) for name in names},
            "imported_on": self._day,
            "batch_id": self._batch.id,
            "ended_batch_id": None if content["outcome"] == RUNNING else self._batch.id,
        }


def _stored(name: str, value: Any) -> Any:
    """A value as the table holds it."""
    if value is None:
        return None
    if name.endswith("_on"):
        return date.fromisoformat(value)
    return Decimal(value) if name == "hours" else value
