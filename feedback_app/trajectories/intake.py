"""Taking in a file of ended trajectories: all of it in one transaction, nothing twice, each refusal said.

Rows with the same agency and file number are one trajectory with several activities. A trajectory comes
in whole or not at all: if one of its rows is refused, so are the others.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks, random_id, today
from feedback_app.jobs import Progress
from feedback_app.keys import derive
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.trajectories.contacts import seal
from feedback_app.trajectories.mapping import Mapping, load_vocabulary
from feedback_app.trajectories.models import Activity, ImportBatch, Trajectory
from feedback_app.trajectories.partners import PartnerBook
from feedback_app.trajectories.reading import Sheet, read_sheet
from feedback_app.trajectories.records import Fault, Record, RefusedRow, RowReader, differing

#: what is to be done in the same transaction with what came in; returns how many invitations that made
Then = Callable[[Session, Settings], int]

_SAMPLE = 8
#: the name of the lock on PostgreSQL; any fixed number will do
_TURN = 7_140_212


@dataclass(frozen=True)
class Intake:
    """What became of a file: rows = activities + known + refused."""

    file_name: str
    dry_run: bool
    encoding: str
    delimiter: str
    absent: tuple[str, ...]
    rows: int
    trajectories: int
    activities: int
    partners: int
    known: int
    invitations: int
    refused: tuple[RefusedRow, ...]
    sample: tuple[Record, ...]
    batch_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: counts, and each refused row with its faults; nothing about accepted people."""
        return {
            "file": self.file_name,
            "dry_run": self.dry_run,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "absent_columns": list(self.absent),
            "rows": self.rows,
            "trajectories": self.trajectories,
            "activities": self.activities,
            "partners": self.partners,
            "known": self.known,
            "refused": len(self.refused),
            "invitations": self.invitations,
            "refusals": [
                {"row": one.row, "faults": [vars(fault) for fault in one.faults]} for one in self.refused
            ],
        }


def take_in(
    session: Session,
    settings: Settings,
    data: bytes,
    file_name: str,
    mapping: Mapping,
    *,
    account_id: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    then: Then | None = None,
    day: date | None = None,
) -> Intake:
    """Check a file, store its trajectories, do what follows, and commit; a dry run rolls all back.

    `day` stands for today. Raises FileRefused when the file as a whole cannot be taken in, SurveysRefused
    when the mapping or a code list has faults; nothing is stored then.
    """
    day = day or today()
    file_name = file_name.replace("\\", "/").rsplit("/", 1)[-1][:200]
    sheet = read_sheet(data, mapping, file_name)
    reader = RowReader(sheet, mapping, load_vocabulary(settings.surveys_dir, mapping), day)
    accepted, refused = _check(sheet, reader, progress)
    batch = _batch(settings, data, file_name, account_id)
    try:
        wait_turn(session)
        session.add(batch)
        session.flush()
        partners, *stored = _Store(session, settings, day).store(accepted, progress)
        batch.rows, batch.refused = len(sheet.rows), len(refused)
        batch.trajectories, batch.activities, batch.known = *stored, len(accepted) - stored[1]
        session.flush()
        invitations = then(session, settings) if then else 0
        intake = _result(sheet, batch, accepted, refused, partners, invitations, dry_run)
        if not dry_run:
            _note(session, batch)
            session.commit()
        return intake
    finally:
        session.rollback()  # after a commit there is nothing left to undo


def _note(session: Session, batch: ImportBatch) -> None:
    account = session.get(Account, batch.account_id) if batch.account_id else None
    audit.record(
        session,
        "trajectory.imported",
        account=account,
        subject=f"import:{batch.id}",
        trajectories=batch.trajectories,
        refused=batch.refused,
    )


def _batch(settings: Settings, data: bytes, file_name: str, account_id: str | None) -> ImportBatch:
    key = derive(settings.secret_key, "import-file")
    return ImportBatch(
        id=random_id(),
        file_name=file_name,
        file_hash=hmac.digest(key, data, "sha256").hex(),
        account_id=account_id,
        **dict.fromkeys(("rows", "trajectories", "activities", "known", "refused"), 0),
    )


def _result(
    sheet: Sheet,
    batch: ImportBatch,
    accepted: list[Record],
    refused: list[RefusedRow],
    partners: int,
    invitations: int,
    dry_run: bool,
) -> Intake:
    return Intake(
        file_name=batch.file_name,
        dry_run=dry_run,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        absent=sheet.absent,
        rows=batch.rows,
        trajectories=batch.trajectories,
        activities=batch.activities,
        partners=partners,
        known=batch.known,
        invitations=invitations,
        refused=tuple(refused),
        sample=tuple(accepted[:_SAMPLE]),
        batch_id=None if dry_run else batch.id,
    )


def wait_turn(session: Session) -> None:
    """Let imports and opening waves wait for each other, so that nothing is taken in or invited twice.

    Holds until commit or rollback. SQLite has one writer at a time anyway: its turn is the first write.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


def ref_hash(secret_key: str, agency: str, ref: str) -> str:
    """The keyed hash under which a file number is known again; not to be undone without the secret."""
    key = derive(secret_key, "trajectory-ref")
    return hmac.digest(key, f"{agency}\0{ref}".encode(), hashlib.sha256).hex()


def _check(
    sheet: Sheet, reader: RowReader, progress: Progress | None
) -> tuple[list[Record], list[RefusedRow]]:
    """Accepted records in the order of the file, and refused rows by number."""
    records: list[Record] = []
    refused: list[RefusedRow] = []
    for done, (number, values) in enumerate(sheet.rows, start=1):
        outcome = reader.read(number, values)
        if isinstance(outcome, Record):
            records.append(outcome)
        else:
            refused.append(outcome)
        if progress and done % 1000 == 0:
            progress(done, 2 * len(sheet.rows), _("Rijen nakijken"))
    dossiers: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        dossiers[record.dossier].append(record)
    culprits = {one.dossier: one.row for one in reversed(refused) if one.dossier}
    for dossier, rows in dossiers.items():
        refused += _hold_together(rows, culprits.get(dossier), sheet)
    held = {one.row for one in refused}
    accepted = [record for record in records if record.row not in held]
    return accepted, sorted(refused, key=lambda one: one.row)


def _hold_together(rows: list[Record], culprit: int | None, sheet: Sheet) -> list[RefusedRow]:
    """Refuse all rows of a trajectory when one was refused, or when they contradict each other."""
    if culprit is not None:
        reason = _(
            "Rij %(row)s van hetzelfde dossier is geweigerd. Het dossier blijft in zijn geheel uit.",
            row=culprit,
        )
        return [RefusedRow(one.row, (Fault("incomplete_dossier", "", reason),)) for one in rows]
    fields = sorted({name for one in rows for name in differing(rows[0].facts, one.facts)})
    if not fields:
        return []
    numbers = ", ".join(str(one.row) for one in rows)
    reason = _("De rijen %(rows)s van dit dossier spreken elkaar tegen.", rows=numbers)
    faults = tuple(Fault("contradiction", _header(sheet, name), reason) for name in fields)
    return [RefusedRow(one.row, faults) for one in rows]


def _header(sheet: Sheet, field: str) -> str:
    place = sheet.columns.get(field, sheet.columns.get("nis") if field == "region" else None)
    return field if place is None else sheet.headers[place]


class _Store:
    """Writes accepted records, leaving out what is already there."""

    def __init__(self, session: Session, settings: Settings, day: date) -> None:
        self._session, self._secret, self._day = session, settings.secret_key, day

    def store(self, records: list[Record], progress: Progress | None) -> tuple[int, int, int]:
        """How many partners, trajectories and activities are new."""
        book = PartnerBook(self._session, (one.partner for one in records))
        partners = book.store()
        hashes = {one.dossier: ref_hash(self._secret, *one.dossier) for one in records}
        by_hash: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            by_hash[hashes[record.dossier]].append(record)
        trajectories = activities = done = 0
        for chunk in in_chunks(list(by_hash)):
            part = {one: by_hash[one] for one in chunk}
            new_trajectories, new_activities = self._store_chunk(part, book)
            trajectories += new_trajectories
            activities += new_activities
            done += sum(map(len, part.values()))
            if progress:
                progress(len(records) + done, 2 * len(records), _("Dossiers bewaren"))
        return partners, trajectories, activities

    def _store_chunk(self, part: dict[str, list[Record]], book: PartnerBook) -> tuple[int, int]:
        known = self._known_trajectories(part)
        new = {one: random_id() for one in part if one not in known}
        if new:
            rows = [self._trajectory(new[one], one, part[one][0]) for one in new]
            self._session.execute(sa.insert(Trajectory), rows)
        ids = {**known, **new}
        wanted = dict.fromkeys(
            (ids[one], book.id_of(record.partner), record.offer_type)
            for one, records in part.items()
            for record in records
        )
        there = self._known_activities(known.values())
        fresh = [
            {"id": random_id(), "trajectory_id": one[0], "partner_id": one[1], "offer_type": one[2]}
            for one in wanted
            if one not in there
        ]
        if fresh:
            self._session.execute(sa.insert(Activity), fresh)
        return len(new), len(fresh)

    def _known_trajectories(self, hashes: Iterable[str]) -> dict[str, str]:
        found = sa.select(Trajectory.ref_hash, Trajectory.id).where(Trajectory.ref_hash.in_(list(hashes)))
        return dict(self._session.execute(found).all())

    def _known_activities(self, trajectories: Iterable[str]) -> set[tuple[str, str, str]]:
        found = sa.select(Activity.trajectory_id, Activity.partner_id, Activity.offer_type)
        found = found.where(Activity.trajectory_id.in_(list(trajectories)))
        return set(self._session.execute(found))

    def _trajectory(self, trajectory_id: str, hashed: str, record: Record) -> dict[str, Any]:
        facts = record.facts
        return {
            "id": trajectory_id,
            "ref_hash": hashed,
            "agency_key": record.agency,
            "region_key": facts.region,
            "started_on": facts.started_on,
            "ended_on": facts.ended_on,
            "hours": facts.hours,
            "offer_source": facts.offer_source,
            "contact_language": facts.contact_language,
            "phone_sealed": seal(self._secret, facts.phone),
            "email_sealed": seal(self._secret, facts.email),
            "outcome": facts.outcome,
            "imported_on": self._day,
        }
