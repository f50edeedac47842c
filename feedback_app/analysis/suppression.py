"""Complementary suppression: which figures to withhold so that no sensitive group can be computed back.

One integer program over everything that could be printed, with the least loss of information. It is solved
by proofs: as long as the attacker opens a group, the figures that prove it may not all be printed, and the
program chooses again (cell suppression by cutting planes after Fischetti and Salazar 2001, here with
hitting sets, so that rounded figures, shares and earlier releases are constraints like any other).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy  # its parts load when they are first used, as in `attacker`

from feedback_app.analysis.attacker import Program, Row

#: rounds of choosing and attacking after which the cheapest figure of each proof is withheld for good
PATIENCE = 40

#: opened groups that are looked at in one round: a choice that closes some often closes more
PROOFS = 6


class Opened(ValueError):
    """What is out already opens a group by itself; `part` says which."""

    def __init__(self, part: tuple[int, ...]) -> None:
        """Take the cells of the group."""
        super().__init__("earlier releases already let a reader compute a too small group")
        self.part = part


@dataclass(frozen=True)
class Unit:
    """What is printed or withheld together: its figures as constraints, and what withholding them costs.

    needs: number of another unit without which this one is not printed.
    """

    rows: tuple[Row, ...]
    cost: int
    needs: int | None = None


@dataclass(frozen=True)
class Rule:
    """A rule for the choice itself: Σ weight × withheld ≥ least, the numbers being those of units."""

    weights: tuple[tuple[int, int], ...]
    least: int


@dataclass(frozen=True)
class Problem:
    """All that is to be decided together; everything is numbered, nothing is named.

    cells: how many; true: people per cell, None when nobody knows. sensitive: groups of cells that must stay
    unknown: zero possible, or a range of `width`. withheld: units that are not printed whatever happens.
    free: units that are out already.
    known: what readers know without any unit. rules: rules that every good choice obeys.
    """

    cells: int
    true: tuple[int, ...] | None
    units: tuple[Unit, ...]
    sensitive: tuple[tuple[int, ...], ...]
    width: int
    withheld: frozenset[int] = frozenset()
    free: frozenset[int] = frozenset()
    known: tuple[Row, ...] = ()
    rules: tuple[Rule, ...] = field(default=())


def choose(problem: Problem) -> frozenset[int]:
    """Give the numbers of the units to withhold; raises Opened when what is known opens a group."""
    proofs: list[Rule] = []
    fixed: set[int] = set()
    for round_number in range(10 * PATIENCE + len(problem.units)):
        hidden = _cheapest(problem, proofs, fixed)
        opened, program, owners = _attacked(problem, hidden)
        if not opened:
            return frozenset(hidden)
        parts = [problem.sensitive[number] for number in opened[:PROOFS]]
        proved = {part: _proof(problem, program, owners, part) for part in parts}
        for part, proof in proved.items():
            if not proof:
                raise Opened(part)
        new = set(proved.values())
        proofs += [Rule(tuple((unit, 1) for unit in proof), 1) for proof in sorted(new)]
        if round_number >= PATIENCE:
            fixed |= {min(proof, key=lambda unit: (problem.units[unit].cost, unit)) for proof in new}
    raise AssertionError("every round withholds something more, so this is never reached")


def _attacked(problem: Problem, hidden: set[int]) -> tuple[list[int], Program, list[int | None]]:
    rows, owners = list(problem.known), [None] * len(problem.known)  # type: list[Row], list[int | None]
    for number, unit in enumerate(problem.units):
        if number not in hidden:
            rows += unit.rows
            owners += [number] * len(unit.rows)
    program = Program(problem.cells, rows)
    return program.opened(problem.sensitive, problem.width, problem.true), program, owners


def _proof(
    problem: Problem, program: Program, owners: Sequence[int | None], part: tuple[int, ...]
) -> tuple[int, ...]:
    """Give printed units that open a group, few of which could be missed."""
    rows, few = program.because(part, problem.width)
    units = {owner for owner in (owners[row] for row in rows) if owner is not None} - problem.free

    def still(kept: set[int]) -> bool:
        out = kept | problem.free
        held = [row for row, owner in zip(program.rows, owners, strict=True) if owner is None or owner in out]
        return bool(Program(program.cells, held).opened([part], problem.width, problem.true))

    return tuple(sorted(units if few else _least(units, still)))


def _least(units: set[int], enough: Callable[[set[int]], bool]) -> set[int]:
    """Leave out what is not needed, in halves first so that long proofs shorten quickly."""
    kept, size = sorted(units, reverse=True), max(1, len(units) // 2)
    while True:
        at = 0
        while at < len(kept):
            shorter = kept[:at] + kept[at + size :]
            if len(shorter) < len(kept) and enough(set(shorter)):
                kept = shorter
            else:
                at += size
        if size == 1:
            return set(kept)
        size //= 2


def _cheapest(problem: Problem, proofs: Sequence[Rule], fixed: set[int]) -> set[int]:
    """Give the cheapest units to withhold that obey all rules and leave no proof whole."""
    number = len(problem.units)
    low, high = np.zeros(number), np.ones(number)
    low[sorted(problem.withheld | fixed)] = 1
    high[sorted(problem.free - problem.withheld - fixed)] = 0
    if not number:
        return set()
    result = scipy.optimize.milp(
        np.array([float(unit.cost) for unit in problem.units]),
        integrality=np.ones(number),
        bounds=scipy.optimize.Bounds(low, high),
        constraints=_constraints(problem, proofs, low, high),
        options={"mip_rel_gap": 0.0},
    )
    if not result.success:
        raise RuntimeError(f"the choice of figures to withhold found no answer: {result.message}")
    return {at for at in range(number) if result.x[at] > 0.5}


def _constraints(
    problem: Problem, proofs: Sequence[Rule], low: np.ndarray, high: np.ndarray
) -> "list[scipy.optimize.LinearConstraint]":
    """Give the rules as constraints, without those that what is withheld or free makes impossible."""
    needs = [
        Rule(((at, 1), (unit.needs, -1)), 0)
        for at, unit in enumerate(problem.units)
        if unit.needs is not None
    ]
    rules = [*needs, *problem.rules, *proofs]
    if not rules:
        return []
    entries = [(n, at, weight) for n, rule in enumerate(rules) for at, weight in rule.weights]
    at = ([n for n, _, _ in entries], [at for _, at, _ in entries])
    shape = (len(rules), len(problem.units))
    matrix = scipy.sparse.csr_array(([float(weight) for _, _, weight in entries], at), shape=shape)
    least = np.array([float(rule.least) for rule in rules])
    possible = matrix.maximum(0) @ high + matrix.minimum(0) @ low >= least
    return [scipy.optimize.LinearConstraint(matrix[possible], least[possible], math.inf)]
