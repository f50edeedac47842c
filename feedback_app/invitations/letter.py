"""What goes through a channel, and what a channel says of it."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from feedback_app.keys import derive

CHANNELS = ("email", "sms")
#: no other side keeps a letter waiting for longer, whatever it asks for
LONGEST_WAIT = timedelta(hours=12)

#: What a channel can say of a letter; each is one of `models.DISPOSITIONS`.
OUTCOMES = ("delivered", "bounced", "unknown")


@dataclass(frozen=True)
class Letter:
    """One message to one person by one channel; `html`, `subject` and `stop_url` are for e-mail.

    `key` (see `letter_key`) stands for this invitation and this step: whatever has the same key is the same
    message and goes out once. `to` is a plain address (`someone@example.be`) or a number in E.164
    (`+32470123456`), `language` a key of our own list, `stop_url` takes a mail program's one-click POST; ""
    where there is nothing to stop: a colleague's question.
    Addresses and texts stay out of its representation, and so out of logs.
    """

    key: str
    channel: str
    to: str = field(repr=False)
    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    stop_url: str = field(repr=False)
    audience: str


@dataclass(frozen=True)
class Outcome:
    """What became of a letter.

    `delivered`: the other side took it. `bounced`: it refused for good, or the letter can never go out this
    way. `unknown`: nobody can say whether it was taken (the line broke after the last word was sent), so it
    is never sent again. `detail` is a short code for who looks after the service, such as `smtp_550`.
    """

    disposition: str
    detail: str

    @property
    def theirs(self) -> bool:
        """Whether the other side said so; else we saw it ourselves, and nobody was asked."""
        return self.detail.startswith(("smtp_", "http_"))


class TryAgain(Exception):
    """Not sent, certainly, and it may go better later: not before `after` has passed.

    `reason` is a code: `rate` (our own limit; nothing was tried), `refused` (the other side said "not now"),
    `unreachable` (no connection, or it broke before the letter was handed over), `fault` (it has something
    against us: a password, a sender, a bill). `alone` when it may be about this letter only, so that the
    channel may be used for others meanwhile. Only what is both `refused` and `alone` counts as an attempt.
    """

    def __init__(self, after: timedelta, reason: str, *, alone: bool = False) -> None:
        super().__init__(f"{reason}, not before {after.total_seconds():.0f} s")
        self.after, self.reason, self.alone = after, reason, alone


class Channel(Protocol):
    """One way to reach somebody."""

    @property
    def name(self) -> str:
        """`email` or `sms`."""

    @property
    def repeatable(self) -> bool:
        """Whether the other side takes a letter whose key it knows for the same one.

        Then what was being sent when a process died is sent again; else it stays unknown.
        """

    def send(self, letter: Letter) -> Outcome:
        """Hand one letter over; raises TryAgain when it was not taken but may be later.

        Takes as long as the other side does (each step up to the timeout of its address), and writes the
        channel's pace in a transaction of its own: call it with no transaction open, note before it that
        this key is being sent, and after it what came of it. A key that was being sent when the process
        died counts as `unknown`. Needs an application context.
        """


#: What later news of a letter (a bounce, a receipt) is told to: (key, outcome) → whether the key is known.
#: The timetable has it as `outcomes.note_outcome(session, key, outcome) -> bool`; the caller commits.
Note = Callable[[str, Outcome], bool]


def letter_key(secret_key: str, invitation_id: str, step: str) -> str:
    """The key of one step's message of one invitation: 32 hexadecimal digits that tell nothing."""
    content = f"{invitation_id}:{step}".encode("ascii")
    return hmac.digest(derive(secret_key, "letter-key"), content, "sha256").hex()[:32]
