"""What the gateway of text messages tells: STOP is heard, receipts are noted, and nobody else is believed."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from feedback_app.invitations.models import Invitation, Sending
from feedback_app.invitations.opt_out import opted_out
from feedback_app.trajectories.models import Trajectory
from tests.asking import Reach, ask, send
from tests.integration.test_sending import FIRST
from tests.world import Person, World, respond

HOOK = "een-voorbeeld-van-een-gedeeld-geheim"
PHONE, OTHER = "+32470000001", "+32470000002"


@pytest.fixture
def hooked(world: World, tmp_path: Path) -> Iterator[World]:
    yield with_hook(world, tmp_path)


@pytest.fixture
def sqlite_hooked(sqlite_world: World, tmp_path: Path) -> Iterator[World]:
    yield with_hook(sqlite_world, tmp_path)


def with_hook(world: World, folder: Path, template: str = "") -> World:
    world.settings = world.settings.but(
        outbox_dir=folder / "outbox", sms_webhook_secret=HOOK, sms_webhook_template=template
    )
    return world


def sign(body: bytes, timestamp: str, secret: str = HOOK) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).hexdigest()


def post(world: World, fields: Any, *, ago: int = 0, **headers: str) -> TestResponse:
    """A signed message of the gateway, so many seconds ago; `headers` replace what it says."""
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    stamp = str(int(time.time()) - ago)
    said = {"X-Timestamp": stamp, "X-Signature": sign(body, stamp), "Content-Type": "application/json"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return world.client.post("/webhooks/sms", data=body, headers=said)


def contacts(world: World) -> int:
    return len([row for row in world.rows(Trajectory) if row["phone_sealed"]])


def dispositions(world: World) -> list[str]:
    rows = world.rows(Invitation)
    return sorted(row["disposition"] for row in rows if row["audience"] == "newcomer")


def is_out(world: World, number: str) -> bool:
    with world.session() as session:
        return opted_out(session, world.settings, number)


def test_stop_does_what_the_stop_page_does(hooked: World) -> None:
    ask(
        hooked,
        [Person(), Person(), Person(language="ar")],
        [Reach(PHONE), Reach(OTHER), Reach(PHONE)],
        partners=False,
    )
    send(hooked, FIRST)
    respond(hooked.client, hooked.token(), {"match": "3"})
    before = hooked.dump()
    assert post(hooked, {"from": PHONE, "text": "Bedankt, ik stop er straks mee"}).status_code == 204
    assert hooked.dump() == before, "an answer that is no STOP leaves nothing behind"
    assert post(hooked, {"from": PHONE.lstrip("+"), "text": "توقف"}).status_code == 204
    assert (is_out(hooked, PHONE), is_out(hooked, OTHER)) == (True, False)
    assert contacts(hooked) == 1
    assert "answered" in dispositions(hooked), "an answer stays an answer"
    assert dispositions(hooked).count("refused") + dispositions(hooked).count("delivered") == 2
    after = hooked.dump()
    assert post(hooked, {"from": PHONE, "text": "STOP"}).status_code == 204
    assert hooked.dump() == after, "again is the same"


def test_stop_from_a_number_that_nobody_knows_is_kept_for_later_imports(sqlite_hooked: World) -> None:
    ask(sqlite_hooked, [Person()], [Reach(OTHER)], partners=False)
    assert post(sqlite_hooked, {"from": "0470 00 00 01", "text": "stop"}).status_code == 204
    assert is_out(sqlite_hooked, PHONE)
    assert contacts(sqlite_hooked) == 1


def test_receipts_say_what_became_of_a_message(hooked: World) -> None:
    ask(hooked, [Person(), Person()], [Reach(PHONE), Reach(OTHER)], partners=False)
    send(hooked, FIRST)
    first, second = hooked.rows(Sending)[0]["key"], "0" * 32
    assert post(hooked, {"key": first, "status": "Queued"}).status_code == 204
    assert dispositions(hooked) == ["delivered", "delivered"], "no news yet"
    for key, status in ((first, "EXPIRED"), (second, "expired")):
        assert post(hooked, {"key": key, "status": status}).status_code == 204
    for odd in (b'"\\u0000"', b'"\\ud800"', b'"' + first[:-1].encode() + b'\\u0000"'):
        assert post(hooked, b'{"status": "expired", "key": ' + odd + b"}").status_code == 204
    assert sorted(row["outcome"] for row in hooked.rows(Sending)).count("bounced") == 1
    assert "bounced" in dispositions(hooked)


def test_a_gateway_with_names_of_its_own(sqlite_world: World, tmp_path: Path) -> None:
    template = json.dumps(
        {
            "from": "messages.0.sender",
            "text": "messages.0.body.content",
            "signature_header": "X-Sig",
            "timestamp_header": "X-When",
        }
    )
    hooked = with_hook(sqlite_world, tmp_path, template)
    message = {"messages": [{"sender": int(PHONE[1:]), "body": {"content": "Stop."}}]}
    body, stamp = json.dumps(message).encode(), str(int(time.time()))
    assert post(hooked, body).status_code == 401, "the usual headers say nothing here"
    assert post(hooked, body, X_When=stamp, X_Sig=f"sha256={sign(body, stamp).upper()}").status_code == 204
    assert is_out(hooked, PHONE)


def test_a_form_is_read_too(sqlite_hooked: World) -> None:
    body = urlencode({"from": PHONE, "text": "ስቶፕ"}).encode()
    assert post(sqlite_hooked, body, Content_Type="application/x-www-form-urlencoded").status_code == 204
    assert is_out(sqlite_hooked, PHONE)


def test_what_is_not_signed_now_is_not_heard(sqlite_hooked: World, caplog: pytest.LogCaptureFixture) -> None:
    ask(sqlite_hooked, [Person()], [Reach(PHONE)], partners=False)
    before = sqlite_hooked.dump()
    for ago, headers in ((0, {"X_Signature": "é"}), (0, {"X_Timestamp": ""}), (301, {}), (-302, {})):
        answer = post(sqlite_hooked, {"from": PHONE, "text": "STOP"}, ago=ago, **headers)
        assert (answer.status_code, answer.mimetype) == (401, "text/plain")
    assert sqlite_hooked.dump() == before
    assert PHONE not in caplog.text


def test_what_is_signed_but_makes_no_sense_is_said_so(sqlite_hooked: World) -> None:
    for body in (b"", b'{"from": "INFO", "text": "stop"}'):
        answer = post(sqlite_hooked, body)
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")


def test_what_is_too_large_and_what_has_no_secret(sqlite_hooked: World, tmp_path: Path) -> None:
    assert post(sqlite_hooked, b"x" * 70_000).status_code == 413
    assert sqlite_hooked.client.get("/webhooks/sms").status_code == 405
    bare = World(sqlite_hooked.settings.database_url, tmp_path, sqlite_hooked.settings.translations_dir)
    assert post(bare, {"from": PHONE, "text": "STOP"}).status_code == 404
    bare.close()
