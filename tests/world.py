"""A small world to test in: an installation with an open wave, people who were invited, and their links."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from feedback_app import create_app
from feedback_app.analysis.close import close_wave
from feedback_app.database import Base, db
from feedback_app.invitations.models import Invitation
from feedback_app.invitations.tokens import token_for
from feedback_app.invitations.waves import open_wave
from feedback_app.responses.models import Response
from feedback_app.settings import Settings
from feedback_app.trajectories.models import Activity, Partner, Trajectory
from tests.databases import CONTACT_KEY, SECRET
from tests.pages import CheckedClient, checked_client

WAVE = "2026-H1"
HELP = "Voorbeeld: hulplijn 0000"
_known_tables: dict[tuple[str, ...], dict[str, sa.Table]] = {}


@dataclass(frozen=True)
class Person:
    """One newcomer whose trajectory ended, and the organisations that received them (an activity each)."""

    region: str = "kempen"
    agency: str = "agii"
    offer_type: str = "buddy"
    language: str = "nl"
    partners: tuple[str, ...] = ("Voorbeeldvereniging",)


@dataclass(frozen=True)
class Link:
    """One invitation as its holder has it, and the features it is counted by."""

    invitation_id: str
    token: str
    audience: str
    region: str
    agency: str
    offer_type: str
    language: str
    partner: str | None


class World:
    """One installation under test; `close` lets go of its database connections."""

    def __init__(self, database_url: str, folder: Path, translations: Path, **settings: Any) -> None:
        self.settings = Settings(
            secret_key=SECRET,
            database_url=database_url,
            instance_dir=folder / "instance",
            translations_dir=translations,
            help_addresses=(HELP,),
            second_factor=False,
            testing=True,
            **{"draft_languages": frozenset({"all"}), "contact_keys": (CONTACT_KEY,), **settings},
        )

    @cached_property
    def app(self) -> Flask:
        """The web application."""
        return create_app(self.settings)

    @property
    def client(self) -> CheckedClient:
        """A new visitor."""
        return checked_client(self.app)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of the application's own."""
        with self.app.app_context():
            yield db.session

    def close(self) -> None:
        """Let go of the database, as a process does that ends."""
        with self.app.app_context():
            db.engine.dispose()

    def register(self, people: Sequence[Person]) -> None:
        """Store trajectories that ended in the wave's half-year."""
        with self.session() as session:
            known: dict[str, Partner] = {one.name: one for one in session.scalars(sa.select(Partner))}
            for number, person in enumerate(people):
                trajectory = _trajectory(person, f"{number:064x}")
                for name in person.partners:
                    partner = known.setdefault(name, Partner(name=name))
                    activity = Activity(partner=partner, offer_type=person.offer_type)
                    trajectory.activities.append(activity)
                session.add(trajectory)
            session.commit()

    def open(self, people: Sequence[Person] = (Person(),), wave: str = WAVE) -> None:
        """Register people and open the wave that asks them."""
        self.register(people)
        with self.session() as session:
            open_wave(session, self.settings, wave)

    def shut(self, wave: str = WAVE) -> None:
        """Close the wave as the worker does."""
        with self.session() as session:
            close_wave(session, self.settings, wave, lambda done, total, message: None)

    def links(self, audience: str = "newcomer") -> list[Link]:
        """The invitations of one side, in the order of their random keys."""
        query = (
            sa.select(Invitation, Partner.name)
            .outerjoin(Activity, Activity.id == Invitation.activity_id)
            .outerjoin(Partner, Partner.id == Activity.partner_id)
            .where(Invitation.audience == audience)
            .order_by(Invitation.id)
        )
        with self.session() as session:
            return [_link(one, partner) for one, partner in session.execute(query)]

    def token(self, audience: str = "newcomer") -> str:
        """The token of the first invitation of one side."""
        return self.links(audience)[0].token

    def rows(self, model: type[Base]) -> list[dict[str, Any]]:
        """Every row of a table."""
        with self.session() as session:
            return [dict(row) for row in session.execute(sa.select(*model.__table__.columns)).mappings()]

    def answers(self) -> list[tuple[str, str, str]]:
        """Everything that was answered: the key of a response, item and value."""
        return [
            (row["id"], item, value)
            for row in self.rows(Response)
            for item, values in row["answers"].items()
            for value in values
        ]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database, table by table."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        with self.session() as session:
            for name, table in _tables(session).items():
                found[name] = sorted((tuple(row) for row in session.execute(sa.select(table))), key=repr)
        return found


def respond(
    client: CheckedClient, token: str, answers: Mapping[str, Any], lang: str | None = None, **more: str
) -> TestResponse:
    """Post a filled-in questionnaire as the page does; `more` are other fields, such as response_id."""
    address = f"/s/{token}" + (f"?lang={lang}" if lang else "")
    return client.post(address, data={**answers, **more}, content_type="application/x-www-form-urlencoded")


def _tables(session: Session) -> Mapping[str, sa.Table]:
    """Every table that the database itself says it has; asked once for each kind of database and revision."""
    connection = session.connection()
    names = sorted(sa.inspect(connection).get_table_names())
    revision = sa.select(sa.column("version_num")).select_from(sa.table("alembic_version"))
    at = connection.scalar(revision) if "alembic_version" in names else ""
    key = connection.dialect.name, str(at), *names
    if key not in _known_tables:
        _known_tables[key] = {name: _columns_alone(connection, name) for name in names}
    return _known_tables[key]


def _columns_alone(connection: sa.Connection, name: str) -> sa.Table:
    """A table with its columns' types, which is all that reading rows needs: keys and rules take much longer."""
    told = sa.inspect(connection).get_columns(name)
    return sa.Table(name, sa.MetaData(), *(sa.Column(one["name"], one["type"]) for one in told))


def _trajectory(person: Person, ref: str) -> Trajectory:
    return Trajectory(
        ref_hash=ref,
        agency_key=person.agency,
        region_key=person.region,
        started_on=date(2026, 1, 5),
        ended_on=date(2026, 3, 20),
        hours=40,
        offer_source="begeleider",
        contact_language=person.language,
        outcome="completed",
        imported_on=date(2026, 4, 1),
    )


def _link(one: Invitation, partner: str | None) -> Link:
    return Link(
        invitation_id=one.id,
        token=token_for(SECRET, one.id),
        audience=one.audience,
        region=one.region_key,
        agency=one.agency_key,
        offer_type=one.offer_type,
        language=one.contact_language,
        partner=partner,
    )
