"""What may leave the system: a share with its base, or the fact that there were too few answers.

Nothing else in the house carries a number outside. Statistics are made by `analysis.disclosure`
from frozen counts, stored once when a wave closes, and read by every page, export and report.
"""

from dataclasses import dataclass
from enum import StrEnum

#: the one member of the cut `flanders`
FLANDERS = "vlaanderen"


class State(StrEnum):
    """How much of a statistic the publication policy lets out."""

    SHOWN = "shown"
    INDICATIVE = "indicative"  # few answers: say so beside the number
    BAND = "band"  # (nearly) everybody said the same: only "more than 80 %" or "less than 20 %"
    WITHHELD = "withheld"  # suppressed, empty and zero look the same


class Band(StrEnum):
    """The side a banded share is on."""

    ABOVE = "above_80"
    BELOW = "below_20"


@dataclass(frozen=True)
class Share:
    """One answer value's share of the people in the base; `percent` is None where it is withheld."""

    value: str
    percent: int | None


@dataclass(frozen=True)
class Statistic:
    """The published figures of one item in one group.

    `cut` is one of flanders, region, agency, offer_type, language_group, mode; `member` the group's
    key in it ("vlaanderen" for flanders). `base` is printable ("10–14", "57"; "" when withheld).
    `positive` is the share of the positive end in whole percents, `low`/`high` its 95 % interval.
    """

    audience: str
    item: str
    cut: str
    member: str
    state: State
    base: str = ""
    positive: int | None = None
    band: Band | None = None
    low: int | None = None
    high: int | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Participation:
    """Who was asked and who answered in one group, as printable figures ("" or None: withheld).

    `invited` and `answered` are exact from 50 on and ranges below; `rr1` and `rr2` are AAPOR response
    rates in whole percents, absent where there is no denominator (open links) or too few answers.
    `outcomes` holds AAPOR codes with counts rounded to fives, for Flanders only.
    """

    audience: str
    cut: str
    member: str
    invited: str = ""
    answered: str = ""
    rr1: int | None = None
    rr2: int | None = None
    outcomes: tuple[tuple[str, int], ...] = ()
