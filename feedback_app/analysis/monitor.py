"""How many were invited and how many answered while a wave collects: never what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import AUDIENCES, Invitation

#: counts below this are not shown
SMALL = 10


@dataclass(frozen=True)
class Count:
    """One count as it may be shown: None stands for fewer than ten."""

    shown: int | None

    def __str__(self) -> str:
        return f"< {SMALL}" if self.shown is None else str(self.shown)


@dataclass(frozen=True)
class Response:
    """Invited and answered in one group, per audience."""

    invited: Mapping[str, Count]
    answered: Mapping[str, Count]


@dataclass(frozen=True)
class WaveResponse:
    """A collecting wave's totals and, by region key, its regions."""

    total: Response
    regions: Mapping[str, Response]


def response_counts(session: Session, wave_key: str, region: str | None) -> WaveResponse:
    """The counts of one wave; with `region`, of that region only."""
    answered = sa.func.sum(sa.case((Invitation.disposition == "answered", 1), else_=0))
    query = sa.select(Invitation.region_key, Invitation.audience, sa.func.count(), answered)
    query = query.where(Invitation.wave_key == wave_key)
    if region is not None:
        query = query.where(Invitation.region_key == region)
    invited_by: dict[str, dict[str, int]] = {audience: {} for audience in AUDIENCES}
    answered_by: dict[str, dict[str, int]] = {audience: {} for audience in AUDIENCES}
    rows = session.execute(query.group_by(Invitation.region_key, Invitation.audience))
    for key, audience, invited, done in rows:
        invited_by[audience][key] = invited
        answered_by[audience][key] = done
    keys = {key for counts in invited_by.values() for key in counts}
    totals = (_totals(invited_by), _totals(answered_by))
    shown = (_shown(invited_by), _shown(answered_by))
    regions = {
        key: Response(*({a: one[a].get(key, Count(None)) for a in AUDIENCES} for one in shown))
        for key in keys
    }
    return WaveResponse(Response(*totals), regions)


def visible(counts: Mapping[str, int]) -> dict[str, Count]:
    """Counts of regions whose sum is shown too: the small ones hidden, and never one alone.

    One hidden count would be the sum less the others, so the smallest other one is hidden with it. What
    is hidden together must itself reach ten, else the sum would still give it away as a small group.
    """
    hidden = {key for key, count in counts.items() if count < SMALL}
    rest = sorted(counts.keys() - hidden, key=lambda key: (counts[key], key))
    while hidden and rest and (len(hidden) < 2 or sum(counts[key] for key in hidden) < SMALL):
        hidden.add(rest.pop(0))
    return {key: Count(None if key in hidden else count) for key, count in counts.items()}


def _shown(by_audience: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, Count]]:
    return {audience: visible(counts) for audience, counts in by_audience.items()}


def _totals(by_audience: Mapping[str, Mapping[str, int]]) -> dict[str, Count]:
    sums = {audience: sum(counts.values()) for audience, counts in by_audience.items()}
    return {audience: Count(number if number >= SMALL else None) for audience, number in sums.items()}
