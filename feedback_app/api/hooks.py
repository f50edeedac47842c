"""Webhooks as who manages the service keeps them: added, listed, resumed, sent again, removed."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.api.events import EVENT_NAMES, newest_entry
from feedback_app.api.hook_models import Webhook, WebhookDelivery
from feedback_app.api.targets import check_url
from feedback_app.database import now, today
from feedback_app.keys import seal
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

#: how long to wait after each failed attempt; after the last of them the webhook stops
WAITS = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 300, 600, 840, 1200))
MOST_ATTEMPTS = len(WAITS) + 1
SEAL = "webhook-secret"
SECRET_MARK = "whsec_"  # noqa: S105 - what stands before every secret
#: how many deliveries a page shows
SHOWN = 50


@dataclass(frozen=True)
class Added:
    """A new webhook, and the only time its secret is there to be read."""

    hook: Webhook
    secret: str = field(repr=False)


def add_hook(
    session: Session, settings: Settings, account: Account, url: str, events: Sequence[str]
) -> Added:
    """Keep an address that is told of these events from now on; commits. TargetRefused."""
    check_url(url, settings.webhook_networks)
    wanted = [one for one in EVENT_NAMES if one in events]
    secret = SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode()
    hook = Webhook(
        url=url,
        events=wanted,
        secret_sealed=seal(settings.secret_key, SEAL, secret.encode()),
        account_id=account.id,
        made_on=today(),
        seen=newest_entry(session),
    )
    session.add(hook)
    session.flush()
    record(session, "webhook.added", account=account, subject=f"webhook:{hook.id}", events=len(wanted))
    session.commit()
    return Added(hook, secret)


def list_hooks(session: Session) -> list[Webhook]:
    """Every webhook, by address."""
    return list(session.scalars(sa.select(Webhook).order_by(Webhook.url, Webhook.id)))


def stopped_hooks(session: Session) -> int:
    """How many wait for somebody to look at them."""
    return session.scalar(sa.select(sa.func.count()).where(Webhook.state == "stopped")) or 0


def deliveries_of(session: Session, hook: Webhook) -> list[WebhookDelivery]:
    """What it was told, or is to be told, the newest first."""
    query = sa.select(WebhookDelivery).where(WebhookDelivery.webhook_id == hook.id)
    return list(session.scalars(query.order_by(WebhookDelivery.sequence.desc()).limit(SHOWN)))


def send_again(session: Session, account: Account, one: WebhookDelivery) -> None:
    """Have the worker tell this once more, with the same id; commits."""
    one.state, one.attempts, one.next_at = "waiting", 0, now()
    subject = f"webhook:{one.webhook_id}"
    record(session, "webhook.resent", account=account, subject=subject)
    session.commit()


def resume_hook(session: Session, account: Account, hook: Webhook) -> None:
    """Go on telling an address that had stopped, also what happened meanwhile; commits."""
    if hook.state == "stopped":
        hook.state, hook.mail = "active", ""
        failed = WebhookDelivery.webhook_id == hook.id, WebhookDelivery.state != "delivered"
        again = {"state": "waiting", "attempts": 0, "next_at": now()}
        session.execute(sa.update(WebhookDelivery).where(*failed).values(**again))
        record(session, "webhook.resumed", account=account, subject=f"webhook:{hook.id}")
    session.commit()


def remove_hook(session: Session, account: Account, hook: Webhook) -> None:
    """Forget an address and what it was to be told; commits."""
    record(session, "webhook.removed", account=account, subject=f"webhook:{hook.id}")
    session.execute(sa.delete(WebhookDelivery).where(WebhookDelivery.webhook_id == hook.id))
    session.delete(hook)
    session.commit()
