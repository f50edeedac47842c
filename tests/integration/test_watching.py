"""Who watches the service learns how it is doing, and nothing of anybody who answers."""

import json
import re
import shutil
import socket
import time
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import db, now, today
from feedback_app.invitations.models import Sending
from feedback_app.jobs import Job, enqueue, forget_ended
from feedback_app.staff.models import Account, AuditEntry
from feedback_app.watching import retry as watching_retry
from feedback_app.watching import runs as watching_runs
from feedback_app.watching.metrics import METRICS
from feedback_app.watching.models import TaskRun
from feedback_app.watching.runs import TASKS, broken_off, expect_tasks, list_runs, noted
from feedback_app.watching.state import count_answers
from tests.commands import run
from tests.server import Server
from tests.staff import account_of, address_of, signed_in
from tests.worker import Worker
from tests.world import Person, World, respond

KEY = "een-voorbeeld-van-een-sleutel-voor-metingen-0123456789"
MARK = "Voorbeeldtelefoon-van-iemand"
SAID = "Voorbeeldzin die iemand schreef"
#: where the visitor of the attack comes from: this machine, by an address nobody else uses
HERE = "127.77.9.9"
_SAMPLE = re.compile(r"([a-z_]+)(\{[^}]*\})? (-?[0-9.]+)")


def visit(server: Server, request: str, body: bytes = b"") -> bytes:
    """Send a request by hand, from the marked address, with a marked browser's name."""
    length = (
        f"Content-Length: {len(body)}\r\nContent-Type: application/x-www-form-urlencoded\r\n" if body else ""
    )
    head = f"{request}\r\nHost: 127.0.0.1\r\nUser-Agent: {MARK}\r\nConnection: close\r\n{length}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 30, source_address=(HERE, 0)) as line:
        line.sendall(head.encode() + body)
        reply = b""
        while part := line.recv(65536):
            reply += part
    return reply


def attack(server: Server, tokens: list[str]) -> list[bytes]:
    """Every kind of respondent's page, as it goes well, is not there, cannot be read, and is too often asked."""
    answer = urlencode({"experience": "4", "remark": SAID}).encode()
    door = urlencode({"contact": "+32 470 00 00 00", "region": "kempen", "language": "nl"}).encode()
    made = [
        visit(server, f"GET /s/{tokens[0]}?lang=nl HTTP/1.1"),
        visit(server, f"POST /s/{tokens[0]} HTTP/1.1", answer),
    ]
    for place in ("s", "o", "k", "stop"):
        made.append(visit(server, f"GET /{place}/{tokens[1]}x HTTP/1.1"))
        made.append(visit(server, f"POST /{place}/{tokens[1]}x HTTP/1.1", answer))
    made.append(visit(server, f"GET /stop/{tokens[1]} HTTP/1.1"))
    made.append(visit(server, f"GET /s/{tokens[1]} HTTP/7.7"))  # gunicorn itself refuses
    made.append(visit(server, f"BREW\x01 /s/{tokens[1]} HTTP/1.1"))
    made.append(visit(server, f"GET /s/{tokens[1]}?{'x' * 9000} HTTP/1.1"))
    made.append(visit(server, "POST /webhooks/sms HTTP/1.1", f"text={SAID}&to={tokens[1]}".encode()))
    made += [visit(server, "POST /focusgroep HTTP/1.1", door) for _ in range(62)]
    return made


def statuses(replies: list[bytes]) -> set[str]:
    return {reply.split(b" ", 2)[1].decode() for reply in replies if reply}


def test_no_line_metric_or_command_tells_of_who_answers(sqlite_world: World) -> None:
    world = sqlite_world
    world.settings = world.settings.but(log_format="json", metrics_token=KEY, log_level="DEBUG")
    world.open([Person() for _ in range(3)])
    tokens = [link.token for link in world.links()]
    world.close()
    with Server(world.settings) as server, Worker(world.settings) as worker:
        replies = attack(server, tokens)
        with world.session() as session:
            session.execute(sa.text("ALTER TABLE responses RENAME TO elsewhere"))
            session.commit()
            failed = enqueue(session, "print_poster", {"code": "GEEN0000", "language": "nl"}, None).id
        broken = urlencode({"experience": "4", "remark": SAID}).encode()
        replies.append(visit(server, f"POST /s/{tokens[2]} HTTP/1.1", broken))
        told = visit(server, f"GET /metrics HTTP/1.1\r\nAuthorization: Bearer {KEY}").decode()
        told += visit(server, "GET /health/ready HTTP/1.1").decode()
        _wait_for(world, failed)
        assert worker
    logs = [path.read_text("utf-8") for path in world.settings.instance_dir.glob("*.log")]
    doctor = run(world, "doctor").output
    assert {"200", "404", "429", "400"} <= statuses(replies) and statuses(replies) & {"500", "503"}
    everything = "\n".join([*logs, told, doctor])
    for secret in (*tokens, MARK, HERE, SAID, "470 00 00 00", KEY):
        assert secret not in everything, secret
    lines = [json.loads(line) for log in logs for line in log.splitlines()]
    asked = [line for line in lines if str(line.get("route", "")).startswith(("/s/", "/focusgroep"))]
    assert asked, "what failed is logged"
    for line in asked:
        assert line["level"] == "ERROR" and line["at"].endswith(":00:00Z") and "request" not in line, line
    unread = [line for line in lines if "cannot be read is refused" in line["message"]]
    assert unread and all(line["at"].endswith(":00:00Z") for line in unread), "it may have been anybody's"


def _wait_for(world: World, job_id: str) -> None:
    """Until the worker did the job; the length is only to end a test that would never."""
    for _ in range(3000):
        with world.session() as session:
            if session.scalar(sa.select(Job.state).where(Job.id == job_id)) == "failed":
                return
        time.sleep(0.01)
    raise AssertionError("the worker did not get there")


def scrape(world: World, headers: dict[str, str] | None = None, **environ: str) -> dict[str, float]:
    """Metric with its labels → value; nothing when the page is refused."""
    answer = world.client.get("/metrics", headers=headers or {}, environ_base=environ)
    if answer.status_code != 200:
        return {}
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    found = [_SAMPLE.fullmatch(line) for line in lines]
    assert all(found), lines
    return {one[1] + (one[2] or ""): float(one[3]) for one in found if one}


def test_metrics_are_for_who_has_the_key(sqlite_world: World) -> None:
    world = sqlite_world
    assert scrape(world), "a trial on this machine"
    assert not scrape(world, REMOTE_ADDR="192.0.2.7")
    assert not scrape(world, {"X-Forwarded-For": "192.0.2.7"}), "a proxy stands in between"
    for changed in ({"base_url": "https://f.example"}, {"trusted_proxies": 1}, {"metrics_token": KEY}):
        other = World(
            world.settings.database_url,
            world.settings.instance_dir,
            world.settings.translations_dir,
            **changed,
        )
        assert not scrape(other), changed
        if "metrics_token" in changed:
            assert not scrape(other, {"Authorization": "Bearer " + KEY[:-1]})
            assert scrape(other, {"Authorization": "Bearer " + KEY}, REMOTE_ADDR="192.0.2.7")
        other.close()


def test_no_metric_moves_when_somebody_answers(world: World) -> None:
    """A scrape after each answer: only whole tens are ever seen, and only once the worker counted."""
    world.open([Person() for _ in range(24)])
    tokens = [link.token for link in world.links()]
    moment = now()
    seen: list[dict[str, float]] = []
    for number, token in enumerate(tokens):
        respond(world.client, token, {"experience": "4"})
        seen.append(_lasting(scrape(world)))
        if number in (4, 15):
            with world.session() as session:
                moment += timedelta(minutes=6)
                count_answers(session, moment)
    changed = [number for number in range(1, 24) if seen[number] != seen[number - 1]]
    newcomers = 'feedback_answered{wave="2026-H1",audience="newcomer"}'
    assert changed == [5, 16]
    assert [one.get(newcomers) for one in (seen[0], seen[5], seen[16])] == [None, 0, 10]
    names = {name.partition("{")[0] for name in scrape(world)}
    assert names == METRICS.keys()
    assert "kempen" not in str(seen) and "agii" not in str(seen)


def _lasting(found: dict[str, float]) -> dict[str, float]:
    """Without what moves by itself: clocks, and other programs on the same disk."""
    moving = ("disk", "skew")
    return {name: value for name, value in found.items() if not any(one in name for one in moving)}


def test_what_is_told_of_few_is_nothing_and_of_many_tens(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nineteen organisations are not counted, messages go in tens, and the disk does not move with an answer."""
    world = sqlite_world
    world.open([Person(partners=("Voorbeeldvereniging",) if number < 19 else ()) for number in range(25)])
    links = world.links()
    with world.session() as session:
        states = [("planned", "")] * 12 + [("failed", "")] * 9 + [("done", "bounced")] * 4
        for link, (state, outcome) in zip(links, states, strict=True):
            given = {"step": "first", "channel": "sms", "due_on": today(), "bundled": False, "attempts": 1}
            row = {"invitation_id": link.invitation_id, "key": link.invitation_id, **given}
            session.add(Sending(**row, state=state, outcome=outcome))
        session.commit()
        count_answers(session, now())
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(2**40 + 5, 0, 2**30 + 7))
    found = scrape(world)
    told = {
        name.partition('"')[2].rstrip('"}'): value for name, value in found.items() if "messages{" in name
    }
    assert told == {"waiting": 10, "failed": 0, "bounced": 0}
    assert [name for name in found if "feedback_answered" in name] == [
        'feedback_answered{wave="2026-H1",audience="newcomer"}'
    ]
    assert (found["feedback_disk_size_bytes"], found["feedback_disk_free_bytes"]) == (2**40, 2**30)


def test_readiness_says_what_is_missing_and_nothing_else(world: World) -> None:
    assert world.client.get("/health/live").text == world.client.get("/health/ready").text == "ok\n"
    with world.app.app_context():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
        db.session.commit()
        assert world.client.get("/health/ready").status_code == 200, "newer tables: an update is going on"
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0024'"))
        db.session.commit()
    old = world.client.get("/health/ready")
    assert (old.status_code, old.text) == (503, "not ready: tables\n")
    assert scrape(world)["feedback_database_behind"] == 1 and "feedback_jobs" not in str(scrape(world))
    gone = World(
        "postgresql://nobody@127.0.0.1:9/none", world.settings.instance_dir, world.settings.translations_dir
    )
    away = gone.client.get("/health/ready")
    assert (away.status_code, away.text) == (503, "not ready: database\n")
    assert scrape(gone)["feedback_database_reachable"] == 0
    gone.close()


def test_the_worker_notes_how_each_task_went(world: World) -> None:
    def breaks() -> None:
        raise RuntimeError(SAID)

    noted(world.app, "timetable", lambda: None)()
    with pytest.raises(RuntimeError):
        noted(world.app, "bounces", breaks)()
    with world.session() as session:
        session.execute(
            sa.update(TaskRun)
            .where(TaskRun.task == "timetable")
            .values(succeeded_at=now() - timedelta(hours=2))
        )
        session.commit()
        runs = {one.name: one for one in list_runs(session, now())}
    assert [runs[name].state for name in ("timetable", "bounces", "heartbeat")] == ["late", "failed", "never"]
    assert runs["bounces"].fault == "RuntimeError" and SAID not in str(runs)
    assert scrape(world)['feedback_task_failing{task="bounces"}'] == 1
    noted(world.app, "bounces", lambda: None)()
    with world.session() as session:
        assert {one.name: one.state for one in list_runs(session, now())}["bounces"] == "good"
    with world.session() as session:
        session.execute(sa.text("DROP TABLE task_runs"))
        session.commit()
    noted(world.app, "bounces", lambda: None)()  # what cannot be noted is done all the same
    with pytest.raises(KeyError):
        noted(world.app, "unheard-of", lambda: None)


def test_a_task_that_is_never_done_is_late_in_the_end(world: World) -> None:
    """As on a machine that is off each night: the worker is well, and nothing is ever destroyed."""
    began = now() - timedelta(hours=29)
    with world.session() as session:
        expect_tasks(session, began)
        expect_tasks(session, now())  # the worker begins anew: what it waits for stays as old as it is
        for hours, state in ((0, "never"), (2, "late")):
            runs = {one.name: one for one in list_runs(session, now() + timedelta(hours=hours))}
            assert runs["retention"].state == state, hours
        assert broken_off(session, world.settings) == []
    noted(world.app, "heartbeat", lambda: None)()
    with world.session() as session:
        session.execute(sa.update(TaskRun).values(began_at=now() - timedelta(hours=31)))
        session.commit()
    assert "retention was not done in time" in run(world, "doctor").stdout


def test_work_that_ends_while_it_is_looked_at_was_not_broken_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, alone = now(), watching_runs.alone
    with world.session() as session:
        session.add(TaskRun(task="webhooks", due_at=moment, began_at=moment + timedelta(seconds=1), fault=""))
        session.commit()
        assert broken_off(session, world.settings) == ["webhooks"]

    def just_ended(*given: Any) -> AbstractContextManager[bool]:
        with world.session() as another:
            another.execute(sa.update(TaskRun).values(succeeded_at=moment + timedelta(seconds=2)))
            another.commit()
        return alone(*given)

    monkeypatch.setattr(watching_runs, "alone", just_ended)
    with world.session() as session:
        assert broken_off(session, world.settings) == []


def failed_job(world: World, name: str, arguments: dict[str, Any], account_id: str | None = None) -> str:
    with world.session() as session:
        job = Job(name=name, arguments=arguments, state="failed", account_id=account_id)
        session.add(job)
        session.commit()
        return job.id


def test_a_manager_begins_failed_work_again_for_who_asked(sqlite_world: World) -> None:
    world = sqlite_world
    analyst, manager = (signed_in(world.app, role) for role in ("analist", "beheerder"))
    assert "Er is geen werk mislukt." in manager.get("/staff/dienst").text
    asked_by = account_of(world.app, address_of("analist")).id
    poster = {"code": "GEEN0000", "language": "nl"}
    job = failed_job(world, "print_poster", poster, asked_by)
    assert analyst.get("/staff/dienst").status_code == 403
    page = manager.get("/staff/dienst").text
    assert "mislukt werk van deze week" in manager.get("/staff/").text
    assert "mislukt werk" not in analyst.get("/staff/").text
    assert "Blad afdrukken" in page and address_of("analist") in page and "nog nooit" in page
    address = f"/staff/dienst/{job}/opnieuw"
    assert "achteraan in de rij" in manager.get(address).text
    assert world.rows(Job)[0]["state"] == "failed", "asking changes nothing"
    assert manager.post(address).location == f"/staff/jobs/{job}"
    assert manager.post(address).location == "/staff/dienst", "not twice"
    queue = world.app.extensions["jobs"].prepared_queue()
    assert len(queue) == 1
    queue.execute(queue.dequeue())
    (row,) = world.rows(Job)
    assert (row["state"], row["account_id"], row["arguments"]) == ("failed", asked_by, poster)
    assert row["message"] in manager.get("/staff/dienst").text
    entries = [one for one in world.rows(AuditEntry) if one["action"] == "job.retried"]
    assert [(one["subject"], one["facts"]) for one in entries] == [(f"job:{job}", {"kind": "print_poster"})]
    queue.storage.close()


def test_who_comes_second_began_nothing_and_the_audit_log_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two managers press at once: the other one's work stands in the queue by the time that ours is noted."""
    signed_in(world.app, "beheerder")
    job = failed_job(world, "print_poster", {"code": "GEEN0000", "language": "nl"})

    def meanwhile(session: Session, *_given: object) -> None:
        session.rollback()
        with db.engine.begin() as other:
            other.execute(sa.update(Job).values(state="queued"))

    monkeypatch.setattr(watching_retry, "waiting_job", meanwhile)
    me = account_of(world.app, address_of("beheerder")).id
    with world.session() as session, pytest.raises(watching_retry.NotAgain):
        watching_retry.retry(session, session.get_one(Account, me), job)
    assert "job.retried" not in [one["action"] for one in world.rows(AuditEntry)]


def test_what_belongs_to_one_moment_is_not_begun_again(sqlite_world: World) -> None:
    world, manager = sqlite_world, signed_in(sqlite_world.app, "beheerder")
    final = {"wave_key": "2026-H1", "region_key": None, "locale": "nl", "final": True, "account_id": ""}
    jobs = [failed_job(world, name, {}) for name in ("confirm_import", "tell_partners", "translate_remark")]
    for job in (*jobs, failed_job(world, "compile_report", final)):
        assert manager.get(f"/staff/dienst/{job}/opnieuw").status_code == 422
        assert manager.post(f"/staff/dienst/{job}/opnieuw").status_code == 422
    assert manager.get("/staff/dienst/unknown/opnieuw").status_code == 404
    with world.session() as session:
        twin = {"theme": "T05", "locale": "nl", "account_id": ""}
        waiting = Job(name="make_booklet", arguments=twin)
        session.add(waiting)
        session.commit()
    job = failed_job(world, "make_booklet", twin)
    assert manager.post(f"/staff/dienst/{job}/opnieuw").location == "/staff/dienst", "the same waits already"
    assert {one["state"] for one in world.rows(Job) if one["name"] != "make_booklet"} == {"failed"}


def test_ended_work_is_forgotten(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        old, fresh = now() - timedelta(days=91), now() - timedelta(days=89)
        rows = [("done", old), ("failed", old), ("queued", old), ("done", fresh)]
        session.add_all(
            Job(name="make_booklet", arguments={}, state=state, queued_at=at) for state, at in rows
        )
        session.flush()
        assert forget_ended(session, now()) == 2
        assert sorted(session.scalars(sa.select(Job.state))) == ["done", "queued"]


def test_the_worker_plans_every_task_that_is_watched() -> None:
    source = (Path(__file__).parents[2] / "feedback_app" / "operate.py").read_text(encoding="utf-8")
    one_by_one = re.findall(r'plan\(queue, app, "([a-z-]+)"', source)
    listed = re.findall(r'^        \("([a-z-]+)", (?:often|daytime|crontab)', source, re.MULTILINE)
    assert {*one_by_one, *listed} == TASKS.keys()
    assert "queue.periodic_task(once(" in source and source.count("periodic_task(") == 1
