"""Every test that was declared, on the figures of a wave and those before it: what is compared, and its p.

No database: `WaveFigures` in, drafts out. A draft becomes a proposal when its family is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from feedback_app.analysis import comparisons, paired, printed
from feedback_app.analysis.intervals import minimal_detectable_drop
from feedback_app.analysis.policy import Policy, rounded
from feedback_app.analysis.proposal import Figure, Proposal
from feedback_app.analysis.then_and_now import Pair, pairs_of
from feedback_app.analysis.wave_figures import REMARKS, Group, WaveFigures
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.definition import Item

#: regions are also compared over so many waves together: two years, and most regions are small
TOGETHER = 4
#: why there is no test
WITHHELD, WORDING, FEW_REMARKS = "withheld", "wording", "few_remarks"


@dataclass(frozen=True)
class Draft:
    """A proposal before its family is judged; p is None where nothing could be tested."""

    proposal: Proposal
    p_value: float | None = None
    relevant: bool = False
    few: bool = True


def draft_all(now: WaveFigures, earlier: Sequence[WaveFigures], policy: Policy) -> dict[Family, list[Draft]]:
    """Every test of a wave, family by family. earlier: closed waves before it, the latest first."""
    return {
        Family.LEVEL: _levels(now, policy),
        Family.REGION: _regions(now, earlier, policy),
        Family.GAP: _gaps(now, policy),
        Family.TREND: _trends(now, earlier, policy),
        Family.CHANGE: _changes(now, policy),
        Family.THEME: _themes(now, earlier, policy),
    }


def _new(family: Family, audience: str, item: Item, **more: object) -> Proposal:
    declared = item.patterns
    points = declared.points if declared else 0
    themes = item.themes or tuple(dict.fromkeys(key for one in item.options for key in one.themes or ()))
    made = Proposal(family, audience, item.key, minimum=points, themes=themes)
    return replace(made, **more)  # type: ignore[arg-type]


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


def _matters(proposal: Proposal) -> bool:
    return proposal.effect is not None and abs(proposal.effect) >= proposal.minimum


def _few(figures: Sequence[Figure], policy: Policy) -> bool:
    return any(printed.smallest_n(one.n) < policy.indicative_below for one in figures)


def _levels(now: WaveFigures, policy: Policy) -> list[Draft]:
    found = []
    for audience, item in now.items(Family.LEVEL):
        group, new = now.group(audience, item), _new(Family.LEVEL, audience, item)
        if group.figure is None:
            found.append(Draft(replace(new, reason=WITHHELD)))
            continue
        figure, tested = group.figure, comparisons.level(group.positive, group.base)
        negative = 100 - (figure.percent or 0)
        low, high = (None if end is None else 100 - end for end in (figure.high, figure.low))
        tone = "worse" if tested.problem else "better" if tested.strength else ""
        detectable = _detectable(printed.smallest_n(figure.n))
        made = replace(new, here=figure, effect=negative, at_least=bool(figure.band), tone=tone)
        made = replace(made, low=low, high=high)
        few = _few([figure], policy)
        found.append(Draft(replace(made, detectable=detectable), tested.p_value, bool(tone), few))
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
    new = _new(Family.REGION, audience, item, method="together" if against else "", against=against)
    groups = {member: _pooled(waves, audience, member) for member in ("", *now.regions)}
    whole = groups.pop("")
    shown = {member: group for member, group in groups.items() if group is not None}
    absent = [Draft(replace(new, member=member, reason=WITHHELD)) for member in groups if member not in shown]
    if whole is None or whole.figure is None or len(shown) < 2:
        return [Draft(replace(new, member=member, reason=WITHHELD)) for member in groups]
    positives, bases = ([getattr(one, name) for one in shown.values()] for name in ("positive", "base"))
    tested = comparisons.regions(positives, bases, whole.positive / whole.base)
    figures = [group.figure or Figure() for group in shown.values()]
    estimates = printed.shrunken(figures, policy)
    found = []
    for member, figure, p, estimate in zip(shown, figures, tested.p_values, estimates, strict=True):
        made = _said(replace(new, member=member, shrunken=estimate), figure, whole.figure, policy)
        few = _few([figure], policy)
        found.append(Draft(made, p, _matters(made), few))
    return found + absent


def _pooled(waves: Sequence[tuple[WaveFigures, Item]], audience: str, member: str) -> Group | None:
    """An item in one group over these waves together; None where one of them withholds it."""
    groups = [wave.group(audience, item, member) for wave, item in waves]
    figures = [group.figure for group in groups if group.figure is not None]
    if len(figures) < len(groups):
        return None
    figure = printed.pooled(figures) if len(figures) > 1 else figures[0]
    if figure is None:
        return None
    positive, base = sum(one.positive for one in groups), sum(one.base for one in groups)
    return Group(positive, base, groups[0].values, figure)


def _gaps(now: WaveFigures, policy: Policy) -> list[Draft]:
    found = []
    other = {item.key: item for item in now.surveys["partner"].items}
    for audience, item in now.items(Family.GAP):
        pair = other.get(item.pair or "")
        new = _new(Family.GAP, audience, item, method=item.pair or "", against=())
        sides = (now.group(audience, item), now.group("partner", pair) if pair else None)
        here, there = (one.figure if one else None for one in sides)
        if here is None or there is None or pair is None or sides[1] is None:
            found.append(Draft(replace(new, reason=WITHHELD)))
            continue
        tested = comparisons.gap(
            _by_value(item, sides[0].values),
            _by_value(pair, sides[1].values),
            ((sides[0].positive, sides[0].base), (sides[1].positive, sides[1].base)),
        )
        smallest = item.patterns.delta if item.patterns else 0
        made = replace(_said(new, here, there, policy), minimum_delta=smallest)
        # to twentieths: the exact one would tell of the distribution what was not published
        made = replace(made, delta=round(tested.delta * 20) / 20, tone="more" if tested.delta > 0 else "less")
        matters = abs(tested.delta) >= smallest and _matters(made)
        found.append(Draft(made, tested.p_value, matters, _few([here, there], policy)))
    return found


def _by_value(item: Item, values: Mapping[str, int]) -> dict[int, int]:
    """Value → people, turned so that higher is better."""
    turn = -1 if item.patterns and item.patterns.direction == "lower" else 1
    return {
        turn * one.value: values.get(one.key, 0)
        for one in item.options
        if one.value is not None and not one.is_code
    }


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
        new = _new(Family.TREND, audience, item, method="previous")
        groups = [(now.key, now.group(audience, item))]
        groups += [(wave.key, wave.group(audience, then)) for wave, then in waves]
        shown = _unbroken(groups)
        if len(groups) == 1:
            found += [Draft(replace(new, reason=WORDING))] if broken else []
        elif len(shown) < 2:
            found.append(Draft(replace(new, reason=WITHHELD, against=(groups[1][0],))))
        else:
            found += _trend_tests(new, shown, policy)
    return found


def _unbroken(groups: Sequence[tuple[str, Group]]) -> list[tuple[str, Group, Figure]]:
    """The latest waves up to the first that withholds its figure."""
    found = []
    for key, group in groups:
        if group.figure is None:
            break
        found.append((key, group, group.figure))
    return found


def _trend_tests(new: Proposal, shown: Sequence[tuple[str, Group, Figure]], policy: Policy) -> list[Draft]:
    line = tuple((key, figure.percent or 0) for key, _group, figure in reversed(shown))
    counts = [(group.positive, group.base) for _key, group, _figure in shown]
    tests = [("previous", 1, comparisons.change(counts[0], counts[1]).p_value)]
    if len(shown) > 2:
        tests.append(("line", len(shown) - 1, comparisons.line(counts[::-1])))
    found = []
    for method, last, p_value in tests:
        here, there = shown[0][2], shown[last][2]
        against = tuple(key for key, _group, _figure in shown[last:0:-1])
        made = _said(replace(new, method=method, against=against, line=line), here, there, policy)
        found.append(Draft(made, p_value, _matters(made), _few([here, there], policy)))
    return found


def _changes(now: WaveFigures, policy: Policy) -> list[Draft]:
    """Then and now, as the same people tell it at once."""
    found = []
    for audience, item in now.items(Family.CHANGE):
        pair = next(one for one in pairs_of(now.surveys[audience]) if one.now == item)
        new = _new(Family.CHANGE, audience, item, method=pair.then.key)
        here, there = (now.group(audience, one).figure for one in (pair.now, pair.then))
        if here is None or there is None:
            found.append(Draft(replace(new, reason=WITHHELD)))
            continue
        crossed, moved = (now.counts[audience, "", key] for key in (pair.cross, pair.shift))
        tested = paired.shift(crossed, moved)
        smallest = item.patterns.delta if item.patterns else 0
        made = replace(_said(new, here, there, policy), minimum_delta=smallest)
        made = _as_paired(made, now, pair, policy)
        matters = abs(tested.delta) >= smallest and _matters(made)
        found.append(Draft(made, tested.p_value, matters, _few([here, there], policy)))
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


def _themes(now: WaveFigures, earlier: Sequence[WaveFigures], policy: Policy) -> list[Draft]:
    found = []
    for audience, item in now.items(Family.THEME):
        heard = now.heard[audience]
        before = [wave.heard[audience] for wave in earlier if wave.heard[audience].coded]
        for theme in sorted(heard.themes):
            new = replace(_new(Family.THEME, audience, item), item=theme, themes=(theme,), method=item.key)
            count = heard.themes[theme]
            if count < REMARKS:
                continue  # that one or two people raised it is nobody's business
            here = _remark_share(count, heard.coded, policy)
            if theme not in heard.enough:
                found.append(Draft(replace(new, reason=FEW_REMARKS)))
            elif not before:
                found.append(Draft(replace(new, here=here), relevant=True))
            else:
                past = (sum(one.themes.get(theme, 0) for one in before), sum(one.coded for one in before))
                there = _remark_share(*past, policy)
                against = tuple(wave.key for wave in reversed(earlier) if wave.heard[audience].coded)
                made = replace(new, here=here, there=there, against=against)
                found.append(_theme_test(made, (count, heard.coded), past))
    return found


def _remark_share(count: int, coded: int, policy: Policy) -> Figure:
    """How many coded remarks are about a theme, and their share where both it and the rest may be shown."""
    few = policy.base_ranges[0][0]
    shown = count >= few and coded - count >= policy.smallest_cell
    percent = rounded(100 * count, coded, policy.step(coded)) if shown else None
    return Figure(
        percent, "", policy.printed_base(count) or (f"{REMARKS}–{few - 1}" if count >= REMARKS else "")
    )


def _theme_test(made: Proposal, now: tuple[int, int], past: tuple[int, int]) -> Draft:
    tested = comparisons.change(now, past)
    here, there = made.here.percent, made.there.percent
    effect = here - there if here is not None and there is not None else None
    tone = "" if tested.difference == 0 else "more" if tested.difference > 0 else "less"
    matters = abs(tested.difference) * 100 >= made.minimum
    return Draft(replace(made, effect=effect, tone=tone), tested.p_value, matters, few=False)
