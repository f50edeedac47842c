"""Tables of counts, and what is left of them after protection: a set of printed figures."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

from feedback_app.analysis.organisations import OrganisationBound


@dataclass(frozen=True, order=True)
class Cell:
    """One group of people, named by its dimensions: the same name in two tables is the same people."""

    coordinates: tuple[tuple[str, str], ...]
    #: cells are looked up by the hundred thousand
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reckon the hash once."""
        object.__setattr__(self, "_hash", hash(self.coordinates))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def of(cls, **coordinates: str) -> Self:
        """Name a cell: `Cell.of(region="kempen", match="yes")`; order does not matter."""
        return cls(tuple(sorted(coordinates.items())))

    def __str__(self) -> str:
        return " × ".join(f"{name}={category}" for name, category in self.coordinates)


@dataclass(frozen=True)
class Total:
    """A sum of cells that is itself to be published.

    is_base: the sum counts all answers of a group, so that the minimum base applies to it.
    """

    name: str
    cells: frozenset[Cell]
    is_base: bool = False


@dataclass(frozen=True)
class Table:
    """People counted per cell, with the sums of cells that are totals.

    dimensions: categories per named dimension. cells: the finest groups; unpublished: those that only
    serve to build sums and are never a figure themselves. roll_up: per dimension the category that takes in
    those with too few people before anything is withheld. organisations: per group (a base) the bound on
    the organisations behind it, for dominance. Raises ValueError when the parts don't fit.
    """

    name: str
    dimensions: Mapping[str, tuple[str, ...]]
    cells: Mapping[Cell, int]
    totals: tuple[Total, ...] = ()
    unpublished: frozenset[Cell] = frozenset()
    roll_up: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[frozenset[Cell], OrganisationBound] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse cells outside the dimensions, negative counts and sums of strange cells."""
        given: Mapping[Cell, object] = self.cells  # whatever a caller's file held
        for cell, count in given.items():
            if any(category not in self.dimensions.get(name, ()) for name, category in cell.coordinates):
                raise ValueError(f"table {self.name!r}: {cell} lies outside its dimensions")
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise ValueError(f"table {self.name!r}: {cell} holds {count!r} instead of a number of people")
        for total in self.totals:
            if not total.cells or not total.cells <= self.cells.keys():
                raise ValueError(f"table {self.name!r}: total {total.name!r} sums cells that are not there")
        if not self.unpublished <= self.cells.keys():
            raise ValueError(f"table {self.name!r}: an unpublished cell is not there")
        for name, category in self.roll_up.items():
            if category not in self.dimensions.get(name, ()):
                raise ValueError(f"table {self.name!r}: {name!r} has no category {category!r} to roll up to")
        if not all(group <= self.cells.keys() for group in self.organisations):
            raise ValueError(f"table {self.name!r}: organisations of cells that are not there")

    @classmethod
    def with_margins(
        cls,
        name: str,
        dimensions: Mapping[str, tuple[str, ...]],
        counts: Mapping[tuple[str, ...], int],
        answer: str = "",
        *,
        top: tuple[str, ...] = (),
        roll_up: Mapping[str, str] | None = None,
    ) -> Self:
        """Build a full table with all its margins.

        counts: people per tuple of categories, in the order of dimensions; a missing tuple is zero.
        answer: the dimension that holds what people said; sums over it alone are the groups' bases.
        Without it only the grand total is a base. top: answers whose sum is published too (the top-2).
        """
        _check_margins(name, dimensions, answer, top)
        names = tuple(dimensions)
        keys = tuple(itertools.product(*dimensions.values()))
        if strangers := set(counts) - set(keys):
            raise ValueError(f"table {name!r}: {min(strangers)} lies outside its dimensions")
        cells = {Cell.of(**dict(zip(names, key, strict=True))): counts.get(key, 0) for key in keys}
        totals: dict[frozenset[Cell], Total] = {}
        for size in range(len(names)):
            for kept in itertools.combinations(names, size):
                for total in _margin(kept, cells, is_base=answer not in kept):
                    if len(total.cells) > 1:
                        totals.setdefault(total.cells, total)
        for total in [one for one in totals.values() if top and one.is_base]:
            best = frozenset(cell for cell in total.cells if dict(cell.coordinates)[answer] in top)
            if len(best) > 1:
                totals.setdefault(best, Total(f"{total.name}, {answer} top", best))
        if not answer:
            everyone = frozenset(cells)
            totals = {group: Total(t.name, t.cells, group == everyone) for group, t in totals.items()}
        return cls(name, dict(dimensions), cells, tuple(totals.values()), roll_up=dict(roll_up or {}))

    def count(self, cells: frozenset[Cell]) -> int:
        """Give the number of people in these cells together."""
        return sum(self.cells[cell] for cell in cells)

    def parts(self) -> tuple[frozenset[Cell], ...]:
        """Give every set of cells this table would print a number for, cells before totals."""
        single = (frozenset({cell}) for cell in self.cells if cell not in self.unpublished)
        return tuple(dict.fromkeys([*single, *(total.cells for total in self.totals)]))


def _check_margins(
    name: str, dimensions: Mapping[str, tuple[str, ...]], answer: str, top: tuple[str, ...]
) -> None:
    if answer and answer not in dimensions:
        raise ValueError(f"table {name!r} has no dimension {answer!r}")
    if set(top) - set(dimensions.get(answer, ())):
        raise ValueError(f"table {name!r}: a top answer is not in {answer!r}")


def _margin(kept: tuple[str, ...], cells: Mapping[Cell, int], *, is_base: bool) -> list[Total]:
    groups: dict[tuple[tuple[str, str], ...], set[Cell]] = {}
    for cell in cells:
        groups.setdefault(tuple(pair for pair in cell.coordinates if pair[0] in kept), set()).add(cell)
    return [
        Total(" × ".join(f"{n}={c}" for n, c in key) or "total", frozenset(group), is_base)
        for key, group in groups.items()
    ]


@dataclass(frozen=True)
class Figure:
    """One printed number as what it lets a reader conclude: low ≤ people in part ≤ high.

    With a whole it is a share (or, over weighted cells, a mean): low ≤ part / whole < high, half-open
    because halves are rounded up. Bounds of shares are exact fractions.
    """

    part: frozenset[Cell]
    low: int | Fraction
    high: int | Fraction
    whole: frozenset[Cell] = frozenset()

    @classmethod
    def percent(
        cls, part: frozenset[Cell], printed: Fraction | int, step: Fraction | int, whole: frozenset[Cell]
    ) -> Self:
        """Read a percentage rounded to a step: "42,9 %" is printed 429/10 with step 1/10."""
        half = Fraction(step) / 2
        return cls(part, (Fraction(printed) - half) / 100, (Fraction(printed) + half) / 100, whole)


@dataclass(frozen=True)
class Relation:
    """What everybody knows without a figure: `more` counts as many people as `less`, or at least as many."""

    more: frozenset[Cell]
    less: frozenset[Cell]
    equal: bool = True


@dataclass(frozen=True)
class PublishedTable:
    """What readers get: the printed figures; everything withheld looks the same.

    relations: what readers know besides, such as that the regions together are Flanders.
    """

    name: str
    dimensions: Mapping[str, tuple[str, ...]]
    cells: frozenset[Cell]
    figures: tuple[Figure, ...]
    policy_version: str = ""
    relations: tuple[Relation, ...] = ()

    def figure(self, *cells: Cell) -> Figure | None:
        """Give the printed number of these cells together, None where it is withheld."""
        wanted = frozenset(cells)
        return next((f for f in self.figures if f.part == wanted and not f.whole), None)
