"""The audit log: one chain whatever happens at once, and every change to it is found."""

import hmac
import json
import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from feedback_app.database import now
from feedback_app.keys import derive
from feedback_app.staff.accounts import add_account, passwords
from feedback_app.staff.audit import KEPT, Verdict, record, shorten, verify
from feedback_app.staff.audit_actions import ACTIONS
from feedback_app.staff.models import AuditEntry, AuditHead
from tests.server import environment_of
from tests.staff import address_of
from tests.world import World


def write(world: World, count: int = 5) -> None:
    """Entries as the service itself makes them."""
    with world.session() as session:
        for number in range(count):
            record(
                session, "wave.opened", account=None, subject="wave:2026-H1", region="kempen", number=number
            )
            session.commit()


def verdict(world: World) -> tuple[str, int]:
    with world.session() as session:
        found = verify(session)
        return found.fault, found.at


def tamper(world: World, *statements: str) -> None:
    """Write in the database behind the service's back."""
    with world.session() as session:
        for statement in statements:
            session.execute(sa.text(statement))
        session.commit()


def test_an_entry_says_who_what_when_and_where(world: World) -> None:
    write(world, 3)
    rows = world.rows(AuditEntry)
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert {row["action"] for row in rows} == {"wave.opened"}
    assert rows[2]["facts"] == {"number": 2} and rows[2]["region_key"] == "kempen"
    assert [row["previous_hash"] for row in rows] == ["", rows[0]["own_hash"], rows[1]["own_hash"]]
    assert verdict(world) == ("", 0)


def test_the_deed_and_its_entry_are_stored_together_or_not_at_all(world: World) -> None:
    with world.session() as session:
        record(session, "wave.opened", account=None)
        session.rollback()
        session.commit()
        record(session, "wave.closed", account=None)
        nested = session.begin_nested()
        record(session, "link.made", account=None)
        nested.rollback()
        with session.begin_nested():
            record(session, "link.stopped", account=None)
        session.commit()
        session.add_all(
            [AuditHead(id=1, sequence=0, own_hash="", anchor_sequence=0, anchor_hash="", anchor_seal="")]
        )
        record(session, "link.made", account=None)
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        record(session, "cards.printed", account=None, count=8)
        session.commit()
    assert [row["action"] for row in world.rows(AuditEntry)] == [
        "wave.closed",
        "link.stopped",
        "cards.printed",
    ]
    assert verdict(world) == ("", 0)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (("UPDATE audit_entries SET action = 'wave.closed' WHERE sequence = 3",), ("altered", 3)),
        (("UPDATE audit_entries SET region_key = NULL WHERE sequence = 5",), ("altered", 5)),
        (("UPDATE audit_entries SET facts = '{\"number\": 7}' WHERE sequence = 2",), ("altered", 2)),
        (("DELETE FROM audit_entries WHERE sequence = 1",), ("missing", 1)),
        (("DELETE FROM audit_entries WHERE sequence = 3",), ("missing", 3)),
        (("DELETE FROM audit_entries WHERE sequence = 5",), ("missing", 5)),
        (("DELETE FROM audit_entries",), ("missing", 1)),
        (("DELETE FROM audit_heads",), ("end", 0)),
        (
            (
                "DELETE FROM audit_entries WHERE sequence = 3",
                "UPDATE audit_entries SET sequence = 3 WHERE sequence = 4",
                "UPDATE audit_entries SET sequence = 4 WHERE sequence = 5",
            ),
            ("altered", 3),
        ),
        (
            (
                "UPDATE audit_entries SET sequence = 9 WHERE sequence = 2",
                "UPDATE audit_entries SET sequence = 2 WHERE sequence = 3",
                "UPDATE audit_entries SET sequence = 3 WHERE sequence = 9",
            ),
            ("altered", 2),
        ),
        (
            (
                "DELETE FROM audit_entries WHERE sequence < 3",
                "UPDATE audit_heads SET anchor_sequence = 2, anchor_seal = own_hash,"
                " anchor_hash = (SELECT previous_hash FROM audit_entries WHERE sequence = 3)",
            ),
            ("head", 5),
        ),
        (
            (
                "DELETE FROM audit_entries WHERE sequence > 3",
                "UPDATE audit_heads SET sequence = 3,"
                " own_hash = (SELECT own_hash FROM audit_entries WHERE sequence = 3)",
            ),
            ("head", 3),
        ),
        (
            (
                "DELETE FROM audit_entries WHERE sequence > 3",
                "UPDATE audit_heads SET sequence = 3, anchor_seal = '',"
                " own_hash = (SELECT own_hash FROM audit_entries WHERE sequence = 3)",
            ),
            ("head", 3),
        ),
        (("UPDATE audit_heads SET anchor_seal = ''",), ("head", 5)),
    ],
)
def test_what_was_changed_taken_out_or_moved_is_found(
    sqlite_world: World, statements: tuple[str, ...], found: tuple[str, int]
) -> None:
    write(sqlite_world)
    tamper(sqlite_world, *statements)
    assert verdict(sqlite_world) == found
    if found[0] == "head":
        write(sqlite_world, 1)
        assert verdict(sqlite_world) == ("head", found[1] + 1), "what is written later does not cover it up"
        with sqlite_world.session() as session:
            assert shorten(session, now() + KEPT + timedelta(minutes=1)) > 0
            session.commit()
        assert verdict(sqlite_world) == ("head", found[1] + 2), "nor does what is removed"


def add_colleague(world: World) -> None:
    with world.session() as session:
        add_account(session, passwords(), address_of("lezer"), "lezer", None, region=None, regions=())


def test_an_emptied_log_is_found_where_somebody_has_an_account(sqlite_world: World) -> None:
    assert verdict(sqlite_world) == ("", 0), "nobody did anything yet"
    add_colleague(sqlite_world)
    assert verdict(sqlite_world) == ("", 0)
    tamper(sqlite_world, "DELETE FROM audit_entries", "DELETE FROM audit_heads")
    assert verdict(sqlite_world) == ("emptied", 0)
    write(sqlite_world, 2)
    with sqlite_world.session() as session:
        found = verify(session)
        assert (found.fault, found.untold, found.sealed) == ("", 1, True), "said, though it cannot be proved"
        assert verify(session, expect=(3, "0" * 64)).fault == "missing"


def as_of_an_earlier_release(world: World, until: int) -> None:
    """Write the log again as it was before heads were sealed and entries said so."""
    with world.session() as session:
        key, last = derive(world.settings.secret_key, "audit log"), ""
        for entry in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)):
            content = [
                entry.sequence,
                entry.at.isoformat(timespec="microseconds"),
                entry.account_id,
                entry.role,
            ]
            content += [entry.action, entry.subject, entry.region_key, entry.facts, last]
            text = json.dumps(content, sort_keys=True, separators=(",", ":"))
            entry.previous_hash, last = last, hmac.new(key, text.encode(), "sha256").hexdigest()
            entry.own_hash = last
        head, anchor = session.get_one(AuditHead, 1), session.get_one(AuditEntry, until)
        head.own_hash, head.anchor_sequence, head.anchor_hash = last, until, anchor.own_hash
        sealed = f"anchor {until} {anchor.own_hash}"
        head.anchor_seal = hmac.new(key, sealed.encode(), "sha256").hexdigest()
        session.execute(sa.delete(AuditEntry).where(AuditEntry.sequence <= until))
        session.commit()


def test_a_log_of_an_earlier_release_stays_whole_and_is_sealed_with_its_next_entry(
    sqlite_world: World,
) -> None:
    write(sqlite_world)
    as_of_an_earlier_release(sqlite_world, until=2)
    with sqlite_world.session() as session:
        found = verify(session)
        assert (found.fault, found.entries, found.last, found.sealed) == ("", 3, 5, False)
    write(sqlite_world, 1)
    with sqlite_world.session() as session:
        assert vars(verify(session)) | {"last_hash": ""} == vars(Verdict(4, 6, ""))
    tamper(
        sqlite_world,
        "DELETE FROM audit_entries WHERE sequence = 3",
        "UPDATE audit_heads SET anchor_sequence = 3,"
        " anchor_hash = (SELECT previous_hash FROM audit_entries WHERE sequence = 4)",
    )
    assert verdict(sqlite_world) == ("head", 6)


def test_who_has_no_key_cannot_write_an_entry_that_fits(sqlite_world: World) -> None:
    write(sqlite_world, 2)
    forger = World(
        sqlite_world.settings.database_url,
        sqlite_world.settings.instance_dir,
        sqlite_world.settings.translations_dir,
    )
    forger.settings = forger.settings.but(secret_key="another-secret-0123456789-abcdefghijkl")
    write(forger, 1)
    forger.close()
    assert verdict(sqlite_world) == ("altered", 3)


_WRITER = """
from feedback_app import create_app
from feedback_app.database import db
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
app = create_app(Settings.from_environment())
with app.app_context():
    for number in range(25):
        record(db.session, "link.made", account=None, number=number)
        record(db.session, "link.stopped", account=None, number=number)
        db.session.commit()
"""


def test_processes_that_write_at_once_make_one_chain(world: World) -> None:
    environment = environment_of(world.settings)
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER], env=environment) for _ in range(2)]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    rows = world.rows(AuditEntry)
    assert sorted(row["sequence"] for row in rows) == list(range(1, 101))
    assert verdict(world) == ("", 0)


def test_old_entries_go_and_the_rest_can_still_be_verified(world: World) -> None:
    write(world, 4)
    later = now() + KEPT + timedelta(minutes=1)
    with world.session() as session:
        assert shorten(session, now()) == 0
        session.commit()
        assert shorten(session, later) == 4
        session.commit()
    (entry,) = world.rows(AuditEntry)
    assert entry["action"] == "audit.shortened" and entry["facts"] == {"removed": 4, "up_to": 4}
    write(world, 2)
    assert verdict(world) == ("", 0)
    tamper(world, "DELETE FROM audit_entries WHERE sequence = 5")
    assert verdict(world) == ("missing", 5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "wave.sung"},
        {"action": "wave.opened", "subject": "An Janssens"},
        {"action": "wave.opened", "subject": "person:an@voorbeeld.example"},
        {"action": "wave.opened", "note": "vrije tekst over iemand"},
        {"action": "wave.opened", "phone": "+44770090000"},
        {"action": "wave.opened", "mail": "an@voorbeeld.example"},
        {"action": "wave.opened", "certain": True},
    ],
)
def test_what_could_be_about_a_person_is_refused(sqlite_world: World, wrong: dict[str, str]) -> None:
    with sqlite_world.session() as session, pytest.raises(ValueError, match=r"audit|subject|fact"):
        record(session, account=None, **wrong)
    assert sqlite_world.rows(AuditEntry) == []


def test_every_action_fits_the_table_and_has_its_sentence() -> None:
    assert max(map(len, ACTIONS)) <= 40
    assert all(str(text) for text in ACTIONS.values())
