"""How many people each group of the declared cuts has: sums over one feature, never a crossing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
#: rows that are fetched at once: what is made of them should still fit beside the processor
ROWS = 500


def tally(session: Session, query: sa.Select[*tuple[Any, ...]]) -> dict[Group, Counter[Told]]:
    """Group → what is told → how many rows of a query.

    query: region, agency, offer type, locale, and what is told.
    """
    rows = query.subquery()
    crossed = sa.select(*rows.columns, sa.func.count()).group_by(*rows.columns)
    return grouped(
        (cut, row[at], tuple(row[len(CUTS) : -1]), row[-1])
        for some in pieces(session, crossed)
        for row in some
        for at, cut in enumerate(CUTS)
    )


def grouped(found: Iterable[tuple[str, str, Told, int]]) -> dict[Group, Counter[Told]]:
    """The same of numbers of people by one feature each: cut, member, what is told, how many.

    Languages count as their groups, and Flanders is the sum of all regions.
    """
    groups: defaultdict[Group, Counter[Told]] = defaultdict(Counter)
    for cut, member, told, number in found:
        groups[cut, GROUPS.get(member, member) if cut == "language_group" else member][told] += number
        if cut == "region":
            groups["flanders", FLANDERS][told] += number
    return groups


def pieces(session: Session, query: sa.Select[*tuple[Any, ...]]) -> Iterator[Sequence[Sequence[Any]]]:
    """All rows of a query, so many at a time that memory stays flat.

    Straight from the driver: else most of the time would go into what SQLAlchemy makes of a row.
    """
    yield from Channel.within(session).pieces(Statement(query), ROWS)
