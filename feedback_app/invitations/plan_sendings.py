"""Putting invitations on the timetable: which message is due on which day.

A newcomer's messages are planned as soon as the invitation is there, a partner's on the day itself, because
until then more trajectories may join. A newcomer who answered is planned like anybody else (see `timetable`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.invitations.in_pieces import piece, size_of
from feedback_app.invitations.letter import letter_key
from feedback_app.invitations.models import AskedContact, Invitation, Sending, Wave
from feedback_app.settings import Settings
from feedback_app.statements import Channel, Statement
from feedback_app.timetable import Bundle, Planned, Waiting
from feedback_app.trajectories.models import Activity, Trajectory
from feedback_app.trajectories.opted_out import contact_hash
from feedback_app.trajectories.partner_contacts import addresses

#: dispositions of invitations that may still be written to
ASKABLE = ("unknown", "delivered", "bounced")
_NEVER = ("not_offered", "not_eligible")
_CHUNK = 1000
#: rows that a bundle writes, or so: each by a statement of its own
_OF_A_BUNDLE = 10
_GIVEN = ("invitation_id", "step", "key", "channel", "due_on", "bundled")
#: a message of which nothing is tried yet
_NEW = Statement(
    sa.insert(Sending).values(
        {name: sa.bindparam(name) for name in _GIVEN} | {"state": "planned", "attempts": 0, "outcome": ""}
    )
)


def plan_sendings(session: Session, settings: Settings, day: date) -> int:
    """Plan what is not planned yet; how many messages. Flushes, does not commit; again adds nothing."""
    return sum(write() for write in _pieces(session, settings, day, _CHUNK))


def plan_in_pieces(session: Session, settings: Settings, day: date) -> int:
    """The same, but commits piece by piece, each of them whole by itself."""
    planned = 0
    for write in _pieces(session, settings, day, size_of(session)):
        with piece(session):
            planned += write()
    return planned


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


def _pieces(session: Session, settings: Settings, day: date, size: int) -> Iterator[Callable[[], int]]:
    """What there is to plan, read and computed; each of them writes its part and tells how many messages."""
    for rows in _newcomers(session, settings, day, size):
        yield partial(_plan_newcomers, session, rows)
    bundles = [one for one in waiting_bundles(session, settings, day) if one.on <= day]
    for some in in_chunks(bundles, max(1, size // _OF_A_BUNDLE)):
        yield partial(_plan_partners, session, settings, day, some)


def _newcomers(
    session: Session, settings: Settings, day: date, size: int
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Invitations of newcomers that are to be planned, so many at a time, each with its messages."""
    has_phone = Trajectory.phone_sealed.is_not(None)
    query = (
        sa.select(Invitation.id, has_phone.label("by_phone"))
        .add_columns(Trajectory.ended_on, Trajectory.imported_on, Wave.opened_on)
        .join(Trajectory, Trajectory.id == Invitation.trajectory_id)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(*_unplanned("newcomer"), sa.or_(has_phone, Trajectory.email_sealed.is_not(None)))
        .where(known_since(day - timedelta(days=settings.timetable.ask_within_days)))
        .order_by(Invitation.id)
        .limit(size)
    )
    last = ""
    while rows := session.execute(query.where(Invitation.id > last)).all():
        last = rows[-1].id
        yield {
            row.id: _rows(
                settings,
                row.id,
                "sms" if row.by_phone else "email",
                settings.timetable.steps("newcomer", known_on(row)),
            )
            for row in rows
        }


def _plan_newcomers(session: Session, found: dict[str, list[dict[str, Any]]]) -> int:
    """Those that are still there and that nobody planned meanwhile."""
    still = _still_wait(session, list(found), *_unplanned("newcomer"))
    made = [row for invitation_id, rows in found.items() if invitation_id in still for row in rows]
    _insert(session, made)
    return len(made)


def _plan_partners(session: Session, settings: Settings, day: date, bundles: Sequence[Bundle]) -> int:
    """Those of which all still wait to be asked; what is left of another is bundled anew next time."""
    planned = 0
    asked = [one.invitation_id for each in bundles for one in (each.lead, *each.others)]
    still = _still_wait(session, asked, *_unplanned("partner"), Invitation.disposition.in_(ASKABLE))
    for bundle in bundles:
        if not still.issuperset(one.invitation_id for one in (bundle.lead, *bundle.others)):
            continue
        steps = settings.timetable.steps_from("partner", bundle.on)
        made = _rows(settings, bundle.lead.invitation_id, "email", steps, bundled=bool(bundle.others))
        _insert(session, made)
        _stands_for(session, bundle)
        _note_asked(session, bundle.contact, day)
        planned += len(made)
    return planned


def _still_wait(session: Session, invitations: Sequence[str], *unplanned: sa.ColumnElement[bool]) -> set[str]:
    """Those of these that may be planned now: they may wait for minutes, in which others write."""
    waits = sa.select(Invitation.id).join(Wave, Wave.key == Invitation.wave_key).where(*unplanned)
    chunks = in_chunks(invitations)
    return {one for some in chunks for one in session.scalars(waits.where(Invitation.id.in_(some)))}


def _insert(session: Session, made: Sequence[dict[str, Any]]) -> None:
    if made:
        Channel.within(session).run(_NEW, *made)


def _rows(
    settings: Settings, invitation_id: str, channel: str, steps: Iterable[Planned], *, bundled: bool = False
) -> list[dict[str, Any]]:
    return [
        {
            "invitation_id": invitation_id,
            "step": one.step,
            "key": letter_key(settings.secret_key, invitation_id, one.step),
            "channel": channel,
            "due_on": one.on.isoformat(),
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
