"""What must hold for any counts: nobody is found back, nothing depends on labels, numbers stay in bounds."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_app.analysis.counting import NONRESPONSE, ItemCounts, ItemRule, count_item
from feedback_app.analysis.disclosure import (
    Cell,
    Figure,
    Policy,
    PublishedTable,
    Table,
    attack,
    protect,
    publish_item,
)
from feedback_app.analysis.intervals import cliffs_delta, funnel_limits, newcombe_difference, wilson
from feedback_app.analysis.organisations import bound
from feedback_app.analysis.patterns import benjamini_hochberg, shrunken_shares
from feedback_app.analysis.rates import OUTCOMES, response_rates
from feedback_app.analysis.statistic import State, Statistic

POLICY = Policy.from_mapping(
    yaml.safe_load((Path(__file__).parents[2] / "surveys" / "publication.yaml").read_text("utf-8"))
)
# How long an example takes says something about the machine, not about the rule.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PEOPLE = st.one_of(st.integers(0, 8), st.integers(0, 60), st.integers(0, 800))
KEYS = ("a", "b", "c", "d", "e")


def publish(rule: ItemRule, counts: ItemCounts) -> Statistic:
    return publish_item(rule, counts, audience="newcomer", cut="region", member="kempen", policy=POLICY)


@st.composite
def items(draw: st.DrawFn) -> tuple[ItemRule, ItemCounts]:
    options = KEYS[: draw(st.integers(2, 5))]
    rule = ItemRule("item", options, options[: draw(st.integers(0, len(options) - 1))])
    return rule, ItemCounts({key: draw(PEOPLE) for key in (*options, *NONRESPONSE)})


# --- counting -------------------------------------------------------------------------------------


@given(items())
def test_counting_twice_gives_the_same(item: tuple[ItemRule, ItemCounts]) -> None:
    rule, counts = item
    assert count_item(rule, counts) == count_item(rule, counts)
    assert publish(rule, counts) == publish(rule, counts)


@given(items(), st.permutations(KEYS))
def test_other_keys_and_another_order_change_no_number(
    item: tuple[ItemRule, ItemCounts], order: list[str]
) -> None:
    rule, counts = item
    renamed = {key: f"option_{order.index(key)}" for key in rule.options}
    other = ItemRule(
        rule.key,
        tuple(renamed[key] for key in sorted(rule.options, key=order.index)),
        tuple(renamed[key] for key in rule.positive),
    )
    again = publish(other, ItemCounts({renamed.get(key, key): n for key, n in counts.values.items()}))
    first = publish(rule, counts)
    assert (again.state, again.base, again.positive, again.band) == (
        first.state,
        first.base,
        first.positive,
        first.band,
    )
    assert {renamed[share.value]: share.percent for share in first.shares} == {
        share.value: share.percent for share in again.shares
    }


@given(items())
def test_base_and_nonresponse_add_up(item: tuple[ItemRule, ItemCounts]) -> None:
    rule, counts = item
    figures = count_item(rule, counts)
    outside = dict(figures.nonresponse)
    assert figures.base + sum(outside.values()) == sum(counts.values.values())
    assert figures.asked + outside["not_shown"] == sum(counts.values.values())
    assert (figures.positive or 0) <= figures.base


# --- nobody is found back -------------------------------------------------------------------------


def splits(people: int, options: int) -> Iterator[tuple[int, ...]]:
    if options == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in splits(people - first, options - 1):
            yield (first, *rest)


def assert_hides_the_few(
    behind: dict[Statistic, list[tuple[tuple[int, ...], int]]],
    numbers: list[Callable[[tuple[int, ...], int], int]],
) -> None:
    """The strongest reader knows our rules, tries all counts and keeps those that print the same.

    Of any group (or rest) that may be one to four people, zero must remain possible, or a range as wide as
    the smallest cell.
    """
    for statistic, candidates in behind.items():
        if statistic.state is State.WITHHELD:
            continue
        for number in numbers:
            possible = {number(people, base) for people, base in candidates}
            few = any(0 < people < POLICY.smallest_cell for people in possible)
            wide = max(possible) - min(possible) >= POLICY.smallest_cell
            assert not few or min(possible) == 0 or wide, (statistic, sorted(possible), candidates[:5])


@pytest.mark.parametrize(
    ("options", "positive", "bases"),
    [
        (2, 1, range(10, 75)),
        (3, 1, range(10, 25)),
        (3, 0, range(10, 25)),
        (3, 1, range(50, 52)),
        (3, 0, range(50, 52)),
        (4, 2, range(15, 20)),
        (4, 0, range(30, 31)),
        (5, 2, range(24, 25)),
    ],
)
def test_no_statistic_gives_back_a_small_group(options: int, positive: int, bases: range) -> None:
    rule = ItemRule("item", KEYS[:options], KEYS[:positive])
    behind = defaultdict(list)
    for base in bases:
        for people in splits(base, options):
            statistic = publish(rule, ItemCounts(dict(zip(rule.options, people, strict=True))))
            behind[statistic].append((people, base))
    assert any(statistic.state is not State.WITHHELD for statistic in behind)

    numbers: list[Callable[[tuple[int, ...], int], int]] = []
    for index in range(options):
        numbers.append(lambda people, base, index=index: people[index])  # type: ignore[misc]
        numbers.append(lambda people, base, index=index: base - people[index])  # type: ignore[misc]
    if positive:
        numbers.append(lambda people, base: sum(people[:positive]))
        numbers.append(lambda people, base: base - sum(people[:positive]))
    assert_hides_the_few(behind, numbers)


@pytest.mark.parametrize(("options", "bases"), [(2, range(10, 30)), (3, range(10, 15)), (3, range(50, 51))])
def test_no_ticks_give_back_a_small_group(options: int, bases: range) -> None:
    rule = ItemRule("item", KEYS[:options])
    behind = defaultdict(list)
    for base in bases:
        values = [*range(12), *range(12, base - 5, 7), *range(max(12, base - 5), base + 1)]
        for ticks in itertools.product(sorted({n for n in values if n <= base}), repeat=options):
            if sum(ticks) >= base:
                counts = ItemCounts(dict(zip(rule.options, ticks, strict=True)), people=base, multiple=True)
                behind[publish(rule, counts)].append((ticks, base))
    assert any(statistic.state is not State.WITHHELD for statistic in behind)
    numbers: list[Callable[[tuple[int, ...], int], int]] = []
    for index in range(options):
        numbers.append(lambda people, base, index=index: people[index])  # type: ignore[misc]
    assert_hides_the_few(behind, numbers)


def as_table(rule: ItemRule, statistic: Statistic) -> PublishedTable:
    """Read a Statistic as a stranger does who only knows how rounding works."""
    cells = {option: Cell.of(answer=option) for option in rule.options}
    everyone = frozenset(cells.values())
    first, _, last = statistic.base.partition("–")
    step = 1 if int(first) >= POLICY.whole_percent_from else POLICY.small_step
    figures = [Figure(everyone, int(first), int(last or first))]
    printed = [(frozenset({cells[share.value]}), share.percent) for share in statistic.shares]
    printed.append((frozenset(cells[option] for option in rule.positive), statistic.positive))
    figures += [
        Figure.percent(part, percent, step, everyone) for part, percent in printed if percent is not None
    ]
    return PublishedTable("item", {}, everyone, tuple(figures))


@settings(max_examples=60)
@given(items())
def test_the_attacker_finds_no_small_group_in_a_statistic(item: tuple[ItemRule, ItemCounts]) -> None:
    rule, counts = item
    statistic = publish(rule, counts)
    assume(statistic.state is not State.WITHHELD)
    found = attack([as_table(rule, statistic)])
    for option in rule.options:
        people = counts.values[option]
        low, high = found[Cell.of(answer=option)]
        assert low <= people <= high
        if 0 < people < POLICY.smallest_cell:
            assert low == 0 or high - low >= POLICY.smallest_cell


@settings(max_examples=80)
@given(items())
def test_what_is_printed_is_true(item: tuple[ItemRule, ItemCounts]) -> None:
    rule, counts = item
    statistic, figures = publish(rule, counts), count_item(rule, counts)
    if statistic.state is State.WITHHELD:
        assert statistic == Statistic("newcomer", "item", "region", "kempen", State.WITHHELD)
        return
    assert figures.base >= 10
    if statistic.positive is None:
        return
    assert figures.positive is not None
    slack = 0.5 if figures.base >= POLICY.whole_percent_from else 2.5
    assert abs(100 * figures.positive / figures.base - statistic.positive) <= slack
    true = wilson(figures.positive, figures.base)
    assert statistic.low is not None
    assert statistic.high is not None
    assert statistic.low <= 100 * true.low + 0.5
    assert statistic.high >= 100 * true.high - 0.5


@st.composite
def tables(draw: st.DrawFn) -> Table:
    sizes = draw(st.sampled_from([(4,), (2, 3), (3, 3), (4, 3), (2, 2, 2), (3, 2, 2)]))
    names = ("region", "answer", "mode")[: len(sizes)]
    dimensions = {
        name: tuple(f"{name}{i}" for i in range(size)) for name, size in zip(names, sizes, strict=True)
    }
    small = st.one_of(st.integers(0, 6), st.integers(0, 40), st.integers(0, 300))
    counts = {key: draw(small) for key in itertools.product(*dimensions.values())}
    return Table.with_margins("random", dimensions, counts, answer=draw(st.sampled_from(["", *names[1:2]])))


@settings(max_examples=40)
@given(tables())
def test_no_protected_table_gives_back_a_small_cell(table: Table) -> None:
    published = protect(table, POLICY)
    found = attack([published])
    for cell, (low, high) in found.items():
        people = table.cells[cell]
        assert low <= people <= high
        if 0 < people < POLICY.smallest_cell:
            assert low == 0 or high - low >= POLICY.smallest_cell
    printed = {cell for cell in table.cells if published.figure(cell)}
    assert all(table.cells[cell] >= POLICY.smallest_cell for cell in printed)
    assert protect(table, POLICY) == published
    # what is out may be printed again, and printing it again tells nothing more
    assert protect(table, POLICY, released=[published]) == published


# --- rates, intervals, patterns, organisations ----------------------------------------------------


@given(st.fixed_dictionaries(dict.fromkeys(OUTCOMES, PEOPLE)), st.none() | st.floats(0, 1))
def test_rates_are_shares_in_their_order(counts: dict[str, int], e: float | None) -> None:
    rates = response_rates(counts, e)
    assert all(math.isnan(rate) or 0 <= rate <= 1 for rate in rates.values())
    for lower, higher in [("RR1", "RR2"), ("RR1", "RR3"), ("RR3", "RR5"), ("RR2", "RR4"), ("RR4", "RR6")]:
        assert not rates[lower] > rates[higher] + 1e-12


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_intervals_hold_what_was_seen(n1: int, n2: int, data: st.DataObject) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    interval = wilson(x1, n1)
    assert 0 <= interval.low <= x1 / n1 + 1e-12
    assert x1 / n1 - 1e-12 <= interval.high <= 1
    difference = newcombe_difference(x1, n1, x2, n2)
    assert difference.low - 1e-9 <= x1 / n1 - x2 / n2 <= difference.high + 1e-9


@given(st.integers(1, 300), st.floats(0.05, 0.95))
def test_stricter_funnel_limits_are_wider(n: int, theta: float) -> None:
    inner, outer = funnel_limits(n, theta, 0.05), funnel_limits(n, theta, 0.002)
    assert 0 <= outer.low <= inner.low <= inner.high <= outer.high <= 1


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=30), st.lists(st.integers(1, 5), min_size=1, max_size=30)
)
def test_cliffs_delta_counts_pairs(a: list[int], b: list[int]) -> None:
    pairs = [(x > y) - (x < y) for x in a for y in b]
    assert cliffs_delta(a, b) == pytest.approx(sum(pairs) / len(pairs))


@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_values_keep_the_order_and_never_shrink(p_values: list[float]) -> None:
    adjusted = benjamini_hochberg(p_values)
    assert all(p <= q + 1e-12 and q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    ordered = [q for _, q in sorted(zip(p_values, adjusted, strict=True))]
    assert all(before <= after + 1e-12 for before, after in itertools.pairwise(ordered))


@given(st.lists(st.integers(1, 200), min_size=1, max_size=18), st.data())
def test_shrunken_shares_lie_between_own_and_pooled(bases: list[int], data: st.DataObject) -> None:
    positives = [data.draw(st.integers(0, base)) for base in bases]
    pooled = sum(positives) / sum(bases)
    for share, x, n in zip(shrunken_shares(positives, bases), positives, bases, strict=True):
        assert min(pooled, x / n) - 1e-9 <= share <= max(pooled, x / n) + 1e-9


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 5), st.data())
def test_organisations_are_bounded_whoever_answered(
    answered: list[int], extra: int, data: st.DataObject
) -> None:
    senders = [name for name, number in enumerate(answered) for _ in range(number)]
    # answers without an invitation, from known organisations only: the worst case
    senders += [data.draw(st.integers(0, len(answered) - 1)) for _ in range(extra)] if answered else []
    given_by = Counter(data.draw(st.permutations(senders))[: data.draw(st.integers(0, len(senders)))])
    unlinked = extra if answered else 0
    result = bound(answered, given_by.total(), unlinked)
    assert result.at_least <= len(given_by)
    assert max(given_by.values(), default=0) <= result.largest_at_most
