"""The page of a job: what it is, how far it is, where its result lies; features tell the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from feedback_app.jobs import Job, Step, jobs
from feedback_app.staff.models import Account

_KEY = "kinds_of_work"


@dataclass(frozen=True)
class Kind:
    """One kind of job: its name for people, and the address and name of the page with its result.

    `shared` work is done once whoever asks: who asks for what another began is led to that one's page.
    """

    title: Any
    link: Any
    url: Callable[[Job], str]
    shared: bool = False


@dataclass(frozen=True)
class Work:
    """A job as its page shows it; `url` leads to the result once it is done."""

    job: Job
    title: str
    step: Step | None
    url: str
    link: str

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.job.state in ("done", "failed")


def names_work(blueprint: Blueprint, name: str, kind: Kind) -> None:
    """Let a feature say what one of its jobs is called and where its result lies."""
    blueprint.record(lambda state: state.app.extensions.setdefault(_KEY, {}).update({name: kind}))


def waiting_job(session: Session, name: str, arguments: Mapping[str, Any]) -> Job | None:
    """A job that is to do the same and has not ended, so that nobody starts it twice."""
    query = sa.select(Job).where(Job.name == name, Job.state.in_(("queued", "running")))
    return next((job for job in session.scalars(query) if job.arguments == arguments), None)


def title_of(job: Job) -> str:
    """What a job is called for people."""
    kind: Kind | None = current_app.extensions.get(_KEY, {}).get(job.name)
    return str(kind.title) if kind else job.name


def find_work(session: Session, account: Account, job_id: str) -> Work | None:
    """A job with its progress; None when there is none with this key, or none that this account may see."""
    job = session.get(Job, job_id)
    if job is None:
        return None
    kind: Kind | None = current_app.extensions.get(_KEY, {}).get(job.name)
    if account.id != job.account_id and account.role != "beheerder" and not (kind and kind.shared):
        return None
    step = jobs().step(job.id) if job.state == "running" else None
    if kind is None:
        return Work(job, job.name, step, "", "")
    url = kind.url(job) if job.state == "done" else ""
    return Work(job, str(kind.title), step, url, str(kind.link))
