"""Messages of the text message gateway: who is believed, and what is understood."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from feedback_app.gateways import webhook_template
from feedback_app.invitations.letter import Outcome
from feedback_app.invitations.webhook import (
    WINDOW,
    NotSigned,
    NotUnderstood,
    Receipt,
    Reply,
    check_signature,
    read_message,
)

SECRET, STAMP, BODY = "een-voorbeeld-van-een-gedeeld-geheim", "1764500000", b'{"from": "+32470000001"}'
USUAL, KEY = webhook_template(""), "0123456789abcdef" * 2


def sign(stamp: str = STAMP, body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()


def believe(stamp: str, signature: str, body: bytes = BODY, late: int = 0) -> None:
    check_signature(SECRET, stamp, signature, body, datetime.fromtimestamp(int(STAMP) + late, UTC))


@pytest.mark.parametrize("late", [-WINDOW, 0, WINDOW])
@pytest.mark.parametrize("signature", [sign(), sign().upper(), f"sha256={sign()}"])
def test_the_gateway_is_believed(signature: str, late: int) -> None:
    believe(STAMP, signature, late=late)


@pytest.mark.parametrize(
    ("stamp", "signature", "body", "late"),
    [
        (STAMP, "", BODY, 0),
        (STAMP, "0" * 64, BODY, 0),
        (STAMP, "é", BODY, 0),
        (STAMP, "\ud800", BODY, 0),
        (STAMP, sign(), BODY + b" ", 0),
        (STAMP, sign(secret=SECRET + "x"), BODY, 0),
        (STAMP[:9], sign(STAMP[:9], STAMP[9:].encode() + BODY), STAMP[9:].encode() + BODY, 0),  # moved
        ("nu", sign("nu"), BODY, 0),
        ("", sign(""), BODY, 0),
        ("١٧٦٤٥٠٠٠٠٠", sign("١٧٦٤٥٠٠٠٠٠"), BODY, 0),
        (STAMP, sign(), BODY, WINDOW + 1),
        (STAMP, sign(), BODY, -WINDOW - 1),
    ],
)
def test_nobody_else_is(stamp: str, signature: str, body: bytes, late: int) -> None:
    with pytest.raises(NotSigned):
        believe(stamp, signature, body, late)


#: receipts of messages that are not ours, whatever their key is made up of
NOBODYS = [
    ("application/json", b'{"key": "abc", "status": "delivered"}'),
    ("application/json", b'{"key": "\\u0000", "status": "delivered"}'),
    ("application/json", b'{"key": "\\ud800", "status": "delivered"}'),
    ("application/json", f'{{"key": "{KEY}\\n", "status": "delivered"}}'.encode()),
    ("application/json", f'{{"key": "{KEY.upper()}", "status": "delivered"}}'.encode()),
    ("", f"key={KEY}%00&status=delivered".encode()),
]


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        ("application/json", b'{"from": "32470000001", "text": "ja"}', Reply("+32470000001", "ja")),
        ("application/json", b'{"from": "0470/00.00.01", "text": ""}', Reply("+32470000001", "")),
        ("application/json", b'{"from": 32470000001, "text": "ja"}', Reply("+32470000001", "ja")),
        ("application/x-www-form-urlencoded", b"from=%2B32470000001&text=", Reply("+32470000001", "")),
        (
            "",
            f"key={KEY}&status=DELIVERED".encode(),
            Receipt(KEY, Outcome("delivered", "receipt_delivered")),
        ),
        (
            "application/json",
            f'{{"key": "{KEY}", "status": "Failed"}}'.encode(),
            Receipt(KEY, Outcome("bounced", "receipt_bounced")),
        ),
        ("application/json", f'{{"key": "{KEY}", "status": "queued", "from": "x"}}'.encode(), None),
        *((kind, body, None) for kind, body in NOBODYS),
        (
            "application/json",
            b'{"from": "+32470000001", "text": "\\u0000st\\ud800op"}',
            Reply("+32470000001", "stop"),
        ),
        ("", b"from=%2B32470000001&text=stop%00", Reply("+32470000001", "stop")),
    ],
)
def test_what_is_understood(kind: str, body: bytes, found: Reply | Receipt | None) -> None:
    assert read_message(USUAL, kind, body) == found


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"text": "stop"}'),
        *(b'{"from": "+32470000001"}', b'{"from": "INFO", "text": "stop"}', b'{"from": [], "text": "stop"}'),
        *(b'{"from": true, "text": "stop"}', b'{"key": "abc"}'),
        *(b'{"from": "+3247000\\u00000001", "text": "stop"}', b'{"from": "\\ud800", "text": "stop"}'),
    ],
)
def test_what_makes_no_sense(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_message(USUAL, "application/json", body)


def test_names_may_lead_inside() -> None:
    template = webhook_template('{"from": "a.0.b", "text": "c.d", "key": "k.e.y"}')
    body = b'{"a": [{"b": "+32470000001"}], "c": {"d": "stop"}, "k.e.y": 3}'
    assert read_message(template, "application/json", body) == Reply("+32470000001", "stop")
    with pytest.raises(NotUnderstood):
        read_message(webhook_template('{"from": "a.1.b"}'), "application/json", body)
