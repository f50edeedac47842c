"""A database of the first release goes up through every migration, is used, goes all the way back, and up again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.analysis.find_patterns import find_patterns
from feedback_app.analysis.models import PatternRun, PatternTest, PublishedStatistic
from feedback_app.analysis.publish import load_policy
from feedback_app.database import db
from feedback_app.example.colleagues import address, example_password
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.tokens import token_for
from feedback_app.responses.models import Remark
from feedback_app.staff.audit import record, verify
from feedback_app.trajectories.contacts import unseal
from feedback_app.trajectories.models import Trajectory
from feedback_app.trajectories.rotating import rotate
from tests.commands import run
from tests.databases import SECRET
from tests.migrations import losses
from tests.migrations.first_release import REVISION, put_in, rows_of_then
from tests.migrations.in_use import use
from tests.migrations.stairs import Contents, Walk, apart, contents_of
from tests.staff import Browser
from tests.world import World, respond

CLOSED, OPEN = "2026-H1", "2026-H2"


@pytest.fixture
def then(database_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An installation on what the first release left behind."""
    world = World(database_url, tmp_path, example_catalogues)
    with world.app.app_context():
        schema.upgrade(REVISION)
        with db.engine.begin() as connection:
            put_in(connection)
    yield world
    world.close()


def ask_what_this_version_changes(world: World) -> None:
    """As who upgrades does, before the structure of the database follows."""
    told = run(world, "surveys", "check").output
    assert f"wave {OPEN} is open" in told
    assert "offer_type.buddy: says “een buddyproject” instead of “een buddy”" in told


def answer_a_link_of_then(world: World) -> None:
    """Somebody opens the link on a card that the first release printed."""
    with world.session() as session:
        waiting = sa.select(Invitation.id).where(
            Invitation.wave_key == OPEN,
            Invitation.audience == "newcomer",
            Invitation.disposition != "answered",
        )
        token = token_for(SECRET, str(session.scalars(waiting.order_by(Invitation.id)).first()))
    assert 'data-state="stored"' in respond(world.client, token, {"experience": "4"}).text


def sign_in_with_the_password_of_then(world: World) -> None:
    browser = Browser(world.app)
    answer = browser.try_to_sign_in(address("analist"), example_password(world.settings))
    assert answer.status_code == 302
    assert OPEN in browser.get("/staff/waves").text


def close_what_was_open(world: World) -> None:
    """Its answers are published, patterns are looked for in what was closed then, contacts open."""
    world.shut(OPEN)
    with world.session() as session:
        assert session.scalars(sa.select(PublishedStatistic).where(PublishedStatistic.wave_key == OPEN)).all()
        policy = load_policy(world.settings)
        find_patterns(session, world.settings, session.get_one(Wave, CLOSED), policy)
        session.commit()
        assert session.get(PatternRun, CLOSED), "though the questionnaires of then declare no comparison"
        assert rotate(session, world.settings).unreadable == 0
        numbers = session.scalars(sa.select(Trajectory.phone_sealed).where(Trajectory.phone_sealed != ""))
        opened = {unseal(world.settings.contact_keys, one) for one in numbers}
    assert "+32470261464" in opened


def refuse_what_no_row_may_say(world: World) -> None:
    """Rules that came with a migration hold for rows that are older."""
    with world.session() as session:
        for wrong in (
            sa.update(Trajectory).values(outcome="running"),  # without taking its end away
            sa.update(Remark).where(Remark.text != "").values(redacted="beide"),
            sa.update(PatternTest).values(verdict="zeker"),  # no word for evidence
        ):
            with pytest.raises(sa.exc.IntegrityError):
                session.execute(wrong)
            session.rollback()


def changed(before: Contents, after: Contents) -> dict[str, tuple[int, int]]:
    """Table → how many rows are not there as they were, and how many are there now that were not."""
    rows = {name: apart(held.rows, after[name].rows, held.columns) for name, held in before.items()}
    return {name: (len(lost), len(more)) for name, (lost, more) in rows.items() if lost or more}


def test_it_comes_all_the_way_up_and_back_and_up_again(then: World) -> None:
    """The walk itself compares every row and every table after each step: see `stairs` and `losses`."""
    with then.app.app_context(), db.engine.connect() as connection:
        first = contents_of(connection)
    assert all(held.values for held in first.values()) and first.keys() == rows_of_then().keys(), (
        "a row in every table of then"
    )
    said = sorted(first["answers"].values)

    ask_what_this_version_changes(then)
    walk = Walk(then, losses.UP, losses.DOWN)
    walk.upstairs()
    assert sorted(then.answers()) == said
    answer_a_link_of_then(then)
    with then.session() as session:
        use(session)
    assert all(then.dump().values()), "a row in every table of now"
    refuse_what_no_row_may_say(then)

    back = walk.downstairs(REVISION)
    assert changed(first, back) == {
        "trajectories": (2, 2),  # who stopped: without contact data
        "invitations": (1, 1),  # answered
        "responses": (0, 2),  # that answer, and one to a region's question, of which the core is left
        "answers": (0, 9),
        "remarks": (1, 1),  # without personal data
        "accounts": (0, 1),  # a role that was none then: a reader whom nobody let in
    }

    walk.upstairs()
    with then.session():
        assert schema.differences() == []
        record(db.session, "wave.opened", account=None)
        db.session.commit()
        assert (verify(db.session).entries, verify(db.session).fault) == (1, ""), "a new chain"
    sign_in_with_the_password_of_then(then)
    answer_a_link_of_then(then)
    close_what_was_open(then)
    assert walk.downstairs("base") == {}
