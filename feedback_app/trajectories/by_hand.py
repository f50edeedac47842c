"""One trajectory at a time: added by a colleague, or ended by one; checked exactly as a row of a file is."""

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
from feedback_app.trajectories.checking import keep, ref_hash
from feedback_app.trajectories.contacts import seal
from feedback_app.trajectories.contradicting import missing_contact, refuse_contradiction
from feedback_app.trajectories.intake import Then, wait_turn
from feedback_app.trajectories.models import COMPLETED, RUNNING, ImportBatch, Trajectory
from feedback_app.trajectories.one_row import ROW, EntryRefused, read_row, told_before
from feedback_app.trajectories.opted_out import hold_opted_out
from feedback_app.trajectories.records import Fault, Record, RefusedRow
from feedback_app.trajectories.spool import Refusals, Spool
from feedback_app.trajectories.storing import Store
from feedback_app.trajectories.undoing import UndoRefused


class AlreadyKnown(Exception):
    """This trajectory is here already, with this activity."""


class AlreadyEnded(Exception):
    """Somebody registered the end of this trajectory before."""


def add_by_hand(
    session: Session,
    settings: Settings,
    account: Account,
    values: AbstractMapping[str, str],
    then: Then | None,
    asking: Asking | None = None,
    day: date | None = None,
) -> int:
    """Store one trajectory with one activity, do what follows, commit; how many invitations that made.

    `values` are texts by field, days as 2026-06-03. Raises EntryRefused, AlreadyKnown. A file number that is
    here already gets the activity as a further one, and the contact it lacked, if all else agrees.
    """
    own, day = visible_region(account), day or today()
    read, spool = read_row(settings, values, day, own), Spool()
    keep(spool, ROW, read, settings)
    counted = ImportBatch(**dict.fromkeys(("trajectories", "activities", "ended"), 0))
    try:
        wait_turn(session)
        hold_opted_out(session, spool)
        for refused in Refusals(spool):
            raise EntryRefused(*refused.faults)
        assert isinstance(read, Record)
        known = _known(session, settings, read, own)
        contact = missing_contact(settings, known, read.facts) if known else {}
        Store(session, counted, day, own).store(spool, None)
        if known and contact:
            _take_over(session, settings, known, contact, asking, day)
        if not (counted.trajectories or counted.activities or counted.ended or contact):
            raise AlreadyKnown
        session.flush()
        made = then(session, settings) if then else 0
        _note_added(session, settings, account, read, counted, len(contact))
        session.commit()
        return made
    finally:
        session.rollback()


def end_by_hand(
    session: Session,
    settings: Settings,
    account: Account,
    trajectory: Trajectory,
    values: AbstractMapping[str, str],
    then: Then | None,
    day: date | None = None,
) -> int:
    """Register how and when a trajectory ended, do what follows, commit; how many invitations that made.

    `values` are outcome, ended_on, hours, phone and email as texts. Raises EntryRefused, AlreadyEnded.
    """
    day = day or today()
    found = read_row(settings, {**told_before(trajectory), **values}, day, visible_region(account))
    if isinstance(found, RefusedRow):
        raise EntryRefused(*found.faults)
    facts = found.facts
    try:
        wait_turn(session)
        session.refresh(trajectory, with_for_update=True)
        if trajectory.outcome != RUNNING:
            raise AlreadyEnded
        trajectory.outcome, trajectory.ended_on, trajectory.hours = facts.outcome, facts.ended_on, facts.hours
        trajectory.phone_sealed = seal(settings.contact_keys, facts.phone)
        trajectory.email_sealed = seal(settings.contact_keys, facts.email)
        trajectory.imported_on = day
        session.flush()
        made = then(session, settings) if then else 0
        action = "trajectory.ended" if facts.outcome == COMPLETED else "trajectory.stopped"
        subject, region = f"trajectory:{trajectory.id}", trajectory.region_key
        audit.record(session, action, account=account, subject=subject, region=region)
        session.commit()
        return made
    finally:
        session.rollback()


def set_contact(
    session: Session,
    settings: Settings,
    trajectory: Trajectory,
    contact: AbstractMapping[str, str | None],
    day: date,
) -> None:
    """Keep this number and address, sealed, and flush; where there was none, they came in on this day."""
    had = trajectory.phone_sealed or trajectory.email_sealed
    for name, value in contact.items():
        setattr(trajectory, f"{name}_sealed", seal(settings.contact_keys, value))
    if not had and any(contact.values()):
        trajectory.imported_on = day
    session.flush()


def _known(session: Session, settings: Settings, read: Record, own: str | None) -> Trajectory | None:
    """The trajectory with this file number, if what was filled in agrees with it; EntryRefused."""
    known = session.scalar(_of_number(settings, read).with_for_update())
    if known is None:
        return None
    if own and known.region_key != own:
        reason = _("Dit dossier is al gekend in een andere regio dan de jouwe. Er is niets veranderd.")
        raise EntryRefused(Fault("other_region", "ref", reason))
    refuse_contradiction(settings, known, read.facts)
    return known


def _of_number(settings: Settings, read: Record) -> sa.Select[Trajectory]:
    query = sa.select(Trajectory).where(Trajectory.agency_key == read.agency)
    return query.where(Trajectory.ref_hash == ref_hash(settings.secret_key, *read.dossier))


def _take_over(
    session: Session,
    settings: Settings,
    known: Trajectory,
    contact: AbstractMapping[str, str],
    asking: Asking | None,
    day: date,
) -> None:
    set_contact(session, settings, known, contact, day)
    try:
        if asking:
            asking.follow(session, known.id)
    except UndoRefused as refusal:
        raise EntryRefused(
            *(Fault("too_late", name, str(refusal)) for name in contact), known=known.id
        ) from refusal


def _note_added(
    session: Session, settings: Settings, account: Account, read: Record, counted: ImportBatch, contacts: int
) -> None:
    added = session.scalars(_of_number(settings, read).execution_options(populate_existing=True)).one()
    audit.record(
        session,
        "trajectory.added",
        account=account,
        subject=f"trajectory:{added.id}",
        region=added.region_key,
        new=counted.trajectories,
        activities=counted.activities,
        ended=counted.ended,
        contacts=contacts,
    )
