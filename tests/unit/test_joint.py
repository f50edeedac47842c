"""What Flanders and its groups tell jointly: one withheld group must not be what is left of the others."""

from pathlib import Path

import pytest
import yaml

from feedback_app.analysis.attacker import Program, rows_of
from feedback_app.analysis.counting import ItemCounts, ItemRule
from feedback_app.analysis.counts import blocks_of
from feedback_app.analysis.disclosure import Policy, ReleaseRefused, publish_item
from feedback_app.analysis.joint import Group, levels
from feedback_app.analysis.reading import Question, Structure, known_relations, read_statistic
from feedback_app.analysis.statistic import FLANDERS, Statistic

POLICY = Policy.from_mapping(
    yaml.safe_load((Path(__file__).parents[2] / "surveys" / "publication.yaml").read_text("utf-8"))
)
MATCH = Question("2026-H1", "newcomer", "match", ("yes", "a_little", "no"), ("yes",))


def printed(question: Question, cut: str, member: str, *people: int) -> Statistic:
    rule = ItemRule(question.key, question.options, question.positive)
    counts = ItemCounts(dict(zip(question.options, people, strict=True)))
    return publish_item(rule, counts, audience="newcomer", cut=cut, member=member, policy=POLICY)


def group(cut: str, member: str, *people: int) -> Group:
    head, details = read_statistic(MATCH, printed(MATCH, cut, member, *people), POLICY)
    counts = dict(zip(MATCH.options, people, strict=True))
    return Group(cut, member, counts, sum(people), sum(people) < 10, head, details)


def world(cut: str = "region", /, **members: tuple[int, int, int]) -> list[Group]:
    """Groups of one cut, and the Flanders they make together."""
    flanders = tuple(map(sum, zip(*members.values(), strict=True)))
    return [group("flanders", FLANDERS, *flanders), *(group(cut, name, *n) for name, n in members.items())]


def structure(groups: list[Group]) -> Structure:
    cuts: dict[str, list[str]] = {}
    for one in groups:
        cuts.setdefault(one.cut, []).append(one.member)
    return Structure(cuts)


def shown(groups: list[Group], **more: object) -> set[str]:
    chosen = levels(MATCH, groups, structure(groups), POLICY, **more)  # type: ignore[arg-type]
    return {one.member for one, level in zip(groups, chosen, strict=True) if level.head and one.head}


@pytest.mark.parametrize("small", [1, 4, 9])
def test_a_single_small_group_takes_the_cheapest_exact_one_with_it(small: int) -> None:
    groups = world(gent=(40, 20, 20), kempen=(small, 0, 0), limburg=(30, 15, 15), brugge=(35, 20, 15))
    assert shown(groups) == {FLANDERS, "gent", "brugge"}


def test_two_small_groups_that_hold_too_few_together_take_one_along() -> None:
    groups = world(gent=(40, 20, 20), kempen=(2, 0, 0), limburg=(1, 1, 1), brugge=(35, 20, 15))
    assert shown(groups) == {FLANDERS, "gent"}


def test_nothing_is_taken_where_nothing_is_withheld() -> None:
    assert shown(world(gent=(40, 20, 20), kempen=(0, 0, 0), limburg=(25, 15, 15))) == {
        FLANDERS,
        "gent",
        "limburg",
    }


def test_an_agency_that_is_one_region_is_the_same_people() -> None:
    """Amal works in Gent alone: what one figure hides, the other must not show."""
    groups = [
        group("flanders", FLANDERS, 60, 40, 43),
        group("region", "gent", 20, 20, 3),
        group("region", "kempen", 40, 20, 40),
        group("agency", "amal", 20, 20, 3),
        group("agency", "agii", 40, 20, 40),
    ]
    assert blocks_of([("gent", "amal"), ("kempen", "agii")]) == (
        (("gent",), ("amal",)),
        (("kempen",), ("agii",)),
    )
    assert blocks_of([("gent", "amal"), ("kempen", "agii"), ("gent", "agii")]) == (
        (("gent", "kempen"), ("agii", "amal")),
    )
    chosen = levels(MATCH, groups, structure(groups), POLICY)
    assert not pinned(groups, [level.head for level in chosen], [level.details for level in chosen])
    assert pinned(groups, [True] * 5, [True] * 5), (
        "all of it together opens a group: there is something to hide"
    )


def pinned(groups: list[Group], heads: list[bool], details: list[bool]) -> list[int]:
    """The attacker's own look at what is printed: which answers of one to four people are opened."""
    true = {}
    for one in groups:
        true |= MATCH.people(one.cut, one.member, one.counts, one.base)
    place = {cell: at for at, cell in enumerate(true)}
    facts = [
        fact
        for one, head, more in zip(groups, heads, details, strict=True)
        for fact in ((*one.head, *(one.details if more else ())) if head else ())
    ]
    known = known_relations(MATCH, structure(groups), true)
    rows = [row for fact in (*facts, *known) for row in rows_of(fact, place)]
    few = [[place[cell]] for cell, people in true.items() if 0 < people < POLICY.smallest_cell]
    return Program(len(true), rows).opened(few, POLICY.smallest_cell)


def test_what_is_out_may_be_said_again_and_what_contradicts_it_may_not() -> None:
    groups = world(gent=(40, 20, 20), kempen=(25, 15, 15), limburg=(30, 15, 20))
    facts = [fact for one in groups for fact in (*one.head, *one.details)]
    assert shown(groups, earlier=facts) == {FLANDERS, "gent", "kempen", "limburg"}
    later = world(gent=(40, 20, 20), kempen=(25, 15, 16), limburg=(30, 15, 20))
    with pytest.raises(ReleaseRefused):
        shown(later, earlier=facts)


def test_earlier_figures_that_open_a_group_are_named() -> None:
    groups = world(gent=(40, 20, 20), kempen=(2, 0, 0))
    facts = [fact for one in groups for fact in one.head]
    with pytest.raises(ReleaseRefused, match="region kempen"):
        shown(groups, earlier=facts)


@pytest.mark.parametrize("ticks", [(40, 3), (57, 30), (20, 20)])
def test_ticks_are_read_over_people(ticks: tuple[int, int]) -> None:
    question = Question("2026-H1", "newcomer", "difficulties", ("far", "hours"), multiple=True)
    rule = ItemRule("difficulties", question.options)
    counts = ItemCounts(dict(zip(question.options, ticks, strict=True)), people=60, multiple=True)
    if sum(ticks) < 60:
        counts = ItemCounts(counts.values, people=max(sum(ticks), 1), multiple=True)
    one = publish_item(rule, counts, audience="newcomer", cut="region", member="gent", policy=POLICY)
    head, details = read_statistic(question, one, POLICY)
    true = question.people("region", "gent", counts.values, counts.people)
    for fact in (*head, *details):
        part, whole = (sum(true[cell] for cell in cells) for cells in (fact.part, fact.whole))
        assert fact.low * (whole or 1) <= part <= fact.high * (whole or 1)
