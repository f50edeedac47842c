"""The publication policy: what is shown, what is not, and what an attacker makes of it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedback_app.analysis.counting import ItemCounts, ItemRule
from feedback_app.analysis.disclosure import (
    CUTS,
    UNLIMITED,
    Cell,
    Figure,
    Policy,
    PublishedTable,
    ReleaseRefused,
    Table,
    Total,
    attack,
    printed_interval,
    protect,
    publish_item,
    publish_participation,
)
from feedback_app.analysis.intervals import wilson
from feedback_app.analysis.organisations import OrganisationBound
from feedback_app.analysis.policy import rounded
from feedback_app.analysis.statistic import Band, Participation, State, Statistic

POLICY_FILE = Path(__file__).parents[2] / "surveys" / "publication.yaml"
POLICY = Policy.from_mapping(yaml.safe_load(POLICY_FILE.read_text("utf-8")))
MATCH = ItemRule("match", ("yes", "a_little", "no"), ("yes",))
EXPERIENCE = ItemRule("experience", ("1", "2", "3", "4", "5"), ("4", "5"))
DIFFICULTIES = ItemRule("difficulties", ("too_far", "hours", "language"))


def publish(rule: ItemRule, *people: int, **changes: Any) -> Statistic:
    counts = ItemCounts(dict(zip(rule.options, people, strict=False)))
    group: dict[str, Any] = {"audience": "newcomer", "cut": "region", "member": "kempen", "policy": POLICY}
    return publish_item(rule, changes.pop("counts", counts), **(group | changes))


def percents(statistic: Statistic) -> list[int | None]:
    return [share.percent for share in statistic.shares]


# --- an item in a group ---------------------------------------------------------------------------


def test_a_large_group_is_shown_in_whole_percents_with_its_base() -> None:
    statistic = publish(MATCH, 40, 10, 7)
    assert (statistic.state, statistic.base, statistic.positive) == (State.SHOWN, "57", 70)
    assert (statistic.low, statistic.high) == tuple(round(100 * edge) for edge in wilson(40, 57))
    assert percents(statistic) == [70, 18, 12]


@pytest.mark.parametrize(
    ("people", "state", "base", "percent"),
    [
        ((6, 5, 0), State.INDICATIVE, "10–14", 55),
        ((8, 5, 5), State.INDICATIVE, "15–19", 45),
        ((22, 7, 0), State.INDICATIVE, "20–29", 75),
        ((20, 10, 0), State.SHOWN, "30–49", 65),
        ((32, 17, 0), State.SHOWN, "30–49", 65),
        ((32, 18, 0), State.SHOWN, "50", 64),
    ],
)
def test_small_groups_are_rounded(people: tuple[int, ...], state: State, base: str, percent: int) -> None:
    statistic = publish(MATCH, *people)
    assert (statistic.state, statistic.base, statistic.positive) == (state, base, percent)
    assert statistic.low is not None
    assert statistic.high is not None
    if sum(people) < 50:
        assert statistic.low % 5 == statistic.high % 5 == 0
    true = wilson(people[0], sum(people))
    assert statistic.low <= 100 * true.low + 0.5
    assert statistic.high >= 100 * true.high - 0.5


def test_nothing_too_few_and_hidden_look_the_same() -> None:
    withheld = publish(MATCH, 0, 0, 0)
    assert withheld == Statistic("newcomer", "match", "region", "kempen", State.WITHHELD)
    assert publish(MATCH, 5, 4, 0) == withheld  # nine answers
    assert publish(MATCH, 11, 4, 0) == withheld  # a rest of four, and no band is true
    assert publish(MATCH, counts=ItemCounts({"not_shown": 80})) == withheld


@pytest.mark.parametrize("positive", [53, 54, 56, 57])
def test_nearly_everybody_gets_a_band(positive: int) -> None:
    statistic = publish(MATCH, positive, 57 - positive, 0)
    assert (statistic.state, statistic.band, statistic.base) == (State.BAND, Band.ABOVE, "57")
    assert (statistic.positive, statistic.low, statistic.high) == (None, None, None)
    assert percents(statistic) == [None, None, None]


@pytest.mark.parametrize(("people", "band"), [((10, 0, 0), Band.ABOVE), ((0, 5, 5), Band.BELOW)])
def test_unanimity_in_a_small_group_is_a_band(people: tuple[int, ...], band: Band) -> None:
    assert publish(MATCH, *people).band is band


def test_a_band_is_true() -> None:
    assert publish(MATCH, 16, 4, 0).state is State.WITHHELD  # exactly 80 % is not more than 80 %
    assert publish(MATCH, 17, 4, 0).band is Band.ABOVE
    assert publish(MATCH, 4, 16, 0).state is State.WITHHELD
    assert publish(MATCH, 4, 17, 0).band is Band.BELOW


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((10, 10, 10, 12, 15), [18, 18, 18, 21, 26]),
        ((0, 2, 12, 20, 23), [None, None, None, 35, 40]),  # 0 + 2 would be a small group itself
        ((2, 3, 12, 20, 20), [None, None, None, 35, 35]),  # two that can't both be small if one is zero
        ((3, 3, 2, 20, 29), [None, None, None, 35, 51]),
        ((10, 10, 10, 3, 24), [18, 18, 18, None, None]),
    ],
)
def test_a_small_cell_never_stands_alone(people: tuple[int, ...], expected: list[int | None]) -> None:
    assert percents(publish(EXPERIENCE, *people)) == expected


def test_small_cells_that_hide_each_other_leave_the_large_ones() -> None:
    rule = ItemRule("time", ("a", "b", "c", "d", "e"))
    assert percents(publish(rule, 2, 2, 2, 24, 30)) == [None, None, None, 40, 50]
    assert publish(rule, 2, 0, 0, 28, 30).state is State.WITHHELD  # no positive end: nothing left to show


def test_multiple_choice_shares_are_over_people() -> None:
    counts = ItemCounts({"too_far": 40, "hours": 30, "language": 2}, people=60, multiple=True)
    statistic = publish(DIFFICULTIES, counts=counts)
    assert (statistic.state, statistic.base, statistic.positive) == (State.SHOWN, "60", None)
    assert percents(statistic) == [67, 50, None]


def test_multiple_choice_used_as_single_gives_no_remainder() -> None:
    counts = ItemCounts({"too_far": 38, "hours": 20, "language": 2}, people=60, multiple=True)
    assert publish(DIFFICULTIES, counts=counts).state is State.WITHHELD


def test_sensitive_items_and_cuts_need_more_answers() -> None:
    welcome = ItemRule("welcome", ("yes", "sometimes", "no"), ("yes",))
    assert publish(MATCH, 10, 9, 0).state is State.INDICATIVE
    assert publish(welcome, 10, 9, 0).state is State.WITHHELD
    assert publish(welcome, 10, 10, 0).state is State.INDICATIVE
    assert publish(MATCH, 10, 9, 0, cut="language_group", member="arabic").state is State.WITHHELD
    assert publish(MATCH, 10, 10, 0, cut="language_group", member="arabic").state is State.INDICATIVE


@pytest.mark.parametrize(
    ("organisations", "shown"),
    [
        (OrganisationBound(5, 10), True),
        (OrganisationBound(4, 10), False),
        (OrganisationBound(5, 11), False),
        (OrganisationBound(20, 1), True),
    ],
)
def test_partners_need_five_organisations_none_giving_more_than_half(
    organisations: OrganisationBound, shown: bool
) -> None:
    statistic = publish(MATCH, 12, 8, 0, audience="partner", organisations=organisations)
    assert (statistic.state is not State.WITHHELD) is shown


def test_partners_without_bound_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="organisations"):
        publish(MATCH, 40, 10, 7, audience="partner")


@pytest.mark.parametrize("cut", ["municipality", "coach", "region × offer_type", ""])
def test_no_free_filters(cut: str) -> None:
    with pytest.raises(ValueError, match="not declared"):
        publish(MATCH, 40, 10, 7, cut=cut)
    with pytest.raises(ValueError, match="not declared"):
        publish_participation({}, audience="newcomer", cut=cut, member="x", policy=POLICY)


def test_declared_cuts_and_audiences() -> None:
    for cut in CUTS:
        assert publish(MATCH, 40, 10, 7, cut=cut).cut == cut
    with pytest.raises(ValueError, match="'staff'"):
        publish(MATCH, 40, 10, 7, audience="staff")


def test_who_came_in_between_stays_hidden() -> None:
    """12 answers with 9 positive, then 13 with 9: one release hides the step, the ledger comes later."""
    assert publish(MATCH, 9, 3, 0) == publish(MATCH, 9, 4, 0)
    first, second = publish(MATCH, 20, 15, 0), publish(MATCH, 20, 16, 0)
    assert first == second
    assert first.base == "30–49"


def test_interval_follows_from_what_is_printed() -> None:
    low, high = printed_interval(45, (10, 14), 5, 5)
    for positive, base in ((5, 11), (6, 13), (6, 14)):
        assert rounded(100 * positive, base, 5) == 45
        assert low <= 100 * wilson(positive, base).low
        assert high >= 100 * wilson(positive, base).high
    with pytest.raises(ValueError, match="no count"):
        printed_interval(0, (10, 14), 5, 5)


def test_participation() -> None:
    group = {"audience": "newcomer", "cut": "region", "member": "kempen", "policy": POLICY}

    def of(denominator: bool = True, **outcomes: int) -> tuple[Any, ...]:
        printed = publish_participation(outcomes, **group, denominator=denominator)  # type: ignore[arg-type]
        assert isinstance(printed, Participation)
        return printed.invited, printed.answered, printed.rr1, printed.rr2

    assert of(I=50, P=7, NC=100, UO=6, NE=3) == ("163", "57", 31, 35)
    assert of(I=98, P=2, NC=100) == ("200", "100", None, 50)  # 49 % of 200 in full: two or three were not
    assert of(I=100, NC=100) == ("200", "100", None, 50)  # nobody looks like few
    assert of(I=20, P=5, NC=75) == ("100", "20–29", 20, 25)
    assert of(I=9, NC=75) == ("84", "", None, None)
    assert of(I=18, P=2, NC=4) == ("20–29", "20–29", None, None)  # the four who did not answer
    assert of() == ("", "", None, None)
    assert of(I=57, denominator=False) == ("", "57", None, None)


# --- rounding and the policy file -----------------------------------------------------------------


def test_rounding_to_base_five() -> None:
    counts = [1, 3, 12, 16, 0, 20, 23, 6, 39]
    assert [rounded(count, 1, 5) for count in counts] == [0, 5, 10, 15, 0, 20, 25, 5, 40]


def test_halves_round_up_exactly() -> None:
    assert rounded(100 * 17, 40, 5) == 45  # 42.5 %
    assert rounded(100 * 1, 200, 1) == 1  # 0.5 %


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"smallest_cell": None}, "smallest_cell"),
        ({"small_step": "5"}, "small_step"),
        ({"unanimity_below": 0}, "unanimity_below"),
        ({"version": 1}, "version"),
        ({"extra": 1}, "extra"),
        ({"band": {"above": 80}}, "band.below"),
        ({"band": {"above": 20, "below": 80}}, "band"),
        ({"band": {"above": 70, "below": 20}}, "meer dan 80 %"),
        ({"organisations": {"at_least": 5, "largest_percent": 50, "most": 1}}, "most"),
        ({"minimum_base": {"newcomer": True}}, "minimum_base.newcomer"),
        ({"minimum_base": {"newcomer": 8, "partner": 8}, "base_ranges": [[8, 49]]}, "twice smallest_cell"),
        ({"base_ranges": [[10, 14], [20, 49]]}, "base_ranges"),
        ({"base_ranges": [[10, 14], [49, 15]]}, "base_ranges"),
        ({"base_ranges": []}, "base_ranges"),
    ],
)
def test_policy_names_the_value_at_fault(change: dict[str, Any], named: str) -> None:
    values = yaml.safe_load(POLICY_FILE.read_text("utf-8")) | change
    with pytest.raises(ValueError, match=named):
        Policy.from_mapping({key: value for key, value in values.items() if value is not None})


def test_bases_print_as_ranges_below_fifty() -> None:
    printed = [POLICY.printed_base(base) for base in (0, 9, 10, 14, 15, 29, 30, 49, 50, 2100)]
    assert printed == ["", "", "10–14", "10–14", "15–19", "20–29", "30–49", "30–49", "50", "2100"]


# --- whole tables and the attacker ----------------------------------------------------------------


def region(name: str) -> Cell:
    return Cell.of(region=name)


SINGLES = Table.with_margins("s", {"region": ("a", "b", "c")}, {("a",): 1, ("b",): 2, ("c",): 1})


def test_two_single_people_do_not_protect_each_other() -> None:
    everyone = frozenset(SINGLES.cells)
    only_b = PublishedTable(
        "s", SINGLES.dimensions, everyone, (Figure(frozenset({region("b")}), 2, 2), Figure(everyone, 4, 4))
    )
    assert attack([only_b]) == {region("a"): (0, 2), region("c"): (0, 2)}
    # ... but the one person in a knows about herself:
    assert attack([only_b], knowing={region("a"): 1}) == {region("c"): (1, 1)}
    assert protect(SINGLES, POLICY).figures == ()


def test_hidden_cells_together_are_no_small_group() -> None:
    counts = {("a",): 1, ("b",): 20, ("c",): 1, ("d",): 40}
    table = Table.with_margins("s", {"region": ("a", "b", "c", "d")}, counts)
    published = protect(table, POLICY)
    assert published.figure(region("d")) is not None
    low, high = attack([published], knowing={region("a"): 1})[region("c")]
    assert low == 0
    assert high >= POLICY.smallest_cell


def test_unanimity_is_withheld_below_twenty_only() -> None:
    for people, shown in ((16, False), (30, True)):
        table = Table.with_margins("w", {"answer": ("yes", "no")}, {("yes",): people}, answer="answer")
        assert (protect(table, POLICY).figure(Cell.of(answer="yes")) is not None) is shown


def test_everything_withheld_means_anything_is_possible() -> None:
    assert set(attack([protect(SINGLES, POLICY)]).values()) == {(0, UNLIMITED)}


def test_unanimity_of_six_is_withheld() -> None:
    table = Table.with_margins(
        "work",
        {"status": ("married", "single"), "work": ("full", "part")},
        {("married", "full"): 6, ("married", "part"): 0, ("single", "full"): 30, ("single", "part"): 25},
        answer="work",
    )
    full, part = Cell.of(status="married", work="full"), Cell.of(status="married", work="part")
    published = protect(table, POLICY)
    assert published.figure(full) is None
    assert published.figure(part) is None
    assert published.figure(full, part) is None
    low, high = attack([published])[full]
    assert high - low >= POLICY.smallest_cell


def test_a_share_with_a_decimal_gives_its_counts_away() -> None:
    yes, no = Cell.of(answer="yes"), Cell.of(answer="no")
    both = frozenset({yes, no})
    share = Figure.percent(frozenset({yes}), Fraction(429, 10), Fraction(1, 10), both)
    table = PublishedTable("t", {}, both, (share, Figure(both, 5, 9)))
    assert attack([table]) == {yes: (3, 3), no: (4, 4)}
    coarse = Figure.percent(frozenset({yes}), 45, 5, both)
    assert attack([PublishedTable("t", {}, both, (coarse, Figure(both, 10, 14)))])[yes] == (5, 6)


def test_a_mean_gives_its_counts_away() -> None:
    points, people = Cell.of(number="points"), Cell.of(number="people")
    mean = Figure(frozenset({points}), Fraction(3425, 1000), Fraction(3435, 1000), frozenset({people}))
    table = PublishedTable(
        "t", {}, frozenset({points, people}), (mean, Figure(frozenset({points, people}), 1, 44))
    )
    assert attack([table]) == {points: (24, 24), people: (7, 7)}


def ages(name: str, *young: str) -> Table:
    cells = {Cell.of(age="0-19"): 6, Cell.of(age="20-24"): 1, Cell.of(age="25+"): 8}
    below = frozenset(Cell.of(age=age) for age in young)
    totals = (Total("below", below), Total("above", frozenset(cells) - below))
    return Table(name, {"age": ("0-19", "20-24", "25+")}, cells, totals, frozenset(cells))


def test_two_age_cuts_reveal_one_person() -> None:
    first, second = ages("20", "0-19"), ages("25", "0-19", "20-24")
    one = Cell.of(age="20-24")
    assert attack([first])[one] == (0, 9)
    assert attack([first, second])[one] == (1, 1)
    low, high = attack([first, protect(second, POLICY, released=[first])])[one]
    assert low == 0 or high - low >= POLICY.smallest_cell
    with pytest.raises(ReleaseRefused, match="earlier releases"):
        protect(second, POLICY, released=[first, second])


def test_large_counts_are_exact_and_small_ones_rounded() -> None:
    table = Table.with_margins(
        "m", {"region": ("a", "b"), "x": ("yes", "no")}, dict.fromkeys((("a", "yes"), ("a", "no")), 40) | {
            ("b", "yes"): 12, ("b", "no"): 16}, answer="x",
    )  # fmt: skip
    published = protect(table, POLICY)
    yes, no = Cell.of(region="b", x="yes"), Cell.of(region="b", x="no")
    assert published.figure(Cell.of(region="a", x="yes")) == Figure(
        frozenset({Cell.of(region="a", x="yes")}), 40, 40
    )
    assert published.figure(yes) == Figure(frozenset({yes}), 8, 12)
    assert published.figure(yes, no) == Figure(frozenset({yes, no}), 20, 29)
    assert published.policy_version == POLICY.version


def test_contradicting_figures_are_named() -> None:
    part = frozenset({region("a")})
    with pytest.raises(ValueError, match="contradict"):
        attack([PublishedTable("t", {}, part | {region("b")}, (Figure(part, 3, 3), Figure(part, 4, 4)))])


@pytest.mark.parametrize(
    ("cells", "totals", "unpublished"),
    [
        ({region("z"): 1}, (), frozenset()),
        ({region("a"): -1}, (), frozenset()),
        ({region("a"): 1.5}, (), frozenset()),
        ({region("a"): 1}, (Total("t", frozenset({region("b")})),), frozenset()),
        ({region("a"): 1}, (), frozenset({region("b")})),
    ],
)
def test_tables_that_do_not_fit_are_refused(cells: Any, totals: Any, unpublished: Any) -> None:
    with pytest.raises(ValueError, match="table 't'"):
        Table("t", {"region": ("a", "b")}, cells, totals, unpublished)
