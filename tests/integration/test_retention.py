"""What may not be kept is destroyed on its day: contact data, and what people wrote."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.database import months_before, now, today
from feedback_app.invitations.models import Wave
from feedback_app.invitations.retention import destroy_contacts
from feedback_app.responses.models import Remark
from feedback_app.responses.retention import destroy_remark_texts
from feedback_app.trajectories.models import Trajectory
from tests.commands import run
from tests.world import World, respond

IMPORTED = date(2026, 4, 1)  # as tests.world registers people


def give_contacts(world: World) -> None:
    with world.session() as session:
        session.execute(sa.update(Trajectory).values(phone_sealed="sealed", email_sealed="sealed"))
        session.commit()


def contacts_after(world: World, day: date) -> list[str | None]:
    with world.session() as session:
        destroy_contacts(session, day)
        session.commit()
        return list(session.scalars(sa.select(Trajectory.phone_sealed)))


def test_contact_data_goes_ninety_days_after_it_came(world: World) -> None:
    world.open()
    give_contacts(world)
    assert contacts_after(world, date(2026, 6, 29)) == ["sealed"]
    assert contacts_after(world, date(2026, 6, 30)) == [None]


def test_contact_data_goes_thirty_days_after_its_wave_closed(world: World) -> None:
    world.open()
    give_contacts(world)
    world.shut()
    with world.session() as session:
        session.execute(sa.update(Wave).values(closed_on=date(2026, 4, 10)))
        session.execute(sa.update(Trajectory).values(imported_on=date(2026, 4, 9)))
        session.commit()
    assert contacts_after(world, date(2026, 5, 9)) == ["sealed"]
    assert contacts_after(world, date(2026, 5, 10)) == [None]


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 11, 1), "2026-05"),
        (date(2026, 6, 30), "2025-12"),
        (date(2026, 7, 1), "2026-01"),
        (date(2027, 1, 31), "2026-07"),
    ],
)
def test_six_months_before_a_day(day: date, month: str) -> None:
    assert months_before(day, 6) == month


def test_a_remark_is_erased_before_it_is_six_months_old_also_while_the_wave_is_open(world: World) -> None:
    world.open()
    assert respond(world.client, world.token(), {"remark": "Voorbeeldopmerking"}).status_code == 200
    (kept,) = world.rows(Remark)
    assert kept["month"] == f"{today():%Y-%m}"
    year, month = divmod(today().year * 12 + today().month - 1 + 6, 12)
    due = date(year, month + 1, 1)
    with world.session() as session:
        assert destroy_remark_texts(session, due) == 1
        session.rollback()
        assert destroy_remark_texts(session, today()) == 0


def test_the_command_says_what_it_destroyed(world: World) -> None:
    world.open()
    give_contacts(world)
    assert "contact data of 1 trajectories" in run(world, "retention", "run").stdout
    with world.session() as session:
        assert list(session.scalars(sa.select(Trajectory.phone_sealed))) == [None]


def test_letters_in_the_outbox_are_destroyed_after_28_days_and_nothing_else_there(
    sqlite_world: World, tmp_path: Path
) -> None:
    """They hold addresses and personal links."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    for name, days in (("old.eml", 29), ("old.txt", 29), ("new.eml", 27), ("own.pdf", 99)):
        (folder / name).write_text("voorbeeld", encoding="utf-8")
        then = (now() - timedelta(days=days)).timestamp()
        os.utime(folder / name, (then, then))
    sqlite_world.settings = sqlite_world.settings.but(outbox_dir=folder)
    done = run(sqlite_world, "retention", "run")
    assert done.exit_code == 0, done.output
    assert sorted(one.name for one in folder.iterdir()) == ["new.eml", "own.pdf"]
