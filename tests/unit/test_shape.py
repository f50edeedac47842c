"""Data from outside as frozen dataclasses: every fault with its place, and what fits exactly as it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_app.shape import Between, Checked, Misshapen, Size, Trimmed, Written, as_json, read


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def _odd(number: int) -> int:
    if number % 2 == 0:
        raise ValueError("this number is even")
    return number


@dataclass(frozen=True, kw_only=True)
class Part:
    key: Annotated[str, Written("[a-z]+")]
    text: Annotated[str, Trimmed(1, 5)] = "-"
    odd: Annotated[int, Checked(_odd)] | None = None


@dataclass(frozen=True, kw_only=True)
class Whole:
    parts: Annotated[tuple[Part, ...], Size(1, 2)]
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    share: Annotated[float, Between(0, 1, inside=True)] = 0.5
    count: Annotated[int, Between(1, 9)] = 1
    yes: bool = False
    pair: tuple[str, int] | None = None
    words: Mapping[str, str | list[str]] = field(default_factory=dict)
    inside: Any = field(default=None, metadata={"name": "json"})

    def __post_init__(self) -> None:
        if self.count == 7:
            raise ValueError("seven is too many")


PART = {"key": "a"}
STANDARD = Whole(parts=(Part(key="a"),))


def test_what_fits_is_read_as_the_class_says() -> None:
    data = {
        "parts": [{"key": "a", "text": "  ja ", "odd": 3}],
        "colour": "blue",
        "share": 0.25,
        "pair": ["x", 1],
        "words": {"x": "y", "z": ["1", "2"]},
        "json": {"free": [1, None]},
    }
    found = read(Whole, data)
    assert found.parts == (Part(key="a", text="ja", odd=3),)
    assert (found.colour, found.pair, found.words["z"]) == (Colour.BLUE, ("x", 1), ["1", "2"])
    assert found.inside == {"free": [1, None]}
    assert type(read(dict[str, float], {"a": 1})["a"]) is float


@pytest.mark.parametrize(
    ("changed", "place", "kind"),
    [
        ({"parts": []}, ("parts",), "size"),
        ({"parts": [PART, PART, PART]}, ("parts",), "size"),
        ({"parts": "a"}, ("parts",), "type"),
        ({"parts": ["a"]}, ("parts", 0), "type"),
        ({"parts": [{}]}, ("parts", 0, "key"), "missing"),
        ({"parts": [{"key": "a\n"}]}, ("parts", 0, "key"), "pattern"),
        ({"parts": [{"key": 1}]}, ("parts", 0, "key"), "type"),
        ({"parts": [PART, PART | {"text": " "}]}, ("parts", 1, "text"), "size"),
        ({"parts": [PART | {"text": "lang woord"}]}, ("parts", 0, "text"), "size"),
        ({"parts": [PART | {"odd": 2}]}, ("parts", 0, "odd"), "value"),
        ({"colour": "green"}, ("colour",), "choice"),
        ({"colour": ["red"]}, ("colour",), "choice"),
        ({"kind": "c"}, ("kind",), "choice"),
        ({"share": 1}, ("share",), "size"),
        ({"share": 0}, ("share",), "size"),
        ({"share": float("nan")}, ("share",), "size"),
        ({"share": 10**400}, ("share",), "type"),
        ({"count": 10}, ("count",), "size"),
        ({"count": True}, ("count",), "type"),
        ({"count": "1"}, ("count",), "type"),
        ({"count": 7}, (), "value"),
        ({"yes": 1}, ("yes",), "type"),
        ({"yes": None}, ("yes",), "type"),
        ({"pair": ["x"]}, ("pair",), "size"),
        ({"words": {"x": [1]}}, ("words", "x", 0), "type"),
        ({"words": {1: "x"}}, ("words", 1), "type"),
        ({"more": 1}, ("more",), "unknown"),
        ({"inside": 1}, ("inside",), "unknown"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    changed: dict[str, Any], place: tuple[str | int, ...], kind: str
) -> None:
    with pytest.raises(Misshapen) as refused:
        read(Whole, {"parts": [PART]} | changed)
    assert [(one.place, one.kind) for one in refused.value.faults] == [(place, kind)]


def test_every_fault_is_said_at_once() -> None:
    with pytest.raises(Misshapen, match=r"parts\.0\.key: .*; kind: .*; count: .*; more: unknown key"):
        read(Whole, {"parts": [{"key": "A"}], "kind": "c", "count": 0, "more": 1})


parts = st.builds(
    Part,
    key=st.from_regex("[a-z]+", fullmatch=True),
    text=st.text("abc", min_size=1, max_size=5),
    odd=st.none() | st.just(3),
)


@given(
    st.builds(
        Whole,
        parts=st.lists(parts, min_size=1, max_size=2).map(tuple),
        colour=st.sampled_from(Colour),
        share=st.floats(0.01, 0.99),
        count=st.integers(1, 6),
        yes=st.booleans(),
    )
)
def test_what_was_written_down_is_read_back(whole: Whole) -> None:
    short = as_json(whole, defaults=False)
    assert read(Whole, short) == read(Whole, {"json": None} | _named(as_json(whole))) == whole
    assert not [name for name in short if name != "parts" and getattr(whole, name) == getattr(STANDARD, name)]


def _named(data: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in data.items() if name != "inside"}


json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text() | st.sampled_from(["parts", "key"]), inside),
    max_leaves=8,
)


@given(json_data)
def test_nothing_but_misshapen_comes_of_strange_data(data: Any) -> None:
    try:
        read(Whole, data)
    except Misshapen as refused:
        assert refused.faults
