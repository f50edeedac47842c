"""Bounces over a real line: noted once at the letter they belong to, and nobody's address left lying about."""

import re
from collections.abc import Iterator

import pytest

from feedback_app.invitations.bounces import Collected, MailboxClosed, collect_bounces
from feedback_app.invitations.letter import Outcome, letter_key
from feedback_app.invitations.models import Invitation
from feedback_app.settings import Settings
from tests.asking import Reach, ask, send
from tests.bounces import report
from tests.commands import run
from tests.databases import SECRET
from tests.imap_server import Box, mailbox_service
from tests.integration.test_sending import FIRST, SECOND
from tests.mail_server import Actor, Post, free_port, mail_service
from tests.world import Person, World

KEY, OTHER = (letter_key("voorbeeld", digit * 32, "first") for digit in "01")
LETTER = b"From: collega@voorbeeld.example\r\nSubject: Vraag\r\n\r\nKlopt dit?\r\n"


@pytest.fixture
def box() -> Iterator[Box]:
    with mailbox_service() as made:
        yield made


class Notes(dict[str, Outcome]):
    """What was noted, of letters that somebody knows."""

    def __call__(self, key: str, outcome: Outcome) -> bool:
        if key == KEY:
            self[key] = outcome
        return key == KEY


def settings(url: str) -> Settings:
    smtp = "smtp://127.0.0.1:25?tls=none&from=feedback@voorbeeld.example"
    return Settings(secret_key=SECRET, smtp_url=smtp, imap_url=url)


def test_what_is_noted_goes_and_the_rest_stays_read(box: Box) -> None:
    for content in (report(KEY), LETTER, report(OTHER), report(KEY, action="delayed"), b"x" * 300_000):
        box.put(content)
    notes = Notes()
    assert collect_bounces(settings(box.url), notes) == Collected(noted=1, left=4)
    assert notes == {KEY: Outcome("bounced", "dsn_5.1.1")}
    assert [one.content[:20] for one in box.messages] == [
        one[:20] for one in (LETTER, report(OTHER), report(KEY), b"x" * 20)
    ]
    assert box.unseen() == []
    assert len([one for one in box.heard if "BODY.PEEK" in one]) == 4, "what is too large is not fetched"
    assert collect_bounces(settings(box.url), notes) == Collected(0, 0)


@pytest.mark.parametrize(
    "moment", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "EXPUNGE", "LOGOUT"]
)
def test_a_line_that_breaks_loses_no_bounce(box: Box, moment: str) -> None:
    box.put(report(KEY))
    box.breaks, notes = moment, Notes()
    if moment != "LOGOUT":
        with pytest.raises(MailboxClosed):
            collect_bounces(settings(box.url), notes)
        box.breaks = ""
        assert collect_bounces(settings(box.url), notes).noted == 1
    else:
        assert collect_bounces(settings(box.url), notes).noted == 1
    assert (notes.keys(), box.messages) == ({KEY}, [])


def test_what_fails_while_noting_is_no_fault_of_the_mailbox(box: Box) -> None:
    def full(key: str, outcome: Outcome) -> bool:
        raise ZeroDivisionError

    box.put(report(KEY))
    with pytest.raises(ZeroDivisionError):
        collect_bounces(settings(box.url), full)
    assert len(box.unseen()) == 1


def test_a_mailbox_that_cannot_be_read_says_why(box: Box) -> None:
    said = {
        box.url.replace("geheim", "verkeerd"): "refuses us",
        box.url.replace("INBOX", "elders"): "no such folder",
        box.url.replace("&tls=none", "").replace("?tls=none&", "?"): "offers no STARTTLS",
        f"imap://a:b@127.0.0.1:{free_port()}/?tls=none": "ConnectionRefusedError",
    }
    for url, why in said.items():
        with pytest.raises(MailboxClosed, match=why):
            collect_bounces(settings(url), Notes())
    with Actor({"": "hang"}) as silent, pytest.raises(MailboxClosed, match="TimeoutError"):
        collect_bounces(settings(f"imap://a:b@127.0.0.1:{silent.port}/?tls=none&timeout=0.2"), Notes())


def test_without_a_mailbox_nothing_happens() -> None:
    assert collect_bounces(Settings(secret_key=SECRET), Notes()) == Collected(0, 0)


def test_an_e_mail_that_came_back_counts_as_bounced_and_no_reminder_goes_there(
    sqlite_world: World, box: Box
) -> None:
    world, post = sqlite_world, Post()
    with mail_service(post) as port:
        smtp = f"smtp://127.0.0.1:{port}?tls=none&from=feedback@voorbeeld.example"
        world.settings = world.settings.but(smtp_url=smtp, imap_url=box.url, mails_a_minute=60_000)
        reach = [Reach(email=f"iemand{number}@voorbeeld.example") for number in range(2)]
        ask(world, [Person(), Person()], reach)
        assert send(world, FIRST).counts == {"delivered": 2}
        found = re.fullmatch(r"<(\w+)@voorbeeld.example>", post.taken[0].mail["Message-ID"])
        assert found
        box.put(report(found[1]))
        box.put(LETTER)
        done = run(world, "invitations", "bounces")
        assert "1 e-mails came back, 1 other" in done.stdout
        assert sorted(
            row["disposition"] for row in world.rows(Invitation) if row["audience"] == "newcomer"
        ) == [
            "bounced",
            "delivered",
        ]
        send(world, SECOND)
    assert len(post.taken) == 3
    assert post.taken[2].recipients == post.taken[1].recipients
    world.settings = world.settings.but(imap_url="")
    refused = run(world, "invitations", "bounces")
    assert refused.exit_code == 1 and "FEEDBACK_IMAP_URL" in refused.stderr
