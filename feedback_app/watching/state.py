"""How the service is doing, in numbers that tell nothing of anybody.

What changes when somebody answers is told in steps of ten at least: a number that goes up by one, read beside
a clock, would say when. Nothing is told of a region, an agency, a language or an organisation.
"""

import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app import revisions
from feedback_app.analysis.models import ResponseSnapshot
from feedback_app.analysis.snapshot import counts_in_steps
from feedback_app.exchange.models import ContactRequest
from feedback_app.invitations.models import Sending, Wave
from feedback_app.invitations.pausing import paused_since
from feedback_app.invitations.retention import AFTER_IMPORT
from feedback_app.jobs import Job
from feedback_app.reports.models import EditionNotice
from feedback_app.settings import Settings
from feedback_app.trajectories.models import Trajectory
from feedback_app.watching.clock import skew
from feedback_app.watching.runs import Run, list_runs

STEP = 10
#: a side with fewer invitations is not counted, as on no page
SMALLEST = 20
#: what is told of the disk; finer would show each answer being written
_BLOCK = 64 * 1024 * 1024
_RECENT = timedelta(days=7)
#: of the disk, below which somebody should look; so long a job may wait; so many seconds clocks may differ
_LITTLE_ROOM, _SMALL_ROOM = 0.10, 1024**3
LONG_WAIT = timedelta(hours=1)
FAR_APART = 30.0


@dataclass(frozen=True)
class Queue:
    """Jobs by state, those that failed lately, and since when the first one waits."""

    queued: int = 0
    running: int = 0
    failed: int = 0
    refused: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True)
class Messages:
    """Messages to respondents, in steps of ten: due but not gone, and of the last week those that failed."""

    waiting: int = 0
    failed: int = 0
    bounced: int = 0
    paused: bool = False
    colleagues: int = 0


@dataclass(frozen=True)
class State:
    """Everything a monitor is told; `behind` is None while nobody knows."""

    reachable: bool
    behind: bool | None = None
    skew_seconds: float = 0.0
    queue: Queue = field(default_factory=Queue)
    runs: tuple[Run, ...] = ()
    messages: Messages = field(default_factory=Messages)
    answered: tuple[tuple[str, str, int], ...] = ()
    overdue: bool = False
    free_bytes: int = 0
    size_bytes: int = 0


def state(session: Session, settings: Settings, moment: datetime, day: date) -> State:
    """How the service is doing now; never raises because the database is away."""
    free, size = room(settings)
    try:
        behind = revisions.behind(revisions.present(session.connection()))
        if behind:
            return State(True, True, free_bytes=free, size_bytes=size)
        return State(
            reachable=True,
            behind=False,
            skew_seconds=skew(session, moment),
            queue=queue(session, moment),
            runs=tuple(list_runs(session, moment)),
            messages=messages(session, day),
            answered=tuple(_answered(session)),
            overdue=contacts_overdue(session, day),
            free_bytes=free,
            size_bytes=size,
        )
    except sa.exc.SQLAlchemyError:
        session.rollback()
        return State(reachable=False, free_bytes=free, size_bytes=size)


def room(settings: Settings) -> tuple[int, int]:
    """Free bytes on the disk of the instance folder and its size, both in blocks."""
    disk = shutil.disk_usage(settings.instance_dir if settings.instance_dir.exists() else ".")
    return disk.free // _BLOCK * _BLOCK, disk.total // _BLOCK * _BLOCK


def tight(free: int, size: int) -> bool:
    """Whether a disk is nearly full."""
    return free < _SMALL_ROOM or free < _LITTLE_ROOM * size


def queue(session: Session, moment: datetime) -> Queue:
    """The jobs; of those that failed only the last week's, told apart from those refused with a reason."""
    lately = Job.queued_at >= moment - _RECENT
    open_states = Job.state.in_(("queued", "running"))
    refused = sa.and_(Job.state == "failed", Job.message != "")
    kind = sa.case((refused, "refused"), else_=Job.state)
    query = sa.select(kind, sa.func.count()).where(sa.or_(open_states, lately)).group_by(kind)
    found = {str(name): int(number) for name, number in session.execute(query)}
    # what has a message waits for a moment of its own (JobWaits), and no restart makes it go before that
    waits = sa.select(Job.queued_at).where(Job.state == "queued", Job.message == "")
    first = session.scalars(waits.order_by(Job.queued_at).limit(1)).first()
    states = {name: found.get(name, 0) for name in ("queued", "running", "failed", "refused")}
    return Queue(oldest_at=first, **states)


def messages(session: Session, day: date) -> Messages:
    """Messages in steps, and e-mail to colleagues that waits."""
    recent = sa.and_(Sending.due_on > day - _RECENT, Sending.due_on <= day)
    waiting = sa.and_(Sending.state == "planned", Sending.due_on <= day)
    failed = sa.and_(recent, Sending.state.in_(("failed", "given_up")))
    bounced = sa.and_(recent, Sending.outcome == "bounced")
    counted = (sa.func.count(sa.case((one, 1))) for one in (waiting, failed, bounced))
    numbers = [stepped(int(one)) for one in session.execute(sa.select(*counted)).one()]
    paused = paused_since(session) is not None
    return Messages(numbers[0], numbers[1], numbers[2], paused, _to_colleagues(session))


def _to_colleagues(session: Session) -> int:
    columns = (ContactRequest.mail, EditionNotice.state)
    counts = (session.scalar(sa.select(sa.func.count()).where(one == "waiting")) for one in columns)
    return sum(filter(None, counts))


def stepped(number: int) -> int:
    """The number rounded down to tens."""
    return number // STEP * STEP


def count_answers(session: Session, moment: datetime) -> None:
    """Bring the counts of open waves up to the step that everybody sees; commits."""
    for wave in session.scalars(sa.select(Wave.key).where(Wave.state == "open")).all():
        counts_in_steps(session, wave, moment)


def _answered(session: Session) -> list[tuple[str, str, int]]:
    """Open wave, side, and how many answered, as the last step had it: nothing is counted anew here."""
    query = sa.select(ResponseSnapshot).join(Wave, Wave.key == ResponseSnapshot.wave_key)
    return [
        (one.wave_key, side, stepped(found["answered"]))
        for one in session.scalars(query.where(Wave.state == "open").order_by(ResponseSnapshot.wave_key))
        for side, found in sorted(one.counts["audience"].items())
        if found["invited"] >= SMALLEST
    ]


def contacts_overdue(session: Session, day: date) -> bool:
    """Whether contact data is still there that should have been destroyed yesterday."""
    sealed = sa.or_(Trajectory.phone_sealed.is_not(None), Trajectory.email_sealed.is_not(None))
    late = Trajectory.imported_on < day - AFTER_IMPORT - timedelta(days=1)
    return session.scalar(sa.select(sa.literal(1)).where(sealed, late).limit(1)) is not None
