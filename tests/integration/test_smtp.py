"""E-mail over a real line: what arrives, what is tried again, and what is never sent twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from feedback_app.invitations.channel import Letter, Outcome, TryAgain, channels_of, letter_key
from feedback_app.invitations.messages import STEPS, compose
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import all_languages
from tests.mail_server import (
    PASSWORD,
    USER,
    Actor,
    Post,
    free_port,
    mail_service,
    make_certificate,
)
from tests.markup import parse
from tests.world import World

BASE = "https://feedback.example.be"
STOP = f"{BASE}/stop/{'W' * 22}/{'a' * 64}"
SENDER = "Voorbeeld <feedback@voorbeeld.example>"
KEY = letter_key("voorbeeld", "0" * 32, "first")
LETTER = Letter(
    KEY, "email", "iemand@voorbeeld.example", "nl", "Dag", "Dag!\n.\n..b", "<p>Dag!</p>", STOP, "newcomer"
)
GOOD = {
    "EHLO": "250 voorbeeld",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 ja",
    ".": "250 OK",
    "QUIT": "221 dag",
}


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with mail_service(post) as port:
        yield port


def send(world: World, port: int, letter: Letter = LETTER, **more: str) -> Outcome:
    """Hand a letter to the server on a port, as the channel that the settings describe does."""
    options = {"from": quote(SENDER), "tls": "none", "timeout": "0.3", **more}
    url = f"smtp://127.0.0.1:{port}?" + "&".join(f"{name}={value}" for name, value in options.items())
    with world.session():
        return channels_of(world.settings.but(smtp_url=url, mails_a_minute=60_000))["email"].send(letter)


def why(world: World, port: int, letter: Letter = LETTER) -> str:
    with pytest.raises(TryAgain) as again:
        send(world, port, letter)
    assert again.value.after.total_seconds() >= 60
    return again.value.reason + (", alone" if again.value.alone else "")


def letter_of(world: World, audience: str, step: str, language: str) -> Letter:
    occasion = Occasion(audience, step, language, f"{BASE}/s/{'W' * 22}", STOP)
    with world.session():
        mail = compose(world.settings, occasion).email
    key = letter_key("voorbeeld", language, step)
    return Letter(
        key, "email", "iemand@voorbeeld.example", language, mail.subject, mail.text, mail.html, STOP, audience
    )


def test_every_language_arrives_as_it_was_worded(sqlite_world: World, post: Post, port: int) -> None:
    sent = [
        letter_of(sqlite_world, "newcomer", step, key)
        for step in STEPS["newcomer"]
        for key in ("nl", "ar", "ti", "tr")
    ]
    sent.append(letter_of(sqlite_world, "partner", "first", "fr"))
    for one in sent:
        assert send(sqlite_world, port, one) == Outcome("delivered", "smtp_250")
    assert len(post.taken) == len(sent)
    for one, taken in zip(sent, post.taken, strict=True):
        mail, here = taken.mail, all_languages()[one.language]
        assert taken.content.isascii(), "seven bits: no server on the way has to change anything"
        assert max(map(len, taken.content.split(b"\r\n"))) <= 998
        assert not mail.defects
        assert (taken.sender, taken.recipients) == ("feedback@voorbeeld.example", [one.to])
        assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, one.to, one.subject)
        assert mail["Content-Language"] == here.tag
        assert mail["Message-ID"] == f"<{one.key}@voorbeeld.example>"
        assert mail["List-Unsubscribe"] == f"<{STOP}>"
        assert f"<{STOP}>\r\n".encode() in taken.content, "as it is: mail programs do not decode this header"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Date"].datetime.tzinfo is not None
        plain, html = mail.iter_parts()
        assert mail.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in (plain, html)] == ["text/plain", "text/html"]
        assert plain.get_content().replace("\r\n", "\n").strip() == one.text.strip()
        root = next(parse(html.get_content()).iter("html"))
        assert (root.get("lang"), root.get("dir")) == (here.tag, here.direction)


def test_a_line_that_begins_with_a_dot_arrives(sqlite_world: World, post: Post, port: int) -> None:
    assert send(sqlite_world, port).disposition == "delivered"
    assert post.taken[0].mail.get_body(("plain",)).get_content() == "Dag!\r\n.\r\n..b\r\n"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "iemand",
        "iemand@",
        "@voorbeeld.example",
        "a@b@voorbeeld.example",
        "iemand@voorbeeld.example\r\nBcc: ander@voorbeeld.example",
        "iemand@voorbeeld.example, ander@voorbeeld.example",
        "Iemand <iemand@voorbeeld.example>",
        "iemand@voorbeeld.example> SIZE=1",
        "élève@voorbeeld.example",
        "iemand@" + "a" * 64 + ".example",
    ],
)
def test_what_is_no_address_is_never_sent(sqlite_world: World, post: Post, port: int, to: str) -> None:
    assert send(sqlite_world, port, replace(LETTER, to=to)) == Outcome("bounced", "address")
    assert post.taken == []


def test_a_domain_in_another_script_and_a_subject_of_two_lines(
    sqlite_world: World, post: Post, port: int
) -> None:
    send(
        sqlite_world,
        port,
        replace(LETTER, to="iemand@vóórbeeld.example", subject="Dag\r\nBcc: ander@voorbeeld.example"),
    )
    [taken] = post.taken
    assert taken.recipients == ["iemand@xn--vrbeeld-l0aa.example"]
    assert taken.mail["Subject"] == "Dag Bcc: ander@voorbeeld.example"
    assert taken.mail["Bcc"] is None


def test_bounces_go_where_the_setting_says(sqlite_world: World, post: Post, port: int) -> None:
    send(sqlite_world, port, bounces="bounces@post.voorbeeld.example")
    [taken] = post.taken
    assert taken.sender == "bounces@post.voorbeeld.example"
    assert taken.mail["Message-ID"].endswith("@post.voorbeeld.example>")


@pytest.mark.parametrize(
    ("step", "answer", "outcome"),
    [
        ("rcpt", "550 5.1.1 <iemand@voorbeeld.example> is unknown", "smtp_550_5.1.1"),
        ("data", "554 no", "smtp_554"),
        ("rcpt", "450 4.2.0 greylisted", "refused, alone"),
        ("data", "451 later", "refused, alone"),
        ("mail", "451 later", "refused"),
        ("mail", "550 this sender may not", "fault"),
        ("rcpt", "550 5.7.1 Relaying denied", "fault, alone"),
        ("data", "554 5.7.1 not your day", "fault, alone"),
        ("rcpt", "553 5.1.8 no such sender", "fault, alone"),
        ("rcpt", "530 sign in first", "fault"),
        ("rcpt", "452 4.2.2 mailbox full", "refused, alone"),
        ("rcpt", "421 too many of you", "refused"),
    ],
)
def test_a_refusal_of_the_recipient_is_for_good_and_of_us_is_not(
    sqlite_world: World, post: Post, port: int, step: str, answer: str, outcome: str
) -> None:
    post.answers[step] = answer
    if outcome.startswith("smtp"):
        assert send(sqlite_world, port) == Outcome("bounced", outcome)
    else:
        assert why(sqlite_world, port) == outcome
    assert post.taken == []


def test_nobody_listens(sqlite_world: World) -> None:
    assert why(sqlite_world, free_port()) == "unreachable"


@pytest.mark.parametrize("step", ["", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("end", ["close", "hang"])
def test_a_line_that_breaks_before_the_letter_is_tried_again(
    sqlite_world: World, step: str, end: str
) -> None:
    with Actor(GOOD | {step: end} | ({"HELO": "close"} if step == "EHLO" else {})) as server:
        assert why(sqlite_world, server.port) == "unreachable"


@pytest.mark.parametrize("end", ["close", "hang", "nonsense", "354 more?"])
def test_a_letter_that_may_have_been_taken_is_never_sent_again(sqlite_world: World, end: str) -> None:
    with Actor(GOOD | {".": end}) as server:
        assert send(sqlite_world, server.port).disposition == "unknown"
    assert server.heard.count(".") == 1


@pytest.mark.parametrize("end", ["close", "hang", "500 what?"])
def test_a_goodbye_that_fails_changes_nothing(sqlite_world: World, end: str) -> None:
    with Actor(GOOD | {"QUIT": end}) as server:
        assert send(sqlite_world, server.port) == Outcome("delivered", "smtp_250")


def test_over_tls_with_a_password(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = make_certificate(tmp_path)
    post = Post()

    def attempt(password: str, host: str = "localhost") -> Outcome:
        url = f"smtp://{USER}:{quote(password, safe='')}@{host}:{port}?from=feedback@voorbeeld.example"
        with sqlite_world.session():
            return channels_of(sqlite_world.settings.but(smtp_url=url))["email"].send(LETTER)

    with mail_service(post, certificate) as port:
        with pytest.raises(TryAgain, match="unreachable"):
            attempt(PASSWORD)  # nobody vouches for this certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(TryAgain, match="unreachable"):
            attempt(PASSWORD, "127.0.0.1")  # it is for another name
        with pytest.raises(TryAgain, match="fault"):
            attempt("verkeerd")
        assert attempt(PASSWORD) == Outcome("delivered", "smtp_250")
    assert len(post.taken) == 1
    assert PASSWORD not in caplog.text and "iemand" not in caplog.text


def test_a_server_without_tls_gets_nothing(sqlite_world: World, post: Post, port: int) -> None:
    url = f"smtp://127.0.0.1:{port}?from=feedback@voorbeeld.example"
    with sqlite_world.session(), pytest.raises(TryAgain, match="fault"):
        channels_of(sqlite_world.settings.but(smtp_url=url))["email"].send(LETTER)
    assert post.taken == []


def test_nothing_of_a_letter_shows_in_what_is_logged() -> None:
    assert "iemand" not in repr(LETTER) and "Dag" not in repr(LETTER) and STOP not in repr(LETTER)
