"""How many were invited, reached and answered while a wave collects: never what they answered.

The counts come in steps (see `snapshot`); here they lose what could point at one person: small ones are
hidden, with others so that no sum gives them away, and all but who was invited are rounded down to fives.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from feedback_app.analysis.rates import response_rates
from feedback_app.analysis.snapshot import COLUMNS, Counts, counts_in_steps
from feedback_app.database import now
from feedback_app.invitations.models import AUDIENCES

#: counts below this are not shown
SMALL = 10
#: of a language group counts below this are not: people of one language know each other
SMALL_LANGUAGE = 20
#: of a group with fewer invitations neither these nor the answers are counted: once the wave is closed, who
#: knows how many were invited could compute that everybody in it answered
UNANIMOUS = 20
_TOLD_TOGETHER = ("invited", "answered")
#: what is shown of people who did something is a multiple of this
ROUNDED = 5


@dataclass(frozen=True)
class Count:
    """One count as it may be shown: None stands for fewer than `least`."""

    shown: int | None
    least: int = SMALL

    def __str__(self) -> str:
        return f"< {self.least}" if self.shown is None else str(self.shown)


HIDDEN = Count(None)


@dataclass(frozen=True)
class Group:
    """What became of the invitations of one group."""

    invited: Count = HIDDEN
    delivered: Count = HIDDEN
    answered: Count = HIDDEN
    bounced: Count = HIDDEN

    @property
    def rr2(self) -> int | None:
        """At least so many percent answered (AAPOR RR2), from the numbers shown.

        None when one is hidden, or when nothing is left: "at least 0 %" says nothing.

        An invitation knows only that it was answered, so a partial answer counts as well; RR1 has to wait for
        the closing, when answers are looked at.
        """
        if self.invited.shown is None or self.answered.shown is None:
            return None
        others = max(0, self.invited.shown - self.answered.shown)
        return math.floor(100 * response_rates({"P": self.answered.shown, "UO": others})["RR2"]) or None


@dataclass(frozen=True)
class WaveResponse:
    """A collecting wave as one colleague may see it.

    `total`: audience → group. `regions`: region key → audience → group. `agencies`, `languages` (in
    groups) and `channels` (of the first message, or `card`): key → group of newcomers; empty for who sees one
    region.
    """

    total: Mapping[str, Group]
    regions: Mapping[str, Mapping[str, Group]]
    agencies: Mapping[str, Group]
    languages: Mapping[str, Group]
    channels: Mapping[str, Group]


def response_counts(session: Session, wave_key: str, region: str | None) -> WaveResponse:
    """The counts of one wave; with `region`, of that region only."""
    return shown_response(counts_in_steps(session, wave_key, now()), region)


def shown_response(counts: Counts, region: str | None) -> WaveResponse:
    """What may be shown of these counts to who sees all, or one region."""
    if region is not None:
        own = {side: counts[f"{side}_region"].get(region) for side in AUDIENCES}
        total = {side: _alone(one) for side, one in own.items()}
        return WaveResponse(total, {region: total} if any(own.values()) else {}, {}, {}, {})
    sides = {side: _table(counts[f"{side}_region"]) for side in AUDIENCES}
    keys = sorted({key for one in sides.values() for key in one})
    return WaveResponse(
        total={side: _alone(counts["audience"].get(side)) for side in AUDIENCES},
        regions={key: {side: sides[side].get(key, Group()) for side in AUDIENCES} for key in keys},
        agencies=_table(counts["agency"]),
        languages=_table(counts["language"], SMALL_LANGUAGE),
        channels=_table(counts["channel"]),
    )


def visible(counts: Mapping[str, int], least: int = SMALL, thin: Collection[str] = ()) -> dict[str, Count]:
    """Counts of groups whose sum is shown too: the small and the `thin` ones hidden, and never one alone.

    One hidden count would be the sum less the others, so the smallest other one is hidden with it. What
    is hidden together must itself reach the least, else the sum would still give it away as a small group.
    """
    hidden = {key for key, count in counts.items() if count < least or key in thin}
    rest = sorted(counts.keys() - hidden, key=lambda key: (counts[key], key))
    while hidden and rest and (len(hidden) < 2 or sum(counts[key] for key in hidden) < least):
        hidden.add(rest.pop(0))
    return {
        key: Count(None if key in hidden else count, UNANIMOUS if key in thin else least)
        for key, count in counts.items()
    }


def _table(members: Mapping[str, Mapping[str, int]], least: int = SMALL) -> dict[str, Group]:
    thin = [key for key, one in members.items() if _is_thin(one)]
    columns = {
        column: visible(
            {key: one[column] for key, one in members.items()},
            least,
            thin if column in _TOLD_TOGETHER else (),
        )
        for column in COLUMNS
    }
    return {
        key: Group(**{column: _rounded(column, columns[column][key]) for column in COLUMNS})
        for key in members
    }


def _alone(numbers: Mapping[str, int] | None) -> Group:
    if numbers is None:
        return Group()
    shown = {column: Count(number if number >= SMALL else None) for column, number in numbers.items()}
    if _is_thin(numbers):
        shown |= dict.fromkeys(_TOLD_TOGETHER, Count(None, UNANIMOUS))
    return Group(**{column: _rounded(column, shown[column]) for column in COLUMNS})


def _is_thin(numbers: Mapping[str, int]) -> bool:
    """Whether a group is too small to say how many answered, or of how many."""
    return numbers["invited"] < UNANIMOUS


def _rounded(column: str, count: Count) -> Count:
    """Down to fives, unless it is who was invited: nobody answers by being invited."""
    if count.shown is None or column == "invited":
        return count
    return replace(count, shown=count.shown - count.shown % ROUNDED)
