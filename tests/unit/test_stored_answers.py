"""How answers stand in a row: the same bytes for the same answers, whatever order they came in."""

import json
from itertools import permutations

from feedback_app.responses.stored_answers import Answers, as_given, as_stored

ANSWERS = {
    "match": ("1",),
    "match_2": ("no",),
    "difficulties": ("other", "hours"),
    "experience": ("skipped",),
}
STORED = '["difficulties=hours","difficulties=other","experience=skipped","match=1","match_2=no"]'


def test_the_same_answers_are_the_same_bytes_in_whatever_order_they_came() -> None:
    for items in permutations(ANSWERS):
        for several in permutations(ANSWERS["difficulties"]):
            assert as_stored({item: ANSWERS[item] for item in items} | {"difficulties": several}) == STORED
    assert as_stored({item: [*values, *values] for item, values in ANSWERS.items()}) == STORED
    assert as_stored({}) == "[]" and as_given("[]") == {}


def test_what_is_stored_is_read_by_item_and_by_anything_that_reads_json() -> None:
    assert as_given(STORED) == {**ANSWERS, "difficulties": ("hours", "other")}
    assert list(as_given(STORED)) == sorted(ANSWERS), "nor does the order of reading tell anything"
    assert json.loads(STORED)[0] == "difficulties=hours"


def test_a_column_of_answers_stores_no_other_form() -> None:
    column = Answers()
    assert column.process_bind_param(dict(reversed(ANSWERS.items())), None) == STORED
    assert column.process_result_value(STORED, None) == as_given(STORED)
