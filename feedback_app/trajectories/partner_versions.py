"""Two colleagues at one page: who saves second is told what the first one changed, and nothing is lost.

A form carries a short hash of each value it showed. What a colleague did not touch takes the newer value;
what they did touch stays as they typed it, for them to decide.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Shown = Mapping[str, Any]


@dataclass(frozen=True)
class Meanwhile:
    """A field somebody else changed: what it holds now, and whether this colleague changed it as well."""

    field: str
    value: Any
    touched: bool


class ChangedMeanwhile(Exception):
    """Somebody else saved since the form was shown; `now` is what a form would show at present."""

    def __init__(self, fields: tuple[Meanwhile, ...], now: Shown) -> None:
        super().__init__(", ".join(one.field for one in fields))
        self.fields, self.now = fields, now


def version_of(shown: Shown) -> str:
    """What a form says about the values it showed."""
    return ".".join(f"{field}-{_mark(value)}" for field, value in shown.items())


def check_version(version: str, now: Shown, typed: Shown) -> None:
    """ChangedMeanwhile when somebody else changed a field to something else than was typed.

    A form that says nothing is of a release before this check, and holds.
    """
    before = dict(part.split("-", 1) for part in version.split(".") if "-" in part)
    changed = tuple(
        Meanwhile(field, value, touched=_mark(typed[field]) != before[field])
        for field, value in now.items()
        if field in before and before[field] != _mark(value) and typed[field] != value
    )
    if changed:
        raise ChangedMeanwhile(changed, now)


def changed_fields(before: Shown, after: Shown) -> list[str]:
    """The fields that differ, in their order."""
    return [field for field in after if before.get(field) != after[field]]


def _mark(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode("ascii")).hexdigest()[:12]
