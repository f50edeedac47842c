"""Practices and subscriptions come and go on both databases; what pre-signals reported waits to be released."""

from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app.exchange.models import Practice, PracticeEvent
from feedback_app.exchange.practices import StepRefused, check_release
from feedback_app.signals.edit import write_signal
from feedback_app.staff.models import Account
from tests.migrations.test_migrations import empty, move, structure
from tests.world import WAVE, World

__all__ = ["empty"]  # the fixture


def report(world: World, **words: Any) -> str:
    """A pre-signal of a colleague that calls itself a good practice, unless told otherwise; its key."""
    with world.session() as session:
        account = session.scalars(sa.select(Account)).first()
        if account is None:
            account = Account(email="a@voorbeeld.example", password_hash="", role="vrijgever")
            session.add(account)
            session.commit()
        values = {"wave_key": WAVE, "theme_key": "T08", "region_key": "gent", "is_practice": True, **words}
        return write_signal(session, account, values).id


def test_what_pre_signals_reported_is_taken_over_and_waits(empty: World) -> None:
    move(empty)
    empty.open()
    newer = structure(empty)
    long, whole = (
        report(empty, observation="‹é›" * 100),
        report(empty, observation="a", title="b", finding="c"),
    )
    report(empty, is_practice=False, observation="Geen praktijk")
    move(empty, "0015")
    gone = {"practices", "practice_events", "contact_requests", "booklets", "subscriptions"}
    assert gone <= newer.keys() - structure(empty).keys()
    kept = {
        name: rows
        for name, rows in empty.dump().items()
        if name not in ("alembic_version", "audit_heads", "answers")
    }
    move(empty)
    assert structure(empty) == newer
    width = len(kept["signals"][0])  # later releases add columns, after those of then
    now = {**empty.dump()}
    now["signals"] = [row[:width] for row in now["signals"]]
    assert {name: now[name] for name in kept} == kept, "signals stay"
    rows = {row["signal_id"]: row for row in empty.rows(Practice)}
    assert rows.keys() == {long, whole}
    assert (rows[long]["title"], rows[long]["what"]) == (("‹é›" * 100)[:200], "‹é›" * 100)
    assert (rows[whole]["title"], rows[whole]["what"], rows[whole]["why"]) == ("b", "c", "")
    assert {(row["state"], row["region_key"], row["wave_key"]) for row in rows.values()} == {
        ("waiting", "gent", WAVE)
    }
    assert {row["step"] for row in empty.rows(PracticeEvent)} == {"written"}
    with empty.session() as session:
        account = session.scalars(sa.select(Account)).one()
        with pytest.raises(StepRefused, match="four_eyes"):
            check_release(account, session.get_one(Practice, whole))
        other = Account(id="0" * 32, email="b@voorbeeld.example", password_hash="", role="vrijgever")
        with pytest.raises(StepRefused, match="fields"):
            check_release(other, session.get_one(Practice, whole))
