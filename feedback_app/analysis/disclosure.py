"""The one door through which numbers leave: counts go in, only what the policy allows comes out.

`publish_item` makes every Statistic of the house; `protect` (in `protection`) does the same for a whole table
of counts, and `joint` looks at the statistics of all groups together. Runs where a wave closes (worker or
command line), never while a page is served.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from feedback_app.analysis.attacker import UNLIMITED, attack
from feedback_app.analysis.counting import ItemCounts, ItemFigures, ItemRule, count_item
from feedback_app.analysis.intervals import wilson
from feedback_app.analysis.organisations import OrganisationBound
from feedback_app.analysis.policy import CUTS, Policy, rounded
from feedback_app.analysis.protection import ReleaseRefused, information_loss, protect
from feedback_app.analysis.rates import response_rates
from feedback_app.analysis.statistic import Band, Participation, Share, State, Statistic
from feedback_app.analysis.tables import Cell, Figure, PublishedTable, Table, Total

__all__ = [
    "CUTS",
    "UNLIMITED",
    "Cell",
    "Figure",
    "Policy",
    "PublishedTable",
    "ReleaseRefused",
    "Table",
    "Total",
    "attack",
    "information_loss",
    "printed_interval",
    "protect",
    "publish_item",
    "publish_participation",
]

# --- one item in one group ------------------------------------------------------------------------


def publish_item(
    rule: ItemRule,
    counts: ItemCounts,
    *,
    audience: str,
    cut: str,
    member: str,
    policy: Policy,
    organisations: OrganisationBound | None = None,
) -> Statistic:
    """Make the Statistic of one item in one group: what may be printed of it, or that it is withheld.

    organisations: bound on the organisations behind the base, required for partners.
    Zero, (nearly) everybody and one to four people look the same, in large groups too: if only the small
    groups got a band, the band itself would say that there are one to four people on the other side.
    Within the distribution a small cell never stands alone: others are withheld with it, in the same half
    when the positive share is printed, so that no remainder gives it back.
    This looks at one release of one item in one group: `joint` looks at what several tell together.
    Raises ValueError for an undeclared cut, an unknown audience, partners without bound, or bad counts.
    """
    if cut not in CUTS:
        raise ValueError(f"cut {cut!r} is not declared; declared are {', '.join(CUTS)}")
    if audience == "partner" and organisations is None:
        raise ValueError("partner answers are published only with a bound on their organisations")
    figures = count_item(rule, counts)
    nothing = Statistic(audience, rule.key, cut, member, State.WITHHELD)
    if figures.base < policy.base_needed(audience, rule.key, cut):
        return nothing
    if audience == "partner" and not policy.enough(organisations, figures.base):
        return nothing
    return _statistic(nothing, rule, figures, policy)


def _statistic(nothing: Statistic, rule: ItemRule, figures: ItemFigures, policy: Policy) -> Statistic:
    base, positive = figures.base, figures.positive
    state = State.INDICATIVE if base < policy.indicative_below else State.SHOWN
    percent = band = None
    low = high = None
    if positive is not None and _small(positive, base, policy):
        band = _band(positive, base, policy)
        if band is None:
            return nothing
        state = State.BAND
    elif positive is not None:
        percent = rounded(100 * positive, base, policy.step(base))
        low, high = printed_interval(
            percent, policy.base_range(base), policy.step(base), policy.smallest_cell
        )
    shares = _shares(rule, figures, policy, band=band is not None)
    if positive is None and all(share.percent is None for share in shares):
        return nothing
    return replace(
        nothing,
        state=state,
        base=policy.printed_base(base),
        positive=percent,
        band=band,
        low=low,
        high=high,
        shares=shares,
    )


def _small(people: int, base: int, policy: Policy) -> bool:
    """Say whether this many people, or the rest of the base, are too few to show (none looks the same)."""
    return min(people, base - people) < policy.smallest_cell


def _band(positive: int, base: int, policy: Policy) -> Band | None:
    if 100 * positive > policy.band_above * base:
        return Band.ABOVE
    if 100 * positive < policy.band_below * base:
        return Band.BELOW
    return None


def _shares(rule: ItemRule, figures: ItemFigures, policy: Policy, *, band: bool) -> tuple[Share, ...]:
    cells = dict(figures.distribution)
    base = figures.base
    if band:
        hidden = set(cells)  # a share beside the band would sharpen it
    elif figures.multiple:
        hidden = _hidden_ticks(cells, base, policy)
    else:
        # The printed positive share is a sub-total: each half must keep its own secret.
        top = {option: people for option, people in cells.items() if option in rule.positive}
        rest = {option: people for option, people in cells.items() if option not in rule.positive}
        hidden = _hidden(top, policy) | _hidden(rest, policy)
    step = policy.step(base)
    return tuple(
        Share(option, None if option in hidden else rounded(100 * people, base, step))
        for option, people in cells.items()
    )


def _hidden(cells: Mapping[str, int], policy: Policy) -> set[str]:
    """Choose the options to withhold among those whose sum readers know.

    The small ones alone when they hide each other: any of them may be zero while the others, small too,
    make up what is left; and what is left is itself no small group, in which each knows the other. Else all:
    withholding "the smallest companion" would tell a reader who knows that rule how the two compare.
    """
    small = {option for option, people in cells.items() if people < policy.smallest_cell}
    left = sum(cells[option] for option in small)
    together = policy.smallest_cell <= left <= (policy.smallest_cell - 1) * (len(small) - 1)
    return small if together or not small else set(cells)


def _hidden_ticks(cells: Mapping[str, int], base: int, policy: Policy) -> set[str]:
    """Choose the options to withhold when people could tick several: ticks have no known sum.

    But everybody in the base ticked something: who is not in the printed shares must be in the others.
    """
    small = {option for option, people in cells.items() if _small(people, base, policy)}
    left = base - sum(people for option, people in cells.items() if option not in small)
    together = left <= (policy.smallest_cell - 1) * (len(small) - 1)
    return small if together or not small else set(cells)


@lru_cache(maxsize=4096)
def printed_interval(percent: int, bases: tuple[int, int], step: int, smallest_cell: int) -> tuple[int, int]:
    """Give the 95 % interval to print beside a rounded share, in percents.

    The widest Wilson interval of all counts that could stand behind the printed share and the printed
    range of n. It follows from those two alone, so it tells a reader nothing more than they do. Below
    whole percents (step above 1) it is rounded outward to the step, else to the nearest percent.
    """
    low, high = 1.0, 0.0
    for base in range(bases[0], bases[1] + 1):
        first = max(smallest_cell, (2 * percent - step) * base // 200)
        last = min(base - smallest_cell, -(-(2 * percent + step) * base // 200))
        # The edges may be one off: halves round up, and division cut off.
        while first <= last and rounded(100 * first, base, step) != percent:
            first += 1
        while last >= first and rounded(100 * last, base, step) != percent:
            last -= 1
        if first <= last:
            low, high = min(low, wilson(first, base).low), max(high, wilson(last, base).high)
    if low > high:
        raise ValueError(f"no count gives {percent} % over {bases[0]}–{bases[1]} answers")
    if step == 1:
        return round(100 * low), round(100 * high)
    return step * math.floor(100 * low / step), step * math.ceil(100 * high / step)


def publish_participation(
    outcomes: Mapping[str, int],
    *,
    audience: str,
    cut: str,
    member: str,
    policy: Policy,
    denominator: bool = True,
) -> Participation:
    """Make the printable participation of one group from its AAPOR outcomes (keys of `response_rates`).

    denominator: False for open links, where nobody knows how many were asked: no rate, only answers.
    Numbers of people are ranges below 50 and withheld below the smallest range; rates are rounded as the
    number of answers demands, and withheld when too few answered or too few did not; RR1 also where the
    number of answers is exact and those in full, or the partial ones, are too few.
    Raises ValueError for an undeclared cut or bad outcomes.
    """
    if cut not in CUTS:
        raise ValueError(f"cut {cut!r} is not declared; declared are {', '.join(CUTS)}")
    rates = response_rates(outcomes)
    answered = outcomes.get("I", 0) + outcomes.get("P", 0)
    printed = policy.printed_base(answered)
    if not denominator:
        return Participation(audience, cut, member, answered=printed)
    invited = sum(number for outcome, number in outcomes.items() if outcome != "NE")
    group = Participation(audience, cut, member, policy.printed_base(invited), printed)
    if not printed or invited - answered < policy.smallest_cell:
        return group
    step = policy.step(answered)
    rr1, rr2 = (step * math.floor(100 * rates[name] / step + 0.5) for name in ("RR1", "RR2"))
    # with an exact number of answers, RR1 beside it would tell how few are partial (none looks the same)
    told = answered < policy.whole_percent_from or not _small(outcomes.get("I", 0), answered, policy)
    return replace(group, rr1=rr1 if told else None, rr2=rr2)
