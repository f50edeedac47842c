"""Tokens and requests on both databases: done once, not too often, and no longer than its colleague may."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from feedback_app.api import trajectories
from feedback_app.api.calling import LIMIT
from feedback_app.api.models import ApiRequest, ApiToken, ApiWindow
from feedback_app.api.once import KEPT, TAKEN_OVER
from feedback_app.api.scopes import scopes_of
from feedback_app.api.tokens import TokenRefused, Wanted, find_token, forget_tokens, make_token
from feedback_app.database import db, now, today
from feedback_app.regions import region_names
from feedback_app.retaining import retain
from feedback_app.signals.models import Signal
from feedback_app.staff.accounts import deactivate
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account, AuditEntry
from feedback_app.trajectories.models import ImportBatch, Trajectory
from tests.databases import SECRET
from tests.programs import TRAJECTORY, Document, Program, program_of, stored_account, token_of
from tests.world import WAVE, World

KEY = "sleutel-van-vannacht"


def counted(world: World, *tables: type) -> list[int | None]:
    with world.session() as session:
        return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]


def two_rows(ref: str = "V-7") -> dict[str, Any]:
    return {"trajectories": [TRAJECTORY | {"ref": ref}, TRAJECTORY | {"ref": "V-8", "region": "nergens"}]}


def test_the_same_request_is_done_once_and_answered_again(world: World) -> None:
    world.open([])
    agentschap = program_of(world.app, "agentschap")
    tried = agentschap.post("/trajectories", {**two_rows(), "dry_run": True}, "sleutel-proef")
    assert (tried.json["trajectories"], tried.json["import"]) == (1, None)
    assert counted(world, Trajectory, ImportBatch) == [0, 0]
    first = agentschap.post("/trajectories", two_rows(), KEY)
    assert (first.status_code, first.json["trajectories"], first.json["invitations"]) == (200, 1, 2)
    assert [(one["index"], one["errors"][0]["code"]) for one in first.json["refused"]] == [
        (1, "unknown_region")
    ]
    again = agentschap.post("/trajectories", two_rows(), KEY)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert agentschap.post("/trajectories", two_rows("V-9"), KEY).json["type"].endswith("/key-reused")
    assert agentschap.post("/trajectories", two_rows(), "een-andere-sleutel").json["known"] == 1
    assert counted(world, Trajectory, ImportBatch) == [1, 2]
    other = program_of(world.app, "agentschap")
    assert other.post("/trajectories", two_rows("V-9"), KEY).json["trajectories"] == 1, (
        "keys are a token's own"
    )
    batch = agentschap.get(f"/imports/{first.json['import']}").json
    assert (batch["rows"], batch["refused"], batch["undone_at"]) == (2, 1, None)
    assert "kennen we niet" not in str(world.rows(ApiRequest)), "an answer lies sealed"
    with world.session() as session:
        session.execute(sa.update(ApiRequest).values(begun_at=now() - KEPT - timedelta(minutes=1)))
        session.commit()
        assert agentschap.post("/trajectories", two_rows(), KEY).headers.get("Idempotent-Replayed") is None
        retain()
    assert counted(world, ApiRequest) == [1]


def test_of_two_at_the_same_moment_one_does_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is held in the middle of it, so that the second surely comes meanwhile."""
    world.open([])
    agentschap = program_of(world.app, "agentschap")
    inside, go_on = threading.Event(), threading.Event()
    real: Callable[..., Any] = trajectories.take_in

    def slow(*arguments: Any, **more: Any) -> Any:
        inside.set()
        assert go_on.wait(30)
        return real(*arguments, **more)

    monkeypatch.setattr(trajectories, "take_in", slow)
    answers: list[TestResponse] = []
    first = threading.Thread(target=lambda: answers.append(agentschap.post("/trajectories", two_rows(), KEY)))
    first.start()
    assert inside.wait(30)
    meanwhile = agentschap.post("/trajectories", two_rows(), KEY)
    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (409, "5")
    go_on.set()
    first.join()
    assert answers[0].status_code == 200 and counted(world, Trajectory, ImportBatch) == [1, 1]
    assert agentschap.post("/trajectories", two_rows(), KEY).json == answers[0].json


def test_what_failed_or_died_can_be_sent_again(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sqlite_world
    world.open([])
    agentschap = program_of(world.app, "agentschap")
    monkeypatch.setitem(world.app.config, "PROPAGATE_EXCEPTIONS", False)
    with monkeypatch.context() as broken:
        broken.setattr(trajectories, "note_import", lambda *_given: 1 / 0)
        assert agentschap.post("/trajectories", two_rows(), KEY).status_code == 500
    assert counted(world, Trajectory, ImportBatch, ApiRequest) == [0, 0, 0], "half an import came in"
    assert agentschap.post("/trajectories", two_rows(), KEY).json["trajectories"] == 1
    with world.session() as session:  # as a process leaves it that was killed before it noted its answer
        died = {"state": "running", "status": None, "answer_sealed": None}
        session.execute(sa.update(ApiRequest).values(**died))
        session.commit()
        assert agentschap.post("/trajectories", two_rows(), KEY).status_code == 409
        for begun in (now() - TAKEN_OVER - timedelta(seconds=1), now() + timedelta(days=3)):
            session.execute(sa.update(ApiRequest).values(begun_at=begun, **died))
            session.commit()
            assert agentschap.post("/trajectories", two_rows("V-9"), KEY).json["type"].endswith("/key-reused")
            after = agentschap.post("/trajectories", two_rows(), KEY)
            assert (after.status_code, after.json["known"]) == (200, 1)
    assert counted(world, Trajectory) == [1]


def test_rows_are_refused_as_those_of_a_file(sqlite_world: World) -> None:
    world = sqlite_world
    world.open([])
    agentschap = program_of(world.app, "agentschap")
    bad = {
        "insz": {"ref": "85.07.30-001.60"},
        "date": {"started_on": "2026-13-01"},
        "order": {"ended_on": "2025-01-01"},
        "phone": {"phone": "12"},
        "company": {"partner_kbo": "0123"},
        "language": {"contact_language": "klingon"},
        "future": {"ended_on": "2999-01-01"},
        "missing": {"partner_name": None},
        "running": {"outcome": "running"},
    }
    rows = [TRAJECTORY | {"ref": f"B-{name}"} | change for name, change in bad.items()]
    told = agentschap.post("/trajectories", {"trajectories": rows}, KEY).json["refused"]
    codes = {[*bad][one["index"]]: one["errors"][0]["code"] for one in told}
    assert codes == {
        "insz": "national_number",
        "date": "bad_date",
        "order": "dates_out_of_order",
        "phone": "bad_phone",
        "company": "bad_company_number",
        "language": "unknown_language",
        "future": "future_date",
        "missing": "missing",
        "running": "running_has_end",
    }
    kempen = program_of(world.app, "beheerder", region="kempen")
    other = {"trajectories": [TRAJECTORY | {"region": "limburg"}]}
    refused = kempen.post("/trajectories", other, KEY).json["refused"]
    assert refused[0]["errors"][0]["code"] == "other_region"


def test_a_list_that_changes_between_two_pieces_repeats_nothing(world: World) -> None:
    """Also when the very row goes after which the next piece begins."""
    world.open([])
    analist = program_of(world.app, "analist")

    def write(number: int) -> None:
        with world.session() as session:
            told = {"wave_key": WAVE, "theme_key": "T05", "observation": ""}
            session.add_all(Signal(**told) for _ in range(number))
            session.commit()

    write(30)
    with world.session() as session:
        there = set(session.scalars(sa.select(Signal.id)))
    seen: list[str] = []
    path, goes = "/signals?limit=4", False
    while path:
        piece = analist.get(path).json
        seen += [one["id"] for one in piece["items"]]
        if goes := not goes:
            there -= {seen[-1]}
            with world.session() as session:
                session.execute(sa.delete(Signal).where(Signal.id == seen[-1]))
                session.commit()
        write(3)
        path = piece["next"] and f"/signals?limit=4&cursor={piece['next']}"
    assert len(seen) == len(set(seen)) and there <= set(seen)


def test_a_program_that_asks_too_often_waits(world: World) -> None:
    world.app.config[LIMIT] = 3
    program, other = program_of(world.app, "analist"), program_of(world.app, "analist")
    assert [program.get("/token").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert 1 <= int(program.get("/token").headers["Retry-After"]) <= 60
    assert other.get("/token").status_code == 200, "each token is counted by itself"
    with world.session() as session:
        session.execute(sa.update(ApiWindow).values(begins_at=now() - timedelta(minutes=1)))
        session.commit()
    assert program.get("/token").status_code == 200
    with world.session() as session:  # counted by a clock that went back since
        session.execute(sa.update(ApiWindow).values(begins_at=now() + timedelta(days=3), requests=3))
        session.commit()
    assert [program.get("/token").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert int(program.get("/token").headers["Retry-After"]) <= 60


def test_a_token_works_as_long_as_its_colleague_may(world: World) -> None:
    document = Document(world.app)

    def status(text: str) -> int:
        return Program(world.app, document, text).get("/token").status_code

    def change(**values: Any) -> None:
        with world.session() as session:
            account = stored_account("redacteur")
            record(session, "account.updated", account=account, subject=f"account:{account.id}")
            for name, value in values.items():
                setattr(account, name, value)
            session.commit()

    wide = token_of(world.app, "redacteur")
    for lost, back in (
        ({"role": "lezer"}, {"role": "redacteur"}),
        ({"region_key": "kempen"}, {"region_key": None}),
        ({"active": False}, {"active": True}),
    ):
        assert status(wide) == 200
        change(**lost)
        assert status(wide) == 401
        change(**back)
        assert status(wide) == 401, "who gets it back makes a new token"
        wide = token_of(world.app, "redacteur")
    narrow = token_of(world.app, "redacteur", region="kempen")
    change(region_key="kempen")
    assert (status(wide), status(narrow)) == (401, 200), "of the region that is left to its colleague"
    with world.session() as session:
        session.execute(sa.update(Account).values(active=False))  # past every rule
        session.commit()
        assert status(narrow) == 401
        session.execute(sa.update(Account).values(active=True))
        session.commit()
        deactivate(session, stored_account("redacteur"))
        assert status(narrow) == 401
        told = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action == "token.died")).all()
        assert len(told) == 5
        forget_tokens(session, today() + timedelta(days=366))
        assert session.scalars(sa.select(ApiToken)).all() == []


def test_a_token_ends_on_its_day_and_tells_only_the_day_of_its_use(sqlite_world: World) -> None:
    app, day = sqlite_world.app, today()
    text = token_of(app, "analist", days=1)
    with app.app_context():
        assert db.session.scalars(sa.select(ApiToken.last_used_on)).all() == [None]
        for later, found in ((0, True), (1, True), (2, False)):
            row = find_token(db.session, SECRET, text, day + timedelta(days=later))
            assert (row is not None) == found
        assert db.session.scalars(sa.select(ApiToken.last_used_on)).all() == [day + timedelta(days=1)]
        assert find_token(db.session, SECRET[::-1], text, day) is None, "another key knows no token"


def test_what_a_token_cannot_be_made_for(sqlite_world: World) -> None:
    app: Flask = sqlite_world.app
    token_of(app, "analist")
    names = region_names(sqlite_world.settings.surveys_dir)
    with app.app_context():
        analist = stored_account("analist")
        bound = Account(
            id="0" * 32, email="b@voorbeeld.example", role="analist", region_key="kempen", active=True
        )
        coach = Account(id="0" * 32, email="c@voorbeeld.example", role="trajectbegeleider", active=True)
        refused = {
            "role": (coach, Wanted("p", ["read:tables"])),
            "scope": (analist, Wanted("p", ["write:trajectories"])),
            "region": (bound, Wanted("p", ["read:tables"], "limburg")),
            "days": (analist, Wanted("p", ["read:tables"], days=366)),
            "name": (analist, Wanted("voorbeeld 85.07.30-001.60", ["read:tables"])),
        }
        for reason, (account, wanted) in refused.items():
            with pytest.raises(TokenRefused) as told:
                make_token(db.session, SECRET, account, wanted, names)
            assert told.value.reason == reason
        made = [
            make_token(db.session, SECRET, analist, Wanted("p", scopes_of(analist)), names) for _ in range(9)
        ]
        assert made[0].text not in repr(made[0])
        with pytest.raises(TokenRefused) as told:
            make_token(db.session, SECRET, analist, Wanted("p", scopes_of(analist)), names)
        assert told.value.reason == "many"
