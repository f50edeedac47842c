"""One trajectory at a time: added by a colleague, or ended by one; checked exactly as a row of a file is."""

from collections.abc import Mapping as AbstractMapping
from datetime import date

from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.checking import keep
from feedback_app.trajectories.contacts import seal
from feedback_app.trajectories.intake import Then, wait_turn
from feedback_app.trajectories.mapping import DEFAULT, FOLDER, load_mapping, load_vocabulary
from feedback_app.trajectories.models import RUNNING, ImportBatch, Trajectory
from feedback_app.trajectories.opted_out import hold_opted_out
from feedback_app.trajectories.reading import Bytes, Layout, Sheet
from feedback_app.trajectories.records import Fault, Record, RefusedRow, RowReader
from feedback_app.trajectories.spool import Refusals, Spool
from feedback_app.trajectories.storing import Store

_ROW = 1


class EntryRefused(Exception):
    """What was filled in cannot come in; each fault's column is the field's name."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


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
    day: date | None = None,
) -> int:
    """Store one trajectory with one activity, do what follows, commit; how many invitations that made.

    `values` are texts by field, days as 2026-06-03. Raises EntryRefused, AlreadyKnown. A file number that is
    here already gets the activity as a further one.
    """
    own, day = visible_region(account), day or today()
    spool = Spool()
    keep(spool, _ROW, _read(settings, values, day, own), settings)
    counted = ImportBatch(**dict.fromkeys(("trajectories", "activities", "ended"), 0))
    try:
        wait_turn(session)
        hold_opted_out(session, spool)
        for refused in Refusals(spool):
            raise EntryRefused(*refused.faults)
        Store(session, counted, day, own).store(spool, None)
        if not (counted.trajectories or counted.activities or counted.ended):
            raise AlreadyKnown
        session.flush()
        made = then(session, settings) if then else 0
        audit.record(
            session,
            "trajectory.added",
            account=account,
            region=values.get("region") or None,
            new=counted.trajectories,
            ended=counted.ended,
        )
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
    found = _read(settings, {**_told_before(trajectory), **values}, day, visible_region(account))
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
        action = "trajectory.ended" if facts.outcome == "completed" else "trajectory.stopped"
        subject, region = f"trajectory:{trajectory.id}", trajectory.region_key
        audit.record(session, action, account=account, subject=subject, region=region)
        session.commit()
        return made
    finally:
        session.rollback()


def _told_before(trajectory: Trajectory) -> dict[str, str]:
    """What is known of a trajectory, as a row says it; the rest is not looked at when it ends."""
    return {
        "ref": "-",
        "agency": trajectory.agency_key,
        "region": trajectory.region_key,
        "started_on": trajectory.started_on.isoformat(),
        "offer_source": trajectory.offer_source,
        "contact_language": trajectory.contact_language,
        "offer_type": "andere",
        "partner_name": "-",
    }


def _read(
    settings: Settings, values: AbstractMapping[str, str], day: date, region: str | None
) -> Record | RefusedRow:
    """A form, read as if it were the one row of a file whose columns are called as our fields."""
    names = list(values)
    mapping = load_mapping(settings.surveys_dir / FOLDER / f"{DEFAULT}.yaml")
    mapping = mapping.model_copy(update={"fixed": {}, "dates": ["%Y-%m-%d", *mapping.dates]})
    sheet = Sheet(Layout(Bytes(b""), "", "", names), {name: at for at, name in enumerate(names)}, ())
    reader = RowReader(sheet, mapping, load_vocabulary(settings.surveys_dir, mapping), day, region)
    return reader.read(_ROW, [" ".join(value.split()) for value in values.values()])
