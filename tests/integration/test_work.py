"""Queued work whose worker was stopped in the middle: it does not run for ever, and can be started again."""

import os
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from feedback_app.database import db, now
from feedback_app.invitations.models import Wave
from feedback_app.jobs import LOST_AFTER, Job, alone, enqueue, jobs
from feedback_app.staff.work import waiting_job
from tests.staff import account_of, address_of, signed_in
from tests.worker import Worker
from tests.world import WAVE, World

REPORT = {"wave_key": WAVE, "region_key": None, "locale": "nl", "final": False, "account_id": ""}


def state(world: World, job_id: str) -> str:
    with world.session() as session:
        return session.scalars(sa.select(Job.state).where(Job.id == job_id)).one()


def wait(condition: Callable[[], bool]) -> None:
    """Wait for what a worker will do; the length is only to end a test that would never."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("the worker did not get there")


def queue(world: World, name: str, arguments: dict[str, object]) -> str:
    with world.session() as session:
        return enqueue(session, name, arguments, None).id


def test_work_of_a_worker_that_was_killed_can_be_done_again(world: World) -> None:
    world.open()
    world.shut()
    first = queue(world, "compile_report", REPORT)
    with Worker(world.settings) as worker:
        wait(lambda: state(world, first) == "running")
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 10, "who answers goes first"
        worker.kill()
    assert state(world, first) == "running"
    second = queue(world, "compile_report", REPORT)
    with Worker(world.settings):
        wait(lambda: state(world, second) == "done")
    assert state(world, first) == "failed"
    world.app.extensions["jobs"].queue.storage.close()


def test_a_second_worker_leaves_alone_what_the_first_one_does(world: World) -> None:
    """Also beside SQLite; what the first one left when it died is no longer done by anybody."""
    with world.session() as session:
        session.add(Job(id="a" * 32, name="compile_report", arguments=REPORT, state="running"))
        session.commit()
        with alone(db.engine, world.settings, f"job:{'a' * 32}"):
            assert jobs().lost() == set()
            assert jobs().run_now("a" * 32) is None
        assert jobs().lost() == {"a" * 32}
        jobs().give_up_lost(jobs().lost())
        assert session.get_one(Job, "a" * 32, populate_existing=True).state == "failed"
    assert not list(world.settings.instance_dir.glob("job:*")), "a file stays for each job"
    world.app.extensions["jobs"].queue.storage.close()


def test_a_worker_forgets_statistics_and_what_draws_reports_before_its_next_job(sqlite_world: World) -> None:
    first = queue(sqlite_world, "find_patterns", {"wave_key": "2020-H1"})
    second = queue(sqlite_world, "compile_report", {**REPORT, "wave_key": "2020-H1"})
    with Worker(sqlite_world.settings) as worker:
        wait(lambda: state(sqlite_world, first) == "failed")
        wait(lambda: state(sqlite_world, second) == "failed")
        assert "/scipy/stats/" not in worker.loaded()
        wait(lambda: "/numpy/" not in worker.loaded() and "libpango" not in worker.loaded())
    sqlite_world.app.extensions["jobs"].queue.storage.close()


def test_a_wave_whose_closing_was_interrupted_can_be_closed(world: World) -> None:
    world.open()
    arguments = {"wave_key": WAVE}
    with world.session() as session:
        session.add(Job(name="close_wave", arguments=arguments, state="running"))
        session.commit()
        assert waiting_job(session, "close_wave", arguments)
        jobs().prepared_queue()
        jobs().give_up_lost(jobs().lost())
        assert waiting_job(session, "close_wave", arguments) is None
        job = enqueue(session, "close_wave", arguments, None)
        jobs().give_up_lost(jobs().lost())
        assert waiting_job(session, "close_wave", arguments) is not None, "this one waits for its turn"
        jobs().run_now(job.id)
        db.session.expire_all()
        assert session.get_one(Wave, WAVE).state == "closed"
    world.app.extensions["jobs"].queue.storage.close()


def test_a_job_that_never_reached_the_queue_is_put_there(world: World) -> None:
    world.open()
    with world.session() as session:
        session.add(Job(name="close_wave", arguments={"wave_key": WAVE}, state="queued"))
        session.commit()
        queued = jobs().prepared_queue()
        jobs().give_up_lost(jobs().lost())
        jobs().take_up_lost(now())
        assert queued.pending_count() == 0, "it may be on its way"
        jobs().take_up_lost(now() + LOST_AFTER)
        queued.execute(queued.dequeue())
        db.session.expire_all()
        assert session.get_one(Wave, WAVE).state == "closed"
    queued.storage.close()


def test_the_page_of_a_job_is_for_who_asked_for_it(sqlite_world: World) -> None:
    sqlite_world.open()
    browsers = {role: signed_in(sqlite_world.app, role) for role in ("redacteur", "analist", "beheerder")}
    with sqlite_world.session() as session:
        mine = account_of(sqlite_world.app, address_of("redacteur")).id
        ids = [enqueue(session, name, REPORT, mine).id for name in ("compile_report", "close_wave")]
        ids.append(enqueue(session, "compile_report", REPORT, None).id)
    seen = {
        role: [browser.get(f"/staff/jobs/{job_id}").status_code for job_id in ids]
        for role, browser in browsers.items()
    }
    assert seen == {"redacteur": [200, 200, 404], "analist": [404, 200, 404], "beheerder": [200, 200, 200]}
    sqlite_world.app.extensions["jobs"].queue.storage.close()


def test_a_report_asked_for_without_a_reason_is_no_correction(sqlite_world: World) -> None:
    """Also by a browser that leaves out a field that is empty."""
    sqlite_world.open()
    sqlite_world.shut()
    asked = {"wave": WAVE, "region": "", "locale": "nl"}
    answer = signed_in(sqlite_world.app, "analist").post("/staff/reports/new", asked)
    assert answer.status_code == 302, answer.text
    with sqlite_world.session() as session:
        assert session.scalars(sa.select(Job.arguments)).one()["reason"] == ""
    sqlite_world.app.extensions["jobs"].queue.storage.close()


@pytest.mark.parametrize(("language", "begins"), [("nl", "Meetmoment"), ("en", "‹en›")])
def test_a_job_speaks_the_language_of_who_asked(sqlite_world: World, language: str, begins: str) -> None:
    sqlite_world.open()
    queued = sqlite_world.app.extensions["jobs"].prepared_queue()
    with sqlite_world.session() as session:
        job = enqueue(session, "compile_report", REPORT, None, language)
        queued.execute(queued.dequeue())
        session.refresh(job)
        assert (job.state, job.message.split()[0]) == ("failed", begins), job.message
    queued.storage.close()
