"""A process that is killed while it sends: started again, nobody is asked twice and nobody is forgotten.

Real servers of mail and text messages hold a message in the middle of its hand-over; then the process dies as
in a power cut. What they took is counted by the key that each message bears.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Talk

from feedback_app.invitations.letter import letter_key
from feedback_app.invitations.models import Sending
from tests.asking import Reach, ask, at, send, steps
from tests.databases import SECRET
from tests.gateway import TEMPLATE, Gateway, gateway
from tests.mail_server import Post, mail_service
from tests.server import environment_of
from tests.world import Person, World

FIRST, SECOND = date(2026, 4, 3), date(2026, 4, 8)
PEOPLE = 16  # with fewer, all of one channel may well have been sent before its turn to be held

_CHILD = """
import sys
from datetime import datetime
from feedback_app.cli import app_from_environment
from feedback_app.database import db
from feedback_app.invitations.sending import send_due
app = app_from_environment()
with app.app_context():
    send_due(db.session, app.extensions["settings"], datetime.fromisoformat(sys.argv[1]))
"""


@dataclass
class Holding:
    """Lets messages through, and keeps one of them waiting when a test has said so."""

    armed: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)

    def arm(self) -> None:
        self.reached.clear()
        self.gone.clear()
        self.armed = True

    def here(self) -> None:
        if self.armed:
            self.armed = False
            self.reached.set()
            self.gone.wait(timeout=60)


@dataclass
class HeldPost(Post):
    """A mail server that waits before the sender is accepted, or after a mail was taken but not confirmed."""

    before: Holding = field(default_factory=Holding)
    after: Holding = field(default_factory=Holding)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Talk, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.before.here()
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Talk, envelope: Envelope) -> str:  # noqa: N802
        said = await super().handle_DATA(server, session, envelope)
        self.after.here()
        return said

    def keys(self) -> Counter[str]:
        return Counter(str(one.mail["Message-ID"]).strip("<>").partition("@")[0] for one in self.taken)


@dataclass
class HeldGateway:
    """Holds a text message that the gateway took, before its answer."""

    made: Gateway
    after: Holding = field(default_factory=Holding)

    def __post_init__(self) -> None:
        take = self.made.take

        def held(handler: Any) -> None:
            if self.after.armed:
                self.made.note(handler)
                self.after.here()  # the sender waits for an answer meanwhile, and gets none
                handler.close_connection = True
            else:
                take(handler)

        self.made.take = held  # type: ignore[method-assign]

    def keys(self) -> Counter[str]:
        return Counter(one.headers["Idempotency-Key"] for one in self.made.requests)


@contextmanager
def child(world: World, moment: datetime) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of its own that sends what is due at a moment; its group is killed at the end if need be."""
    settings = world.settings
    environment = environment_of(settings) | {
        "FEEDBACK_SMTP_URL": settings.smtp_url,
        "FEEDBACK_SMS_URL": settings.sms_url,
        "FEEDBACK_SMS_TEMPLATE": settings.sms_template,
        "FEEDBACK_MAILS_A_MINUTE": str(settings.mails_a_minute),
        "FEEDBACK_SMS_A_MINUTE": str(settings.sms_a_minute),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, moment.isoformat()], env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def killed(world: World, where: Holding, moment: datetime) -> None:
    """Start to send, and kill the process while one message is held."""
    where.arm()
    with child(world, moment) as process:
        assert where.reached.wait(timeout=60), "nothing was sent"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    where.gone.set()


def finished(world: World, day: date) -> None:
    """Start again, and let it end; the database may need a moment to see that the killed process is gone."""
    for _ in range(600):
        if send(world, day).halted != "busy":
            return
        time.sleep(0.05)
    raise AssertionError("the killed process still holds its lock")


def keys_of(world: World, step: str, by: str) -> set[str]:
    return {row["key"] for row in world.rows(Sending) if (row["step"], row["channel"]) == (step, by)}


def with_servers(world: World, mail_port: int, made: Gateway, *, repeatable: bool) -> None:
    world.settings = world.settings.but(
        smtp_url=f"smtp://127.0.0.1:{mail_port}?from=feedback@voorbeeld.example&tls=none"
        if mail_port
        else "",
        sms_url=made.url,
        sms_template=json.dumps({**json.loads(TEMPLATE), "repeatable": repeatable, "timeout": 60}),
        mails_a_minute=60_000,
        sms_a_minute=60_000,
    )


def test_killed_again_and_again_nobody_is_asked_twice_and_nobody_forgotten(sqlite_world: World) -> None:
    world, post = sqlite_world, HeldPost()
    ways = [
        Reach(phone=f"+3247000000{n}") if n % 2 else Reach(email=f"p{n}@voorbeeld.example")
        for n in range(PEOPLE)
    ]
    with mail_service(post) as port, gateway() as made:
        texts = HeldGateway(made)
        with_servers(world, port, made, repeatable=False)
        ask(world, [Person(language="nl") for _ in ways], ways)
        killed(world, post.after, at(FIRST))  # taken, and nobody heard so
        killed(world, post.before, at(FIRST))  # not taken yet
        killed(world, texts.after, at(FIRST))
        finished(world, FIRST)

        assert set(post.keys().values()) == set(texts.keys().values()) == {1}, "nobody twice"
        assert len(keys_of(world, "first", "email") - post.keys().keys()) == 1, "one did not leave"
        assert texts.keys().keys() == keys_of(world, "first", "sms")
        assert steps(world)["first", "done"] == PEOPLE
        assert Counter(row["outcome"] for row in world.rows(Sending) if row["step"] == "first") == {
            "delivered": PEOPLE - 3,
            "unknown": 3,
        }

        finished(world, SECOND)
        reached = post.keys().keys() | texts.keys().keys()
        for link in world.links():
            asked = {letter_key(SECRET, link.invitation_id, step) for step in ("first", "reminder1")}
            assert asked & reached, "whoever a message may not have reached got the next"
        assert set(post.keys().values()) == set(texts.keys().values()) == {1}


def test_a_gateway_that_knows_keys_gets_the_message_again_under_the_same(world: World) -> None:
    with gateway() as made:
        texts = HeldGateway(made)
        with_servers(world, 0, made, repeatable=True)
        ways = [Reach(phone=f"+3247000000{n}") for n in range(4)]
        ask(world, [Person() for _ in ways], ways)
        killed(world, texts.after, at(FIRST))
        finished(world, FIRST)
        assert sorted(texts.keys().values()) == [1, 1, 1, 2]
        assert texts.keys().keys() == keys_of(world, "first", "sms")
        assert {row["outcome"] for row in world.rows(Sending) if row["step"] == "first"} == {"delivered"}


def test_two_workers_at_once_send_everything_once(world: World) -> None:
    """The second finds the first at work and leaves it to it."""
    with gateway() as made:
        texts = HeldGateway(made)
        with_servers(world, 0, made, repeatable=False)
        ways = [Reach(phone=f"+3247000000{n}") for n in range(4)]
        ask(world, [Person() for _ in ways], ways)
        texts.after.arm()
        with child(world, at(FIRST)) as first:
            assert texts.after.reached.wait(timeout=60)
            assert send(world, FIRST).halted == "busy"
            texts.after.gone.set()
            assert first.wait(timeout=60) == 0
        assert send(world, FIRST).counts == {}
        assert sorted(texts.keys().values()) == [1, 1, 1, 1]


def test_a_gateway_that_is_down_is_tried_again_later_and_nobody_is_lost(sqlite_world: World) -> None:
    with gateway() as made:
        made.answers = [(503, {})]
        sqlite_world.settings = sqlite_world.settings.but(
            sms_url=made.url, sms_template=TEMPLATE, sms_a_minute=60_000
        )
        ways = [Reach(phone=f"+3247000000{n}") for n in range(3)]
        ask(sqlite_world, [Person() for _ in ways], ways)
        assert send(sqlite_world, FIRST, 8).counts == {"again": 1, "waits": 2}
        assert len(made.requests) == 1, "a gateway that says no is not asked for each of them"
        assert send(sqlite_world, FIRST, 8).counts == {"again": 1, "waits": 1}
        made.answers = [(202, {})]
        assert send(sqlite_world, FIRST, 9).counts == {"delivered": 3}
        made.answers = [(422, {})]
        assert send(sqlite_world, SECOND).counts == {"bounced": 3}
        assert send(sqlite_world, date(2026, 4, 15)).counts == {"nowhere": 3}
