"""Telling other programs what happened: signed, again until they took it, at least once, with the same id.

The signature is that of Standard Webhooks: HMAC-SHA-256 over id, time and body, so that a receiver knows who
speaks, that nothing was changed, and what it had before.
"""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import time
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.api.events import note_events
from feedback_app.api.hook_models import Webhook, WebhookDelivery
from feedback_app.api.hooks import MOST_ATTEMPTS, SEAL, SECRET_MARK, WAITS
from feedback_app.api.lines import line_to
from feedback_app.api.targets import TargetRefused, look_at
from feedback_app.clock import APART
from feedback_app.database import now
from feedback_app.jobs import alone
from feedback_app.keys import SealBroken, unseal
from feedback_app.settings import Settings
from feedback_app.staff.audit import record

#: a run takes no longer, so that the worker's other work does not wait
RUN_SECONDS = 30
#: how long a page still shows what was delivered
SHOWN_FOR = timedelta(days=30)
_GONE = 410
#: the outcome of a message that cannot be signed
_UNSIGNED = "secret"

log = logging.getLogger(__name__)


def deliver(session: Session, settings: Settings, moment: datetime) -> int:
    """Note what happened and tell what is due at this moment; how many were taken. Commits as it goes."""
    with alone(session.get_bind().engine, settings, "webhooks") as mine:
        if not mine:
            return 0
        note_events(session)
        until, held, taken = time.monotonic() + RUN_SECONDS, set[str](), 0
        for key, hook_id in _due(session, moment):
            if hook_id in held:
                continue  # who just failed is left alone until the next run
            if time.monotonic() > until:
                break
            if tell(session, settings, key):
                taken += 1
            else:
                held.add(hook_id)
    return taken


def tell(session: Session, settings: Settings, delivery_id: str) -> bool:
    """Send one message once; whether it was taken. Commits."""
    one = session.get(WebhookDelivery, delivery_id, populate_existing=True)
    if one is None:
        return False
    url, secret, payload = one.webhook.url, _secret(settings, one.webhook), one.payload
    session.commit()  # nobody waits for the database while another server takes its time
    outcome = _send(settings, url, secret, delivery_id, payload) if secret else _UNSIGNED
    one = session.get(WebhookDelivery, delivery_id, populate_existing=True)
    if one is None:  # its webhook was removed meanwhile
        return False
    _note(session, one, outcome)
    session.commit()
    return one.state == "delivered"


def sign(secret: str, message_id: str, moment: int, body: bytes) -> str:
    """The signature of a message, as its receiver computes it (Standard Webhooks, symmetric, version 1)."""
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    signed = f"{message_id}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def forget_deliveries(session: Session, moment: datetime) -> None:
    """Remove what was delivered over a month ago; the caller commits.

    What failed stays as long as its webhook is stopped: it is told when somebody sets that going again.
    """
    old = WebhookDelivery.next_at < moment - SHOWN_FOR
    session.execute(sa.delete(WebhookDelivery).where(WebhookDelivery.state == "delivered", old))


def _due(session: Session, moment: datetime) -> list[tuple[str, str]]:
    again = WebhookDelivery.next_at
    # What was not tried yet waits for nothing. No wait is as long as this last one: a clock went back.
    due = sa.or_(again <= moment, WebhookDelivery.attempts == 0, again > moment + WAITS[-1] + APART)
    query = (
        sa.select(WebhookDelivery.id, WebhookDelivery.webhook_id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(Webhook.state == "active", WebhookDelivery.state == "waiting")
        .where(due)
        .order_by(WebhookDelivery.sequence, WebhookDelivery.id)
    )
    return [(key, hook_id) for key, hook_id in session.execute(query)]


def _secret(settings: Settings, hook: Webhook) -> str:
    """What its messages are signed with, or "" when it was sealed with another `FEEDBACK_SECRET_KEY`."""
    try:
        return unseal(settings.secret_key, SEAL, hook.secret_sealed).decode()
    except SealBroken:  # others' messages must leave all the same
        return ""


def _send(settings: Settings, url: str, secret: str, delivery_id: str, payload: object) -> str:
    """The status that came back, or a word for why none did. Logs say neither address nor content."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    message, moment = f"msg_{delivery_id}", int(now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "feedback-app",
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(secret, message, moment, body),
    }
    try:
        target = look_at(url, settings.webhook_networks)
        with line_to(target) as line:
            line.request("POST", target.path, body, headers)
            return str(line.getresponse().status)
    except TargetRefused as refused:
        return refused.reason
    except (OSError, http.client.HTTPException, ValueError) as error:
        log.warning("a webhook could not be told: %s", type(error).__name__)
        return "no_answer"


def _note(session: Session, one: WebhookDelivery, outcome: str) -> None:
    moment = now()
    one.attempts, one.told_at, one.outcome = one.attempts + 1, moment, outcome
    if outcome.startswith("2"):
        one.state, one.next_at = "delivered", moment
    elif outcome == str(_GONE) or one.attempts >= MOST_ATTEMPTS:
        one.state, one.next_at = "failed", moment
        _stop(session, one.webhook)
    else:
        one.next_at = moment + WAITS[one.attempts - 1]


def _stop(session: Session, hook: Webhook) -> None:
    """Tell an address nothing more until somebody looks at it."""
    if hook.state == "active":
        hook.state, hook.mail = "stopped", "waiting"
        record(session, "webhook.stopped", account=None, subject=f"webhook:{hook.id}")
