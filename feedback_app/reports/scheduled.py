"""The half-yearly round: once a wave has closed, a draft of Flanders and of every region, unasked."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.jobs import Job, alone, enqueue
from feedback_app.languages import SOURCE
from feedback_app.regions import region_names
from feedback_app.reports.editions import closed_waves
from feedback_app.reports.models import Edition
from feedback_app.settings import Settings

NAME = "compile_report"


def plan_drafts(session: Session, settings: Settings) -> int:
    """Queue a Dutch draft of each level of the newest closed wave that nobody compiled yet; how many.

    Each is queued once: one that failed is left to people, who see it on the page of the reports.
    """
    with alone(session.get_bind().engine, settings, "drafts") as mine:
        waves = closed_waves(session)[:1] if mine and settings.timetable.draft_reports else []
        return sum(_plan(session, settings, wave) for wave in waves)


def _plan(session: Session, settings: Settings, wave: str) -> int:
    there = set(session.scalars(sa.select(Edition.region_key).where(*_same(wave))))
    queued = {job.arguments["region_key"] for job in planned(session, wave)}
    missing = [one for one in (None, *region_names(settings.surveys_dir)) if one not in there | queued]
    for region in missing:
        arguments = {
            "wave_key": wave,
            "region_key": region,
            "locale": SOURCE,
            "final": False,
            "account_id": None,
        }
        enqueue(session, NAME, arguments, None)
    return len(missing)


def planned(session: Session, wave: str) -> list[Job]:
    """The drafts of a wave that were queued without being asked for, however they ended."""
    jobs = session.scalars(sa.select(Job).where(Job.name == NAME, Job.account_id.is_(None)))
    return [job for job in jobs if job.arguments.get("wave_key") == wave]


def failed(session: Session, region: str | None = None) -> list[Job]:
    """Planned drafts of the newest closed wave, or of a region, that failed and nobody compiled since."""
    waves = closed_waves(session)[:1]
    there = set(session.scalars(sa.select(Edition.region_key).where(*_same(waves[0])))) if waves else set()
    jobs = [job for wave in waves for job in planned(session, wave) if job.state == "failed"]
    jobs = [job for job in jobs if region in (None, job.arguments["region_key"])]
    return [job for job in jobs if job.arguments["region_key"] not in there]


def _same(wave: str) -> tuple[sa.ColumnElement[bool], ...]:
    return Edition.wave_key == wave, Edition.locale == SOURCE
