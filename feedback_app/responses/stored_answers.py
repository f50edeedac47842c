"""How somebody's answers stand in their response's row: one list, in an order that nobody's tapping made.

A JSON list of `item=value`, sorted: `["difficulties=hours","difficulties=other","experience=4"]`. Whoever
chose the same has the same bytes. To count answers is to count the words of such lists, in Python as in SQL
(`json_each(answers)`, on PostgreSQL `json_array_elements_text(answers::json)`).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

#: item key → the chosen option keys, or one reason why there is none
Chosen = Mapping[str, Iterable[str]]


def said(item: str, value: str) -> str:
    """One answer as it stands in the list."""
    return f"{item}={value}"


def apart(one: str) -> tuple[str, str]:
    """Item and value of one answer in the list."""
    item, _, value = one.partition("=")
    return item, value


def as_stored(answers: Chosen) -> str:
    """Everything somebody answered, as it is stored."""
    return json.dumps(
        sorted({said(item, value) for item, values in answers.items() for value in values}),
        separators=(",", ":"),
    )


def as_given(stored: str) -> dict[str, tuple[str, ...]]:
    """What is stored, by item."""
    found: dict[str, tuple[str, ...]] = {}
    for item, value in map(apart, json.loads(stored)):
        found[item] = (*found.get(item, ()), value)
    return found


class Answers(TypeDecorator[Chosen]):
    """A column of answers: items with their values in Python, one sorted list in the database."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else as_stored(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else as_given(value)
