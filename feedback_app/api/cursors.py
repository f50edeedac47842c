"""Long lists in pieces: each piece says where the next begins, by the keys of its last row.

So a list that grows or shrinks meanwhile repeats nothing and leaves nothing out that was there all along. A
cursor belongs to one address with its filters: a signature keeps it from being used, or made, for another.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.api.problems import Problem
from feedback_app.keys import derive

DEFAULT_LIMIT, MOST = 50, 200
_SIGNATURE = 16


@dataclass(frozen=True)
class Place:
    """Which piece of which list is asked for: its address with filters, how many, and after which keys."""

    path: str
    filters: Mapping[str, str]
    limit: int
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """Rows of a list, and where the next piece is: cursor and address, empty at the end."""

    rows: Sequence[Any]
    cursor: str
    next_url: str


def place_of(secret_key: str, path: str, asked: Mapping[str, str], columns: int) -> Place:
    """The place that a checked query names; Problem when its cursor was made for another question."""
    filters = {name: value for name, value in sorted(asked.items()) if name not in ("limit", "cursor")}
    place = Place(path, filters, int(asked.get("limit", DEFAULT_LIMIT)))
    if cursor := asked.get("cursor"):
        return Place(path, filters, place.limit, _read(secret_key, place, cursor, columns))
    return place


def piece(session: Session, secret_key: str, query: Any, columns: Sequence[Any], place: Place) -> Piece:
    """The rows of a query at this place, sorted by these columns, which together tell rows apart."""
    if place.after:
        query = query.where(sa.tuple_(*columns) > sa.tuple_(*place.after))
    # one more than asked for tells whether there is a next piece
    found = session.execute(query.add_columns(*columns).order_by(*columns).limit(place.limit + 1)).all()
    rows = found[: place.limit]
    width = len(columns)
    if len(found) <= place.limit:
        return Piece([row[:-width] for row in rows], "", "")
    cursor = _write(secret_key, place, tuple(rows[-1][-width:]))
    query_string = urlencode({**place.filters, "limit": place.limit, "cursor": cursor})
    return Piece([row[:-width] for row in rows], cursor, f"{place.path}?{query_string}")


def _write(secret_key: str, place: Place, keys: tuple[str, ...]) -> str:
    body = json.dumps(keys, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(secret_key, place, body) + body).rstrip(b"=").decode()


def _read(secret_key: str, place: Place, cursor: str, columns: int) -> tuple[str, ...]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raise Problem("bad-cursor") from None
    signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(secret_key, place, body)):
        raise Problem("bad-cursor")
    keys = tuple(json.loads(body))
    if len(keys) != columns:
        raise Problem("bad-cursor")
    return keys


def _sign(secret_key: str, place: Place, body: bytes) -> bytes:
    about = json.dumps([place.path, place.filters], sort_keys=True).encode()
    return hmac.digest(derive(secret_key, "api-cursor"), about + b"\0" + body, hashlib.sha256)[:_SIGNATURE]
