"""While a file comes in others go on: looking only reads, storing only writes, and nothing is half there."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedback_app.database import db
from feedback_app.invitations import after_file, in_pieces, invite
from feedback_app.invitations.after_file import AFTER_FILE, invite_in_pieces
from feedback_app.invitations.models import Invitation
from feedback_app.invitations.taking_back import take_back, would_take_back
from feedback_app.invitations.waves import open_wave
from feedback_app.staff.models import Account
from feedback_app.trajectories import checking
from feedback_app.trajectories.afterwards import Forget
from feedback_app.trajectories.following import Period
from feedback_app.trajectories.intake import Intake, take_in
from feedback_app.trajectories.models import Activity, ImportBatch, Trajectory
from feedback_app.trajectories.undoing import undo, would_undo
from tests.exports import SHARED, default_mapping, export
from tests.integration.test_work import wait
from tests.worker import Worker
from tests.world import WAVE, World

RUNNING = {"Resultaat": "Lopend", "Einde traject": "", "Aantal uren": ""}
FORGET = Forget(count=would_take_back, take=take_back)
DAY = date(2026, 9, 1)


@pytest.fixture
def session(sqlite_world: World) -> Iterator[Session]:
    with sqlite_world.session() as session:
        open_wave(session, sqlite_world.settings, WAVE)
        yield session


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def read(world: World, data: bytes, **options: object) -> Intake:
    options = {"day": DAY, "then": AFTER_FILE, **options}
    return take_in(db.session, world.settings, data, "voorbeeld.csv", default_mapping(), **options)  # type: ignore[arg-type]


def dossier(number: int, **changes: str) -> dict[str, str]:
    return {"Dossiernummer": f"B{number}", **changes}


def number_of(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is told meanwhile."""
    told: list[str] = []

    def listen(_line: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(" ".join(statement.split()))

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    yield told
    sa.event.remove(db.engine, "before_cursor_execute", listen)


def test_looking_only_reads_and_tells_what_is_done_then(world: World, session: Session) -> None:
    """New and known dossiers, ends, added activities, refused rows, and some whom nobody invited yet."""
    read(world, export(dossier(1, **RUNNING), dossier(2, **RUNNING), dossier(3)))
    read(world, export(dossier(4)), then=None)
    mixed = export(
        dossier(1),
        dossier(1, **{"Soort activiteit": "Stage"}),
        dossier(2, Resultaat="Stopgezet"),
        dossier(3, **{"Soort activiteit": "Stage", "Organisatie": "Ander", "E-mail organisatie": ""}),
        dossier(5, **{"Einde traject": "03/07/2026"}),
        dossier(6, **{"KBO-nummer": "", "E-mail organisatie": "zes@voorbeeld.example"}),
        dossier(7, Contacttaal="Klingon"),
        dossier(6, **{"KBO-nummer": "", "E-mail organisatie": "zes@voorbeeld.example"}),
    )
    with statements() as told:
        looked = read(world, mixed, dry_run=True)
    assert {one.split()[0] for one in told} == {"SELECT"}
    before = number_of(session, Invitation)
    done = read(world, mixed)
    assert {**looked.as_dict(), "dry_run": False} == done.as_dict()
    assert (done.trajectories, done.activities, done.ended, done.known) == (2, 4, 2, 3)
    # the end of 1 asks it and its two activities, 3 an activity, 4 was waiting with one, 6 with one
    assert done.invitations == number_of(session, Invitation) - before == 3 + 1 + 2 + 2
    batch = session.get_one(ImportBatch, done.batch_id)
    account = Account(email="a@voorbeeld.example", password_hash="", role="agentschap")
    session.add(account)
    session.commit()
    with statements() as told:
        would = would_undo(session, batch, account, FORGET)
    assert {one.split()[0] for one in told} == {"SELECT"}
    assert undo(session, batch, account, FORGET) == would
    assert (would.trajectories, would.reopened) == (2, 2)
    assert number_of(session, Trajectory) == 4


def test_what_keeps_others_waiting_only_writes(world: World, session: Session) -> None:
    with statements() as told:
        read(world, SHARED.read_bytes(), then=None)
    begun = next(place for place, one in enumerate(told) if one.startswith("INSERT INTO import_batches"))
    kinds = Counter(one.split()[0] for one in told[begun:] if not one.startswith("PRAGMA"))
    assert kinds["SELECT"] == 1, "whether something changed meanwhile, and nothing more"
    assert kinds["INSERT"] < 10


def test_activities_are_written_in_the_order_of_all_their_keys(world: World, session: Session) -> None:
    read(world, export(*map(dossier, range(50))), then=None)
    found = session.execute(sa.select(Activity.id, Activity.trajectory_id).order_by(Activity.id)).all()
    assert len(found) == 50
    assert [row.trajectory_id for row in found] == sorted(row.trajectory_id for row in found)


def test_what_others_write_meanwhile_is_seen(world: World, session: Session) -> None:
    others = [dossier(1), dossier(2)]

    def meanwhile(within: Session) -> tuple[Period, ...]:
        found = AFTER_FILE.periods(within)
        if others:
            row = export(others.pop())
            with Session(db.engine) as elsewhere:
                take_in(elsewhere, world.settings, row, "ander.csv", default_mapping(), day=DAY)
        return found

    data = export(dossier(1), dossier(2), dossier(3))
    intake = read(world, data, then=replace(AFTER_FILE, periods=meanwhile))
    assert (intake.trajectories, intake.known, number_of(session, Trajectory)) == (1, 2, 3)
    assert number_of(session, Activity) == 3


def test_invitations_that_were_broken_off_are_made_by_the_worker(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(in_pieces._PACES, "sqlite", (2, 0.0))
    whole, pieces = invite.add, iter("ab")

    def cut(*arguments: object) -> object:
        if next(pieces, None) is None:
            raise OperationalError("", {}, Exception("the power went"))
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(after_file, "add", cut)
    intake = read(world, export(*map(dossier, range(7))))
    assert (intake.trajectories, number_of(session, Invitation)) == (7, 4)
    session.commit()
    with Worker(world.settings):
        wait(lambda: number_of(session, Invitation) == 14)
    monkeypatch.undo()
    assert invite_in_pieces(session, world.settings) == 0
    invited = session.scalars(sa.select(Invitation.trajectory_id).where(Invitation.audience == "newcomer"))
    assert sorted(invited) == sorted(session.scalars(sa.select(Trajectory.id)))


def test_the_bar_goes_forward_from_the_first_row_to_the_last_invitation(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_OFTEN", 10)
    steps: list[tuple[float, str]] = []
    read(
        world,
        SHARED.read_bytes(),
        progress=lambda done, total, what: steps.append((done / total, what)),
    )
    shares = [share for share, _what in steps]
    assert shares == sorted(shares) and shares[-1] == 1
    reached = {what: share for share, what in steps}
    assert 0.4 < reached["Rijen nakijken"] <= 0.5
    assert reached["Uitnodigingen maken"] == 1


def test_an_invitation_speaks_as_was_put_right_while_it_waited_its_turn(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found with one activity in one language; meanwhile a colleague writes what else is known."""
    read(world, export(dossier(1)), then=None)
    language = session.scalars(sa.select(Trajectory.contact_language)).one()
    session.commit()
    rightly = "ps" if language != "ps" else "ar"

    @contextmanager
    def late(within: Session) -> Iterator[None]:
        with Session(db.engine) as elsewhere:
            more = export(dossier(1, **{"Soort activiteit": "Stage"}))
            take_in(elsewhere, world.settings, more, "ander.csv", default_mapping(), day=DAY)
            elsewhere.execute(sa.update(Trajectory).values(contact_language=rightly))
            elsewhere.commit()
        with in_pieces.piece(within):
            yield

    monkeypatch.setattr(after_file, "piece", late)
    assert invite_in_pieces(session, world.settings) == 3
    columns = Invitation.contact_language, Invitation.offer_type
    newcomer = session.execute(sa.select(*columns).where(Invitation.audience == "newcomer")).one()
    assert tuple(newcomer) == (rightly, invite.COMBINATION)
