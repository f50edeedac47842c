"""Taking in a file of trajectories: all of it in one transaction, nothing twice, each refusal said."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import random_id, today
from feedback_app.jobs import Progress
from feedback_app.keys import derive
from feedback_app.settings import Settings
from feedback_app.trajectories.checking import check
from feedback_app.trajectories.mapping import Mapping, load_vocabulary
from feedback_app.trajectories.models import ImportBatch
from feedback_app.trajectories.opted_out import hold_opted_out
from feedback_app.trajectories.reading import Bytes, Sheet, Source, read_sheet
from feedback_app.trajectories.records import RowReader
from feedback_app.trajectories.spool import Refusals, Spool
from feedback_app.trajectories.storing import Store

#: what is to be done in the same transaction with what came in; returns how many invitations that made
Then = Callable[[Session, Settings], int]

#: the name of the lock on PostgreSQL; any fixed number will do
_TURN = 7_140_212
_PIECE = 64 * 1024


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
    ended: int
    invitations: int
    refused: Refusals
    spool: Spool = field(repr=False, compare=False)
    batch_id: str | None = None

    def counts(self) -> dict[str, Any]:
        """Everything but the single rows."""
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
            "ended": self.ended,
            "refused": len(self.refused),
            "invitations": self.invitations,
        }

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: counts, and each refused row with its faults; nothing about accepted people."""
        refusals = [{"row": one.row, "faults": [vars(fault) for fault in one.faults]} for one in self.refused]
        return {**self.counts(), "refusals": refusals}


def take_in(
    session: Session,
    settings: Settings,
    data: bytes | Source,
    file_name: str,
    mapping: Mapping,
    *,
    account_id: str | None = None,
    region: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    then: Then | None = None,
    noted: Callable[[ImportBatch], None] | None = None,
    day: date | None = None,
) -> Intake:
    """Check a file, store its trajectories, do what follows, and commit; a dry run rolls all back.

    `day` stands for today, `region` is the one the colleague is bound to; `noted` is told of the batch before
    the commit. FileRefused when the file cannot be taken in, SurveysRefused when the mapping or a code list
    has faults: nothing is stored then. Memory does not grow with the file.
    """
    day, file_name = day or today(), plain_file_name(file_name)
    source = Bytes(data) if isinstance(data, bytes) else data
    sheet = read_sheet(source, mapping, file_name)
    reader = RowReader(sheet, mapping, load_vocabulary(settings.surveys_dir, mapping), day, region)
    spool = check(sheet, reader, settings, progress)
    batch = _batch(settings, source, file_name, account_id, region)
    try:
        wait_turn(session)
        hold_opted_out(session, spool)
        session.add(batch)
        session.flush()
        partners = Store(session, batch, day, region).store(spool, progress)
        invitations = then(session, settings) if then else 0
        intake = _result(sheet, batch, spool, partners, invitations, dry_run)
        if not dry_run:
            _commit(session, batch, noted)
        return intake
    finally:
        session.rollback()  # after a commit there is nothing left to undo


def _commit(session: Session, batch: ImportBatch, noted: Callable[[ImportBatch], None] | None) -> None:
    if noted:
        noted(batch)
    session.commit()


def plain_file_name(name: str) -> str:
    """A file's name without the folders some browsers send along."""
    return name.replace("\\", "/").rsplit("/", 1)[-1][:200]


def _batch(
    settings: Settings, source: Source, file_name: str, account_id: str | None, region: str | None
) -> ImportBatch:
    digest = hmac.new(derive(settings.secret_key, "import-file"), digestmod="sha256")
    with source.open() as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return ImportBatch(
        id=random_id(),
        file_name=file_name,
        file_hash=digest.hexdigest(),
        account_id=account_id,
        region_key=region,
        **dict.fromkeys(("rows", "trajectories", "activities", "known", "refused", "ended"), 0),
    )


def _result(
    sheet: Sheet, batch: ImportBatch, spool: Spool, partners: int, invitations: int, dry_run: bool
) -> Intake:
    return Intake(
        file_name=batch.file_name,
        dry_run=dry_run,
        encoding=sheet.layout.encoding,
        delimiter=sheet.layout.delimiter,
        absent=sheet.absent,
        rows=batch.rows,
        trajectories=batch.trajectories,
        activities=batch.activities,
        partners=partners,
        known=batch.known,
        ended=batch.ended,
        invitations=invitations,
        refused=Refusals(spool),
        spool=spool,
        batch_id=None if dry_run else batch.id,
    )


def wait_turn(session: Session) -> None:
    """Let imports and opening waves wait for each other, so that nothing is taken in or invited twice.

    Holds until commit or rollback. SQLite has one writer at a time anyway: its turn is the first write.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
