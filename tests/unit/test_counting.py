"""Counting: who is in the base, and that nothing, left empty and never shown are three things."""

import pytest

from feedback_app.analysis.counting import NONRESPONSE, ItemCounts, ItemRule, count_item
from feedback_app.analysis.organisations import OrganisationBound, bound

MATCH = ItemRule("match", ("yes", "a_little", "no"), ("yes",))
DIFFICULTIES = ItemRule("difficulties", ("too_far", "hours", "language"))


def test_base_is_who_gave_a_substantive_answer() -> None:
    counts = ItemCounts(
        {"yes": 30, "no": 5, "dont_know": 4, "skipped": 3, "not_shown": 2, "not_applicable": 1}
    )
    figures = count_item(MATCH, counts)
    assert (figures.base, figures.positive) == (35, 30)
    assert figures.distribution == (("yes", 30), ("a_little", 0), ("no", 5))
    assert dict(figures.nonresponse) == {
        "skipped": 3,
        "dont_know": 4,
        "prefer_not": 0,
        "not_applicable": 1,
        "not_shown": 2,
    }
    assert figures.asked == 43


def test_multiple_choice_counts_people_not_ticks() -> None:
    figures = count_item(DIFFICULTIES, ItemCounts({"too_far": 9, "hours": 8}, people=12, multiple=True))
    assert figures.base == 12
    assert figures.positive is None


def test_no_answers_left_empty_and_not_shown_differ() -> None:
    nothing = count_item(MATCH, ItemCounts())
    empty = count_item(MATCH, ItemCounts({"skipped": 4}))
    not_shown = count_item(MATCH, ItemCounts({"not_shown": 4}))
    assert nothing.base == empty.base == not_shown.base == 0
    assert (nothing.asked, empty.asked, not_shown.asked) == (0, 4, 0)
    assert len({nothing, empty, not_shown}) == 3


@pytest.mark.parametrize(
    ("counts", "named"),
    [
        (ItemCounts({"Ja": 1}), "'Ja'"),
        (ItemCounts({"no": -1}), "'no'"),
        (ItemCounts({"yes": 2}, people=2, multiple=True), "positive end"),
    ],
)
def test_bad_counts_are_named(counts: ItemCounts, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        count_item(MATCH, counts)


@pytest.mark.parametrize("people", [8, 18])
def test_ticks_and_people_belong_together(people: int) -> None:
    with pytest.raises(ValueError, match="people"):
        count_item(DIFFICULTIES, ItemCounts({"too_far": 9, "hours": 8}, people=people, multiple=True))


@pytest.mark.parametrize("code", NONRESPONSE)
def test_nonresponse_is_no_option(code: str) -> None:
    with pytest.raises(ValueError, match=code):
        ItemRule("match", ("yes", code))


def test_rule_refuses_doubles_and_strangers() -> None:
    with pytest.raises(ValueError, match="twice"):
        ItemRule("match", ("yes", "yes"))
    with pytest.raises(ValueError, match="perhaps"):
        ItemRule("match", ("yes", "no"), ("perhaps",))


@pytest.mark.parametrize(
    ("answered", "base", "expected"),
    [
        ((4, 3, 3, 2, 1), 13, OrganisationBound(5, 4)),  # all answered: all five, the largest gave four
        ((4, 3, 3, 2, 1), 10, OrganisationBound(3, 4)),  # three skipped: perhaps the two smallest entirely
        ((1, 3, 0, 2, 4, 3), 10, OrganisationBound(3, 4)),  # order and silent organisations don't matter
        ((8, 1), 5, OrganisationBound(1, 5)),
        ((), 0, OrganisationBound(0, 0)),
        ((2, 2), 0, OrganisationBound(0, 0)),
        ((2, 2), 6, OrganisationBound(2, 4)),  # two answers nobody can place: the largest may have given them
        ((), 6, OrganisationBound(1, 6)),
    ],
)
def test_organisations_behind_answers(
    answered: tuple[int, ...], base: int, expected: OrganisationBound
) -> None:
    assert bound(answered, base) == expected


def test_answers_without_invitation_count_with_the_largest() -> None:
    assert bound((3, 3, 3), 9, unlinked=4) == OrganisationBound(2, 7)


@pytest.mark.parametrize(("answered", "base", "unlinked"), [((-1,), 0, 0), ((1,), -1, 0), ((1,), 1, -1)])
def test_negative_numbers_of_answers_are_refused(answered: tuple[int, ...], base: int, unlinked: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        bound(answered, base, unlinked)
