"""What a mail server reports of an e-mail later: delivery status notifications (RFC 3464)."""

import re
from email import message_from_bytes
from email.message import Message
from email.policy import default

from feedback_app.invitations.letter import Outcome

_KEY = re.compile(r"<([0-9a-f]{32})@([^<>@\s]+)>")
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_ACTIONS = {"failed": "bounced", "delivered": "delivered", "relayed": "delivered"}


def read_report(content: bytes, domain: str) -> tuple[str, Outcome] | None:
    """Key and outcome of the letter that a report is about; None when it is no report on one of ours.

    domain: the one our Message-IDs are under. "Delayed" is no outcome yet. A report can be forged by who
    knows a letter's key only, which nobody does but its recipient and the servers on its way.
    """
    mail = message_from_bytes(content, policy=default)
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    outcome = key = None
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status" and outcome is None:
            outcome = _outcome(part)
        elif kind in ("message/rfc822", "text/rfc822-headers") and key is None:
            key = _key(part, domain)
    return (key, outcome) if key and outcome else None


def _outcome(status: Message) -> Outcome | None:
    """The worst that is said of any recipient; we write to one at a time."""
    found: Outcome | None = None
    blocks = status.get_payload()
    for block in blocks if isinstance(blocks, list) else ():
        action = str(block.get("Action", "")).strip().lower()  # type: ignore[union-attr]
        code = _STATUS.match(str(block.get("Status", "")))  # type: ignore[union-attr]
        if action in _ACTIONS and (found is None or action == "failed"):
            found = Outcome(_ACTIONS[action], f"dsn_{code[1]}" if code else f"dsn_{action}")
    return found


def _key(part: Message, domain: str) -> str | None:
    """The key in the Message-ID of the returned e-mail or its headers."""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        headers = inner[0] if isinstance(inner, list) and inner else None
    else:
        headers = message_from_bytes(part.get_payload(decode=True) or b"", policy=default)  # type: ignore[arg-type]
    found = (
        _KEY.fullmatch(str(headers.get("Message-ID", "")).strip()) if isinstance(headers, Message) else None
    )
    return found[1] if found and found[2].lower() == domain.lower() else None
