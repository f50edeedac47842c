"""From counted answers to an item's figures: base, positive end, distribution and nonresponse.

Everything is keyed by option keys, never by texts, so that a new label or translation changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NONRESPONSE = ("skipped", "dont_know", "prefer_not", "not_applicable", "not_shown")
"""Codes outside every base. Only `not_shown` says that nobody asked; it is no nonresponse."""


@dataclass(frozen=True)
class ItemRule:
    """How an item counts: its substantive options in order and those that are its positive end.

    positive: the top box of a three-point item, the top two of a five-point one; empty for an item
    without a good and a bad side. Nonresponse codes are no options.
    """

    key: str
    options: tuple[str, ...]
    positive: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that could count somebody twice or not at all."""
        if len(set(self.options)) != len(self.options):
            raise ValueError(f"item {self.key!r} has an option twice")
        if codes := set(self.options) & set(NONRESPONSE):
            raise ValueError(f"item {self.key!r}: {', '.join(sorted(codes))} is nonresponse, not an option")
        if strangers := set(self.positive) - set(self.options):
            raise ValueError(f"item {self.key!r}: positive end {', '.join(sorted(strangers))} is no option")


@dataclass(frozen=True)
class ItemCounts:
    """Counted people per option key or nonresponse code.

    people: for multiple choice the number of people who chose at least one option; else unused.
    """

    values: Mapping[str, int] = field(default_factory=dict)
    people: int = 0
    multiple: bool = False


@dataclass(frozen=True)
class ItemFigures:
    """An item's exact figures; they stay inside the house (see `analysis.disclosure`).

    base: people who gave a substantive answer. positive: how many of them are at the positive end, None
    where the item has none. distribution and nonresponse: people per key, in declared order.
    """

    key: str
    base: int
    positive: int | None
    distribution: tuple[tuple[str, int], ...]
    nonresponse: tuple[tuple[str, int], ...]
    multiple: bool = False

    @property
    def asked(self) -> int:
        """People who saw the item: zero means never shown, and asked without a base means left empty."""
        return self.base + sum(number for code, number in self.nonresponse if code != "not_shown")


def count_item(rule: ItemRule, counts: ItemCounts) -> ItemFigures:
    """Give the figures of one item; the same counts always give the same figures.

    Shares of a multiple-choice item are over people, so its base is `counts.people`, not the ticks.
    Raises ValueError for a key the rule does not know, a negative count, or ticks and people that can't
    belong together.
    """
    for key, number in counts.values.items():
        if key not in rule.options and key not in NONRESPONSE:
            raise ValueError(f"item {rule.key!r} has no option {key!r}")
        if number < 0:
            raise ValueError(f"item {rule.key!r}: a negative count for {key!r}")
    distribution = tuple((option, counts.values.get(option, 0)) for option in rule.options)
    ticks = sum(number for _, number in distribution)
    if counts.multiple:
        _check_people(rule, counts.people, [number for _, number in distribution])
    positive = sum(number for option, number in distribution if option in rule.positive)
    return ItemFigures(
        key=rule.key,
        base=counts.people if counts.multiple else ticks,
        positive=positive if rule.positive else None,
        distribution=distribution,
        nonresponse=tuple((code, counts.values.get(code, 0)) for code in NONRESPONSE),
        multiple=counts.multiple,
    )


def _check_people(rule: ItemRule, people: int, ticks: list[int]) -> None:
    if rule.positive:
        # Somebody may tick two options: their sum is no number of people.
        raise ValueError(f"item {rule.key!r} is multiple choice and can't have a positive end")
    if not max(ticks, default=0) <= people <= sum(ticks):
        raise ValueError(f"item {rule.key!r}: {people} people can't have given these ticks")
