"""Correcting one trajectory: what a colleague filled in by hand is undone, its contact or its end put right.

Only until somebody is asked: what went out cannot be taken back. Nobody learns here who answered, except by
undoing for good what was not answered (see `afterwards.Asking`).
"""

from collections.abc import Mapping as AbstractMapping
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.afterwards import Asking
from feedback_app.trajectories.by_hand import set_contact
from feedback_app.trajectories.contradicting import CONTACTS, contact_of
from feedback_app.trajectories.intake import Then, wait_turn
from feedback_app.trajectories.models import COMPLETED, RUNNING, Activity, Trajectory
from feedback_app.trajectories.one_row import EntryRefused, read_row, told_before
from feedback_app.trajectories.opted_out import contact_hash, opted_out_hashes
from feedback_app.trajectories.records import Fault, RefusedRow, TrajectoryFacts
from feedback_app.trajectories.undoing import UndoRefused

#: what can be undone of a trajectory, beside the id of an activity that was added to it
WHOLE, END = "whole", "end"

_QUIETLY = {"synchronize_session": False}


def undoable(trajectory: Trajectory) -> tuple[str, ...]:
    """What of it was filled in by hand and nothing was built on: WHOLE, END, ids of activities."""
    by_hand = [one for one in trajectory.activities if one.batch_id is None]
    found = []
    if trajectory.batch_id is None and trajectory.ended_batch_id is None:
        found += [WHOLE] if len(by_hand) == len(trajectory.activities) else []
    if trajectory.outcome != RUNNING and trajectory.ended_batch_id is None:
        found.append(END)
    return (*found, *(one.id for one in by_hand if len(trajectory.activities) > 1))


def undo_one(
    session: Session,
    settings: Settings,
    account: Account,
    trajectory_id: str,
    what: str,
    asking: Asking | None,
    then: Then | None,
) -> None:
    """Take out a trajectory or an activity of it, or let it run again, with the invitations of it; commits.

    `what` is one of `undoable`. Raises UndoRefused when somebody was asked or answered.
    """
    try:
        trajectory = _locked(session, trajectory_id)
        if what not in undoable(trajectory):
            raise UndoRefused(_("Dit is al ongedaan gemaakt, of een later bestand vulde het dossier aan."))
        gone = asking.take_back(session, trajectory.id) if asking else 0
        if what == WHOLE:
            _delete(session, trajectory.id)
        elif what == END:
            trajectory.outcome, trajectory.ended_on, trajectory.hours = RUNNING, None, None
            trajectory.phone_sealed = trajectory.email_sealed = None
        else:
            session.execute(sa.delete(Activity).where(Activity.id == what), execution_options=_QUIETLY)
        session.flush()
        if then and what not in (WHOLE, END):
            then(session, settings)
        part = what if what in (WHOLE, END) else "activity"
        _note(session, "trajectory.undone", account, trajectory, what=part, invitations=gone)
        session.commit()
    finally:
        session.rollback()


def correct(
    session: Session,
    settings: Settings,
    account: Account,
    trajectory: Trajectory,
    values: AbstractMapping[str, str],
    wipe: tuple[str, ...],
    asking: Asking | None,
    then: Then | None,
    day: date | None = None,
) -> tuple[str, ...]:
    """Put right what is known of a trajectory, commit; which fields changed.

    `values` are texts by field; phone and email that are empty stay as they are, unless they are in `wipe`.
    The links stay, unless the end changes: then invitations are made anew. Raises EntryRefused, UndoRefused.
    """
    day = day or today()
    read = read_row(settings, {**told_before(trajectory), **values}, day, visible_region(account))
    if isinstance(read, RefusedRow):
        raise EntryRefused(*read.faults)
    try:
        trajectory = _locked(session, trajectory.id)
        _refuse_opted_out(session, settings, read.facts)
        changed = _apply(session, settings, trajectory, read.facts, wipe, day)
        if not changed:
            return ()
        if asking and {"outcome", "ended_on"}.intersection(changed):
            asking.take_back(session, trajectory.id)
        elif asking:
            asking.follow(session, trajectory.id)
        if then:
            then(session, settings)
        _note(session, "trajectory.corrected", account, trajectory, changed=",".join(changed))
        session.commit()
        return changed
    finally:
        session.rollback()


def _apply(
    session: Session,
    settings: Settings,
    trajectory: Trajectory,
    facts: TrajectoryFacts,
    wipe: tuple[str, ...],
    day: date,
) -> tuple[str, ...]:
    """Write what differs, and flush; the names of those fields."""
    names = ["outcome", "ended_on", "hours", "contact_language"]
    changed = [name for name in names if getattr(trajectory, name) != getattr(facts, name)]
    had = {name: contact_of(settings, trajectory, name) for name in CONTACTS}
    given = {name: getattr(facts, name) or ("" if name in wipe else had[name]) for name in CONTACTS}
    wanted = given if facts.outcome == COMPLETED else dict.fromkeys(CONTACTS, "")
    contact = {name: value or None for name, value in wanted.items() if value != had[name]}
    for name in changed:
        setattr(trajectory, name, getattr(facts, name))
    if "outcome" in changed and facts.outcome == COMPLETED:
        trajectory.imported_on = day  # nobody could be asked before
    set_contact(session, settings, trajectory, contact, day)
    return (*changed, *contact)


def _note(
    session: Session, action: str, account: Account, trajectory: Trajectory, **facts: str | int
) -> None:
    subject, region = f"trajectory:{trajectory.id}", trajectory.region_key
    audit.record(session, action, account=account, subject=subject, region=region, **facts)


def _locked(session: Session, trajectory_id: str) -> Trajectory:
    """The trajectory as it stands now, which nobody else changes meanwhile; UndoRefused when it is gone."""
    wait_turn(session)
    query = sa.select(Trajectory).where(Trajectory.id == trajectory_id).with_for_update()
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise UndoRefused(_("Dit traject is er niet meer."))
    session.expire(found, ["activities"])
    return found


def _refuse_opted_out(session: Session, settings: Settings, facts: TrajectoryFacts) -> None:
    given = {name: getattr(facts, name) for name in CONTACTS if getattr(facts, name)}
    hashes = {name: contact_hash(settings.secret_key, value) for name, value in given.items()}
    unwanted = opted_out_hashes(session, hashes.values())
    reason = _("Deze persoon wil geen berichten meer. Dit is niet bewaard.")
    if faults := [Fault("opted_out", name, reason) for name, one in hashes.items() if one in unwanted]:
        raise EntryRefused(*faults)


def _delete(session: Session, trajectory_id: str) -> None:
    session.execute(
        sa.delete(Activity).where(Activity.trajectory_id == trajectory_id), execution_options=_QUIETLY
    )
    session.execute(sa.delete(Trajectory).where(Trajectory.id == trajectory_id), execution_options=_QUIETLY)
