"""Sealing contact data anew: after a new key came in front, and what 0.1 sealed with its one secret."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.jobs import Progress
from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import (
    SEALED,
    ContactUnreadable,
    Keys,
    key_name,
    seal,
    sealing_key,
    unseal,
)

CHUNK = 500


@dataclass(frozen=True)
class Rotation:
    """How many contacts were sealed anew, and how many no key here opens."""

    sealed: int
    unreadable: int


def sealed_columns() -> list[sa.Column[str]]:
    """Every column that holds sealed contact data."""
    tables = Base.metadata.sorted_tables
    return [one for table in tables for one in table.columns if one.info == SEALED]


def left_to_seal(session: Session, contact_keys: Keys) -> int:
    """How many contacts were sealed with another key than the one that seals now."""
    return sum(
        session.scalar(sa.select(sa.func.count()).where(_of_another_key(one, contact_keys))) or 0
        for one in sealed_columns()
    )


def rotate(
    session: Session, settings: Settings, progress: Progress = lambda done, total, message: None
) -> Rotation:
    """Seal everything with the first key, 500 at a time; commits, and can be stopped and begun again.

    What somebody has erased or changed in the meantime stays as they left it.
    """
    total = left_to_seal(session, settings.contact_keys)
    done = unreadable = 0
    opening = (*settings.contact_keys, settings.secret_key)
    for column in sealed_columns():
        for rows in _chunks(session, column, settings.contact_keys):
            for key, sealed in rows:
                try:
                    anew = seal(settings.contact_keys, unseal(opening, sealed))
                except ContactUnreadable:
                    unreadable += 1
                    continue
                _replace(session, column, key, sealed, anew)
                done += 1
            session.commit()
            progress(
                done + unreadable, max(total, done + unreadable), _("Contactgegevens opnieuw verzegelen")
            )
    return Rotation(done, unreadable)


def _replace(session: Session, column: sa.Column[str], key: str, old: str, new: str | None) -> None:
    table, (own_key,) = column.table, column.table.primary_key
    session.execute(sa.update(table).where(own_key == key, column == old).values({column.name: new}))


def _chunks(session: Session, column: sa.Column[str], keys: Keys) -> Iterator[list[tuple[str, str]]]:
    """What is left to seal, in the order of the tables' keys, so that what cannot be opened is met once."""
    (own_key,) = column.table.primary_key
    last = ""
    while True:
        query = sa.select(own_key, column).where(_of_another_key(column, keys), own_key > last)
        rows = [(key, text) for key, text in session.execute(query.order_by(own_key).limit(CHUNK))]
        if not rows:
            return
        last = rows[-1][0]
        yield rows


def _of_another_key(column: sa.Column[str], keys: Keys) -> sa.ColumnElement[bool]:
    return sa.and_(column.is_not(None), column.not_like(f"{key_name(sealing_key(keys))}.%"))
