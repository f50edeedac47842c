"""Taking in a file of trajectories: all of it in one transaction, nothing twice, each refusal said.

Everything is prepared before that transaction, because on SQLite nobody else can write while it lasts. What
follows on the file (invitations) comes after it, in pieces.
"""

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedback_app.database import random_id, today
from feedback_app.jobs import Progress
from feedback_app.keys import derive
from feedback_app.settings import Settings
from feedback_app.statements import bulk_turn
from feedback_app.trajectories.checking import check
from feedback_app.trajectories.following import Follows, part
from feedback_app.trajectories.mapping import Mapping, load_vocabulary
from feedback_app.trajectories.models import ImportBatch
from feedback_app.trajectories.opted_out import hold_opted_out
from feedback_app.trajectories.prepared import Prepared
from feedback_app.trajectories.preparing import Preparation, witness
from feedback_app.trajectories.reading import Bytes, Metered, Sheet, Source, read_sheet
from feedback_app.trajectories.records import RowReader
from feedback_app.trajectories.spool import Refusals, Spool
from feedback_app.trajectories.storing import count, room, write

#: what is to be done in the same transaction with a single trajectory; returns how many invitations that made
Then = Callable[[Session, Settings], int]

#: the name of the lock on PostgreSQL; any fixed number will do
_TURN = 7_140_212
_PIECE = 64 * 1024
#: how often a file is prepared while others may write; the last time nobody else may
_TRIES = 3

log = logging.getLogger(__name__)


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
    then: Follows | None = None,
    noted: Callable[[ImportBatch], None] | None = None,
    day: date | None = None,
    batch_id: str | None = None,
) -> Intake:
    """Check a file, store its trajectories and commit, then do what follows; a dry run only reads.

    `day` stands for today, `region` is the one the colleague is bound to; `noted` is told of the batch before
    the commit. FileRefused when the file cannot be taken in, SurveysRefused when the mapping or a code list
    has faults: nothing is stored then. Memory does not grow with the file.
    """
    day, file_name = day or today(), plain_file_name(file_name)
    source = Metered(Bytes(data) if isinstance(data, bytes) else data)
    sheet = read_sheet(source, mapping, file_name)
    reader = RowReader(sheet, mapping, load_vocabulary(settings.surveys_dir, mapping), day, region)
    spool = check(sheet, reader, settings, part(progress, 0, 500))
    facts: dict[str, Any] = {"id": batch_id or random_id(), "file_name": file_name}
    facts |= {"file_hash": _digest(settings, source), "account_id": account_id, "region_key": region}
    entry = _Entry(session, spool, facts, day, then, progress)
    try:
        made = entry.prepare() if dry_run else entry.write(noted)
    finally:
        session.rollback()  # after a commit there is nothing left to undo
    act = _foresee if dry_run else _follow
    invitations = act(session, settings, then, made, part(progress, 800, 1000))
    if progress:
        progress(1000, 1000, _("Klaar"))
    return _result(sheet, facts, spool, made, invitations, dry_run)


class _Entry:
    """One file on its way into the database."""

    def __init__(
        self,
        session: Session,
        spool: Spool,
        facts: dict[str, Any],
        day: date,
        then: Follows | None,
        progress: Progress | None,
    ) -> None:
        self._session, self._spool, self._facts, self._day = session, spool, facts, day
        self._then, self._progress = then, progress

    def prepare(self) -> Prepared:
        """What the file brings, compared with what is there; only reads."""
        session, region = self._session, self._facts["region_key"]
        hold_opted_out(session, self._spool)
        periods = self._then.periods(session) if self._then else ()
        preparation = Preparation(session, self._facts["id"], self._day, region, periods)
        return preparation.of(self._spool, part(self._progress, 500, 750))

    def write(self, noted: Callable[[ImportBatch], None] | None) -> Prepared:
        """Store it and commit.

        It is prepared while others may write. Should they have changed something that matters, it is prepared
        again, the last time with the door closed.
        """
        session = self._session
        for _try in range(_TRIES - 1):
            wait_turn(session)
            before = witness(session, self._facts["id"])
            made = self.prepare()
            with bulk_turn(session, large=True):
                batch = self._begin()
                if witness(session, batch.id) == before:
                    return self._finish(batch, made, noted)
                session.rollback()
        wait_turn(session)
        batch = self._begin()
        return self._finish(batch, self.prepare(), noted)

    def _begin(self) -> ImportBatch:
        """From this first row on nobody else writes (on SQLite; on PostgreSQL no other import does)."""
        nothing = dict.fromkeys(("rows", "trajectories", "activities", "known", "refused", "ended"), 0)
        batch = ImportBatch(**self._facts, **nothing)
        self._session.add(batch)
        self._session.flush()
        return batch

    def _finish(
        self, batch: ImportBatch, made: Prepared, noted: Callable[[ImportBatch], None] | None
    ) -> Prepared:
        """Write everything and commit."""
        if self._progress:
            self._progress(750, 1000, _("Dossiers bewaren"))
        with room(self._session):
            write(self._session, made)
            count(batch, self._spool, made)
            if noted:
                noted(batch)
            self._session.flush()
        self._session.commit()
        return made


def _foresee(
    session: Session, _settings: Settings, then: Follows | None, made: Prepared, _progress: Progress | None
) -> int:
    """How many invitations will follow; only reads."""
    return made.invitations + then.waiting(session) if then else 0


def _follow(
    session: Session, settings: Settings, then: Follows | None, _made: Prepared, progress: Progress | None
) -> int:
    """Do what follows; what fails then does not undo the file, and is made good later (see `Follows`)."""
    if then is None:
        return 0
    try:
        return then.act(session, settings, progress)
    except SQLAlchemyError:
        session.rollback()
        log.exception("a file was taken in, but what follows was broken off; it is finished later")
        return 0


def plain_file_name(name: str) -> str:
    """A file's name without the folders some browsers send along."""
    return name.replace("\\", "/").rsplit("/", 1)[-1][:200]


def _digest(settings: Settings, source: Source) -> str:
    """The keyed hash under which a file is known again."""
    digest = hmac.new(derive(settings.secret_key, "import-file"), digestmod="sha256")
    with source.open() as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _result(
    sheet: Sheet, facts: dict[str, Any], spool: Spool, made: Prepared, invitations: int, dry_run: bool
) -> Intake:
    rows, refused = spool.counts()
    activities = made.count("activities")
    return Intake(
        file_name=facts["file_name"],
        dry_run=dry_run,
        encoding=sheet.layout.encoding,
        delimiter=sheet.layout.delimiter,
        absent=sheet.absent,
        rows=rows,
        trajectories=made.count("trajectories"),
        activities=activities,
        partners=made.count("partners"),
        known=rows - refused - activities,
        ended=made.count("ends"),
        invitations=invitations,
        refused=Refusals(spool),
        spool=spool,
        batch_id=None if dry_run else facts["id"],
    )


def wait_turn(session: Session) -> None:
    """Let imports and opening waves wait for each other, so that nothing is taken in or invited twice.

    Holds until commit or rollback. SQLite has one writer at a time anyway: its turn is the first write.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
