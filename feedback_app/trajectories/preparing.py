"""From checked rows to rows that can be written: finds what is there already and only reads the database.

So the long part of taking in a file keeps nobody waiting, and a preview stores nothing at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import random_id
from feedback_app.jobs import Progress
from feedback_app.trajectories.following import Period
from feedback_app.trajectories.models import (
    RUNNING,
    Activity,
    ImportBatch,
    OptedOutContact,
    Partner,
    Trajectory,
)
from feedback_app.trajectories.partners import PartnerBook, PartnerFacts
from feedback_app.trajectories.prepared import END, TRAJECTORY, Prepared
from feedback_app.trajectories.spool import Spool

_CHUNK = 500

Content = dict[str, Any]
#: trajectory, partner and offer type
Which = tuple[str, str, str]


def witness(session: Session, batch_id: str | None) -> tuple[int, ...]:
    """Numbers that change when something is added, ended, merged, undone or opted out.

    A partner's address that is edited is not among it: that is as if the file had come just before.
    """
    others = sa.select(sa.func.count(ImportBatch.id)).where(ImportBatch.id != (batch_id or ""))
    columns = (
        *(Trajectory.id, Trajectory.ended_on, Activity.id),
        *(Partner.id, Partner.kbo, Partner.merged_into_id, OptedOutContact.contact_hash),
    )
    counts = [sa.select(sa.func.count(column)).scalar_subquery() for column in columns]
    undone = others.where(ImportBatch.undone_at.is_not(None))
    found = session.execute(sa.select(*counts, others.scalar_subquery(), undone.scalar_subquery()))
    return tuple(found.one())


@dataclass(frozen=True)
class _Known:
    """A trajectory that is there already."""

    id: str
    region_key: str
    outcome: str
    ended_on: date | None


class Preparation:
    """Prepares the accepted rows of one file as part of a batch."""

    def __init__(
        self,
        session: Session,
        batch_id: str | None,
        day: date,
        region: str | None,
        periods: Iterable[Period] = (),
    ) -> None:
        self._session, self._batch_id, self._region = session, batch_id, region
        self._day, self._periods = day.isoformat(), tuple(periods)
        self._out = Prepared()

    def of(self, spool: Spool, progress: Progress | None) -> Prepared:
        """All that the file brings."""
        rows, refused = spool.counts()
        accepted, done = rows - refused, 0
        self._partners(spool)
        for part in spool.accepted(_CHUNK):
            self._chunk(part, spool)
            done += len(part)
            if progress:
                progress(done, accepted, _("Vergelijken met wat er al is"))
        return self._out

    def _partners(self, spool: Spool) -> None:
        for part in spool.partners(_CHUNK):
            facts = {key: PartnerFacts(name, kbo, email) for key, name, kbo, email in part}
            book = PartnerBook(self._session, facts.values(), self._batch_id, self._out)
            self._out.put("partners", book.new)
            self._out.put("claims", [(kbo, partner) for partner, kbo in book.claimed.items()])
            spool.know_partners({key: book.id_of(one) for key, one in facts.items()})

    def _chunk(self, part: list[tuple[str, Content]], spool: Spool) -> None:
        first: dict[str, Content] = {}
        for dossier, content in part:
            first.setdefault(dossier, content)
        known = self._known(first)
        ids = self._out.trajectory_ids(first)
        new = {one: random_id() for one in first if one not in known and one not in ids}
        self._out.put("trajectories", [self._trajectory(new[one], one, first[one]) for one in new])
        ids |= new
        asked = {ids[one]: self._asks(first[one]["outcome"], first[one]["ended_on"]) for one in ids}
        mine = {dossier: one for dossier, one in known.items() if self._mine(one)}
        ids |= {dossier: one.id for dossier, one in mine.items()}
        asked |= {one.id: self._asks(one.outcome, one.ended_on) for one in mine.values()}
        running = {one.id: first[dossier] for dossier, one in mine.items() if one.outcome == RUNNING}
        asked |= {one: self._asks(told["outcome"], told["ended_on"]) for one, told in running.items()}
        there = self._known_activities(ids.values())
        ended = self._end(running)
        self._out.invitations += sum(asked[one] for one in (*new.values(), *ended))
        self._out.invitations += sum(asked[one] for one, _partner, _type in there if one in ended)
        wanted = self._wanted(part, ids, spool)
        fresh = wanted - there - self._out.activities_of(ids.values())
        self._out.put("activities", [(random_id(), *one, self._batch_id) for one in fresh])
        self._out.invitations += sum(asked[one] for one, _partner, _type in fresh)

    def _wanted(self, part: list[tuple[str, Content]], ids: dict[str, str], spool: Spool) -> set[Which]:
        """The activities the rows tell of, unless the trajectory is another region's."""
        partners = spool.partner_ids({content["partner"] for _dossier, content in part})
        return {
            (ids[dossier], partners[content["partner"]], content["offer_type"])
            for dossier, content in part
            if dossier in ids
        }

    def _known(self, hashes: Iterable[str]) -> dict[str, _Known]:
        """Hash → what is there already."""
        columns = (Trajectory.id, Trajectory.region_key, Trajectory.outcome, Trajectory.ended_on)
        found = sa.select(Trajectory.ref_hash, *columns).where(Trajectory.ref_hash.in_(list(hashes)))
        return {row.ref_hash: _Known(*row[1:]) for row in self._session.execute(found)}

    def _mine(self, known: _Known) -> bool:
        """A colleague of one region adds nothing to a trajectory that is another region's here."""
        return self._region is None or known.region_key == self._region

    def _end(self, running: dict[str, Content]) -> set[str]:
        """What was running has ended, so this file says; which of these are new ends."""
        told = {one: content for one, content in running.items() if content["outcome"] != RUNNING}
        before = self._out.ended(told)
        ends = {one: content for one, content in told.items() if one not in before}
        rows = [(*self._told(content, END), one) for one, content in ends.items()]
        self._out.put("ends", rows)
        return set(ends)

    def _known_activities(self, trajectories: Iterable[str]) -> set[Which]:
        found = sa.select(Activity.trajectory_id, Activity.partner_id, Activity.offer_type)
        found = found.where(Activity.trajectory_id.in_(list(trajectories)))
        return {(one, partner, offer) for one, partner, offer in self._session.execute(found)}

    def _trajectory(self, trajectory_id: str, hashed: str, content: Content) -> tuple[Any, ...]:
        more = {"id": trajectory_id, "ref_hash": hashed, "batch_id": self._batch_id}
        return self._told({**content, **more}, TRAJECTORY)

    def _told(self, content: Content, columns: Iterable[str]) -> tuple[Any, ...]:
        """Values of these columns; of what still runs no file told the end."""
        ended_batch = None if content["outcome"] == RUNNING else self._batch_id
        whole = {**content, "imported_on": self._day, "ended_batch_id": ended_batch}
        return tuple(whole[name] for name in columns)

    def _asks(self, outcome: str, ended_on: date | str | None) -> bool:
        """Whether an open wave asks about a trajectory that ended so."""
        if outcome != "completed" or ended_on is None:
            return False
        day = date.fromisoformat(ended_on) if isinstance(ended_on, str) else ended_on
        return any(first <= day <= last for first, last in self._periods)
