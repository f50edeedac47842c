"""Putting invitations on the timetable: which message is due on which day.

A newcomer's messages are planned as soon as the invitation is there, a partner's on the day itself, because
until then more trajectories may join. A newcomer who answered is planned like anybody else (see `timetable`).
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.invitations.letter import letter_key
from feedback_app.invitations.models import AskedContact, Invitation, Sending, Wave
from feedback_app.settings import Settings
from feedback_app.timetable import Bundle, Planned, Waiting
from feedback_app.trajectories.models import Activity, Trajectory
from feedback_app.trajectories.opted_out import contact_hash
from feedback_app.trajectories.partner_contacts import addresses

#: dispositions of invitations that may still be written to
ASKABLE = ("unknown", "delivered", "bounced")
_NEVER = ("not_offered", "not_eligible")
_CHUNK = 1000


def plan_sendings(session: Session, settings: Settings, day: date) -> int:
    """Plan what is not planned yet; how many messages. Flushes, does not commit; again adds nothing."""
    return _plan_newcomers(session, settings, day) + _plan_partners(session, settings, day)


def waiting_bundles(session: Session, settings: Settings, day: date) -> list[Bundle]:
    """The messages to partners that are not planned yet, as they would go out if nothing joined them."""
    waiting = list(_waiting_partners(session, settings, day))
    asked: dict[str, date] = {}
    for chunk in in_chunks(sorted({one.contact for one in waiting})):
        query = sa.select(AskedContact.contact_hash, AskedContact.asked_on)
        asked |= dict(session.execute(query.where(AskedContact.contact_hash.in_(chunk))).all())
    return settings.timetable.bundles(waiting, asked)


def known_on(row: Any) -> date:
    """Day zero of an invitation, of a row that has these three days."""
    days: tuple[date, ...] = (row.ended_on, row.imported_on, row.opened_on)
    return max(days)


def known_since(day: date) -> sa.ColumnElement[bool]:
    """Whether day zero is this day or a later one."""
    return sa.or_(Trajectory.ended_on >= day, Trajectory.imported_on >= day, Wave.opened_on >= day)


def _unplanned(audience: str) -> list[sa.ColumnElement[bool]]:
    return [
        Invitation.audience == audience,
        Invitation.disposition.not_in(_NEVER),
        ~Invitation.closed,
        Wave.state == "open",
        ~sa.exists().where(Sending.invitation_id == Invitation.id),
    ]


def _plan_newcomers(session: Session, settings: Settings, day: date) -> int:
    has_phone = Trajectory.phone_sealed.is_not(None)
    query = (
        sa.select(Invitation.id, has_phone.label("by_phone"))
        .add_columns(Trajectory.ended_on, Trajectory.imported_on, Wave.opened_on)
        .join(Trajectory, Trajectory.id == Invitation.trajectory_id)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(*_unplanned("newcomer"), sa.or_(has_phone, Trajectory.email_sealed.is_not(None)))
        .where(known_since(day - timedelta(days=settings.timetable.ask_within_days)))
        .order_by(Invitation.id)
        .limit(_CHUNK)
    )
    planned, last = 0, ""
    while rows := session.execute(query.where(Invitation.id > last)).all():
        made = [
            one
            for row in rows
            for one in _rows(
                settings,
                row.id,
                "sms" if row.by_phone else "email",
                settings.timetable.steps("newcomer", known_on(row)),
            )
        ]
        session.execute(sa.insert(Sending), made)
        planned, last = planned + len(made), rows[-1].id
    return planned


def _plan_partners(session: Session, settings: Settings, day: date) -> int:
    planned = 0
    for bundle in waiting_bundles(session, settings, day):
        if bundle.on > day:
            continue
        steps = settings.timetable.steps_from("partner", bundle.on)
        made = _rows(settings, bundle.lead.invitation_id, "email", steps, bundled=bool(bundle.others))
        session.execute(sa.insert(Sending), made)
        _stands_for(session, bundle)
        _note_asked(session, bundle.contact, day)
        planned += len(made)
    return planned


def _rows(
    settings: Settings, invitation_id: str, channel: str, steps: Iterable[Planned], *, bundled: bool = False
) -> list[dict[str, Any]]:
    return [
        {
            "invitation_id": invitation_id,
            "step": one.step,
            "key": letter_key(settings.secret_key, invitation_id, one.step),
            "channel": channel,
            "due_on": one.on,
            "bundled": bundled,
        }
        for one in steps
    ]


def _waiting_partners(session: Session, settings: Settings, day: date) -> Iterable[Waiting]:
    times = settings.timetable
    since = day - timedelta(days=times.ask_within_days + times.partner_pause_days)
    reached = addresses()
    query = (
        sa.select(Invitation.id, reached.c.address)
        .add_columns(Trajectory.ended_on, Trajectory.imported_on, Wave.opened_on)
        .join(Activity, Activity.id == Invitation.activity_id)
        .join(Trajectory, Trajectory.id == Activity.trajectory_id)
        .join(reached, reached.c.partner_id == Activity.partner_id)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(*_unplanned("partner"), Invitation.disposition.in_(ASKABLE), known_since(since))
    )
    hashes: dict[str, str] = {}
    for row in session.execute(query):
        if row.address not in hashes:
            hashes[row.address] = contact_hash(settings.secret_key, row.address)
        yield Waiting(row.id, hashes[row.address], known_on(row), row.ended_on)


def _stands_for(session: Session, bundle: Bundle) -> None:
    """One message asks about all of them, so the others count as not to be asked by themselves."""
    for chunk in in_chunks([one.invitation_id for one in bundle.others]):
        session.execute(
            sa.update(Invitation)
            .where(Invitation.id.in_(chunk), Invitation.disposition.in_(ASKABLE))
            .values(disposition="not_eligible")
            .execution_options(synchronize_session=False)
        )


def _note_asked(session: Session, contact: str, day: date) -> None:
    session.execute(sa.delete(AskedContact).where(AskedContact.contact_hash == contact))
    session.execute(sa.insert(AskedContact).values(contact_hash=contact, asked_on=day))
