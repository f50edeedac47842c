"""Protecting a table of counts: roll up, withhold what is sensitive, then as little else as possible."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from feedback_app.analysis.attacker import Row, cells_of, figures_of, fits, rows_of
from feedback_app.analysis.policy import Policy, rounded
from feedback_app.analysis.suppression import Opened, Problem, Rule, Unit, choose
from feedback_app.analysis.tables import Cell, Figure, PublishedTable, Relation, Table, Total

Part = frozenset[Cell]


class ReleaseRefused(ValueError):
    """What was released earlier opens a sensitive group together with this; the message says which.

    groups: the same as cut and member, for who says it in words; none where numbers contradict each other.
    """

    def __init__(self, message: str, groups: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.groups = tuple(groups)


def protect(table: Table, policy: Policy, released: Sequence[Table | PublishedTable] = ()) -> PublishedTable:
    """Give what may be printed of a table of counts; no sensitive group can be computed back from it.

    released: what is already out (a plain Table in full); the result is safe together with it, and what is
    out already may be printed again. A sensitive group is safe when a reader must reckon with zero or with
    a range at least as wide as the smallest cell. Categories with too few people are rolled up first where
    the table says into what. Then the loss is the least that is safe: each withheld number costs one more
    than the people it stands for. Depends on counts and on the order of categories, never on their names.
    Raises ReleaseRefused when `released` alone opens a group.
    """
    table = rolled_up(table, policy)
    lay = Layout(table, policy, released)
    try:
        hidden = choose(lay.problem)
    except Opened as refused:
        group = " + ".join(str(lay.cells[at]) for at in refused.part)
        raise ReleaseRefused(f"table {table.name!r}: {refused}: {group}") from refused
    figures = tuple(figure for n, figure in sorted(lay.figures.items()) if n not in hidden)
    return PublishedTable(table.name, table.dimensions, frozenset(table.cells), figures, policy.version)


def information_loss(table: Table, published: PublishedTable) -> int:
    """Give what was lost: over all numbers withheld, one more than the people each stands for."""
    printed = {figure.part for figure in published.figures}
    return sum(1 + table.count(part) for part in table.parts() if part not in printed)


def rolled_up(table: Table, policy: Policy) -> Table:
    """Take categories with fewer people than any minimum base together, where the table says into what.

    Their cells stay what they are (the ledger knows them), but only sums over all of them are printed.
    A single small category is taken together with the one that takes it in.
    """
    for name, into in table.roll_up.items():
        people = dict.fromkeys(table.dimensions[name], 0)
        for cell, count in table.cells.items():
            people[dict(cell.coordinates)[name]] += count
        small = {one for one, count in people.items() if count < min(policy.minimum_base.values())} - {into}
        if small:
            table = _taken_together(table, name, small | {into})
    return table


def _taken_together(table: Table, name: str, together: set[str]) -> Table:
    def kin(cell: Cell) -> Cell:
        return Cell(tuple((n, "+" if n == name and c in together else c) for n, c in cell.coordinates))

    families: dict[Cell, set[Cell]] = {}
    for cell in table.cells:
        families.setdefault(kin(cell), set()).add(cell)
    whole = {cell: frozenset(family) for family in families.values() for cell in family}
    totals = {
        total.cells: total for total in table.totals if all(whole[c] <= total.cells for c in total.cells)
    }
    cut = [total for total in table.totals if total.cells not in totals]
    for total in cut:
        joined = frozenset().union(*(whole[cell] for cell in total.cells))
        totals.setdefault(joined, Total(f"{total.name} +", joined, total.is_base))
    rolled = frozenset(cell for cell in table.cells if len(whole[cell]) > 1)
    for cell in table.cells:
        if cell in rolled and cell not in table.unpublished:
            totals.setdefault(whole[cell], Total(str(kin(cell)), whole[cell]))
    return replace(table, totals=tuple(totals.values()), unpublished=table.unpublished | rolled)


# --- what is sensitive ----------------------------------------------------------------------------


class Sums:
    """People per part of a table, and the totals around each part; everything is added up once."""

    def __init__(self, table: Table) -> None:
        """Add up all that the table would print."""
        self.table = table
        self.totals = [(total, table.count(total.cells)) for total in table.totals]
        self.bases = {total.cells for total in table.totals if total.is_base}
        self._within: dict[Cell, set[int]] = {cell: set() for cell in table.cells}
        for number, total in enumerate(table.totals):
            for cell in total.cells:
                self._within[cell].add(number)
        groups = dict.fromkeys((*(frozenset({cell}) for cell in table.cells), *table.parts()))
        self.people = {group: table.count(group) for group in groups}
        self._around = {group: self._totals_around(group) for group in groups}

    def _totals_around(self, group: Part) -> list[tuple[Part, int]]:
        numbers = set.intersection(*(self._within[cell] for cell in group))
        return [(self.totals[n][0].cells, self.totals[n][1]) for n in sorted(numbers)]

    def around(self, group: Part) -> list[tuple[Part, int]]:
        """Give the totals that this group is a true part of, with their people."""
        return [(total, people) for total, people in self._around[group] if len(total) > len(group)]

    def smallest_around(self, group: Part) -> int:
        """Give the people in the smallest total around a group, itself included."""
        return min([people for _, people in self._around[group]], default=self.people[group])


def sensitive_groups(sums: Sums, policy: Policy) -> set[Part]:
    """Give the groups that nobody may compute, also those never printed: rests, cells only used in sums."""
    least = min(policy.minimum_base.values())
    thin = [total.cells for total, people in sums.totals if total.is_base and people < least]
    thin += [
        group
        for group, bound in sums.table.organisations.items()
        if not policy.enough(bound, sums.table.count(group))
    ]
    found = set()
    for group, people in sums.people.items():
        if 0 < people < policy.smallest_cell or (people and any(group <= one for one in thin)):
            found.add(group)
        for whole, number in sums.around(group):
            if 0 < number - people < policy.smallest_cell:
                found.add(whole - group)
            if 0 < people == number < policy.unanimity_below:
                found.add(group)
    return found


def _too_telling(sums: Sums, part: Part, policy: Policy) -> bool:
    """Say whether a number is withheld for what it tells of the rest, or because zero must look small."""
    people = sums.people[part]
    return not people or any(0 < n - people < policy.smallest_cell for _, n in sums.around(part))


def figure_of(sums: Sums, part: Part, policy: Policy) -> Figure:
    """Round one count as the smallest group it is part of demands; read it as what it lets conclude."""
    people = sums.people[part]
    if sums.smallest_around(part) >= policy.whole_percent_from:
        return Figure(part, people, people)
    if part in sums.bases:
        return Figure(part, *policy.base_range(people))
    middle, slack = rounded(people, 1, policy.small_step), policy.small_step // 2
    return Figure(part, max(0, middle - slack), middle + slack)


# --- the table as numbers -------------------------------------------------------------------------


class Layout:
    """A table as a numbered problem; the order follows from counts and places, never from names."""

    def __init__(self, table: Table, policy: Policy, released: Sequence[Table | PublishedTable] = ()) -> None:
        """Number cells and numbers, and lay down what is secret and what is known."""
        self.table, self.policy, sums = table, policy, Sums(table)
        self.people = sums.people
        earlier: list[Figure | Relation] = [*figures_of(released)]
        earlier += [one for old in released if isinstance(old, PublishedTable) for one in old.relations]
        strangers = sorted(set().union(*map(cells_of, earlier)) - table.cells.keys()) if earlier else []
        own = _ordered(table)
        self.cells = [*own, *strangers]
        self.place = {cell: at for at, cell in enumerate(self.cells)}
        parts = sorted(table.parts(), key=self._rank)
        self.parts = parts
        sensitive = sensitive_groups(sums, policy)
        withheld = {
            n for n, part in enumerate(parts) if part in sensitive or _too_telling(sums, part, policy)
        }
        self.figures = {n: figure_of(sums, p, policy) for n, p in enumerate(parts) if n not in withheld}
        out = {(fact.part, fact.low, fact.high) for fact in earlier if isinstance(fact, Figure)}
        known = tuple(row for fact in earlier for row in rows_of(fact, self.place))
        true = tuple(table.cells.get(cell, 0) for cell in self.cells)
        self.problem = Problem(
            cells=len(true),
            # who is counted only in earlier releases is not known here, so nothing known surely fits
            true=true if not strangers and all(fits(row, true) for row in known) else None,
            units=tuple(self._unit(n, part) for n, part in enumerate(parts)),
            sensitive=tuple(sorted(tuple(sorted(self.place[c] for c in group)) for group in sensitive)),
            width=policy.smallest_cell,
            withheld=frozenset(withheld),
            free=frozenset(n for n, f in self.figures.items() if (f.part, f.low, f.high) in out),
            known=known,
            rules=tuple(
                sorted(self._rules(sensitive, withheld), key=lambda rule: (rule.weights, rule.least))
            ),
        )

    def _rank(self, part: Part) -> tuple[int, list[int]]:
        return len(part), sorted(self.place[cell] for cell in part)

    def _unit(self, number: int, part: Part) -> Unit:
        figure = self.figures.get(number)
        rows: tuple[Row, ...] = tuple(rows_of(figure, self.place)) if figure else ()
        return Unit(rows, 1 + self.people[part])

    def _rules(self, sensitive: set[Part], withheld: set[int]) -> Iterable[Rule]:
        """Rules for exact sums: never one withheld number alone, never a small group withheld together.

        Nor a group that is small to somebody who is alone in one of its cells and knows that one.
        """
        number = {part: n for n, part in enumerate(self.parts)}
        for total, pieces in lines(self.table):
            if self.people[total] < self.policy.whole_percent_from:
                continue  # rounded: the attacker finds out
            inside = sorted(number[piece] for piece in pieces)
            beside = [(number[total], 1)]
            for one in inside if len(withheld & set(inside)) < 2 else ():
                others = [(n, 1) for n in inside if n != one]
                yield Rule((*others, *beside, (one, -1)), 0)
            people = {n: self.people[self.parts[n]] for n in inside}
            if not any(self.parts[n] in sensitive for n in inside):
                continue
            least = self.policy.smallest_cell
            alone = [n for n in inside if people[n] == 1]
            weights = [(n, min(people[n], least)) for n in inside if people[n]]
            for known in [None, *alone]:
                yield Rule((*(one for one in weights if one[0] != known), (number[total], least)), least)


def lines(table: Table) -> list[tuple[Part, tuple[Part, ...]]]:
    """Give every total with each way in which it is the plain sum of other printed numbers."""
    parts = table.parts()
    kept: dict[Part, frozenset[str]] = {}
    for part in parts:
        features = [dict(cell.coordinates) for cell in part]
        kept[part] = frozenset(n for n in features[0] if len({one.get(n) for one in features}) == 1)
    found = []
    for total in (one.cells for one in table.totals):
        families: dict[frozenset[str], list[Part]] = {}
        for part in parts:
            if part < total:
                families.setdefault(kept[part], []).append(part)
        for pieces in families.values():
            if sum(map(len, pieces)) == len(total) and len(frozenset().union(*pieces)) == len(total):
                found.append((total, tuple(pieces)))
    return found


def _ordered(table: Table) -> list[Cell]:
    position = {
        name: {c: at for at, c in enumerate(categories)} for name, categories in table.dimensions.items()
    }
    sums: dict[Cell, list[int]] = {cell: [] for cell in table.cells}
    for total in table.totals:
        people = table.count(total.cells)
        for cell in total.cells:
            sums[cell].append(people)

    def rank(cell: Cell) -> tuple[int, list[int], list[int]]:
        coordinates = dict(cell.coordinates)
        places = [at[coordinates[name]] for name, at in position.items() if name in coordinates]
        return table.cells[cell], sorted(sums[cell]), places

    return sorted(table.cells, key=rank)
