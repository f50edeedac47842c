"""The timetable at work: each message on its day, once; never to who answered, stopped or was too late."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations import plan_sendings
from feedback_app.invitations.letter import Outcome, letter_key
from feedback_app.invitations.models import AskedContact, Invitation, Sending
from feedback_app.invitations.opt_out import opt_out
from feedback_app.invitations.outcomes import note_outcome
from feedback_app.invitations.outgoing import outgoing
from feedback_app.invitations.pausing import pause, resume
from feedback_app.invitations.retention import destroy_contacts
from feedback_app.trajectories.models import Trajectory
from tests.asking import ZERO, Reach, ask, outbox, send, steps, words
from tests.commands import run
from tests.databases import SECRET
from tests.world import Person, World, respond

#: the days on which the newcomers of `ask` get their messages: Friday, Wednesday, Wednesday
FIRST, SECOND, THIRD = date(2026, 4, 3), date(2026, 4, 8), date(2026, 4, 15)
PHONE, MAIL = Reach(phone="+32470000001"), Reach(email="iemand@voorbeeld.example")


@pytest.fixture
def asking(world: World, tmp_path: Path) -> Iterator[World]:
    yield with_outbox(world, tmp_path)


@pytest.fixture
def sqlite_asking(sqlite_world: World, tmp_path: Path) -> Iterator[World]:
    yield with_outbox(sqlite_world, tmp_path)


def with_outbox(world: World, folder: Path) -> World:
    world.settings = world.settings.but(outbox_dir=folder / "outbox")
    return world


def dispositions(world: World, audience: str = "newcomer") -> list[str]:
    return sorted(row["disposition"] for row in world.rows(Invitation) if row["audience"] == audience)


def test_everybody_is_asked_on_their_days_and_who_answered_or_stopped_is_left_alone(asking: World) -> None:
    people = [Person(language="ar"), Person(), Person(), Person()]
    ask(asking, people, [PHONE, MAIL, Reach("+32470000002"), Reach()], partners=False)
    assert send(asking, FIRST - timedelta(days=1)).counts == {}
    assert send(asking, FIRST).counts == {"delivered": 3}
    assert send(asking, FIRST, 13).counts == {}, "again adds nothing"
    assert sorted(one.suffix for one in outbox(asking)) == [".eml", ".txt", ".txt"]
    assert dispositions(asking) == ["delivered", "delivered", "delivered", "unknown"], "one gets a card"
    reached = [one for one in asking.links() if disposition_of(asking, one.invitation_id) == "delivered"]
    respond(asking.client, reached[0].token, {"match": "3"})
    asking.client.post(
        f"/stop/{reached[1].token}", data={"x": "1"}, content_type="application/x-www-form-urlencoded"
    )
    assert send(asking, SECOND).counts == {"delivered": 1, "passed_over": 2}
    assert send(asking, THIRD).counts == {"delivered": 1, "passed_over": 2}
    assert len(outbox(asking)) == 5
    assert dispositions(asking) == ["answered", "delivered", "refused", "unknown"]
    for day in range(30):
        assert not send(asking, THIRD + timedelta(days=day)).counts


def disposition_of(world: World, invitation_id: str) -> str:
    return str(next(row["disposition"] for row in world.rows(Invitation) if row["id"] == invitation_id))


def test_no_row_tells_who_answered_or_when(asking: World) -> None:
    """Of two people with the same days one answers: afterwards their messages differ in nothing."""
    ask(asking, [Person(), Person(), Person()], [Reach(f"+3247000000{number}") for number in range(3)])
    early, late, never = asking.links()
    respond(asking.client, early.token, {"match": "3"})  # with a card, before the first message
    send(asking, FIRST)
    send(asking, SECOND)
    respond(asking.client, late.token, {"match": "3"})
    send(asking, THIRD)
    send(asking, THIRD + timedelta(days=1))
    found = {}
    for link in (early, late, never):
        rows = [row for row in asking.rows(Sending) if row["invitation_id"] == link.invitation_id]
        rows.sort(key=lambda row: row["step"])
        hidden = {"invitation_id", "key"}
        found[link.invitation_id] = [
            {name: value for name, value in row.items() if name not in hidden} for row in rows
        ]
    assert found[early.invitation_id] == found[late.invitation_id]
    assert all(row["attempts"] == 0 and not row["outcome"] for row in found[late.invitation_id])
    assert [(row["due_on"], row["state"]) for row in found[never.invitation_id]] == [
        (row["due_on"], row["state"]) for row in found[late.invitation_id]
    ]


def test_a_number_goes_before_an_address_and_after_it_when_it_is_refused(sqlite_asking: World) -> None:
    ask(sqlite_asking, [Person(language="ti")], [Reach("+32470000001", "iemand@voorbeeld.example")])
    send(sqlite_asking, FIRST)
    [link] = sqlite_asking.links()
    key = letter_key(SECRET, link.invitation_id, "first")
    assert [one.name for one in outbox(sqlite_asking)] == [f"{key}.txt"]
    assert link.token in words(outbox(sqlite_asking)[0])
    with sqlite_asking.session() as session:
        assert note_outcome(session, key, Outcome("bounced", "gateway_said_so"))
        assert not note_outcome(session, "0" * 32, Outcome("bounced", ""))
        session.commit()
    assert dispositions(sqlite_asking) == ["bounced"]
    assert send(sqlite_asking, SECOND).counts == {"delivered": 1}
    assert sorted(one.suffix for one in outbox(sqlite_asking)) == [".eml", ".txt"]
    assert dispositions(sqlite_asking) == ["delivered"]
    with sqlite_asking.session() as session:
        note_outcome(session, letter_key(SECRET, link.invitation_id, "reminder1"), Outcome("bounced", ""))
        session.commit()
    assert send(sqlite_asking, THIRD).counts == {"nowhere": 1}, "both ways are dead: a card is left"


def test_an_answer_and_a_refusal_stand_whatever_a_channel_says_later(sqlite_asking: World) -> None:
    ask(sqlite_asking, [Person()], [PHONE])
    send(sqlite_asking, FIRST)
    [link] = sqlite_asking.links()
    respond(sqlite_asking.client, link.token, {"match": "3"})
    with sqlite_asking.session() as session:
        note_outcome(session, letter_key(SECRET, link.invitation_id, "first"), Outcome("bounced", ""))
        session.commit()
    assert dispositions(sqlite_asking) == ["answered"]
    send(sqlite_asking, FIRST, 13)
    assert {row["outcome"] for row in sqlite_asking.rows(Sending)} == {""}


def test_who_stopped_about_another_trajectory_is_not_written_to(asking: World) -> None:
    ask(asking, [Person(), Person(region="limburg")], [PHONE, MAIL])
    with asking.session() as session:
        opt_out(session, asking.settings, "0470 00 00 01")
        session.commit()
    assert send(asking, FIRST).counts == {"delivered": 1, "opted_out": 1}
    assert dispositions(asking) == ["delivered", "refused"]


def test_a_partner_gets_one_message_in_thirty_days_about_all_trajectories(asking: World) -> None:
    ask(asking, [Person(), Person(region="limburg")], partners=True)
    monday = date(2026, 4, 6)  # three days after day zero is a Saturday
    assert send(asking, date(2026, 4, 3)).counts == {}
    assert send(asking, monday).counts == {"delivered": 1}
    assert dispositions(asking, "partner") == ["delivered", "not_eligible"]
    assert "over de voorbije periode" in words(outbox(asking)[0])
    [asked] = asking.rows(AskedContact)
    assert asked["asked_on"] == monday
    assert send(asking, monday + timedelta(days=7)).counts == {"delivered": 1}, "one reminder"
    for day in range(8, 40):
        assert send(asking, monday + timedelta(days=day)).counts == {}


def test_a_day_shows_reminders_of_partners_who_have_no_row_yet(sqlite_asking: World) -> None:
    """On 2 April nothing of a partner is planned; what goes out on the days to come is foretold."""
    ask(sqlite_asking, [Person(), Person(region="limburg")], partners=True)

    def foretold(day: date, today: date = date(2026, 4, 2)) -> dict[str, int]:
        with sqlite_asking.session() as session:
            out = outgoing(session, sqlite_asking.settings, day, today=today, region=None, page=1)
        assert out.found.total == len(out.found.rows) == sum(number for _, number in out.counts)
        return {kind.step: number for kind, number in out.counts}

    monday = date(2026, 4, 6)
    days = [date(2026, 4, 2) + timedelta(days=n) for n in range(30)]
    before = {day: foretold(day) for day in days}
    assert {day: said for day, said in before.items() if said} == {
        monday: {"first": 1},
        monday + timedelta(days=7): {"reminder1": 1},
    }
    assert foretold(monday, today=monday) == {"first": 1}
    assert foretold(monday + timedelta(days=8), today=monday + timedelta(days=1)) == {"reminder1": 1}, (
        "a day late, its reminder too"
    )
    send(sqlite_asking, monday)
    assert foretold(monday + timedelta(days=7), today=monday) == {"reminder1": 1}


def test_quiet_hours_weekends_and_a_pause_hold_everything_back(asking: World) -> None:
    ask(asking, [Person()], [PHONE])
    assert send(asking, FIRST, 4).halted == "quiet"
    assert send(asking, FIRST + timedelta(days=1)).halted == "quiet"
    monday = FIRST + timedelta(days=3)
    with asking.session() as session:
        pause(session, None, monday)
        pause(session, None, monday)
    assert send(asking, monday).halted == "paused"
    assert outbox(asking) == []
    with asking.session() as session:
        resume(session, None)
        resume(session, None)
    assert send(asking, monday + timedelta(days=14)).counts == {"delivered": 1}
    days = {row["step"]: row["due_on"] for row in asking.rows(Sending)}
    assert days["reminder1"] == monday + timedelta(days=14 + 7), "its reminders follow, none is near"


def test_after_a_breakdown_old_reminders_are_left_out(asking: World) -> None:
    ask(asking, [Person()], [PHONE])
    send(asking, FIRST)
    assert send(asking, THIRD).counts == {"too_late": 1, "delivered": 1}
    assert len(outbox(asking)) == 2
    assert steps(asking) == {("first", "done"): 1, ("reminder1", "given_up"): 1, ("reminder2", "done"): 1}


def test_a_link_closes_after_28_days_and_contact_data_goes(asking: World) -> None:
    ask(asking, [Person(), Person(region="limburg")], [PHONE, Reach()])
    send(asking, FIRST)
    by_region = {one.region: one.token for one in asking.links()}
    last = ZERO + timedelta(days=28)
    assert send(asking, last).closed == 0
    assert asking.client.get(f"/s/{by_region['kempen']}").status_code == 200
    assert send(asking, last + timedelta(days=1)).closed == 2
    for token in by_region.values():
        assert asking.client.get(f"/s/{token}").status_code == 410
        assert respond(asking.client, token, {"match": "3"}).status_code == 410
    assert dispositions(asking) == ["delivered", "unknown"], "what became of them stays"
    with asking.session() as session:
        destroy_contacts(session, last + timedelta(days=1))
        session.commit()
        assert session.scalars(sa.select(Trajectory.phone_sealed)).all() == [None, None]


def test_commands_send_first_messages_and_reminders(sqlite_asking: World) -> None:
    ask(sqlite_asking, [Person()], [PHONE])
    refused = run(sqlite_asking, "invitations", "send", "--wave", "2031-H1")
    assert refused.exit_code == 1 and "2031-H1" in refused.stderr
    with sqlite_asking.session() as session:
        pause(session, None, FIRST)
    paused = run(sqlite_asking, "invitations", "remind", "--json")
    assert paused.exit_code == 1 and "/staff/timetable" in paused.stderr


def test_a_partner_whose_trajectory_goes_while_messages_are_planned_is_not_written_down_as_asked(
    asking: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import is undone, or they answer, between the look at who waits and the turn to write."""
    ask(asking, [Person()] * 2, [Reach()] * 2, partners=True)
    day, partners = ZERO + timedelta(days=20), Invitation.audience == "partner"
    write_piece = plan_sendings.piece
    with asking.session() as session, asking.session() as elsewhere:

        def late(within: Session) -> AbstractContextManager[None]:
            some = sa.select(Invitation.id).where(partners).limit(1).scalar_subquery()
            elsewhere.execute(sa.delete(Invitation).where(Invitation.id == some))
            elsewhere.commit()
            return write_piece(within)

        assert plan_sendings.waiting_bundles(session, asking.settings, day)
        session.rollback()
        monkeypatch.setattr(plan_sendings, "piece", late)
        assert plan_sendings.plan_in_pieces(session, asking.settings, day) == 0
        monkeypatch.undo()
        assert asking.rows(Sending) == asking.rows(AskedContact) == []
        assert plan_sendings.plan_in_pieces(session, asking.settings, day) > 0, "the other one, next time"
