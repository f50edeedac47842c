"""A stop link in an e-mail: it stands for the address that was written to, whatever became of that since."""

import re
from datetime import date
from email import message_from_bytes
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.invitations.opt_out import opted_out
from feedback_app.trajectories.models import Partner, PartnerContact, Trajectory
from tests.asking import ZERO, Reach, ask, outbox, send
from tests.world import Person, World

FIRST = date(2026, 4, 3)


@pytest.fixture
def asking(sqlite_world: World, tmp_path: Path) -> World:
    sqlite_world.settings = sqlite_world.settings.but(outbox_dir=tmp_path / "outbox")
    return sqlite_world


def stop_by_mail(world: World, file: Path) -> None:
    """What a mail program's button sends."""
    mail = message_from_bytes(file.read_bytes())
    (address,) = re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    path = address.removeprefix(world.settings.base_url)
    for wrong in ("0", "z" * 64):
        assert world.client.get(f"{path.rpartition('/')[0]}/{wrong}").status_code == 404
    form = {"List-Unsubscribe": "One-Click"}
    answer = world.client.post(path, data=form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


def test_a_stop_holds_for_the_partners_address_that_was_written_to(asking: World) -> None:
    """And the contact list says so, for whoever would call or write instead."""
    world = asking
    ask(world, [Person(partners=("Club",))], partners=True)
    with world.session() as session:
        club = session.scalars(sa.select(Partner)).one()
        jan = PartnerContact(name="Voorbeeld", email="jan@club.example", chosen=True)
        jan.changed_on = ZERO
        club.contacts.append(jan)
        session.commit()
    send(world, date(2026, 4, 6))
    (written,) = outbox(world)
    stop_by_mail(world, written)
    with world.session() as session:
        club = session.scalars(sa.select(Partner)).one()
        assert opted_out(session, world.settings, "jan@club.example")
        assert not opted_out(session, world.settings, club.email or "")
        assert (club.opted_out, [one.opted_out for one in club.contacts]) == (False, [True])


def test_a_stop_is_noted_also_when_the_address_was_destroyed_before(asking: World) -> None:
    world = asking
    address = "deelnemer@voorbeeld.example"
    ask(world, [Person(partners=())], [Reach(email=address)])
    send(world, FIRST)
    (written,) = outbox(world)
    with world.session() as session:
        session.execute(sa.update(Trajectory).values(phone_sealed=None, email_sealed=None))
        session.commit()
    stop_by_mail(world, written)
    with world.session() as session:
        assert opted_out(session, world.settings, address)
