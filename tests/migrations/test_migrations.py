"""Migrations on both databases: up to the models exactly, and what each fills in for rows that were there.

All of them, in both directions and with data in every table, are walked in test_first_release.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.analysis.ledger import fingerprint, printed_from
from feedback_app.analysis.models import PublishedStatistic, Release, ReleasedFigure
from feedback_app.database import Base, db, now
from feedback_app.invitations.open_links import NewLink
from feedback_app.invitations.open_links import make_link as make_open_link
from feedback_app.invitations.pace import take_turn
from feedback_app.staff.accounts import add_account, passwords
from feedback_app.staff.audit import verify
from feedback_app.staff.joining import make_link
from feedback_app.staff.models import (
    Account,
    ColleagueLink,
    OutsideIdentity,
)
from feedback_app.trajectories.folding import fold_organisation, fold_person
from feedback_app.trajectories.models import Partner, PartnerContact
from tests.migrations.stairs import structure_of
from tests.staff import PASSWORD
from tests.world import WAVE, Person, World, respond


@pytest.fixture
def upgraded(migrated_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation on a copy of a database that all migrations made, which is what most tests start from."""
    world = World(migrated_url, tmp_path, example_catalogues)
    schema.prepare(world.app)
    yield world
    world.close()


def structure(world: World) -> dict[str, Any]:
    """Every table with its columns, keys, checks and indexes, as the database itself tells."""
    with world.app.app_context(), db.engine.connect() as connection:
        return structure_of(connection)


def columns_of(world: World, table: str) -> set[str]:
    """The names of a table's columns."""
    with world.app.app_context():
        return {one["name"] for one in sa.inspect(db.engine).get_columns(table)}


def differences(world: World) -> list[str]:
    with world.app.app_context():
        return schema.differences()


def move(world: World, target: str | None = None) -> None:
    with world.app.app_context():
        if target is None:
            schema.upgrade()
        else:
            schema.downgrade(target)


def hang(world: World) -> None:
    """An open link and a kiosk."""
    with world.session() as session:
        for mode in ("open", "kiosk"):
            wanted = NewLink(mode, "kempen", "agii", "buddy", "Voorbeeldbibliotheek ‹é›")
            make_open_link(session, world.settings, wanted, region=None)


def fill(world: World) -> None:
    """Real data in the tables a wave touches."""
    hang(world)
    with world.app.app_context():
        take_turn(db.engine, "sms", 60_000)
    world.open([Person(partners=("Voorbeeldvereniging", "Voorbeeldclub")) for _ in range(3)])
    for link in world.links() + world.links("partner"):
        respond(world.client, link.token, {"experience": "4", "course": "4", "remark": "Voorbeeld ‹é›"})
    world.shut()


def test_the_head_is_what_the_models_say(upgraded: World) -> None:
    """The comparison does not look at CHECKs and leaves out WITHOUT ROWID: they are looked at here."""
    assert differences(upgraded) == []
    tables = Base.metadata.tables
    with upgraded.session() as session:
        inspector = sa.inspect(session.connection())
        found = {name: told for (_, name), told in inspector.get_multi_check_constraints().items()}
        assert found.keys() - {"alembic_version"} == tables.keys()
        for table in tables.values():
            wanted = {str(one.name) for one in table.constraints if isinstance(one, sa.CheckConstraint)}
            assert {one["name"] for one in found[table.name]} == wanted, table.name
        if upgraded.settings.embedded:
            rows = session.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
            without = {name for name, statement in rows if "WITHOUT ROWID" in statement}
            unordered = {
                one.name for one in tables.values() if not one.dialect_options["sqlite"]["with_rowid"]
            }
            assert without == unordered >= {"invitations", "responses", "remarks", "trajectories"}
        session.execute(sa.text("ALTER TABLE waves ADD COLUMN surplus INTEGER"))
        session.commit()
    assert any("surplus" in one for one in differences(upgraded)), "it sees a difference"


def test_who_came_from_the_service_has_no_password_after_the_upgrade(upgraded: World) -> None:
    """Links of earlier releases could give them one; who goes back keeps every account and identity."""
    with upgraded.session() as session:
        ids = []
        for name in ("buiten", "binnen"):
            address = f"{name}@voorbeeld.example"
            account = add_account(session, passwords(), address, "lezer", PASSWORD, region=None, regions=())
            make_link(session, "", None, account)
            ids.append(account.id)
        session.add(OutsideIdentity(account_id=ids[0], subject="voorbeeld", withdrawn_at=now()))
        session.commit()
    newer = structure(upgraded)
    move(upgraded, "0007")
    before = upgraded.dump()
    assert before["outside_identities"] == [("voorbeeld", ids[0])]
    move(upgraded)
    assert structure(upgraded) == newer and differences(upgraded) == []
    assert upgraded.dump()["outside_identities"] == [("voorbeeld", ids[0], None)]
    with upgraded.session() as session:
        found = session.scalars(sa.select(Account).order_by(Account.email)).all()
        assert [(one.email[:6], bool(one.password_hash)) for one in found] == [
            ("binnen", True),
            ("buiten", False),
        ]
        assert session.scalars(sa.select(ColleagueLink.account_id)).all() == [ids[1]]
        assert verify(session).fault == ""


def test_what_the_contact_list_is_searched_by_is_filled_in_for_who_was_there(upgraded: World) -> None:
    """As the application itself would fill it in; more rows than are folded in one go."""
    move(upgraded, "0007")
    assert "folded" not in columns_of(upgraded, "partners")
    with upgraded.session() as session:
        names = sa.insert(sa.table("partners", sa.column("id"), sa.column("name"), sa.column("email")))
        many = [(f"{number:032}", f"Café Ñandú {number}") for number in range(501)]
        session.execute(names, [{"id": key, "name": name, "email": "A@b.example"} for key, name in many])
        person = (
            "INSERT INTO partner_contacts (id, partner_id, name, function, email, phone, language, chosen,"
            " opted_out, changed_on) VALUES (:id, :at, :name, 'Één', 'a@b.example', '+32470261464', 'nl',"
            " false, true, '2026-09-01')"
        )
        for key, name in (("a", "Éva D’Hondt"), ("b", "")):
            session.execute(sa.text(person), {"id": key, "at": many[0][0], "name": name})
        session.commit()
    before = upgraded.dump()["activities"]
    move(upgraded)
    assert differences(upgraded) == []
    assert upgraded.dump()["activities"] == before
    with upgraded.session() as session:
        partners = session.scalars(sa.select(Partner)).all()
        assert [one.folded for one in partners] == [
            fold_organisation(one.name, one.kbo, one.email) for one in partners
        ]
        people = dict(session.execute(sa.select(PartnerContact.id, PartnerContact.folded)).all())
    assert len(partners) == 501 and "cafe nandu 7 a@b.example" in {one.folded for one in partners}
    phone = "+32470261464"
    assert people == {"a": fold_person("Éva D’Hondt", "Één", "a@b.example", phone), "b": ""}


def test_what_closed_waves_show_is_entered_into_the_ledger(upgraded: World) -> None:
    """A wave that closed before there was a ledger: its figures are out, and the ledger has to know."""
    fill(upgraded)
    with upgraded.session() as session:
        nothing = session.get_one(
            PublishedStatistic, (WAVE, "newcomer", "flanders", "vlaanderen", "experience")
        )
        nothing.statistic = {**nothing.statistic, "base": "57", "state": "shown", "positive": 60}
        session.commit()
    move(upgraded, "0007")
    move(upgraded)
    with upgraded.session() as session:
        (figure,) = session.scalars(sa.select(ReleasedFigure).where(ReleasedFigure.item_key == "experience"))
        statistic = printed_from(figure)
        assert fingerprint(statistic) == figure.fingerprint
        assert (figure.printed["base"], figure.cells) == ("57", [["flanders", "vlaanderen"]])
        release = session.get_one(Release, figure.release_id)
        assert (release.kind, release.wave_key, release.figures) == ("wave", WAVE, 1)
