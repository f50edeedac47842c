"""Channels that are missing, down or against us: nobody else waits for them, and nobody we write to pays for it."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Talk

from feedback_app import clock
from feedback_app.database import now
from feedback_app.invitations import refusals
from feedback_app.invitations.letter import Outcome, letter_key
from feedback_app.invitations.models import Invitation, Sending
from feedback_app.invitations.outcomes import forget_answered, note_outcome
from feedback_app.invitations.pace import Pace
from feedback_app.invitations.pausing import pause, resume
from tests.asking import Reach, ask, at, send, steps
from tests.commands import run
from tests.databases import SECRET
from tests.gateway import TEMPLATE, Gateway, gateway
from tests.integration.test_sending import FIRST, SECOND
from tests.mail_server import Post, free_port, mail_service
from tests.world import Person, World, respond


@dataclass
class Choosing(Post):
    """A mail server that answers each recipient as a test says: by address, and by how many came before."""

    rule: Callable[[str, int], str] = lambda _address, _number: "250 OK"
    heard: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Talk, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.heard.append(address)
        answer = self.rule(address, len(self.heard))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer


@pytest.fixture
def post(sqlite_world: World) -> Iterator[Choosing]:
    post = Choosing()
    with mail_service(post) as port:
        with_mail(sqlite_world, port)
        yield post


@pytest.fixture
def there(sqlite_world: World) -> Iterator[Gateway]:
    with gateway() as made:
        with_texts(sqlite_world, made.url)
        yield made


def with_mail(world: World, port: int) -> None:
    url = f"smtp://127.0.0.1:{port}?from=feedback@voorbeeld.example&tls=none"
    world.settings = world.settings.but(smtp_url=url, mails_a_minute=60_000)


def with_texts(world: World, url: str) -> None:
    world.settings = world.settings.but(sms_url=url, sms_template=TEMPLATE, sms_a_minute=60_000)


def mails(number: int) -> list[Reach]:
    return [Reach(email=f"p{n}@voorbeeld.example") for n in range(number)]


def phones(number: int) -> list[Reach]:
    return [Reach(phone=f"+3247000{n:04}") for n in range(number)]


def ask_by(world: World, reach: list[Reach]) -> None:
    ask(world, [Person(partners=())] * len(reach), reach)


def firsts(world: World, name: str) -> list[Any]:
    return [row[name] for row in world.rows(Sending) if row["step"] == "first"]


def dispositions(world: World) -> set[str]:
    return {row["disposition"] for row in world.rows(Invitation)}


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:{port}/"])
def test_a_channel_that_is_missing_or_down_keeps_no_other_waiting(
    sqlite_world: World, post: Choosing, url: str
) -> None:
    if url:
        with_texts(sqlite_world, url.format(port=free_port()))
    ask_by(sqlite_world, phones(12) + mails(3))
    sent = send(sqlite_world, FIRST, most=5)
    assert len(post.taken) == 3, "all of them, however many text messages stand before them"
    assert sent.counts == (
        {"delivered": 3, "again": 1, "waits": 11} if url else {"delivered": 3, "no_channel": 12}
    )
    assert send(sqlite_world, FIRST, most=5).counts == (
        {"again": 1, "waits": 10} if url else {"no_channel": 12}
    )


def test_who_is_reached_another_way_than_planned_does_not_wait_for_the_first(
    sqlite_world: World, post: Choosing
) -> None:
    ask_by(sqlite_world, [Reach("+32470000001", "p0@voorbeeld.example"), Reach("+32470000002")])
    assert send(sqlite_world, FIRST).counts == {"no_channel": 2}
    with sqlite_world.session() as session:
        for link in sqlite_world.links():
            note_outcome(session, letter_key(SECRET, link.invitation_id, "first"), Outcome("bounced", ""))
        session.commit()
    assert send(sqlite_world, SECOND).counts == {"delivered": 1, "nowhere": 1}
    assert post.heard == ["p0@voorbeeld.example"]


def test_a_mailbox_that_is_full_stops_no_other_mail(sqlite_world: World, post: Choosing) -> None:
    post.rule = lambda address, _: "452 4.2.2 mailbox full" if address[1] in "024" else "250 OK"
    ask_by(sqlite_world, mails(6))
    assert send(sqlite_world, FIRST, 8).counts == {"delivered": 3, "again": 3}
    assert sorted(firsts(sqlite_world, "attempts")) == [1] * 6
    post.rule = lambda *_: "250 OK"
    assert send(sqlite_world, FIRST, 9).counts == {"delivered": 3}


@pytest.mark.parametrize("answer", [(401, {}), (503, {}), "nobody"])
def test_what_is_not_theirs_is_held_against_nobody_however_long_it_lasts(
    sqlite_world: World, there: Gateway, answer: Any
) -> None:
    there.answers = [answer]
    if answer == "nobody":
        with_texts(sqlite_world, f"http://127.0.0.1:{free_port()}/")
    ask_by(sqlite_world, phones(1))
    for day in (3, 6, 7, 8, 9):
        for hour in (8, 15):
            assert send(sqlite_world, date(2026, 4, day), hour).counts == {"again": 1}
    assert firsts(sqlite_world, "state") == ["planned"]
    assert firsts(sqlite_world, "attempts") == [0]
    there.answers = [(202, {})]
    with_texts(sqlite_world, there.url)
    assert send(sqlite_world, date(2026, 4, 10)).counts == {"delivered": 1}


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 Relaying denied", "550 nobody of that name", "451 4.3.0 later"]
)
def test_a_relay_that_refuses_everybody_is_believed_of_nobody(
    sqlite_world: World,
    post: Choosing,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    monkeypatch.setattr(refusals, "MANY", 6)
    post.rule = lambda address, _: answer.replace("nobody", f"<{address}>")
    ask_by(sqlite_world, mails(7))
    asked = 6 if answer.startswith("4") else 5
    assert send(sqlite_world, FIRST, 8).counts == {"again": asked, "waits": 7 - asked}
    assert len(post.heard) == asked, "the others are left alone"
    assert dispositions(sqlite_world) == {"unknown"} and steps(sqlite_world)["first", "planned"] == 7
    held = set(firsts(sqlite_world, "attempts"))
    assert held == ({0, 1} if "of that name" in answer else {0})
    told = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert any("in a row" in one for one in told) and "@voorbeeld" not in caplog.text
    post.rule = lambda *_: "250 OK"
    assert send(sqlite_world, FIRST, 10).counts == {"delivered": 7}


def test_a_gateway_that_dislikes_our_template_bounces_nobody(sqlite_world: World, there: Gateway) -> None:
    there.answers = [(400, {})]
    ask_by(sqlite_world, phones(7))
    assert send(sqlite_world, FIRST, 8).counts == {"again": 5, "waits": 2}
    assert dispositions(sqlite_world) == {"unknown"}


def test_bad_addresses_are_believed_where_the_relay_works_or_says_so_again_and_again(
    sqlite_world: World, post: Choosing
) -> None:
    post.rule = lambda _, number: "250 OK" if number == 1 else "550 5.1.1 nobody"
    ask_by(sqlite_world, mails(7))
    assert send(sqlite_world, FIRST).counts == {"delivered": 1, "bounced": 6}
    with sqlite_world.session() as session:  # as after a day and more on which that relay let nobody through
        session.execute(sa.update(Invitation).values(disposition="unknown"))
        session.execute(sa.update(Sending).values(state="planned", outcome="", attempts=7))
        session.commit()
    post.rule = lambda *_: "550 5.1.1 nobody"
    assert send(sqlite_world, FIRST).counts == {"bounced": 5, "waits": 2}
    assert dispositions(sqlite_world) == {"bounced", "unknown"}


def test_a_pause_stops_a_run_that_is_under_way(sqlite_world: World, post: Choosing) -> None:
    def pausing(_address: str, number: int) -> str:
        if number == 2:
            with sqlite_world.session() as session:
                pause(session, None, FIRST)
        return "250 OK"

    post.rule = pausing
    ask_by(sqlite_world, mails(5))
    sent = send(sqlite_world, FIRST)
    assert (sent.halted, sent.counts) == ("paused", {"delivered": 2})
    assert steps(sqlite_world)["first", "planned"] == 3


def test_quiet_hours_stop_a_run_that_is_under_way(
    sqlite_world: World, post: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hours pass: so both clocks show it."""
    later, counted = timedelta(), clock._counted

    def passing(_address: str, number: int) -> str:
        nonlocal later
        later = timedelta(hours=2) if number == 2 else later
        return "250 OK"

    monkeypatch.setattr(clock, "now", lambda: now() + later)
    monkeypatch.setattr(clock, "_counted", lambda: counted() + later)
    post.rule = passing
    ask_by(sqlite_world, mails(5))
    sent = send(sqlite_world, FIRST, 16, longest=None)  # six in the evening
    assert (sent.halted, sent.counts) == ("quiet", {"delivered": 2})
    later = timedelta()
    post.rule = lambda *_: "250 OK"
    assert send(sqlite_world, FIRST, 17).counts == {"delivered": 3}


def test_our_own_pace_costs_a_message_no_more_than_the_time_until_its_turn(
    sqlite_world: World, post: Choosing
) -> None:
    ask_by(sqlite_world, mails(2))
    with sqlite_world.session() as session:
        session.add(Pace(channel="email", free_at=now() + timedelta(seconds=40)))
        session.commit()
    assert send(sqlite_world, FIRST).counts == {"again": 1, "waits": 1}
    [attempt] = filter(None, firsts(sqlite_world, "next_attempt_at"))
    assert attempt < at(FIRST) + timedelta(minutes=2) and firsts(sqlite_world, "attempts") == [0, 0]
    with sqlite_world.session() as session:
        for link in sqlite_world.links():
            respond(sqlite_world.client, link.token, {"match": "3"})
        forget_answered(session)
        session.commit()
    assert firsts(sqlite_world, "next_attempt_at") == [None, None], "no moment stays of who answered"


def test_what_was_being_sent_when_a_process_died_is_told_once_with_a_number(
    sqlite_world: World, post: Choosing, caplog: pytest.LogCaptureFixture
) -> None:
    ask_by(sqlite_world, mails(3))
    send(sqlite_world, FIRST - timedelta(days=1))
    with sqlite_world.session() as session:
        two = [one.invitation_id for one in sqlite_world.links()][:2]
        these = sa.update(Sending).where(Sending.step == "first", Sending.invitation_id.in_(two))
        session.execute(these.values(state="claimed"))
        session.commit()
    assert send(sqlite_world, FIRST).counts == {"delivered": 1}
    [told] = [one.getMessage() for one in caplog.records if "died" in one.getMessage()]
    assert "2 message(s)" in told and "next reminder" in told


def test_the_command_says_what_went_out_before_a_pause_and_what_waits(
    sqlite_world: World, post: Choosing, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = {"QUIET_HOURS": "09:00-09:00", "SENDING_DAYS": "1-7", "SMTP_URL": sqlite_world.settings.smtp_url}
    for name, value in always.items():
        monkeypatch.setenv(f"FEEDBACK_{name}", value)

    def pausing(_address: str, number: int) -> str:
        if number == 2:
            with sqlite_world.session() as session:
                pause(session, None, FIRST)
        return "250 OK"

    ask_by(sqlite_world, mails(3) + phones(1))
    post.rule = lambda *_: "530 sign in first"
    send(sqlite_world, FIRST)  # plans
    post.rule, post.heard = pausing, []
    stopped = run(sqlite_world, "invitations", "send")
    assert (
        stopped.exit_code == 1 and "delivered: 2" in stopped.stdout and "/staff/timetable" in stopped.stderr
    )
    with sqlite_world.session() as session:
        resume(session, None)
    post.rule = lambda *_: "530 sign in first"
    waits = run(sqlite_world, "invitations", "send", "--json")
    assert waits.exit_code == 1 and '"again": 1' in waits.stdout and "no channel is set up" in waits.stderr
