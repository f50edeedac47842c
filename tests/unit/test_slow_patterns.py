"""No regular expression of ours takes work out of proportion to a text that somebody else wrote.

Counted in this process's own work at growing lengths, never in a time: what grows faster than the square of
the length fails, whatever the machine is busy with. What may grow with the square is kept short by its limit.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import feedback_app

#: pieces that patterns repeat; the end that follows fits none of them
PIECES = (
    "a",
    "1",
    " ",
    ".",
    "-",
    "@",
    "/",
    '"',
    "\n",
    "_",
    "a.",
    "1-",
    "a ",
    "1 ",
    "a@",
    "<a",
    "aa en ",
    "٠",
)
#: close at first: work that doubles with each letter is noticed before it takes for ever
LENGTHS = (10, 16, 21, 60, 480)
#: what only ever reads this project's own files
OWN_TEXT = (
    "feedback_app.migrations",
    "feedback_app.questionnaires.bare_",
    "feedback_app.questionnaires.dutch",
)
#: below this the clock says nothing (seconds of work)
GRAIN = 0.001


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every pattern that a module of ours keeps, by its place."""
    for module in pkgutil.walk_packages(feedback_app.__path__, "feedback_app."):
        if not module.name.startswith(OWN_TEXT):
            for name, value in vars(importlib.import_module(module.name)).items():
                yield from ((f"{module.name}.{name}", one) for one in _held(value))


def _held(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _held(one)
    elif isinstance(value, dict):
        yield from _held(list(value.values()))


def work(find: Callable[[Any], object], text: str | bytes) -> float:
    before = time.thread_time()
    find(text)
    return time.thread_time() - before


def outgrown(pattern: re.Pattern[Any]) -> Iterator[str]:
    """The pieces at whose repetition the work grows faster than the square of the length."""

    def everywhere(text: Any) -> object:
        return pattern.fullmatch(text), pattern.sub(pattern.pattern[:0], text)

    for piece in PIECES:
        done, before = GRAIN, LENGTHS[0]
        for length in LENGTHS:
            text = (piece * length)[:length] + "\x01"
            given = text.encode() if isinstance(pattern.pattern, bytes) else text
            most = done * (length / before) ** 2.5 * 2
            spent = work(everywhere, given)
            if spent > most:
                spent = min(spent, work(everywhere, given))  # what else ran in this thread meanwhile
            if spent > most:
                yield f"{piece!r} × {length}"
                break
            done, before = max(spent, GRAIN), length


def test_no_pattern_outgrows_what_it_reads() -> None:
    known = {(one.pattern, one.flags): (name, one) for name, one in patterns()}
    assert len(known) > 100
    slow = {name: list(outgrown(one)) for name, one in known.values()}
    assert {name: where for name, where in slow.items() if where} == {}


@pytest.mark.parametrize("bad", [r"(a+)+$", r"(a|a)*b"])
def test_a_pattern_that_does_is_noticed(bad: str) -> None:
    assert next(outgrown(re.compile(bad)), "")
