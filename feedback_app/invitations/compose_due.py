"""The letter for one message of the timetable: to whom, by which channel, in which language."""

from flask import current_app
from sqlalchemy.orm import Session

from feedback_app.invitations.addresses import ways_to_newcomer
from feedback_app.invitations.letter import Letter
from feedback_app.invitations.messages import compose
from feedback_app.invitations.models import Invitation, Sending
from feedback_app.invitations.opt_out import opted_out
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import SOURCE
from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import ContactUnreadable
from feedback_app.trajectories.opted_out import contact_hash
from feedback_app.trajectories.partner_contacts import address_of


class Nowhere(Exception):
    """There is nothing to write to, or no link that works: a card is what is left."""


class Unwanted(Exception):
    """Somebody wants no more messages at one of their addresses."""


def letter_of(session: Session, settings: Settings, due: Sending, invitation: Invitation) -> Letter:
    """What is sent for a message that is due; Nowhere, Unwanted."""
    token = token_for(settings.secret_key, invitation.id)
    if token_hash(token) != invitation.token_hash:
        raise Nowhere  # the secret was replaced: this link would lead nowhere
    ways = _ways(session, settings, invitation)
    if any(opted_out(session, settings, address) for _channel, address in ways):
        raise Unwanted
    channel, address = _best(session, due, ways)
    offered = current_app.extensions["offered_languages"]()
    spoken = invitation.contact_language if invitation.contact_language in offered else SOURCE
    # the hash of where it goes: it can be stopped also when the address was destroyed or replaced since
    stop = f"{settings.base_url}/stop/{token}/{contact_hash(settings.secret_key, address)}"
    link = f"{settings.base_url}/s/{token}"
    occasion = Occasion(invitation.audience, due.step, spoken, link, stop, due.bundled)
    message = compose(settings, occasion)
    by_email = channel == "email"
    return Letter(
        key=due.key,
        channel=channel,
        to=address,
        language=spoken,
        subject=message.email.subject if by_email else "",
        text=message.email.text if by_email else message.sms,
        html=message.email.html if by_email else "",
        stop_url=stop,
        audience=invitation.audience,
    )


def _ways(session: Session, settings: Settings, invitation: Invitation) -> list[tuple[str, str]]:
    if invitation.activity is not None:
        address = address_of(session, invitation.activity.partner)
        return [("email", address)] if address else []
    try:
        return list(ways_to_newcomer(settings, invitation.trajectory)) if invitation.trajectory else []
    except ContactUnreadable:
        return []


def _best(session: Session, due: Sending, ways: list[tuple[str, str]]) -> tuple[str, str]:
    """The first way that has not refused an earlier message of this invitation for good."""
    steps = ("first", "reminder1", "reminder2")
    for channel, address in ways:
        earlier = (session.get(Sending, (due.invitation_id, step)) for step in steps if step != due.step)
        if not any(one and one.state == "failed" and one.channel == channel for one in earlier):
            return channel, address
    raise Nowhere
