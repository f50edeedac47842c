"""The e-mail to who added a webhook that stopped: once, however often the worker looks."""

import hmac

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.api.hook_models import Webhook
from feedback_app.invitations.channel import Channel, Letter, TryAgain, channels_of
from feedback_app.invitations.colleague_letter import Said, letter_to_colleague
from feedback_app.invitations.pausing import paused_since
from feedback_app.jobs import alone
from feedback_app.keys import derive
from feedback_app.languages import SOURCE, STAFF
from feedback_app.settings import Settings
from feedback_app.staff.models import Account


def tell_owners(session: Session, settings: Settings) -> int:
    """E-mail what waits, each once; how many. Commits as it goes."""
    with alone(session.get_bind().engine, settings, "webhook letters") as mine:
        channel = channels_of(settings).get("email")
        if not mine or channel is None or paused_since(session):
            return 0
        dead = sa.update(Webhook).where(Webhook.mail == "claimed").values(mail="unknown")
        session.execute(dead)  # a process died at it: it may have left, so it is not sent again
        session.commit()
        waiting = session.scalars(sa.select(Webhook.id).where(Webhook.mail == "waiting")).all()
        return sum(_send_one(session, settings, channel, key) for key in waiting)


def _send_one(session: Session, settings: Settings, channel: Channel, key: str) -> int:
    hook = session.get_one(Webhook, key, populate_existing=True)
    account = session.get_one(Account, hook.account_id)
    hook.mail = "claimed" if account.active else "unknown"
    letter = _letter(settings, hook, account)
    session.commit()
    if not account.active:
        return 0
    try:
        hook.mail = channel.send(letter).disposition
    except TryAgain:
        hook.mail = "waiting"
        return 0
    finally:
        session.commit()
    return 1


def _letter(settings: Settings, hook: Webhook, account: Account) -> Letter:
    tongue = account.locale if account.locale in STAFF else SOURCE
    page = f"{settings.base_url}/staff/webhooks/{hook.id}"

    def say() -> Said:
        return _("Een webhook is gestopt"), {"page": page}

    about = f"{hook.id}:{hook.seen}".encode("ascii")
    stamp = hmac.digest(derive(settings.secret_key, "webhook-letter"), about, "sha256").hex()[:32]
    return letter_to_colleague(
        settings, stamp, to=account.email, locale=tongue, template="webhooks/stopped_mail", say=say
    )
