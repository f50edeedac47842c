"""The attacker: what a reader can compute from everything printed.

Knows nothing of how tables are protected; it only reads figures. Unpublished cells are whole numbers of
people, each printed figure a constraint; an integer program finds the least and the most each cell can be.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy import optimize

from feedback_app.analysis.tables import Cell, Figure, PublishedTable, Table

UNLIMITED = 1_000_000_000
"""Stands for "no upper bound follows from what is printed"."""


def attack(
    published: Sequence[PublishedTable | Table], knowing: Mapping[Cell, int] | None = None
) -> dict[Cell, tuple[int, int]]:
    """Give the least and most people each cell without a printed count of its own can stand for.

    published: all that is out, taken together; a plain Table counts as printed in full.
    knowing: cells the attacker knows already — somebody who is alone in a cell knows that cell.
    Raises ValueError when the printed numbers contradict each other.
    """
    figures = [*figures_of(published), *(Figure(frozenset({c}), n, n) for c, n in (knowing or {}).items())]
    printed = {
        cell for figure in figures if len(figure.part) == 1 and not figure.whole for cell in figure.part
    }
    cells = sorted(set().union(*(_cells(table) for table in published)))
    hidden = [cell for cell in cells if cell not in printed]
    ranges = feasible(figures, [frozenset({cell}) for cell in hidden])
    return dict(zip(hidden, ranges, strict=True))


def feasible(figures: Iterable[Figure], parts: Sequence[frozenset[Cell]]) -> list[tuple[int, int]]:
    """Give the least and most people each part (a set of cells taken together) can stand for."""
    figures = list(figures)
    cells = sorted(set().union(*parts, *(figure.part | figure.whole for figure in figures)))
    place = {cell: index for index, cell in enumerate(cells)}
    constraints = _constraints(figures, place)
    ranges = []
    for part in parts:
        objective = np.zeros(len(cells))
        objective[[place[cell] for cell in part]] = 1
        ranges.append((_extreme(objective, 1, constraints), _extreme(objective, -1, constraints)))
    return ranges


def figures_of(published: Sequence[PublishedTable | Table]) -> list[Figure]:
    """Give all that is printed as figures; a plain Table counts as printed in full."""
    figures: list[Figure] = []
    for table in published:
        if isinstance(table, PublishedTable):
            figures += table.figures
        else:
            counts = ((part, table.count(part)) for part in table.parts())
            figures += [Figure(part, count, count) for part, count in counts]
    return figures


def _cells(table: PublishedTable | Table) -> set[Cell]:
    return set(table.cells)


def _constraints(figures: Sequence[Figure], place: Mapping[Cell, int]) -> list[optimize.LinearConstraint]:
    rows: list[list[float]] = []
    low: list[float] = []
    high: list[float] = []
    for figure in figures:
        if not figure.whole:
            rows.append(_row(place, [(figure.part, 1)]))
            low.append(math.ceil(figure.low))
            high.append(math.floor(figure.high))
            continue
        # Shares become whole-number inequalities, so that an edge is an edge and not a rounding error:
        # part · b − whole · a ≥ 0 for the lower bound a/b, and ≤ −1 for the open upper one.
        for edge, first, last in ((figure.low, 0, np.inf), (figure.high, -np.inf, -1)):
            fraction = Fraction(edge)
            weights = [(figure.part, fraction.denominator), (figure.whole, -fraction.numerator)]
            rows.append(_row(place, weights))
            low.append(first)
            high.append(last)
    return [optimize.LinearConstraint(np.array(rows), low, high)] if rows else []


def _row(place: Mapping[Cell, int], weights: Sequence[tuple[frozenset[Cell], int]]) -> list[float]:
    row = [0.0] * len(place)
    for cells, weight in weights:
        for cell in cells:
            row[place[cell]] += weight
    return row


def _extreme(objective: np.ndarray, sign: int, constraints: Sequence[optimize.LinearConstraint]) -> int:
    result = optimize.milp(
        sign * objective,
        integrality=np.ones_like(objective),
        bounds=optimize.Bounds(0, UNLIMITED),
        constraints=constraints,
    )
    if result.status == 2:
        raise ValueError("the published numbers contradict each other")
    if not result.success:
        raise RuntimeError(f"the integer program found no answer: {result.message}")
    return min(UNLIMITED, round(sign * float(result.fun)))
