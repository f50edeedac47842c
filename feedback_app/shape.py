"""Data from outside as frozen dataclasses: what a class says of its fields is what is checked.

Files under `surveys/`, stored definitions and reports, and templates in settings are read here, with every
fault and its place. Types and the marks below are looked at when data come, not compiled into a checker of
each class beforehand: that would stay in every web process, which reads a few of these in its whole life.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

T = TypeVar("T")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Misfit:
    """What is wrong at one place: `kind` is unknown, missing, type, choice, pattern, size or value."""

    place: Place
    kind: str
    problem: str


class Misshapen(ValueError):
    """Data do not fit; `faults` says all that is wrong with them."""

    def __init__(self, faults: Iterable[Misfit]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{dotted(one.place) or '-'}: {one.problem}" for one in self.faults))


def dotted(place: Place) -> str:
    """A place in words: `items.0.key`."""
    return ".".join(map(str, place))


class Mark(Protocol):
    """What a type cannot say, as `Annotated` carries it."""

    def of(self, value: Any) -> tuple[Any, tuple[str, str] | None]:
        """The value as it is kept, and kind and problem where it does not fit."""


@dataclass(frozen=True)
class Trimmed:
    """Text without spaces around it, of so many characters."""

    least: int
    most: int

    def of(self, value: Any) -> tuple[Any, tuple[str, str] | None]:
        text = value.strip()
        if len(text) < self.least:
            return text, ("size", f"this needs at least {self.least} characters")
        if len(text) > self.most:
            return text, ("size", f"this may have at most {self.most} characters, and has {len(text)}")
        return text, None


@dataclass(frozen=True)
class Written:
    """Text that is written like this, from its first to its last character."""

    pattern: str

    def of(self, value: Any) -> tuple[Any, tuple[str, str] | None]:
        fits = re.fullmatch(self.pattern, value)
        return value, None if fits else ("pattern", f"“{value[:80]}” is not written like {self.pattern}")


@dataclass(frozen=True)
class Between:
    """A number from `least` to `most`; `inside` leaves out the two themselves."""

    least: float
    most: float | None = None
    inside: bool = False

    def of(self, value: Any) -> tuple[Any, tuple[str, str] | None]:
        most = math.inf if self.most is None else self.most
        fits = self.least < value < most if self.inside else self.least <= value <= most
        if fits:
            return value, None
        if self.inside:
            return value, ("size", f"this has to be more than {self.least} and less than {most}")
        most_words = "" if self.most is None else f" and at most {most}"
        return value, ("size", f"this has to be at least {self.least}{most_words}")


@dataclass(frozen=True)
class Size:
    """So many entries, or characters as they stand."""

    least: int = 0
    most: int | None = None

    def of(self, value: Any) -> tuple[Any, tuple[str, str] | None]:
        if len(value) < self.least:
            return value, ("size", f"this needs at least {self.least}")
        if self.most is not None and len(value) > self.most:
            return value, ("size", f"this may have at most {self.most}, and has {len(value)}")
        return value, None


@dataclass(frozen=True)
class Checked:
    """What a function looks at; it gives back what is kept, or raises ValueError with what is wrong."""

    look: Callable[[Any], Any]

    def of(self, value: Any) -> tuple[Any, tuple[str, str] | None]:
        try:
            return self.look(value), None
        except ValueError as error:
            return value, ("value", str(error))


def read(kind: type[T], data: Any) -> T:
    """Data (as JSON or YAML has them) as what a class or type says; raises Misshapen with every fault.

    A field may stand under another name: `field(metadata={"name": "json"})`. What `__post_init__` refuses
    with ValueError is a fault of the whole.
    """
    faults: list[Misfit] = []
    value = _read(kind, data, (), faults)
    if faults:
        raise Misshapen(faults)
    return cast(T, value)


def as_json(value: Any, *, defaults: bool = True) -> Any:
    """A value as JSON has it; without `defaults` only the fields that differ from theirs."""
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple | list):
        return [as_json(one, defaults=defaults) for one in value]
    if isinstance(value, Mapping):
        return {as_json(key): as_json(one, defaults=defaults) for key, one in value.items()}
    if not is_dataclass(value):
        return value
    held = ((one, getattr(value, one.name)) for one in fields(value))
    return {
        one.name: as_json(found, defaults=defaults)
        for one, found in held
        if defaults or found != (one.default if one.default_factory is MISSING else one.default_factory())
    }


def _read(kind: Any, data: Any, place: Place, faults: list[Misfit]) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        return _marked(kind, data, place, faults)
    if origin in (Union, UnionType):
        return _any_of(get_args(kind), data, place, faults)
    if origin in _INSIDE:
        return _INSIDE[origin](get_args(kind), data, place, faults)
    if is_dataclass(kind):
        return _record(cast(type, kind), data, place, faults)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        known = isinstance(data, str) and data in set(kind)
        return kind(data) if known else _choice(kind, place, faults)
    return _single(kind, data, place, faults)


def _marked(kind: Any, data: Any, place: Place, faults: list[Misfit]) -> Any:
    inner, *marks = get_args(kind)
    before = len(faults)
    value = _read(inner, data, place, faults)
    for mark in marks:
        if len(faults) > before:
            return value
        value, wrong = mark.of(value)
        if wrong:
            faults.append(Misfit(place, *wrong))
    return value


def _any_of(kinds: tuple[Any, ...], data: Any, place: Place, faults: list[Misfit]) -> Any:
    """The first of several types that fits; where none does, the faults of the one that came furthest."""
    furthest: list[Misfit] = []
    for kind in kinds:
        found: list[Misfit] = []
        value = _read(kind, data, place, found)
        if not found:
            return value
        if kind is not type(None) and (not furthest or len(found[0].place) > len(furthest[0].place)):
            furthest = found
    faults += furthest
    return None


def _literal(choices: tuple[Any, ...], data: Any, place: Place, faults: list[Misfit]) -> Any:
    fits = isinstance(data, str) and data in choices
    return data if fits else _choice(choices, place, faults)


def _choice(choices: Iterable[Any], place: Place, faults: list[Misfit]) -> None:
    faults.append(Misfit(place, "choice", f"this has to be one of: {', '.join(map(str, choices))}"))


def _tuple(kinds: tuple[Any, ...], data: Any, place: Place, faults: list[Misfit]) -> Any:
    if not isinstance(data, list | tuple):
        return _not(list, place, faults)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    if len(data) != len(kinds):
        faults.append(Misfit(place, "size", f"this needs {len(kinds)} entries, and has {len(data)}"))
        return None
    return tuple(
        _read(kind, one, (*place, at), faults) for at, (kind, one) in enumerate(zip(kinds, data, strict=True))
    )


def _list(kinds: tuple[Any, ...], data: Any, place: Place, faults: list[Misfit]) -> Any:
    found = _tuple((kinds[0], Ellipsis), data, place, faults)
    return None if found is None else list(found)


def _dict(kinds: tuple[Any, ...], data: Any, place: Place, faults: list[Misfit]) -> Any:
    if not isinstance(data, Mapping):
        return _not(dict, place, faults)
    return {
        _read(kinds[0], key, (*place, key), faults): _read(kinds[1], one, (*place, key), faults)
        for key, one in data.items()
    }


_INSIDE: Mapping[Any, Callable[[tuple[Any, ...], Any, Place, list[Misfit]], Any]] = {
    Literal: _literal,
    tuple: _tuple,
    list: _list,
    dict: _dict,
    Mapping: _dict,
}


def _record(kind: type, data: Any, place: Place, faults: list[Misfit]) -> Any:
    if not isinstance(data, Mapping):
        return _not(dict, place, faults)
    before, known, given = len(faults), _fields(kind), {}
    for name, (attribute, inner, needed) in known.items():
        if name in data:
            given[attribute] = _read(inner, data[name], (*place, name), faults)
        elif needed:
            faults.append(Misfit((*place, name), "missing", "this is missing"))
    faults += [Misfit((*place, name), "unknown", "unknown key") for name in data if name not in known]
    if len(faults) > before:
        return None
    try:
        return kind(**given)
    except ValueError as error:
        faults.append(Misfit(place, "value", str(error)))
        return None


@cache
def _fields(kind: Any) -> Mapping[str, tuple[str, Any, bool]]:
    """Name in the data → attribute, type, and whether it has to be given."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        one.metadata.get("name", one.name): (
            one.name,
            hints[one.name],
            one.default is MISSING and one.default_factory is MISSING,
        )
        for one in fields(kind)
    }


#: how a kind of data is called
_NAMES: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "named values",
    type(None): "nothing",
}


#: beyond this a whole number has no exact float
_WHOLE = 2**53

NO_TEXT = f"this has to be {_NAMES[str]}"


def _single(kind: Any, data: Any, place: Place, faults: list[Misfit]) -> Any:
    if kind is Any:
        return data
    if kind is float and type(data) is int and abs(data) < _WHOLE:  # written without a point
        return float(data)
    fits = isinstance(data, kind) and isinstance(data, bool) is (kind is bool)
    return data if fits else _not(kind, place, faults)


def _not(kind: Any, place: Place, faults: list[Misfit]) -> None:
    faults.append(Misfit(place, "type", f"this has to be {_NAMES[kind]}"))
