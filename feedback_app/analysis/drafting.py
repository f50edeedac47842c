"""Every test that was declared, on the figures of a wave and those before it: what is compared, and its p.

No database: `WaveFigures` in, drafts out. A draft becomes a proposal when its family is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from feedback_app.analysis import comparisons, paired, printed
from feedback_app.analysis.draft import WITHHELD, WORDING, Draft, new_proposal
from feedback_app.analysis.fitting import came_and_left, least_extreme, people_by_value, toward_each_other
from feedback_app.analysis.intervals import minimal_detectable_drop, minimal_detectable_excess
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.printed import smallest_n
from feedback_app.analysis.proposal import Figure, Proposal
from feedback_app.analysis.theme_tests import theme_drafts
from feedback_app.analysis.then_and_now import Pair, pairs_of
from feedback_app.analysis.wave_figures import WaveFigures
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.definition import Item

#: regions are also compared over so many waves together: two years, and most regions are small
TOGETHER = 4


def draft_all(now: WaveFigures, earlier: Sequence[WaveFigures], policy: Policy) -> dict[Family, list[Draft]]:
    """Every test of a wave, family by family. earlier: closed waves before it, the latest first."""
    return {
        Family.LEVEL: _levels(now, policy),
        Family.REGION: _regions(now, earlier, policy),
        Family.GAP: _gaps(now, policy),
        Family.TREND: _trends(now, earlier, policy),
        Family.CHANGE: _changes(now, policy),
        Family.THEME: theme_drafts(now, earlier, policy),
    }


def _said(proposal: Proposal, here: Figure, there: Figure, policy: Policy) -> Proposal:
    """The proposal with both figures and what follows from them."""
    effect, at_least = printed.effect(here, there)
    low, high = printed.difference(here, there, policy)
    tone = "" if not effect else "better" if effect > 0 else "worse"
    n = min(printed.smallest_n(one.n) for one in (here, there) if one.n)
    made = replace(proposal, here=here, there=there, effect=effect, at_least=at_least, low=low, high=high)
    return replace(made, tone=tone, detectable=_detectable(n))


@cache
def _detectable(n: int) -> int:
    return round(100 * minimal_detectable_drop(n))


@cache
def _excess(n: int) -> int:
    return round(100 * minimal_detectable_excess(n, comparisons.NEGATIVE_LEVEL))


def _matters(proposal: Proposal) -> bool:
    return proposal.effect is not None and abs(proposal.effect) >= proposal.minimum


def _few(figures: Sequence[Figure], policy: Policy) -> bool:
    return any(printed.smallest_n(one.n) < policy.indicative_below for one in figures)


def _levels(now: WaveFigures, policy: Policy) -> list[Draft]:
    found = []
    for audience, item in now.items(Family.LEVEL):
        figure, new = now.figure(audience, item), new_proposal(Family.LEVEL, audience, item)
        if figure is None:
            found.append(Draft(replace(new, reason=WITHHELD)))
            continue
        tested = comparisons.level(*least_extreme(figure, 100 - 100 * comparisons.NEGATIVE_LEVEL, policy))
        negative = 100 - (figure.percent or 0)
        # what a band stands for is never taken at its edge
        share = 100 * tested.negative if figure.band else negative
        low, high = (None if end is None else 100 - end for end in (figure.high, figure.low))
        tone = comparisons.level_tone(share)
        detectable = _excess(smallest_n(figure.n))
        made = replace(new, here=figure, effect=negative, at_least=bool(figure.band), tone=tone)
        made = replace(made, low=low, high=high, detectable=detectable)
        found.append(
            Draft(
                made,
                tested.p_value,
                relevant=bool(tone),
                few=_few([figure], policy) or not tested.below,
                sure=tested.problem or tested.strength,
            )
        )
    return found


def _regions(now: WaveFigures, earlier: Sequence[WaveFigures], policy: Policy) -> list[Draft]:
    found = []
    for audience, item in now.items(Family.REGION):
        before = _comparable(now, earlier, audience, item)[0][: TOGETHER - 1]
        found += _one_region_table(now, audience, item, [(now, item)], policy)
        if before:
            waves = [(now, item), *before]
            found += _one_region_table(now, audience, item, waves, policy)
    return found


def _one_region_table(
    now: WaveFigures, audience: str, item: Item, waves: Sequence[tuple[WaveFigures, Item]], policy: Policy
) -> list[Draft]:
    """One item in all regions, in this wave or in several together."""
    against = tuple(wave.key for wave, _ in reversed(waves[1:]))
    new = new_proposal(Family.REGION, audience, item, method="together" if against else "", against=against)
    groups = {member: _over(waves, audience, member) for member in ("", *now.regions)}
    whole = groups.pop("")
    shown = {member: group for member, group in groups.items() if group is not None}
    absent = [Draft(replace(new, member=member, reason=WITHHELD)) for member in groups if member not in shown]
    if whole is None or len(shown) < 2:
        return [Draft(replace(new, member=member, reason=WITHHELD)) for member in groups]
    share = whole.figure.percent or 0
    counts = [_summed(group.parts, share, policy) for group in shown.values()]
    tested = comparisons.regions([x for x, _n in counts], [n for _x, n in counts], share / 100)
    estimates = printed.shrunken([group.figure for group in shown.values()], policy)
    found = []
    for (member, group), p, estimate in zip(shown.items(), tested.p_values, estimates, strict=True):
        made = _said(replace(new, member=member, shrunken=estimate), group.figure, whole.figure, policy)
        few = _few([group.figure], policy)
        found.append(Draft(made, p, _matters(made), few))
    return found + absent


@dataclass(frozen=True)
class _Over:
    """One group over one or more waves: each wave's figure, and theirs together."""

    parts: tuple[Figure, ...]
    figure: Figure


def _over(waves: Sequence[tuple[WaveFigures, Item]], audience: str, member: str) -> _Over | None:
    """An item in one group over these waves; None where one of them withholds it."""
    found = [wave.figure(audience, item, member) for wave, item in waves]
    parts = tuple(figure for figure in found if figure is not None)
    if len(parts) < len(found):
        return None
    figure = printed.pooled(parts) if len(parts) > 1 else parts[0]
    return None if figure is None else _Over(parts, figure)


def _summed(parts: Sequence[Figure], toward: float, policy: Policy) -> tuple[int, int]:
    counts = [least_extreme(one, toward, policy) for one in parts]
    return sum(x for x, _n in counts), sum(n for _x, n in counts)


def _gaps(now: WaveFigures, policy: Policy) -> list[Draft]:
    found = []
    other = {item.key: item for item in now.surveys["partner"].items}
    for audience, item in now.items(Family.GAP):
        pair = other.get(item.pair or "")
        new = new_proposal(Family.GAP, audience, item, method=item.pair or "", against=())
        here, there = now.figure(audience, item), now.figure("partner", pair) if pair else None
        if here is None or there is None or pair is None:
            found.append(Draft(replace(new, reason=WITHHELD)))
            continue
        smallest = item.patterns.delta if item.patterns else 0
        made = replace(_said(new, here, there, policy), minimum_delta=smallest)
        made = replace(made, tone={"better": "more", "worse": "less"}.get(made.tone, ""))
        delta, p_value = _compared(now, ((audience, item), ("partner", pair)), (here, there), policy)
        if delta is not None:
            made = replace(
                made, delta=round(delta, 2), tone=("more" if delta > 0 else "less") if delta else ""
            )
        size = _points(here, there, policy) if delta is None else delta
        matters = abs(size) >= smallest and _matters(made)
        found.append(Draft(made, p_value, matters, _few([here, there], policy)))
    return found


def _compared(
    now: WaveFigures,
    asked: tuple[tuple[str, Item], tuple[str, Item]],
    figures: tuple[Figure, Figure],
    policy: Policy,
) -> tuple[float | None, float]:
    """Cliff's delta and the p of ranks from two published distributions.

    Where a share of one is withheld there is no delta, and only who is positive is compared.
    """
    mine, theirs = (
        people_by_value(now.shares.get((side, "", item.key)), _by_value(item)) for side, item in asked
    )
    if mine is None or theirs is None:
        return None, comparisons.change(*toward_each_other(*figures, policy)).p_value
    return comparisons.rank_test(mine, theirs)


def _points(here: Figure, there: Figure, policy: Policy) -> float:
    """Delta of two answers is the difference of the positive shares: the least that fits both figures."""
    (x1, n1), (x2, n2) = toward_each_other(here, there, policy)
    return x1 / n1 - x2 / n2


def _by_value(item: Item) -> dict[str, int]:
    """Answer → what it counts for, turned so that higher is better."""
    turn = -1 if item.patterns and item.patterns.direction == "lower" else 1
    return {one.key: turn * one.value for one in item.options if one.value is not None and not one.is_code}


def _comparable(
    now: WaveFigures, earlier: Sequence[WaveFigures], audience: str, item: Item
) -> tuple[list[tuple[WaveFigures, Item]], bool]:
    """Earlier waves whose answers may stand beside these, latest first; whether a wording ended the line."""
    found: list[tuple[WaveFigures, Item]] = []
    words = now.words(audience, item)
    for wave in earlier:
        if audience not in wave.surveys:
            continue  # it was not asked then, which ends no line
        then = wave.earlier_item(audience, item, words)
        if then is None:
            return found, True
        found.append((wave, then))
    return found, False


def _trends(now: WaveFigures, earlier: Sequence[WaveFigures], policy: Policy) -> list[Draft]:
    found = []
    for audience, item in now.items(Family.TREND):
        waves, broken = _comparable(now, earlier, audience, item)
        new = new_proposal(Family.TREND, audience, item, method="previous")
        groups = [(now.key, now.figure(audience, item))]
        groups += [(wave.key, wave.figure(audience, then)) for wave, then in waves]
        shown = _unbroken(groups)
        if len(groups) == 1:
            found += [Draft(replace(new, reason=WORDING))] if broken else []
        elif len(shown) < 2:
            found.append(Draft(replace(new, reason=WITHHELD, against=(groups[1][0],))))
        else:
            found += _trend_tests(new, shown, policy)
    return found


def _unbroken(groups: Sequence[tuple[str, Figure | None]]) -> list[tuple[str, Figure]]:
    """The latest waves up to the first that withholds its figure."""
    found = []
    for key, figure in groups:
        if figure is None:
            break
        found.append((key, figure))
    return found


def _trend_tests(new: Proposal, shown: Sequence[tuple[str, Figure]], policy: Policy) -> list[Draft]:
    line = tuple((key, figure.percent or 0) for key, figure in reversed(shown))
    last_two = toward_each_other(shown[0][1], shown[1][1], policy)
    tests = [("previous", 1, comparisons.change(*last_two).p_value)]
    if len(shown) > 2:
        middle = sum(percent for _key, percent in line) / len(line)
        counts = [least_extreme(figure, middle, policy) for _key, figure in reversed(shown)]
        tests.append(("line", len(shown) - 1, comparisons.line(counts)))
    found = []
    for method, last, p_value in tests:
        here, there = shown[0][1], shown[last][1]
        against = tuple(key for key, _figure in shown[last:0:-1])
        made = _said(replace(new, method=method, against=against, line=line), here, there, policy)
        found.append(Draft(made, p_value, _matters(made), _few([here, there], policy)))
    return found


def _changes(now: WaveFigures, policy: Policy) -> list[Draft]:
    """Then and now, as the same people tell it at once."""
    found = []
    for audience, item in now.items(Family.CHANGE):
        pair = next(one for one in pairs_of(now.surveys[audience]) if one.now == item)
        new = new_proposal(Family.CHANGE, audience, item, method=pair.then.key)
        here, there = (now.figure(audience, one) for one in (pair.now, pair.then))
        if here is None or there is None:
            found.append(Draft(replace(new, reason=WITHHELD)))
            continue
        crossed = now.shares.get((audience, "", pair.cross))
        gained, lost = came_and_left(crossed, here, there, policy)
        smallest = item.patterns.delta if item.patterns else 0
        made = replace(_said(new, here, there, policy), minimum_delta=smallest)
        made = _as_paired(made, now, pair, policy)
        size = _points(here, there, policy) if made.delta is None else made.delta
        matters = abs(size) >= smallest and _matters(made)
        p_value = paired.mcnemar(gained, lost).mid_p
        found.append(Draft(made, p_value, matters, _few([here, there], policy)))
    return found


def _as_paired(made: Proposal, now: WaveFigures, pair: Pair, policy: Policy) -> Proposal:
    """With the intervals of people who are compared with themselves, where what they follow from is out."""
    crossed, moved = (now.shares.get((made.audience, "", key)) for key in (pair.cross, pair.shift))
    points = printed.paired(crossed, "gained", "lost", policy)
    order = printed.paired(moved, "better", "worse", policy)
    ends = (points.low, points.high) if points else (None, None)
    made = replace(made, low=ends[0], high=ends[1], detectable=None)
    if order is None:
        return made
    return replace(made, delta=order.difference / 100, delta_low=order.low / 100, delta_high=order.high / 100)
