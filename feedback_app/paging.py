"""Lists that are longer than a page: sorted, counted and cut in the database."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

PAGE_SIZE = 50

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a longer list; `page` counts from 1."""

    rows: Sequence[T]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class Cut:
    """Which part of a list of `total` makes up a page; a page past the end is the last."""

    page: int
    pages: int
    total: int

    @property
    def start(self) -> int:
        """How many come before it."""
        return (self.page - 1) * PAGE_SIZE


def cut(total: int, page: int) -> Cut:
    """The page of a list that somebody asked for."""
    pages = max(1, math.ceil(total / PAGE_SIZE))
    return Cut(min(max(1, page), pages), pages, total)


def known_order(columns: Mapping[str, Any], asked: str, otherwise: str) -> str:
    """The order an address asks for, if it is one of these; a minus before the name turns it."""
    return asked if asked.removeprefix("-") in columns else otherwise


def in_order(columns: Mapping[str, Any], asked: str, otherwise: str) -> tuple[Any, ...]:
    """What a name in the address sorts by; what is empty comes last, or first when the order is turned."""
    name = known_order(columns, asked, otherwise)
    column = columns[name.removeprefix("-")]
    turned = name.startswith("-")
    sorted_by = column.desc() if turned else column
    if not getattr(column, "nullable", True):  # an index sorts by the column alone
        return (sorted_by,)
    empty = column.is_(None)
    return (empty.desc() if turned else empty), sorted_by


def paged(session: Session, query: sa.Select[T], order: Sequence[Any], page: int) -> Page[T]:
    """One page of a query for objects."""
    place = cut(session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0, page)
    rows = session.scalars(query.order_by(*order).limit(PAGE_SIZE).offset(place.start))
    return Page(rows.all(), place.page, place.pages, place.total)
