"""The attacker: what a reader can compute from everything printed.

Knows nothing of how figures are protected; it only reads them. Unpublished cells are whole numbers of
people, each printed figure a constraint; an integer program finds the least and the most each cell can be
(Fischetti and Salazar 2001 call this the attacker's problem).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np
import scipy  # its parts load when first used: compiling a report seldom needs them

from feedback_app.analysis.tables import Cell, Figure, PublishedTable, Relation, Table

UNLIMITED = 1_000_000_000
"""Stands for "no upper bound follows from what is printed"."""

_DOUBT = 1e-4
"""An edge so near a whole number may be that number: solvers count in floats."""

_BEST, _ANY = 1e-4, 0.1
"""How far an answer in whole numbers may be from the best: as the solver has it; and where many will do."""

Part = Sequence[int]


class Contradiction(ValueError):
    """The printed numbers cannot all be true."""


def attack(
    published: Sequence[PublishedTable | Table], knowing: Mapping[Cell, int] | None = None
) -> dict[Cell, tuple[int, int]]:
    """Give the least and most people each cell without a printed count of its own can stand for.

    published: all that is out, taken together; a plain Table counts as printed in full.
    knowing: cells the attacker knows already — somebody who is alone in a cell knows that cell.
    Raises Contradiction (a ValueError) when the printed numbers contradict each other.
    """
    figures = [*figures_of(published), *(Figure(frozenset({c}), n, n) for c, n in (knowing or {}).items())]
    printed = {
        cell for figure in figures if len(figure.part) == 1 and not figure.whole for cell in figure.part
    }
    cells = sorted(set().union(*(set(table.cells) for table in published)))
    hidden = [cell for cell in cells if cell not in printed]
    relations = [one for table in published if isinstance(table, PublishedTable) for one in table.relations]
    ranges = feasible(figures, [frozenset({cell}) for cell in hidden], relations)
    return dict(zip(hidden, ranges, strict=True))


def feasible(
    figures: Iterable[Figure], parts: Sequence[frozenset[Cell]], relations: Iterable[Relation] = ()
) -> list[tuple[int, int]]:
    """Give the least and most people each part (a set of cells taken together) can stand for."""
    facts: list[Figure | Relation] = [*figures, *relations]
    cells = sorted(set().union(*parts, *map(cells_of, facts)))
    place = {cell: index for index, cell in enumerate(cells)}
    program = Program(len(cells), [row for fact in facts for row in rows_of(fact, place)])
    return [program.range([place[cell] for cell in part]) for part in parts]


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


def cells_of(fact: Figure | Relation) -> frozenset[Cell]:
    """Give every cell a fact speaks of."""
    return fact.more | fact.less if isinstance(fact, Relation) else fact.part | fact.whole


@dataclass(frozen=True)
class Row:
    """One constraint on numbers of people: low ≤ Σ weight × cell ≤ high."""

    weights: Mapping[int, int]
    low: float
    high: float


def rows_of(fact: Figure | Relation, place: Mapping[Cell, int]) -> list[Row]:
    """Give what one fact says as constraints on the cells' places."""
    if isinstance(fact, Relation):
        weights = _weights(place, [(fact.more, 1), (fact.less, -1)])
        return [Row(weights, 0, 0 if fact.equal else math.inf)]
    if not fact.whole:
        return [Row(_weights(place, [(fact.part, 1)]), math.ceil(fact.low), math.floor(fact.high))]
    # Shares become whole-number inequalities, so that an edge is an edge and not a rounding error:
    # part · b − whole · a ≥ 0 for the lower bound a/b, and ≤ −1 for the open upper one.
    rows = []
    for edge, first, last in ((fact.low, 0, math.inf), (fact.high, -math.inf, -1)):
        share = Fraction(edge)
        weights = _weights(place, [(fact.part, share.denominator), (fact.whole, -share.numerator)])
        rows.append(Row(weights, first, last))
    return rows


def fits(row: Row, people: Sequence[int]) -> bool:
    """Say whether these numbers of people obey one constraint."""
    return row.low <= sum(weight * people[at] for at, weight in row.weights.items()) <= row.high


def _weights(place: Mapping[Cell, int], terms: Sequence[tuple[frozenset[Cell], int]]) -> dict[int, int]:
    weights: dict[int, int] = {}
    for cells, weight in terms:
        for cell in cells:
            weights[place[cell]] = weights.get(place[cell], 0) + weight
    return dict(sorted(weights.items()))


class Program:
    """All that is printed as one integer program over numbers of people."""

    def __init__(self, cells: int, rows: Sequence[Row]) -> None:
        """Take the number of cells and what is known of them."""
        self.cells, self.rows = cells, rows
        self._low = np.array([row.low for row in rows], dtype=float)
        self._high = np.array([row.high for row in rows], dtype=float)
        entries = [(n, at, weight) for n, row in enumerate(rows) for at, weight in row.weights.items()]
        at = ([n for n, _, _ in entries], [at for _, at, _ in entries])
        # far above anything that follows from what is printed, and no further: solvers count in floats
        sides = [abs(edge) for row in rows for edge in (row.low, row.high) if math.isfinite(edge)]
        self._most = min(UNLIMITED, 1000 + 100 * max(sides, default=0))
        self._matrix = scipy.sparse.csr_array(
            ([float(weight) for _, _, weight in entries], at), shape=(len(rows), cells)
        )
        self._constraints = (
            [scipy.optimize.LinearConstraint(self._matrix, self._low, self._high)] if rows else []
        )

    def range(self, part: Part) -> tuple[int, int]:
        """Give the least and the most people these cells together can stand for."""
        objective = self._objective([part])
        low, high = (round(float(objective @ self._solve(objective, sign))) for sign in (1, -1))
        return low, UNLIMITED if high >= self._most else high

    def opened(self, parts: Sequence[Part], width: int, true: Sequence[int] | None = None) -> list[int]:
        """Give which parts (by number) a reader pins down: zero is impossible, and the range below width.

        true: counts that are known to fit, when there are any. Every solution found counts for all parts
        at once, so that most are known to be safe after a few.
        """
        if not parts:
            return []
        masks = scipy.sparse.csr_array(np.array([self._objective([part]) for part in parts]))
        low, high = np.full(len(parts), np.inf), np.full(len(parts), -np.inf)

        def seen(solution: np.ndarray) -> None:
            people = masks @ solution
            np.minimum(low, people, out=low)
            np.maximum(high, people, out=high)

        if true is not None:
            seen(np.array(true, dtype=float))
        if len(parts) > 1:
            self._together(parts, low, high, width, seen)

        def held(number: int) -> bool:
            return _pinned(low[number], high[number], width)

        found = []
        for number, part in enumerate(parts):
            still = partial(held, number)
            if still() and self._pins(part, width, seen, still, known=true is not None):
                found.append(number)
        return found

    def _pins(
        self,
        part: Part,
        width: int,
        seen: Callable[[np.ndarray], None],
        held: Callable[[], bool],
        *,
        known: bool,
    ) -> bool:
        """Say whether a part is pinned down, as it is by all that was `seen` so far (`held` says so).

        Numbers that need not be whole leave a wider range. Where even that is too narrow, and whole numbers
        that fit are known, no program with whole numbers has to be solved, which takes five times as long.
        """
        objective = self._objective([part])
        edges, open_signs = [], []
        for sign in (1, -1):
            linear = self._optimum(sign * objective, np.zeros(self.cells))
            edges.append(sign * float(linear.fun))
            solution = self._whole(linear, sign * objective)
            if solution is None:
                open_signs.append(sign)
                continue
            seen(solution)
            if not held():
                return False
        if known and _pinned(math.ceil(edges[0] - _DOUBT), math.floor(edges[1] + _DOUBT), width):
            return True
        for sign in open_signs:
            if held():
                seen(self._whole_optimum(sign * objective))
        return held()

    def _together(
        self,
        parts: Sequence[Part],
        low: np.ndarray,
        high: np.ndarray,
        width: int,
        seen: Callable[[np.ndarray], None],
    ) -> None:
        """Look for solutions that free many parts at once, as long as each frees some."""
        left = len(parts) + 1
        while True:
            waiting = [n for n in range(len(parts)) if _pinned(low[n], high[n], width)]
            if not waiting or len(waiting) >= left:
                return
            left = len(waiting)
            for sign in (1, -1):
                seen(self._solve(self._objective([parts[n] for n in waiting]), sign, _ANY))

    def because(self, part: Part, width: int) -> tuple[list[int], bool]:
        """Give rows (by number) that pin this part down by themselves, and whether they are but a few.

        From the prices of the two linear programs, which need hardly a row too many; where only whole
        numbers pin it down, all rows that are joined to the part.
        """
        objective = self._objective([part])
        proof: set[int] = set()
        edges = []
        for sign in (1, -1):
            value, rows = self._linear(sign * objective)
            edges.append(sign * value)
            proof |= rows
        low, high = math.ceil(edges[0] - 1e-6), math.floor(edges[1] + 1e-6)
        few = low > 0 and high - low < width
        return (sorted(proof) if few else self._joined(part)), few

    def _linear(self, objective: np.ndarray) -> tuple[float, set[int]]:
        upper, lower = np.isfinite(self._high), np.isfinite(self._low)
        matrix = scipy.sparse.vstack([self._matrix[upper], -self._matrix[lower]], format="csr")
        result = scipy.optimize.linprog(
            objective,
            A_ub=matrix,
            b_ub=np.concatenate([self._high[upper], -self._low[lower]]),
            bounds=(0, self._most),
            method="highs",
        )
        if not result.success:
            raise Contradiction("the published numbers contradict each other")
        owner = np.concatenate([np.nonzero(upper)[0], np.nonzero(lower)[0]])
        used = np.abs(result.ineqlin.marginals) > 1e-9
        return float(result.fun), {int(row) for row in owner[used]}

    def _joined(self, part: Part) -> list[int]:
        reached, rows = set(part), set[int]()
        while True:
            more = {n for n, row in enumerate(self.rows) if n not in rows and reached & row.weights.keys()}
            if not more:
                return sorted(rows)
            rows |= more
            reached |= {at for n in more for at in self.rows[n].weights}

    def _objective(self, parts: Sequence[Part]) -> np.ndarray:
        objective = np.zeros(self.cells)
        for part in parts:
            for at in part:
                objective[at] += 1
        return objective

    def _solve(self, objective: np.ndarray, sign: int, gap: float = _BEST) -> np.ndarray:
        """Give whole numbers of people with the largest (sign −1) or smallest sum.

        Without asking for whole numbers the answer comes sooner, and is whole anyway where tables are but
        rows and columns: the best of all answers is the best of the whole ones, when it is one of them.
        """
        costs = sign * objective
        solution = self._whole(self._optimum(costs, np.zeros(self.cells)), costs)
        return self._whole_optimum(costs, gap) if solution is None else solution

    def _whole(self, linear: "scipy.optimize.OptimizeResult", costs: np.ndarray) -> np.ndarray | None:
        """Give the answer of a linear program when it is one in whole numbers, too."""
        solution: np.ndarray = np.round(linear.x)
        same = abs(float(costs @ solution) - linear.fun) < 1e-6
        return solution if same and self._fits(solution) else None

    def _whole_optimum(self, costs: np.ndarray, gap: float = _BEST) -> np.ndarray:
        whole: np.ndarray = np.round(self._optimum(costs, np.ones(self.cells), gap).x)
        return whole

    def _optimum(
        self, costs: np.ndarray, integrality: np.ndarray, gap: float = _BEST
    ) -> "scipy.optimize.OptimizeResult":
        result = scipy.optimize.milp(
            costs,
            integrality=integrality,
            bounds=scipy.optimize.Bounds(0, self._most),
            constraints=self._constraints,
            options={"mip_rel_gap": gap},
        )
        if result.status == 2:
            raise Contradiction("the published numbers contradict each other")
        if not result.success:
            raise RuntimeError(f"the integer program found no answer: {result.message}")
        return result

    def _fits(self, solution: np.ndarray) -> bool:
        sums = self._matrix @ solution
        inside = (self._low <= sums) & (sums <= self._high)
        return bool(inside.all() and (solution >= 0).all() and (solution <= self._most).all())


def _pinned(low: float, high: float, width: int) -> bool:
    return low > 0 and high - low < width
