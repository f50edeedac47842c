"""How far an open wave is, in steps: so that nobody sees a count go up while somebody answers.

Everybody in every process sees the same counts for five minutes, and new ones only once ten more people
answered. Who is invited is counted anew each time: that does not change when somebody answers.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import ResponseSnapshot
from feedback_app.clock import APART
from feedback_app.database import UtcDateTime, insert_into
from feedback_app.invitations.models import AUDIENCES, SENDING_STEPS, Invitation, Sending
from feedback_app.languages import GROUPS

STEP = timedelta(minutes=5)
#: so many more answers before the counts move
BATCH = 10

#: column → the dispositions it counts. Who answered or refused was reached: without them `delivered` would go
#: down when somebody answers.
COLUMNS = {
    "invited": ("unknown", "delivered", "answered", "refused", "bounced", "not_offered"),
    "delivered": ("delivered", "answered", "refused"),
    "answered": ("answered",),
    "bounced": ("bounced",),
}

#: cut → what its members are; never two of them crossed, except side and region
CUTS = {
    "audience": Invitation.audience,
    "newcomer_region": Invitation.region_key,
    "partner_region": Invitation.region_key,
    "agency": Invitation.agency_key,
    "language": Invitation.contact_language,
    "channel": sa.func.coalesce(Sending.channel, sa.literal_column("'card'")),
}
#: cuts of one side only, so that those of the newcomers have one sum: two sums would give away small groups
_SIDE = {
    "newcomer_region": "newcomer",
    "partner_region": "partner",
    "agency": "newcomer",
    "language": "newcomer",
    "channel": "newcomer",
}
#: cuts whose members people move between: a number is a card until the timetable plans a message. Here
#: also who is invited stands still, else more would have answered by card than were invited by it.
_MOVING = ("channel",)

#: cut → member → column → number of invitations
Counts = dict[str, dict[str, dict[str, int]]]


def counts_in_steps(session: Session, wave_key: str, moment: datetime) -> Counts:
    """An open wave's counts as they may be shown at this moment; stores those that are due, and commits."""
    live = count(session, wave_key)
    step = moment - (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % STEP
    kept = _kept(session, wave_key)
    if kept is None or kept.taken_at < step or kept.taken_at > step + APART:  # a clock went back
        due = live if kept is None or _may_move(kept.counts, live) else kept.counts
        _store(session, wave_key, step, due)
        kept = _kept(session, wave_key)
    held = kept.counts if kept else live
    return {
        cut: held[cut]
        if cut in _MOVING
        else {
            member: _held(held, cut, member) | {"invited": now["invited"]} for member, now in members.items()
        }
        for cut, members in live.items()
    }


def count(session: Session, wave_key: str) -> Counts:
    """The invitations of a wave, cut by cut; the channel is that of the first message."""
    return {cut: _count(session, wave_key, cut) for cut in CUTS}


def _count(session: Session, wave_key: str, cut: str) -> dict[str, dict[str, int]]:
    member = CUTS[cut]
    first = sa.and_(Sending.invitation_id == Invitation.id, Sending.step == SENDING_STEPS[0])
    query = sa.select(member, Invitation.disposition, sa.func.count()).where(Invitation.wave_key == wave_key)
    if cut == "channel":
        query = query.select_from(Invitation).outerjoin(Sending, first)
    if cut in _SIDE:
        query = query.where(Invitation.audience == _SIDE[cut])
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    for named, disposition, number in session.execute(query.group_by(member, Invitation.disposition)):
        key = GROUPS.get(named, named) if cut == "language" else named  # never a language by itself
        for column, codes in COLUMNS.items():
            found[key][column] += number if disposition in codes else 0
    return dict(found)


def _may_move(shown: Mapping[str, Mapping[str, Mapping[str, int]]], live: Counts) -> bool:
    """Whether nobody answered since, or so many that none of them stands out; on both sides at once."""
    more = [
        live["audience"].get(side, {}).get("answered", 0) - shown["audience"].get(side, {}).get("answered", 0)
        for side in AUDIENCES
    ]
    return all(one == 0 or one >= BATCH for one in more)


def _held(shown: Mapping[str, Mapping[str, Mapping[str, int]]], cut: str, member: str) -> dict[str, int]:
    return {**dict.fromkeys(COLUMNS, 0), **shown[cut].get(member, {})}


def _kept(session: Session, wave_key: str) -> ResponseSnapshot | None:
    query = sa.select(ResponseSnapshot).where(ResponseSnapshot.wave_key == wave_key)
    return session.scalar(query.execution_options(populate_existing=True))


def _store(session: Session, wave_key: str, step: datetime, counts: Counts) -> None:
    """Keep these counts, unless another process kept its own of this moment: then those are everybody's."""
    values = {"taken_at": step, "counts": counts}
    first = insert_into(session, ResponseSnapshot).values(wave_key=wave_key, **values)
    taken = ResponseSnapshot.taken_at
    earlier = taken < sa.bindparam("step", step, UtcDateTime())
    to_come = taken > sa.bindparam("far", step + APART, UtcDateTime())
    statement = first.on_conflict_do_update(index_elements=["wave_key"], set_=values, where=earlier | to_come)
    session.execute(statement)
    session.commit()
