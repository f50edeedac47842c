"""A message to a newcomer that a colleague sends from their own phone: its text, and that it was sent.

The page is the same whether somebody answered or not, as cards are: nobody learns from it who did.
Offer partners are left to the timetable, which bundles what they are asked.
"""

from dataclasses import dataclass, field
from urllib.parse import quote

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from feedback_app.database import insert_into, today
from feedback_app.invitations.addresses import ways_to_newcomer
from feedback_app.invitations.letter import letter_key
from feedback_app.invitations.messages import compose
from feedback_app.invitations.models import SENDING_STEPS, Invitation, Sending, Wave
from feedback_app.invitations.opt_out import opted_out
from feedback_app.invitations.plan_sendings import plan_sendings
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import SOURCE, Language
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.trajectories.contacts import ContactUnreadable
from feedback_app.trajectories.intake import wait_turn


class InvitationGone(LookupError):
    """There is no such invitation in what this colleague may see, or its link works no more."""


class NoMessages(Exception):
    """Nothing may be sent to this person any more, by us or by hand."""


@dataclass(frozen=True)
class ByHand:
    """One message as it is sent by hand; `address` opens WhatsApp with its text, for whom one picks there."""

    invitation_id: str
    region_key: str
    offer_type: str
    step: str
    language: Language
    text: str = field(repr=False)

    @property
    def address(self) -> str:
        """A link for a person to tap. It holds no number: whoever taps it knows whom they write to."""
        return f"https://wa.me/?text={quote(self.text, safe='')}"


def message_by_hand(session: Session, settings: Settings, invitation_id: str, region: str | None) -> ByHand:
    """The next message of the timetable, the first where none is planned; InvitationGone, NoMessages.

    region: the only one this colleague sees, if any.
    """
    query = (
        sa.select(Invitation)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(Invitation.id == invitation_id, Invitation.audience == "newcomer")
        .where(Wave.state == "open", ~Invitation.closed)
    )
    found = session.scalar(query.where(Invitation.region_key == region) if region else query)
    token = token_for(settings.secret_key, found.id) if found else ""
    if found is None or token_hash(token) != found.token_hash:
        raise InvitationGone
    if _unwanted(session, settings, found):
        raise NoMessages
    offered = current_app.extensions["offered_languages"]()
    spoken = found.contact_language if found.contact_language in offered else SOURCE
    step = _next_step(session, found.id)
    link, stop = (f"{settings.base_url}/{page}/{token}" for page in ("s", "stop"))
    message = compose(settings, Occasion(found.audience, step, spoken, link, stop))
    return ByHand(
        invitation_id=found.id,
        region_key=found.region_key,
        offer_type=found.offer_type,
        step=step,
        language=message.language,
        text=message.whatsapp,
    )


def note_by_hand(session: Session, settings: Settings, account: Account, message: ByHand) -> None:
    """Note that this message was sent by hand, so that the timetable does not send it as well; commits.

    The note stands also where no message was planned, for want of a number or address: nobody may undo what
    this newcomer's link stands for. InvitationGone when somebody did so meanwhile.
    """
    wait_turn(session)
    if session.scalar(sa.select(Invitation.id).where(Invitation.id == message.invitation_id)) is None:
        raise InvitationGone
    plan_sendings(session, settings, today())  # else it would plan this very message later, if it is that new
    session.execute(
        sa.update(Sending)
        .where(
            Sending.invitation_id == message.invitation_id,
            Sending.step == message.step,
            Sending.state == "planned",
        )
        .values(state="done", channel="whatsapp", next_attempt_at=None)
        .execution_options(synchronize_session=False)
    )
    _note_unplanned(session, settings, message)
    subject = f"invitation:{message.invitation_id}"
    facts = {"step": message.step, "way": "whatsapp"}
    record(
        session, "message.sent_by_hand", account=account, subject=subject, region=message.region_key, **facts
    )
    session.commit()


def _note_unplanned(session: Session, settings: Settings, message: ByHand) -> None:
    """Put a message on the timetable as done, unless it stands there."""
    values = {
        "invitation_id": message.invitation_id,
        "step": message.step,
        "key": letter_key(settings.secret_key, message.invitation_id, message.step),
        "channel": "whatsapp",
        "due_on": today(),
        "state": "done",
        "bundled": False,
        "attempts": 0,
        "outcome": "",
    }
    session.execute(insert_into(session, Sending).values(values).on_conflict_do_nothing())


def _unwanted(session: Session, settings: Settings, invitation: Invitation) -> bool:
    """Whether this person wants no messages, or may not be written to any longer; never by disposition.

    "Refused" becomes "answered" when somebody answers after all, and who answered first is never "refused":
    a page that went by it would tell who answered. So two things count that an answer does not touch. A
    number or address that is still there is on the list of who wants none. Or it was there, because messages
    were planned for it, and is gone while the link still works: stopping destroys it, and so does the end of
    its 90 days (see `retention`). Which of both is not known, and nothing may be sent in either case.

    Not seen is a stop before anything was planned, or of somebody who never left an address: nothing about
    these differs from who may be written to, but for the disposition.
    """
    try:
        ways = list(ways_to_newcomer(settings, invitation.trajectory)) if invitation.trajectory else []
    except ContactUnreadable:
        return False
    if ways:
        return any(opted_out(session, settings, address) for _channel, address in ways)
    planned = sa.exists().where(Sending.invitation_id == invitation.id, Sending.channel != "whatsapp")
    return bool(session.scalar(sa.select(planned)))


def _next_step(session: Session, invitation_id: str) -> str:
    """What is planned next, else what never was; the first where every message is over."""
    query = sa.select(Sending.step, Sending.state).where(Sending.invitation_id == invitation_id)
    known = dict(session.execute(query).all())
    planned = [step for step in SENDING_STEPS if known.get(step) == "planned"]
    return next(iter(planned + [step for step in SENDING_STEPS if step not in known]), SENDING_STEPS[0])
