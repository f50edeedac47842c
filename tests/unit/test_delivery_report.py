"""Delivery reports: what servers write, what they leave out, and what only looks like one."""

import pytest

from feedback_app.invitations.delivery_report import read_report
from feedback_app.invitations.letter import Outcome, letter_key
from tests.bounces import DOMAIN, report

KEY = letter_key("voorbeeld", "0" * 32, "first")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome("bounced", "dsn_5.1.1")),
        ({"returned": "message/rfc822"}, Outcome("bounced", "dsn_5.1.1")),
        ({"status": "4.4.7 (expired)"}, Outcome("bounced", "dsn_4.4.7")),
        ({"status": "five"}, Outcome("bounced", "dsn_failed")),
        ({"action": "Delivered", "status": "2.0.0"}, Outcome("delivered", "dsn_2.0.0")),
        ({"action": "delayed", "status": "4.4.1"}, None),
        ({"action": "expanded"}, None),
        ({"domain": "elders.example"}, None),
        ({"key": "niet van ons"}, None),
        ({"kind": "report-type=disposition-notification"}, Outcome("bounced", "dsn_5.1.1")),
    ],
)
def test_a_report_tells_of_one_letter(changes: dict[str, str], outcome: Outcome | None) -> None:
    found = read_report(report(**{"key": KEY, **changes}), DOMAIN)
    assert found == ((KEY, outcome) if outcome else None)


def test_failed_counts_when_both_are_said() -> None:
    made = report(key=KEY, action="delivered").replace(
        b"Action: delivered",
        b"Action: delivered\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed",
    )
    found = read_report(made, DOMAIN)
    assert found is not None and found[1].disposition == "bounced"


def test_every_cut_is_read_without_a_fault() -> None:
    whole = report(key=KEY)
    assert read_report(whole, DOMAIN)
    for end in range(0, len(whole), 7):
        assert read_report(whole[:end], DOMAIN) in (None, (KEY, Outcome("bounced", "dsn_5.1.1")))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\r\n\r\nTerug op maandag.\r\n",
        b"Content-Type: multipart/report\r\n\r\nno parts\r\n",
        b'Content-Type: multipart/report; boundary="x"\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n--x--\r\n',
        b'Content-Type: multipart/report; boundary="x"\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n--x--\r\n',
    ],
)
def test_what_is_no_report(content: bytes) -> None:
    assert read_report(content, DOMAIN) is None
