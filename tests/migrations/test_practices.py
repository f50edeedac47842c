"""Practices and subscriptions come and go on both databases; what pre-signals reported waits to be released."""

from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app.exchange.models import Practice, PracticeEvent
from feedback_app.exchange.practices import StepRefused, check_release
from feedback_app.signals.edit import write_signal
from feedback_app.staff.models import Account
from tests.migrations.test_migrations import move, structure, upgraded
from tests.world import WAVE, World

__all__ = ["upgraded"]  # the fixture


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


def test_what_pre_signals_reported_is_taken_over_and_waits(upgraded: World) -> None:
    upgraded.open()
    newer = structure(upgraded)
    long, whole = (
        report(upgraded, observation="‹é›" * 100),
        report(upgraded, observation="a", title="b", finding="c"),
    )
    report(upgraded, is_practice=False, observation="Geen praktijk")
    move(upgraded, "0015")
    gone = {"practices", "practice_events", "contact_requests", "booklets", "subscriptions"}
    assert gone <= newer.keys() - structure(upgraded).keys()
    kept = {
        name: rows
        for name, rows in upgraded.dump().items()
        if name not in ("alembic_version", "audit_heads", "answers")
    }
    move(upgraded)
    assert structure(upgraded) == newer
    width = len(kept["signals"][0])  # later releases add columns, after those of then
    now = {**upgraded.dump()}
    now["signals"] = [row[:width] for row in now["signals"]]
    assert {name: now[name] for name in kept} == kept, "signals stay"
    rows = {row["signal_id"]: row for row in upgraded.rows(Practice)}
    assert rows.keys() == {long, whole}
    assert (rows[long]["title"], rows[long]["what"]) == (("‹é›" * 100)[:200], "‹é›" * 100)
    assert (rows[whole]["title"], rows[whole]["what"], rows[whole]["why"]) == ("b", "c", "")
    assert {(row["state"], row["region_key"], row["wave_key"]) for row in rows.values()} == {
        ("waiting", "gent", WAVE)
    }
    assert {row["step"] for row in upgraded.rows(PracticeEvent)} == {"written"}
    with upgraded.session() as session:
        account = session.scalars(sa.select(Account)).one()
        with pytest.raises(StepRefused, match="four_eyes"):
            check_release(account, session.get_one(Practice, whole))
        other = Account(id="0" * 32, email="b@voorbeeld.example", password_hash="", role="vrijgever")
        with pytest.raises(StepRefused, match="fields"):
            check_release(other, session.get_one(Practice, whole))
