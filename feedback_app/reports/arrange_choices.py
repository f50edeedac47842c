"""What editors may choose about a report, as plain data: web pages know this and not the content itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

#: sections of the body that may stand elsewhere; the core comes first and annexes keep their order
MOVABLE = ("context", "who", "good", "signals", "practices", "followup", "next")
#: never the core, who answered, what all the rest is read by, or method and privacy
MAY_LEAVE = frozenset({"practices", "followup", "next", "pairs", "regions", "groups", "remarks"})
#: what stands in a list that editors may order and thin out
KINDS = ("message", "signal", "practice", "quote")
FEWEST_MESSAGES, MOST_MESSAGES = 3, 5


@dataclass(frozen=True)
class OwnMessage:
    """A key message of editors: one published figure, what it says, one ask."""

    figure: str
    title: str
    ask: str


@dataclass(frozen=True)
class Choices:
    """What editors decided. `order` holds keys per kind, `left_out` "<kind>:<key>", texts per section."""

    foreword: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    messages: tuple[OwnMessage, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The choices as a table keeps them."""
        return {
            "foreword": self.foreword,
            "texts": dict(self.texts),
            "order": {kind: list(keys) for kind, keys in self.order.items()},
            "left_out": sorted(self.left_out),
            "messages": [asdict(one) for one in self.messages],
        }

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> "Choices":
        """What `as_json` gave."""
        return Choices(
            foreword=kept.get("foreword", ""),
            texts=dict(kept.get("texts", {})),
            order={kind: tuple(keys) for kind, keys in kept.get("order", {}).items()},
            left_out=frozenset(kept.get("left_out", ())),
            messages=tuple(OwnMessage(**one) for one in kept.get("messages", ())),
        )


def in_order(things: Sequence[T], wanted: Sequence[str], key: Callable[[T], str]) -> tuple[T, ...]:
    """The things in the order of these keys; those that are not named come last, as they were."""
    places = {one: place for place, one in enumerate(wanted)}
    return tuple(sorted(things, key=lambda one: places.get(key(one), len(places))))
