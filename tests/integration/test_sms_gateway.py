"""Text messages over real HTTP: what the gateway gets, what is tried again, and what is never sent twice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from feedback_app.database import now
from feedback_app.invitations.channel import Letter, Outcome, TryAgain, channels_of, letter_key
from feedback_app.invitations.messages import compose
from feedback_app.invitations.wording import Occasion
from tests.gateway import TEMPLATE, Gateway, gateway
from tests.mail_server import free_port
from tests.world import World

NUMBER = "+32470123456"
KEY = letter_key("voorbeeld", "0" * 32, "first")
LETTER = Letter(KEY, "sms", NUMBER, "nl", "", 'Hoe was het? {key} "é" €\nAntwoord STOP.', "", "", "newcomer")


@pytest.fixture
def there() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


def send(
    world: World, url: str, letter: Letter = LETTER, template: str = TEMPLATE, **more: object
) -> Outcome:
    """Hand a letter to the gateway, as the channel that the settings describe does."""
    with world.session():
        settings = world.settings.but(sms_url=url, sms_template=template, sms_a_minute=60_000)
        return channels_of(settings)["sms"].send(letter)


def changed(**values: object) -> str:
    return json.dumps(json.loads(TEMPLATE) | values)


def test_the_gateway_gets_what_its_template_says(sqlite_world: World, there: Gateway) -> None:
    assert send(sqlite_world, there.url) == Outcome("delivered", "http_202")
    [got] = there.requests
    assert (got.method, got.path) == ("POST", "/berichten?versie=2")
    assert got.fields == {"to": [NUMBER], "body": LETTER.text, "reference": KEY}, "filled in once, not twice"
    assert got.headers["Idempotency-Key"] == KEY
    assert got.headers["Authorization"] == "Bearer voorbeeldsleutel"


def test_a_gateway_that_wants_a_form(sqlite_world: World, there: Gateway) -> None:
    form = {"method": "PUT", "form": {"To": "{to}", "Body": "{text}"}, "key_header": "X-Ref"}
    form["headers"] = {"X-Also": "ref-{key}-{to}"}
    send(sqlite_world, there.url, template=json.dumps(form))
    [got] = there.requests
    assert (got.method, got.fields) == ("PUT", {"To": NUMBER, "Body": LETTER.text})
    assert (got.headers["X-Ref"], got.headers["X-Also"]) == (KEY, f"ref-{KEY}-{{to}}"), (
        "no number in a header"
    )


def test_every_language_fits_and_arrives_letter_by_letter(sqlite_world: World, there: Gateway) -> None:
    for key in ("ar", "ti", "ku"):
        occasion = Occasion("newcomer", "first", key, "https://feedback.example.be/s/" + "W" * 22, "")
        with sqlite_world.session():
            text = compose(sqlite_world.settings, occasion).sms
        assert (
            send(sqlite_world, there.url, replace(LETTER, language=key, text=text)).disposition == "delivered"
        )
        assert there.requests[-1].fields["body"] == text


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"text": "a" * 306}, "http_202"),
        ({"text": "a" * 307}, "too_long"),
        ({"text": "م" * 134}, "http_202"),
        ({"text": "م" * 135}, "too_long"),
        ({"text": ""}, "empty"),
        ({"to": "0470123456"}, "number"),
        ({"to": "+32470123456\r\nX: y"}, "number"),
        ({"to": "+٣٢٤٧٠١٢٣٤٥٦"}, "number"),
    ],
)
def test_what_can_never_go_out_is_not_handed_over(
    sqlite_world: World, there: Gateway, change: dict[str, str], detail: str
) -> None:
    outcome = send(sqlite_world, there.url, replace(LETTER, **change))  # type: ignore[arg-type]
    assert outcome == Outcome("delivered" if detail == "http_202" else "bounced", detail)
    assert len(there.requests) == (detail == "http_202")


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "120"}, 120),
        (429, {}, 60),
        (503, {"Retry-After": "soon"}, 300),
        (503, {"Retry-After": "0"}, 1),
        (500, {"Retry-After": "9" * 30}, 12 * 3600),
        (409, {}, 60),
        (401, {"Retry-After": "1"}, 3600),  # a key that is wrong is no fault of whoever we write to
        (404, {}, 3600),
        (302, {"Location": "http://voorbeeld.example/"}, 3600),
    ],
)
def test_not_now(
    sqlite_world: World, there: Gateway, status: int, headers: dict[str, str], seconds: int
) -> None:
    there.answers = [(status, headers)]
    with pytest.raises(TryAgain) as again:
        send(sqlite_world, there.url)
    assert again.value.reason == ("refused" if status in (429, 500, 503, 409) else "fault")
    assert again.value.after == timedelta(seconds=seconds)
    assert len(there.requests) == 1


def test_not_before_a_moment(sqlite_world: World, there: Gateway) -> None:
    there.answers = [(503, {"Retry-After": format_datetime(now() + timedelta(hours=3))})]
    with pytest.raises(TryAgain) as again:
        send(sqlite_world, there.url)
    assert timedelta(hours=2) < again.value.after <= timedelta(hours=3)


@pytest.mark.parametrize("status", [400, 410, 422])
def test_a_message_that_the_gateway_refuses_for_good(
    sqlite_world: World, there: Gateway, status: int
) -> None:
    there.answers = [(status, {})]
    assert send(sqlite_world, there.url) == Outcome("bounced", f"http_{status}")


@pytest.mark.parametrize("answer", ["close", "hang", (504, {})])
def test_without_an_answer_nobody_knows_unless_the_gateway_knows_a_repeat_by_its_key(
    sqlite_world: World, there: Gateway, answer: tuple[int, dict[str, str]] | str
) -> None:
    there.answers = [answer]
    assert send(sqlite_world, there.url) == Outcome("unknown", "no_answer")
    with pytest.raises(TryAgain, match="unreachable"):
        send(sqlite_world, there.url, template=changed(repeatable=True))


def test_nobody_listens_and_then_somebody_does(sqlite_world: World, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    with pytest.raises(TryAgain, match="unreachable"):
        send(sqlite_world, f"http://127.0.0.1:{port}/")
    with gateway(port) as there:
        assert send(sqlite_world, f"http://127.0.0.1:{port}").disposition == "delivered"
    assert there.requests[0].path == "/"
    assert NUMBER not in caplog.text and "voorbeeldsleutel" not in caplog.text
