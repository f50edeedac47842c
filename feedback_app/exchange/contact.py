"""Asking for the contact behind a practice: listed for who wrote it, and told them by e-mail.

Who asks is never shown the address: whoever is asked decides whether and how to answer. When the account
that wrote it is closed, who released it stands in.
"""

import hmac
import logging
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, aliased

from feedback_app.database import insert_into, random_id, today
from feedback_app.exchange.models import ContactRequest, Practice
from feedback_app.invitations.channel import Channel, Letter, TryAgain, channels_of
from feedback_app.invitations.colleague_letter import Said, letter_to_colleague
from feedback_app.invitations.pausing import paused_since
from feedback_app.jobs import alone
from feedback_app.keys import derive
from feedback_app.languages import SOURCE, STAFF
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

#: how long a request is kept
KEPT = timedelta(days=180)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """One request as it is listed: who asks, about which practice, and what they wrote."""

    request: ContactRequest
    practice: Practice
    email: str


def ask_for_contact(session: Session, account: Account, practice: Practice, message: str) -> None:
    """List a request for who wrote the practice, and have the worker e-mail them; commits. Once at a time."""
    asked = {"message": message, "asked_on": today(), "mail": "waiting", "answered": False}
    new = {"id": random_id(), "practice_id": practice.id, "account_id": account.id, **asked}
    statement = insert_into(session, ContactRequest).values(new)
    again = statement.on_conflict_do_update(
        index_elements=["practice_id", "account_id"], set_=asked, where=ContactRequest.answered.is_(True)
    )
    if session.execute(again.returning(ContactRequest.id)).first() is None:
        session.rollback()  # it waits for an answer already
        return
    subject = f"practice:{practice.id}"
    record(session, "practice.contact_asked", account=account, subject=subject, region=practice.region_key)
    session.commit()


def who_answers(session: Session, practice: Practice) -> str | None:
    """The address a request goes to: the contact, else a colleague; None when nobody is left."""
    colleague = _colleague(session, practice)
    return practice.contact or (colleague.email if colleague else None)


def asked_before(session: Session, account: Account, practice: Practice) -> ContactRequest | None:
    """This account's own request about this practice, if there is one."""
    query = sa.select(ContactRequest).where(
        ContactRequest.practice_id == practice.id, ContactRequest.account_id == account.id
    )
    return session.scalar(query)


def requests_for(session: Session, account: Account) -> list[Asked]:
    """What others asked about practices that this account wrote, what is not answered first."""
    query = (
        sa.select(ContactRequest, Practice, Account.email)
        .join(Practice, Practice.id == ContactRequest.practice_id)
        .join(Account, Account.id == ContactRequest.account_id)
        .where(_is_for(account))
        .order_by(ContactRequest.answered, ContactRequest.asked_on, ContactRequest.id)
    )
    return [Asked(*row) for row in session.execute(query)]


def mark_answered(session: Session, account: Account, request_id: str) -> bool:
    """Note that a request to this account was answered; whether there is one. Commits."""
    mine = sa.select(Practice.id).where(_is_for(account))
    found = session.scalar(
        sa.select(ContactRequest).where(ContactRequest.id == request_id, ContactRequest.practice_id.in_(mine))
    )
    if found is not None:
        found.answered = True
        session.commit()
    return found is not None


def forget_requests(session: Session, day: date) -> int:
    """Destroy requests that are half a year old; how many. Does not commit."""
    old = day - KEPT
    gone = sa.delete(ContactRequest).where(ContactRequest.asked_on < old).returning(ContactRequest.id)
    return len(session.execute(gone).all())


def send_requests(session: Session, settings: Settings) -> int:
    """E-mail what was asked and not told yet, each once whatever happens in between; how many. Commits."""
    sent = 0
    with alone(session.get_bind().engine, settings, "contact requests") as mine:
        channel = channels_of(settings).get("email")
        if not mine or channel is None or paused_since(session):
            return 0
        _settle(session)
        waiting = sa.select(ContactRequest.id).where(ContactRequest.mail == "waiting")
        for key in session.scalars(waiting.order_by(ContactRequest.asked_on, ContactRequest.id)).all():
            try:
                sent += _send_one(session, settings, channel, key)
            except TryAgain as later:
                if not later.alone:
                    break
    return sent


def _settle(session: Session) -> None:
    """What was being sent when a process died may have left: it is not sent again, and stays on the list."""
    dead = sa.update(ContactRequest).where(ContactRequest.mail == "claimed").values(mail="unknown")
    session.execute(dead)
    session.commit()


def _send_one(session: Session, settings: Settings, channel: Channel, key: str) -> int:
    asked = session.get_one(ContactRequest, key, populate_existing=True)
    letter = _letter(session, settings, asked)
    asked.mail = "claimed" if letter else "unknown"
    session.commit()
    if letter is None:
        return 0
    try:
        asked.mail = channel.send(letter).disposition
    except TryAgain:
        asked.mail = "waiting"
        raise
    except Exception:
        log.exception("an e-mail about a contact failed in an unforeseen way: it is not sent again")
        asked.mail = "unknown"
    finally:
        session.commit()
    return 1


def _colleague(session: Session, practice: Practice) -> Account | None:
    """Who wrote it, or when that account is closed who released it."""
    keys = [key for key in (practice.written_by, practice.released_by) if key]
    found = (session.get(Account, key) for key in keys)
    return next((one for one in found if one and one.active), None)


def _is_for(account: Account) -> sa.ColumnElement[bool]:
    """Whether requests about a practice are listed for this account."""
    writer = aliased(Account)
    still_there = sa.select(writer.id).where(writer.id == Practice.written_by, writer.active)
    stands_in = sa.not_(still_there.correlate(Practice).exists())
    return sa.or_(Practice.written_by == account.id, sa.and_(Practice.released_by == account.id, stands_in))


def _letter(session: Session, settings: Settings, asked: ContactRequest) -> Letter | None:
    """The e-mail to who is named as contact, else to who wrote it; None when neither can be reached."""
    practice = session.get_one(Practice, asked.practice_id)
    asker = session.get_one(Account, asked.account_id)
    to, colleague = who_answers(session, practice), _colleague(session, practice)
    if not to or practice.state != "released":
        return None
    tongue = colleague.locale if colleague and colleague.locale in STAFF else SOURCE

    def say() -> Said:
        return _("Vraag over jullie goede praktijk"), {
            "practice": practice,
            "asker": asker,
            "message": asked.message,
            "page": f"{settings.base_url}/staff/practices/requests",
        }

    content = f"{asked.id}:{asked.asked_on.isoformat()}".encode("ascii")
    stamp = hmac.digest(derive(settings.secret_key, "contact-request"), content, "sha256").hex()[:32]
    return letter_to_colleague(
        settings, stamp, to=to, locale=tongue, template="exchange/contact_mail", say=say
    )
