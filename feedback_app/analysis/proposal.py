"""A test as it may be seen: what was compared, how strong the evidence is, and only published figures.

Light: pages read these, so nothing here may load scipy.
"""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from feedback_app.questionnaires.declarations import Family


class Verdict(StrEnum):
    """What a test lets us say; the first three are the evidence in words of a signal."""

    STRONG = "sterk"
    POSSIBLE = "mogelijk"
    FOCUS = "focusgroep"
    NONE = "geen_verschil"
    UNKNOWN = "nog_niet_te_zeggen"


#: proposed to people, in this order; the rest is kept to show what else was looked at
PROPOSED = (Verdict.STRONG, Verdict.POSSIBLE, Verdict.FOCUS)
#: what counts as an alarm: wrong ones are kept down
FLAGS = (Verdict.STRONG, Verdict.POSSIBLE)

#: a value of q up to which a repeated or confirmed pattern is a strong one
STRONG_Q = 0.05


@dataclass(frozen=True)
class Figure:
    """One published share: whole percents, or the edge of its band; `n` is printable ("57", "10–14")."""

    percent: int | None = None
    band: str = ""  # above_80 or below_20; then `percent` is the edge
    n: str = ""
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Proposal:
    """One test that was run, or that could not be run and why.

    member: a region's key, "" for Flanders; for the family theme `item` is a theme. method: in the family
    trend `previous` or `line`, in gap and change the other item. here and there: what was compared (level:
    there is nothing there). against: earlier waves, oldest first; line: every wave of a trend, with percents.
    effect: percentage points, here minus there; level: the share that is not positive. At `at_least` a
    band has no other number. delta: Cliff's, positive when `here` is the more positive side; in the family
    change with its interval. low and high:
    95 % interval of the effect. q: at most so much, adjusted within the family of `tests` tests.
    shrunken: empirical-Bayes estimate of a region's share. detectable: the smallest drop from 80 %, in
    points, that so many answers would show in four out of five cases; level: the smallest excess over 30 %.
    tone: worse or better; gaps (newcomers more positive) and themes more or less; or "".
    confirmed: waves, remarks, staff. reason: why there was no test.
    """

    family: Family
    audience: str
    item: str
    member: str = ""
    method: str = ""
    verdict: Verdict = Verdict.UNKNOWN
    tone: str = ""
    here: Figure = Figure()
    there: Figure = Figure()
    against: tuple[str, ...] = ()
    line: tuple[tuple[str, int], ...] = ()
    effect: int | None = None
    at_least: bool = False
    delta: float | None = None
    delta_low: float | None = None
    delta_high: float | None = None
    low: int | None = None
    high: int | None = None
    q: float | None = None
    tests: int = 0
    minimum: int = 0
    minimum_delta: float | None = None
    shrunken: int | None = None
    detectable: int | None = None
    confirmed: tuple[str, ...] = ()
    reason: str = ""
    themes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What names the same question in every wave."""
        return (self.family, self.audience, self.item, self.member, self.method)

    @property
    def proposed(self) -> bool:
        """Whether it is put before people."""
        return self.verdict in PROPOSED


def confirmed_by(one: Proposal, witness: str) -> Proposal:
    """The proposal with one more confirmation, which makes a possible pattern of small q a strong one."""
    if one.verdict not in FLAGS or witness in one.confirmed:
        return one
    strong = one.q is not None and one.q <= STRONG_Q
    verdict = Verdict.STRONG if strong else one.verdict
    return replace(one, verdict=verdict, confirmed=(*one.confirmed, witness))


def as_stored(one: Proposal) -> dict[str, Any]:
    """The proposal as plain data."""
    return asdict(one)


def from_stored(data: dict[str, Any]) -> Proposal:
    """A proposal from its stored form."""
    values = dict(data)
    values |= {"family": Family(values["family"]), "verdict": Verdict(values["verdict"])}
    values |= {name: Figure(**values[name]) for name in ("here", "there")}
    values |= {name: tuple(values[name]) for name in ("against", "confirmed", "themes")}
    values["line"] = tuple((wave, percent) for wave, percent in values["line"])
    return Proposal(**values)
