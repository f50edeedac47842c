"""Looking at all groups together: what Flanders and its regions, types and languages tell jointly.

`publish_item` makes each statistic safe by itself; here as few of them as possible are made coarser or
withheld, so that nothing sensitive follows from all of them and from what was published before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from feedback_app.analysis.attacker import Row, cells_of, fits, rows_of
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.protection import ReleaseRefused
from feedback_app.analysis.reading import PARTICIPATION, Facts, Question, Structure, known_relations
from feedback_app.analysis.statistic import FLANDERS
from feedback_app.analysis.suppression import Opened, Problem, Rule, Unit, choose
from feedback_app.analysis.tables import Cell, Figure, Relation

#: what is lost, per person, when a group's main figures or only its details are withheld
HEAD_COST, DETAIL_COST = 10, 3


#: numbers of a group's units: its head, its details, and each further part of them
_Numbers = tuple[int, int | None, tuple[int | None, ...]]


@dataclass(frozen=True)
class Group:
    """One group's true counts for one question, and what its figures would say.

    thin: too few answers, or too few organisations, for any of its numbers. head and details: what the
    printed figures say; details are never printed without the head. more: further details, each by itself.
    """

    cut: str
    member: str
    counts: Mapping[str, int]
    base: int
    thin: bool
    head: Facts = ()
    details: Facts = ()
    more: tuple[Facts, ...] = ()


@dataclass(frozen=True)
class Level:
    """How much of a group may be printed."""

    head: bool
    details: bool
    more: tuple[bool, ...] = ()


def levels(
    question: Question,
    groups: Sequence[Group],
    structure: Structure,
    policy: Policy,
    earlier: Iterable[Figure] = (),
) -> list[Level]:
    """Say for each group how much of it may be printed beside all others and what is out already.

    earlier: figures of earlier releases about this question. Raises ReleaseRefused, naming the
    group, when they open one by themselves; with an empty name when they contradict the counts.
    """
    sheet = _Sheet(question, groups, structure, policy, tuple(earlier))
    if sheet.problem.true is None:
        raise ReleaseRefused("")  # other counts of the same people: the difference is who came in between
    try:
        hidden = choose(sheet.problem)
    except Opened as refused:
        opened = sheet.named(refused.part)
        raise ReleaseRefused(", ".join(map(" ".join, opened)), opened) from refused
    return [
        Level(head not in hidden, _kept([details], hidden)[0], _kept(more, hidden))
        for head, details, more in sheet.numbers
    ]


class _Sheet:
    """One question over all groups as a numbered problem."""

    def __init__(
        self,
        question: Question,
        groups: Sequence[Group],
        structure: Structure,
        policy: Policy,
        earlier: tuple[Figure, ...],
    ) -> None:
        true: dict[Cell, int] = {}
        for group in groups:
            true |= question.people(group.cut, group.member, group.counts, group.base)
        relations = known_relations(question, structure, true)
        known: list[Figure | Relation] = [*relations, *earlier]
        strangers = set().union(*(cells_of(fact) for fact in known)) - true.keys() if known else set()
        self.cells = [*true, *sorted(strangers)]
        place = {cell: at for at, cell in enumerate(self.cells)}
        self.numbers: list[_Numbers] = []
        units: list[Unit] = []
        for group in groups:
            self.numbers.append(_units(units, group, place))
        rows = tuple(row for fact in known for row in rows_of(fact, place))
        people = tuple(true.get(cell, 0) for cell in self.cells)
        out = {row_key(row) for fact in earlier for row in rows_of(fact, place)}
        self.problem = Problem(
            cells=len(self.cells),
            true=people if all(fits(row, people) for row in rows) else None,
            units=tuple(units),
            sensitive=_sensitive(question, groups, policy, place),
            width=policy.smallest_cell,
            free=frozenset(
                n for n, unit in enumerate(units) if unit.rows and all(row_key(r) in out for r in unit.rows)
            ),
            known=rows,
            rules=tuple(_rules(groups, self.numbers, policy)),
        )

    def named(self, part: Sequence[int]) -> tuple[tuple[str, str], ...]:
        """The groups, cut and member, of the people that these cells are of."""
        names = [dict(self.cells[at].coordinates) for at in part]
        return tuple(dict.fromkeys((one["cut"], one["member"]) for one in names))


def row_key(row: Row) -> tuple[tuple[tuple[int, int], ...], float, float]:
    """Give what makes two constraints the same."""
    return tuple(row.weights.items()), row.low, row.high


def _units(units: list[Unit], group: Group, place: Mapping[Cell, int]) -> _Numbers:
    def add(facts: Facts, cost: int, needs: int | None = None) -> int | None:
        rows = tuple(row for fact in facts for row in rows_of(fact, place))
        if needs is not None and not rows:
            return None
        units.append(Unit(rows, cost * (1 + group.base), needs=needs))
        return len(units) - 1

    head = add(group.head, HEAD_COST)
    assert head is not None  # only details may be left out
    # withholding the head withholds the details: details ≥ head
    details = add(group.details, DETAIL_COST, head)
    return head, details, tuple(add(facts, DETAIL_COST, head) for facts in group.more)


def _kept(numbers: Iterable[int | None], hidden: frozenset[int]) -> tuple[bool, ...]:
    return tuple(one is not None and one not in hidden for one in numbers)


def _sensitive(
    question: Question, groups: Sequence[Group], policy: Policy, place: Mapping[Cell, int]
) -> tuple[tuple[int, ...], ...]:
    found: dict[tuple[int, ...], None] = {}
    for group in groups:
        for cells, number, everyone in _numbers(question, group):
            few = 0 < number < policy.smallest_cell
            unanimous = cells < everyone and 0 < number == group.base < policy.unanimity_below
            if cells and (few or unanimous or (group.thin and number)):
                found[tuple(sorted(place[cell] for cell in cells))] = None
    for rest in _rests(question, groups, policy) if question.key == PARTICIPATION else ():
        found[tuple(sorted(place[cell] for cell in rest))] = None
    return tuple(found)


def _rests(question: Question, groups: Sequence[Group], policy: Policy) -> Iterable[frozenset[Cell]]:
    """Give who is left of each cut beside the groups that show how many answered, where they are few.

    Most readers know which of the groups without a number are empty: nobody helped, so it was on paper.
    """
    for cut in dict.fromkeys(group.cut for group in groups):
        left = [
            (question.part(cut, group.member, *question.positive), answered)
            for group in groups
            if group.cut == cut
            and (answered := sum(group.counts.get(option, 0) for option in question.positive))
            < policy.base_ranges[0][0]
        ]
        if 0 < sum(answered for _part, answered in left) < policy.smallest_cell:
            yield frozenset().union(*(part for part, _answered in left))


def _numbers(question: Question, group: Group) -> Iterable[tuple[frozenset[Cell], int, frozenset[Cell]]]:
    """Give the numbers that may be secret: people, how many, and all of whom they are part.

    Of participation only those who answered: that somebody did not says nothing of what anybody thinks.
    """
    cut, member = group.cut, group.member
    whole = question.whole(cut, member)
    yield whole, group.base, whole
    if question.key == PARTICIPATION:
        top = sum(group.counts.get(option, 0) for option in question.positive)
        yield question.part(cut, member, *question.positive), top, whole
        yield question.part(cut, member, "P"), group.counts.get("P", 0), whole
        return
    for options in question.splits:
        people = sum(group.counts.get(option, 0) for option in options)
        part, everyone = question.part(cut, member, *options), question.whole(cut, member, options[0])
        yield part, people, everyone
        yield everyone - part, group.base - people, everyone


def _rules(groups: Sequence[Group], numbers: Sequence[_Numbers], policy: Policy) -> Iterable[Rule]:
    """Beside a withheld group others stay vague too, until they are two and hold enough answers together.

    Where every other group shows its exact base, the one that is withheld is what is left of Flanders.
    """
    cuts: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        if group.member != FLANDERS and group.base:
            cuts.setdefault(group.cut, []).append(number)
    for inside in cuts.values():
        exact = [n for n in inside if _exact(groups[n])]
        vague = [n for n in inside if n not in exact]
        if not any(not groups[n].head for n in inside):
            continue
        missing = policy.base_ranges[0][0] - sum(groups[n].base for n in vague)
        many = [(numbers[n][0], 1) for n in exact]
        yield Rule(tuple(many), 2 - len(vague))
        yield Rule(tuple((numbers[n][0], groups[n].base) for n in exact), missing)


def _exact(group: Group) -> bool:
    return any(not fact.whole and fact.low == fact.high for fact in group.head)
