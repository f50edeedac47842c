"""What the text message gateway tells us: answers people send back, and receipts. Signed, or not read."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from feedback_app.gateways import WebhookTemplate
from feedback_app.invitations.letter import Outcome
from feedback_app.trajectories.contacts import read_phone

#: how far a gateway's clock may be from ours, in seconds; what is older may be a copy and is refused
WINDOW = 300

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: as `letter_key` makes them; of any other there is nothing to look up, and no database need be asked
_KEY = re.compile(r"[0-9a-f]{32}")
#: what JSON can say and no text holds: PostgreSQL cannot take the first, nothing can write the others down
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")


class NotSigned(Exception):
    """The message does not come from the gateway, or not now; the message says which."""


class NotUnderstood(Exception):
    """The message comes from the gateway but cannot be read as its template says."""


@dataclass(frozen=True)
class Reply:
    """What somebody answered from a number (E.164)."""

    number: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Receipt:
    """What became of a message after it was handed over."""

    key: str
    outcome: Outcome


def check_signature(secret: str, timestamp: str, signature: str, body: bytes, moment: datetime) -> None:
    """NotSigned unless the signature is HMAC-SHA-256 over timestamp and body, in hexadecimal, and fresh.

    timestamp: seconds since 1970, in ten digits, so that nothing can move between it and the body.
    """
    if not (len(timestamp) == 10 and timestamp.isascii() and timestamp.isdecimal()):
        raise NotSigned("timestamp is not seconds since 1970")
    expected = hmac.digest(secret.encode("utf-8"), timestamp.encode("ascii") + body, hashlib.sha256).hex()
    given = signature.lower().removeprefix("sha256=").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(expected.encode("ascii"), given):
        raise NotSigned("signature does not fit")
    if abs(moment.timestamp() - int(timestamp)) > WINDOW:
        raise NotSigned("timestamp is too old, or ahead")


def read_message(template: WebhookTemplate, kind: str, body: bytes) -> Reply | Receipt | None:
    """What a signed message says; None when it is news that is no outcome yet; NotUnderstood.

    kind: the media type of the body, JSON or a form.
    """
    fields = _fields(kind, body)
    number, text = _at(fields, template.sender), _at(fields, template.text)
    key, status = _at(fields, template.key), _at(fields, template.status)
    if key and status:
        return _receipt(template, key, status)
    if number is None or text is None:
        raise NotUnderstood("neither an answer nor a receipt: see FEEDBACK_SMS_WEBHOOK_TEMPLATE")
    return Reply(_e164(number), _NO_CHARACTER.sub("", text))  # a STOP is heard whatever stands around it


def _e164(number: str) -> str:
    """The number with its country, which gateways write with and without a plus."""
    if _NO_CHARACTER.search(number):
        raise NotUnderstood("the sender is no telephone number")
    plain = number if number.startswith(("+", "0")) else f"+{number}"
    if _E164.fullmatch(plain):
        return plain  # the book of the world's numbers need not be opened in a web process
    phone = read_phone(plain)
    if phone is None:
        raise NotUnderstood("the sender is no telephone number")
    return phone


def _receipt(template: WebhookTemplate, key: str, status: str) -> Receipt | None:
    """What became of a message of ours; one with another key is somebody else's at the same gateway."""
    if not _KEY.fullmatch(key):
        return None
    for disposition, names in (("delivered", template.delivered), ("bounced", template.bounced)):
        if status.casefold() in {name.casefold() for name in names}:
            return Receipt(key, Outcome(disposition, f"receipt_{disposition}"))
    return None


def _fields(kind: str, body: bytes) -> Mapping[str, Any]:
    try:
        text = body.decode("utf-8")
        if kind != "application/json":
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("the body is neither JSON nor a form") from error
    if not isinstance(found, dict):
        raise NotUnderstood("the body is no JSON object")
    return found


def _at(fields: Mapping[str, Any], path: str) -> str | None:
    """What stands at a name, or at dotted names inside each other; lists by number."""
    if path in fields:
        node: Any = fields[path]
    else:
        node = fields
        for step in path.split("."):
            if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
                node = node[int(step)]
            else:
                node = node.get(step) if isinstance(node, dict) else None
    return str(node) if isinstance(node, str | int) and not isinstance(node, bool) else None
