"""Response counts of a collecting wave: no small count, and none that the sum gives away."""

from hypothesis import given
from hypothesis import strategies as st

from feedback_app.analysis.monitor import SMALL, Count, Group, visible

COUNTS = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(0, 40), min_size=1)


def shown(counts: dict[str, int]) -> dict[str, int | None]:
    return {key: count.shown for key, count in visible(counts).items()}


def test_small_counts_read_as_fewer_than_ten() -> None:
    assert [str(Count(None)), str(Count(10))] == ["< 10", "10"]
    assert shown({"a": 3, "b": 8, "c": 12}) == {"a": None, "b": None, "c": 12}


def test_one_small_count_takes_the_next_smallest_along() -> None:
    assert shown({"a": 3, "b": 30, "c": 12}) == {"a": None, "b": 30, "c": None}


def test_small_counts_that_together_stay_small_take_another_along() -> None:
    assert shown({"a": 1, "b": 2, "c": 12, "d": 30}) == {"a": None, "b": None, "c": None, "d": 30}


def test_nothing_small_nothing_hidden() -> None:
    assert shown({"a": 10, "b": 11}) == {"a": 10, "b": 11}


def test_a_response_of_at_least_nothing_is_not_told() -> None:
    assert Group(invited=Count(2000), answered=Count(10)).rr2 is None
    assert Group(invited=Count(500), answered=Count(10)).rr2 == 2
    assert Group(invited=Count(500)).rr2 is None


@given(COUNTS)
def test_what_the_sum_leaves_for_the_hidden_ones_is_never_one_small_group(counts: dict[str, int]) -> None:
    result = shown(counts)
    assert all(number is None or number == counts[key] >= SMALL for key, number in result.items())
    hidden = [counts[key] for key, number in result.items() if number is None]
    if hidden and len(hidden) < len(counts):
        assert len(hidden) > 1
        assert sum(hidden) >= SMALL
