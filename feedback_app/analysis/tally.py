"""How many people each group of the declared cuts has, counted without sorting a million rows.

Only sums over one feature are frozen, never a crossing. PostgreSQL adds up those in one pass of its own
(`GROUPING SETS`). SQLite would have to sort all rows for each of them, so there rows are counted as they come
in, under two coarse keys that hold all features between them: where (region and agency) and what (kind and
language). Neither grows with the number of answers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.statistic import FLANDERS
from feedback_app.languages import GROUPS
from feedback_app.statements import Channel, Statement

Group = tuple[str, str]  # cut, member
#: what is counted per group, as told by the columns of a query that follow the features
Told = tuple[object, ...]

#: the features that a query names first, each with its cut
CUTS = ("region", "agency", "offer_type", "language_group")
#: rows that are fetched at once
ROWS = 5_000
#: which features are counted together as rows come in
_HALVES = ((0, 1), (2, 3))


def tally(
    session: Session, query: sa.Select[*tuple[Any, ...]], *, weighed: bool = False
) -> dict[Group, Counter[Told]]:
    """Group → what is told → how many rows of a query.

    query: region, agency, offer type, locale, and what is told; with `weighed` a number of people comes last.
    """
    if session.get_bind().dialect.name == "postgresql":
        return _grouped(_by_sets(session, query, weighed))
    halves: tuple[Counter[Told], Counter[Told]] = (Counter(), Counter())
    wide = len(query.selected_columns) - weighed
    pick = [itemgetter(*half, *range(len(CUTS), wide)) for half in _HALVES]
    for rows in pieces(session, query):
        for half, key in zip(halves, pick, strict=True):
            if weighed:
                for row in rows:
                    half[key(row)] += row[wide]
            else:
                half.update(map(key, rows))
    return _grouped(_apart(halves))


def tally_lists(rows: Iterable[tuple[tuple[Told, Told], Sequence[str]]]) -> dict[Group, Counter[Told]]:
    """The same of people who each come with a list: group → what is told and one of the list → people.

    rows: the two keys of somebody (region and agency; kind and language; and what is told after either), and
    what is in their list, each once.
    """
    waiting: defaultdict[tuple[int, Told], list[str]] = defaultdict(list)
    counted: defaultdict[tuple[int, Told], Counter[str]] = defaultdict(Counter)
    for number, (keys, listed) in enumerate(rows, 1):
        for half in enumerate(keys):
            waiting[half].extend(listed)
        if not number % (ROWS * 2):
            _add_up(counted, waiting)
    _add_up(counted, waiting)
    halves: tuple[Counter[Told], Counter[Told]] = (Counter(), Counter())
    for (which, key), found in counted.items():
        halves[which].update({(*key, one): number for one, number in found.items()})
    return _grouped(_apart(halves))


def pieces(session: Session, query: sa.Select[*tuple[Any, ...]]) -> Iterator[Sequence[Sequence[Any]]]:
    """All rows of a query, so many at a time that memory stays flat."""
    if session.get_bind().dialect.name == "postgresql":
        yield from session.execute(query.execution_options(yield_per=ROWS)).partitions()
    else:  # straight from the driver: else most of the time goes into making rows
        yield from Channel.within(session).pieces(Statement(query), ROWS)


def _add_up(
    counted: defaultdict[tuple[int, Told], Counter[str]], waiting: defaultdict[tuple[int, Told], list[str]]
) -> None:
    for key, listed in waiting.items():
        counted[key].update(listed)
    waiting.clear()


def _apart(halves: Sequence[Counter[Told]]) -> Iterable[tuple[int, str, Told, int]]:
    """Each feature by itself: which one, its member, what is told, how many."""
    for half, found in zip(_HALVES, halves, strict=True):
        for (first, second, *told), number in found.items():
            yield half[0], str(first), tuple(told), number
            yield half[1], str(second), tuple(told), number


def _by_sets(
    session: Session, query: sa.Select[*tuple[Any, ...]], weighed: bool
) -> Iterable[tuple[int, str, Told, int]]:
    rows = query.subquery()
    *columns, last = rows.columns
    told, number = (columns, sa.func.sum(last)) if weighed else ([*columns, last], sa.func.count())
    features, told = told[: len(CUTS)], told[len(CUTS) :]
    sets = sa.func.grouping_sets(*(sa.tuple_(one, *told) for one in features))
    found = session.execute(sa.select(*features, *told, number).group_by(sets))
    for row in found.yield_per(ROWS):
        members, rest = row[: len(CUTS)], row[len(CUTS) : -1]
        (which,) = (at for at, member in enumerate(members) if member is not None)
        yield which, members[which], tuple(rest), int(row[-1])


def _grouped(found: Iterable[tuple[int, str, Told, int]]) -> dict[Group, Counter[Told]]:
    """Languages as their groups, and Flanders as the sum of all regions."""
    groups: defaultdict[Group, Counter[Told]] = defaultdict(Counter)
    for which, member, told, number in found:
        cut = CUTS[which]
        groups[cut, GROUPS.get(member, member) if cut == "language_group" else member][told] += number
        if cut == "region":
            groups["flanders", FLANDERS][told] += number
    return groups
