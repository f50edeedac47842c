"""One withheld group beside exact ones must not be what is left of Flanders."""

import pytest

from feedback_app.analysis.publish import load_policy, with_companions
from feedback_app.analysis.statistic import State, Statistic
from feedback_app.settings import Settings
from tests.databases import SECRET

POLICY = load_policy(Settings(secret_key=SECRET))


def group(member: str, base: int) -> tuple[Statistic, int]:
    """A group as it is published alone: exact from 50 on, a range from 10, else withheld."""
    printed = POLICY.printed_base(base)
    state = State.SHOWN if printed else State.WITHHELD
    return Statistic("newcomer", "match", "region", member, state, printed, 50 if printed else None), base


def shown(*groups: tuple[str, int]) -> set[str]:
    made = with_companions([group(*one) for one in groups], POLICY)
    assert [one.member for one in made] == [member for member, _ in groups]
    return {one.member for one in made if one.state is not State.WITHHELD}


@pytest.mark.parametrize("small", [1, 4, 9])
def test_a_single_small_group_takes_the_smallest_exact_one_with_it(small: int) -> None:
    assert shown(("gent", 80), ("kempen", small), ("limburg", 60), ("brugge", 70)) == {"gent", "brugge"}


def test_two_small_groups_that_hold_too_few_together_take_one_along() -> None:
    assert shown(("gent", 80), ("kempen", 2), ("limburg", 3), ("brugge", 70)) == {"gent"}


def test_two_withheld_groups_with_enough_answers_hide_each_other() -> None:
    assert shown(("gent", 80), ("kempen", 6), ("limburg", 7)) == {"gent"}


def test_a_range_beside_it_is_vague_enough() -> None:
    assert shown(("gent", 80), ("kempen", 4), ("limburg", 35)) == {"gent", "limburg"}


def test_nothing_is_taken_where_nothing_is_withheld() -> None:
    assert shown(("gent", 80), ("kempen", 0), ("limburg", 55)) == {"gent", "limburg"}


def test_what_stays_back_for_another_looks_like_any_other_withheld_group() -> None:
    made = with_companions([group("kempen", 3), group("gent", 60)], POLICY)
    assert [(one.state, one.base, one.positive, one.shares) for one in made] == [
        (State.WITHHELD, "", None, ())
    ] * 2
