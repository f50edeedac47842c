"""Waivers: reasons, in a questionnaire's file, why a text may break a rule of plain language.

A waiver is about the file and not about the questionnaire: it is taken out before the questionnaire is
made, so that it can never be frozen, asked, translated or change a fingerprint.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WAIVE, _TEXT = "waive", "text"

#: a reason shorter than this says nothing ("ok", "mag")
_REASON_WORDS = 3


@dataclass(frozen=True)
class Waiver:
    """`rule` need not hold for the text at `text_path`, for this reason; `path` is where that stands."""

    path: str
    text_path: str
    rule: str
    reason: str


@dataclass(frozen=True)
class Misplaced:
    """What stands under `waive` and waives nothing."""

    path: str
    problem: str
    remedy: str


def without_waivers(data: Any) -> Any:
    """A questionnaire as read from its file, with every `waive` taken out.

    A text that stands alone may be written as {text: …, waive: …}: it becomes the text again.
    """
    if isinstance(data, list):
        return [without_waivers(one) for one in data]
    if not isinstance(data, dict):
        return data
    if _stands_alone(data):
        return data[_TEXT]
    return {key: without_waivers(one) for key, one in data.items() if key != WAIVE}


def waivers(data: Any, path: str = "") -> Iterator[Waiver | Misplaced]:
    """Every waiver in a questionnaire as read from its file, with the path of the text it is about."""
    if isinstance(data, list):
        for number, one in enumerate(data):
            yield from waivers(one, f"{path}[{number}]")
    elif isinstance(data, dict):
        if WAIVE in data:
            yield from _given(data, path)
        for key, one in data.items():
            if key != WAIVE:
                yield from waivers(one, _inside(path, key))


def _given(data: dict[Any, Any], path: str) -> Iterator[Waiver | Misplaced]:
    place, given = _inside(path, WAIVE), data[WAIVE]
    text_path = path if _stands_alone(data) else _inside(path, _TEXT)
    if not isinstance(data.get(_TEXT), str):
        yield Misplaced(place, "there is no `text` beside it", "put it beside the text it is about")
    elif not isinstance(given, dict) or not given:
        yield Misplaced(place, "this is not a rule and a reason", "write it as {rule: reason}")
    else:
        for rule, reason in given.items():
            if isinstance(reason, str) and len(reason.split()) >= _REASON_WORDS:
                yield Waiver(f"{place}.{rule}", text_path, str(rule), reason)
            else:
                remedy = f"say in {_REASON_WORDS} words or more why this text cannot be plainer"
                yield Misplaced(f"{place}.{rule}", "there is no reason", remedy)


def _stands_alone(data: dict[Any, Any]) -> bool:
    return set(data) == {_TEXT, WAIVE} and isinstance(data[_TEXT], str)


def _inside(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)
