"""Failed jobs: which there are, and which may be begun again by who did not ask for them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.jobs import Job, begin_again
from feedback_app.paging import PAGE_SIZE, Page, cut
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.work import title_of, waiting_job

#: work that ends the same whoever begins it: it makes something anew, or does all or nothing
_AGAIN = frozenset(
    {
        "close_wave",
        "compile_report",
        "find_patterns",
        "make_booklet",
        "print_cards",
        "print_poster",
        "print_told_poster",
    }
)


class NotAgain(Exception):
    """This job is not begun again: it is of a kind that its colleague asks for, or somebody was first."""


@dataclass(frozen=True)
class Failed:
    """A job that failed: `message` is the reason it was refused with, if it was; `email` who asked."""

    id: str
    title: str
    at: datetime
    message: str
    email: str
    again: bool


def list_failed(session: Session, page: int = 1) -> Page[Failed]:
    """Failed jobs, the latest first."""
    place = cut(session.scalar(sa.select(sa.func.count()).where(Job.state == "failed")) or 0, page)
    query = _with_people().where(Job.state == "failed").order_by(Job.queued_at.desc(), Job.id)
    rows = session.execute(query.limit(PAGE_SIZE).offset(place.start))
    return Page([_failed(*row) for row in rows], place.page, place.pages, place.total)


def list_queue(session: Session) -> list[Failed]:
    """Jobs that run or wait, in the order in which they are done; the first fifty."""
    running_first = sa.case((Job.state == "running", 0), else_=1)
    query = _with_people().where(Job.state.in_(("queued", "running")))
    rows = session.execute(query.order_by(running_first, Job.queued_at, Job.id).limit(PAGE_SIZE))
    return [_failed(*row) for row in rows]


def find_failed(session: Session, job_id: str) -> Failed | None:
    """A failed job; None when there is none with this key, or when it goes on again."""
    row = session.execute(_with_people().where(Job.id == job_id, Job.state == "failed")).first()
    return _failed(*row) if row else None


def retry(session: Session, account: Account, job_id: str) -> None:
    """Begin a failed job again, as it was asked and for who asked it; commits. NotAgain."""
    job = session.get(Job, job_id)
    if job is None or not _may_again(job) or waiting_job(session, job.name, job.arguments):
        raise NotAgain
    asked = session.get(Account, job.account_id) if job.account_id else None
    record(session, "job.retried", account=account, subject=f"job:{job.id}", kind=job.name)
    if not begin_again(session, job, asked.locale if asked else account.locale):
        raise NotAgain


def _may_again(job: Job) -> bool:
    """Not what makes a report final: that is the act of one colleague at one moment."""
    return job.state == "failed" and job.name in _AGAIN and not job.arguments.get("final")


def _with_people() -> sa.Select[Job, str]:
    return sa.select(Job, Account.email).outerjoin(Account, Account.id == Job.account_id)


def _failed(job: Job, email: str | None) -> Failed:
    return Failed(job.id, title_of(job), job.queued_at, job.message, email or "", _may_again(job))
