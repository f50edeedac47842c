"""Looking through the audit log, verifying it from the command line, and what is written in it."""

import csv
import hmac
import io
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db, now
from feedback_app.invitations.open_links import NewLink, make_link, set_active
from feedback_app.invitations.waves import open_wave
from feedback_app.keys import derive
from feedback_app.staff.audit import KEPT, record
from feedback_app.staff.audit_actions import ACTIONS
from feedback_app.staff.audit_list import PAGE_SIZE
from feedback_app.staff.models import AuditEntry, AuditHead
from feedback_app.web.spreadsheet import harmless
from tests.commands import run
from tests.staff import Browser, account_of, add, address_of, close_app, make_app, signed_in
from tests.world import World, respond


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    yield made
    close_app(made)


@pytest.fixture
def either(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The same on both databases."""
    made = make_app(migrated_url, tmp_path)
    yield made
    close_app(made)


def rows(page: str) -> list[str]:
    return re.findall(r'<th scope="row">(\d+)</th>', page)


def test_the_log_is_filtered_and_paged_in_the_database(either: Flask) -> None:
    manager = signed_in(either, "beheerder")
    with either.app_context():
        for number in range(PAGE_SIZE + 5):
            region = "kempen" if number % 2 else "limburg"
            record(db.session, "link.made", account=None, region=region, number=number)
        db.session.commit()
        total = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0
    first = manager.get("/staff/audit").text
    assert rows(first) == [str(total - one) for one in range(PAGE_SIZE)]
    assert "bladzijde=" not in first and "page=2" in first
    assert rows(manager.get("/staff/audit?page=2").text)[-1] == "1"
    found = manager.get("/staff/audit?action=link.made&region=kempen").text
    assert len(rows(found)) == (PAGE_SIZE + 5) // 2
    mine = manager.get(f"/staff/audit?account={account_of(either, address_of('beheerder')).id}").text
    assert str(ACTIONS["signin.done"]) in mine and len(rows(mine)) == 1
    today = date.today()  # noqa: DTZ011 - a day on either side of today, wherever that is
    around = f"since={today - timedelta(days=1)}&until={today + timedelta(days=1)}"
    assert len(rows(manager.get(f"/staff/audit?{around}").text)) == PAGE_SIZE
    none = manager.get(f"/staff/audit?until={today - timedelta(days=2)}").text
    assert rows(none) == [] and "Alles tonen" in none
    assert manager.get("/staff/audit?since=gisteren&page=x&_scheme=a&endpoint=b").status_code == 200


def test_a_page_that_is_refused_is_logged(app: Flask) -> None:
    assert signed_in(app, "lezer").get("/staff/audit").status_code == 403
    with app.app_context():
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "page.refused")).one()
        assert entry.account_id == account_of(app, address_of("lezer")).id
        assert entry.subject.startswith("page:audit.")


def test_the_csv_holds_what_fits_and_no_formula(app: Flask) -> None:
    manager = signed_in(app, "beheerder")
    with app.app_context():
        record(db.session, "link.made", account=None, note="-1+1")
        db.session.commit()
    answer = manager.get("/staff/audit/csv?action=link.made")
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert lines[0][:3] == ["sequence", "at", "account"]
    assert [line[4] for line in lines[1:]] == ["link.made"]
    for start in "=+-@\t\r":
        assert harmless(f"{start}1+1").startswith("'")
    assert harmless("note=-1+1") == "note=-1+1" and harmless(12) == "12"
    assert "audit.exported" in manager.get("/staff/audit/csv").text


def test_only_an_administrator_reads_the_log(app: Flask) -> None:
    assert signed_in(app, "analist").get("/staff/audit").status_code == 403
    assert Browser(app).get("/staff/audit/csv").status_code == 302


def head_of(world: World) -> dict[str, Any]:
    (row,) = world.rows(AuditHead)
    return row


def put_head(world: World, row: dict[str, Any]) -> None:
    """Set what the log says of its end, by hand."""
    with world.session() as session:
        session.execute(sa.update(AuditHead).values(**row))
        session.commit()


def test_verify_says_where_the_log_broke(sqlite_world: World) -> None:
    heads = []
    for _ in range(4):
        with sqlite_world.session() as session:
            record(session, "wave.opened", account=None)
            session.commit()
        heads.append(head_of(sqlite_world))
    done = run(sqlite_world, "audit", "verify")
    assert done.exit_code == 0 and "4 entries" in done.stdout and done.stderr == ""
    end = done.stdout.split()[-1]
    assert json.loads(run(sqlite_world, "audit", "verify", "--json").stdout)["last"] == 4
    assert run(sqlite_world, "audit", "verify", "--expect", end).exit_code == 0
    assert run(sqlite_world, "audit", "verify", "--expect", "laatste").exit_code == 2
    with sqlite_world.session() as session:
        session.execute(sa.text("DELETE FROM audit_entries WHERE sequence = 4"))
        session.commit()
    put_head(sqlite_world, heads[2] | {"anchor_seal": heads[3]["anchor_seal"]})
    by_hand = run(sqlite_world, "audit", "verify")
    assert by_hand.exit_code == 1 and "the note of where it begins and ends" in by_hand.stderr
    put_head(sqlite_world, heads[2])
    assert run(sqlite_world, "audit", "verify").exit_code == 0, "the whole log as it was: nothing in it tells"
    cut = run(sqlite_world, "audit", "verify", "--expect", end)
    assert cut.exit_code == 1 and "entry 4 is missing" in cut.stderr
    with sqlite_world.session() as session:
        session.execute(sa.text("UPDATE audit_entries SET role = 'lezer' WHERE sequence = 2"))
        session.commit()
    broken = run(sqlite_world, "audit", "verify")
    assert broken.exit_code == 1 and "entry 2 is not as it was written" in broken.stderr


def test_verify_says_what_it_cannot_know(sqlite_world: World) -> None:
    add(sqlite_world.app, "lezer")
    with sqlite_world.session() as session:
        session.execute(sa.text("DELETE FROM audit_entries"))
        session.execute(sa.text("DELETE FROM audit_heads"))
        session.commit()
    empty = run(sqlite_world, "audit", "verify")
    assert empty.exit_code == 1 and "all entries were taken out" in empty.stderr
    with sqlite_world.session() as session:
        record(session, "wave.opened", account=None)
        session.commit()
    begun = run(sqlite_world, "audit", "verify")
    assert begun.exit_code == 0 and "1 of the accounts" in begun.stderr
    (entry,) = sqlite_world.rows(AuditEntry)
    text = json.dumps(
        [1, entry["at"].isoformat(timespec="microseconds"), None, "", "wave.opened", "", None, {}, ""]
    )
    key = derive(sqlite_world.settings.secret_key, "audit log")
    old = hmac.new(key, text.replace(", ", ",").encode(), "sha256").hexdigest()
    with sqlite_world.session() as session:
        session.execute(sa.update(AuditEntry).values(own_hash=old))
        session.commit()
    put_head(sqlite_world, {"own_hash": old, "anchor_seal": ""})
    assert "is not sealed yet" in run(sqlite_world, "audit", "verify").stderr


def test_retention_cuts_the_log_after_two_years(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        record(session, "wave.opened", account=None)
        session.commit()
        old = session.scalars(sa.select(AuditEntry)).one()
        assert timedelta(days=730) == KEPT and old.at > now() - KEPT
    assert run(sqlite_world, "retention", "run").exit_code == 0
    actions = [row["action"] for row in sqlite_world.rows(AuditEntry)]
    assert actions == ["wave.opened", "retention.run"]


def test_work_is_written_down_and_nothing_of_respondents_is(sqlite_world: World) -> None:
    sqlite_world.register([])
    with sqlite_world.session() as session:
        open_wave(session, sqlite_world.settings, "2026-H1")
        wanted = NewLink("open", "kempen", "agii", "buddy", "Voorbeeldbibliotheek")
        link = make_link(session, sqlite_world.settings, wanted, region=None)
        set_active(session, link, False)
        set_active(session, link, True)
    before = sqlite_world.rows(AuditEntry)
    assert [row["action"] for row in before] == ["wave.opened", "link.made", "link.stopped", "link.resumed"]
    assert {row["region_key"] for row in before[1:]} == {"kempen"}
    respond(sqlite_world.client, "x" * 26, {"experience": "4"})
    sheets = Path(sqlite_world.settings.instance_dir) / "sheets.ndjson"
    sheet = {
        "survey": "newcomer",
        "mode": "paper",
        "region": "kempen",
        "agency": "agii",
        "offer_type": "buddy",
        "locale": "nl",
        "answers": {"experience": "5", "match": "3"},
    }
    sheets.write_text(json.dumps(sheet) + "\n")
    assert run(sqlite_world, "responses", "load", str(sheets), "--wave", "2026-H1").exit_code == 0
    assert sqlite_world.rows(AuditEntry) == before
    sqlite_world.shut()
    assert [row["action"] for row in sqlite_world.rows(AuditEntry)][4:] == ["wave.closed"]
