"""A process dies while it sends, or the database under it: nobody is written to twice, nobody is forgotten.

A real mail server counts what it took by the key that each message bears, and keeps each one waiting for a moment
before and after: so that some processes die between the last word and its confirmation.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Talk

from feedback_app.invitations.models import Sending
from tests.asking import Reach, ask, at, send
from tests.faults.count import Tally
from tests.faults.place import Place
from tests.faults.work import patiently
from tests.mail_server import Post, mail_service
from tests.server import environment_of
from tests.world import Person, World

FIRST = date(2026, 4, 3)
#: messages a process is good for at most, and the longest that one of them is kept waiting
_AT_ONCE, _LONGEST = 4, 0.03
#: what the worker does every five minutes, at a moment of ours
_CHILD = """
import sys
from datetime import datetime
from feedback_app.cli import app_from_environment
from feedback_app.database import db
from feedback_app.invitations.sending import send_due
app = app_from_environment()
with app.app_context():
    send_due(db.session, app.extensions["settings"], datetime.fromisoformat(sys.argv[1]), most=int(sys.argv[2]))
"""


@dataclass
class SlowPost(Post):
    """A mail server that takes its time, before it takes a mail and before it says so."""

    rng: random.Random = field(default_factory=random.Random)
    begun: int = 0

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Talk, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.begun += 1
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Talk, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.rng.uniform(0, _LONGEST))
        said = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self.rng.uniform(0, _LONGEST))
        return said

    def keys(self) -> Counter[str]:
        """How often each message was taken."""
        return Counter(str(one.mail["Message-ID"]).strip("<>").partition("@")[0] for one in self.taken)


def sender_killed(place: Place, kind: str, rounds: int) -> Tally:
    """A process that sends is killed at a random moment, and another begins."""
    return _rounds(place, kind, rounds, f"killed while it sends, {kind}", _kill)


def database_killed(place: Place, rounds: int) -> Tally:
    """The database dies under a process that sends, at a random moment."""
    cluster = place.databases.cluster

    def kill(_process: "subprocess.Popen[bytes]") -> None:
        if place.rng.random() < 0.5 and (backends := cluster.backends()):
            os.kill(place.rng.choice(backends), signal.SIGKILL)
        else:
            cluster.kill()
            cluster.start()

    return _rounds(place, "postgresql", rounds, "database killed while it sends", kill)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGKILL)


def _rounds(
    place: Place,
    kind: str,
    rounds: int,
    fault: str,
    happens: Callable[["subprocess.Popen[bytes]"], None],
) -> Tally:
    post, number = SlowPost(rng=place.rng), rounds * _AT_ONCE
    done = Tally(fault, rounds)
    with mail_service(post) as port, place.world(kind) as world:
        world.settings = world.settings.but(
            smtp_url=f"smtp://127.0.0.1:{port}?from=feedback@voorbeeld.example&tls=none",
            mails_a_minute=60_000,
        )
        people = [Person(partners=()) for _ in range(number)]
        ask(world, people, [Reach(email=f"p{one}@voorbeeld.example") for one in range(number)])
        for _ in range(rounds):
            before = post.begun
            process = _child(world, at(FIRST))
            while post.begun == before and process.poll() is None:
                time.sleep(0.002)
            time.sleep(place.rng.uniform(0, _AT_ONCE * 2 * _LONGEST))
            happens(process)
            process.wait()
        _finish(world)
        _count(world, post, done)
    return done


def _child(world: World, moment: datetime) -> "subprocess.Popen[bytes]":
    given = environment_of(world.settings) | {"FEEDBACK_MAILS_A_MINUTE": str(world.settings.mails_a_minute)}
    command = [sys.executable, "-c", _CHILD, moment.isoformat(), str(_AT_ONCE)]
    return subprocess.Popen(
        command, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _finish(world: World) -> None:
    """Send what is left, as the next runs of the worker do."""
    while True:
        sent = patiently(lambda: send(world, FIRST))
        if sent.halted == "busy":  # the database has not noticed yet that a process is gone
            time.sleep(0.05)
        elif not sent.counts:
            return


def _count(world: World, post: SlowPost, done: Tally) -> None:
    """Everybody's first message left exactly once, or may have left and is not sent again."""
    taken = post.keys()
    first = [row for row in world.rows(Sending) if row["step"] == "first"]
    outcomes = Counter(str(row["outcome"] or row["state"]) for row in first)
    done.requests = post.begun
    done.told = len(first)
    done.stored = outcomes["delivered"] + outcomes["unknown"]
    done.lost = sum(row["outcome"] == "delivered" and not taken[row["key"]] for row in first)
    done.lost += len(first) - done.stored
    done.doubled = sum(number - 1 for number in taken.values())
    arrived = sum(row["outcome"] == "unknown" and bool(taken[row["key"]]) for row in first)
    done.pages["unknown, taken"] = arrived
    done.pages["unknown, not taken"] = outcomes["unknown"] - arrived
    if outcomes["unknown"] > done.rounds:  # one process, one message in its hands
        done.by_half += outcomes["unknown"] - done.rounds
