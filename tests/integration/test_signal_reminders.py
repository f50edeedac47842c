"""Reminders of signals over a real line: who gets which when, each once, and nothing when it cannot leave."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db, now
from feedback_app.invitations.pausing import pause
from feedback_app.jobs import alone
from feedback_app.settings import Settings
from feedback_app.signals import reminders
from feedback_app.signals.models import Signal, SignalEvent, SignalReminder
from feedback_app.signals.reminders import Reminded, remind, step_due
from feedback_app.staff.accounts import deactivate
from feedback_app.staff.models import Account, AuditEntry
from tests.mail_server import Post, Taken, free_port, mail_service
from tests.raising import TOLD, two_waves
from tests.staff import account_of, add, address_of, close_app, make_app

DUE = date(2026, 9, 26)
BASE = "https://feedback.voorbeeld.example"


@pytest.fixture
def post() -> Iterator[Post]:
    yield Post()


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, post: Post) -> Iterator[Flask]:
    with office(migrated_sqlite_url, tmp_path, post) as made:
        yield made


@pytest.fixture
def either_app(migrated_url: str, tmp_path: Path, post: Post) -> Iterator[Flask]:
    """On PostgreSQL too, where locks are others."""
    with office(migrated_url, tmp_path, post) as made:
        yield made


@contextmanager
def office(url: str, folder: Path, post: Post) -> Iterator[Flask]:
    """An installation with a mail server, colleagues and waves."""
    with mail_service(post) as port:
        server = f"smtp://127.0.0.1:{port}?from=dienst@voorbeeld.example&tls=none&timeout=0.5"
        made = make_app(url, folder, smtp_url=server, base_url=BASE, mails_a_minute=60_000)
        two_waves(made)
        for role in ("redacteur", "vrijgever", "analist"):
            add(made, role)
        add(made, "redacteur", region="limburg", email="limburg@voorbeeld.example")
        yield made
        close_app(made)


def raised(app: Flask, code: str, **values: object) -> str:
    """A signal that was handed over, followed up by the redacteur unless told otherwise; its key."""
    with app.app_context():
        mine = db.session.scalars(sa.select(Account.id).where(Account.email == address_of("redacteur"))).one()
        words = {
            "title": f"Titel {code}",
            "finding": "f",
            "ask": "a",
            "theme_key": "T05",
            "wave_key": "2026-H1",
        }
        days = {"handed_on": date(2026, 8, 1), "due_on": DUE, "responsible_id": mine}
        one = Signal(code=code, **{"state": "overgemaakt", **words, **days, **values})
        db.session.add(one)
        db.session.commit()
        return one.id


def on(day: date) -> datetime:
    """Noon of a day in Flanders, when messages may go out."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/Brussels"))


def run(app: Flask, day: date, settings: Settings | None = None) -> Reminded:
    with app.app_context():
        return remind(db.session, settings or app.extensions["settings"], on(day))


def text_of(taken: Taken) -> str:
    body = taken.mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_each_step_is_sent_once_to_who_follows_it_up(app: Flask, post: Post) -> None:
    key = raised(app, "S-2026-H1-01")
    assert run(app, DUE - timedelta(days=8)).counts == {}
    days = (
        DUE - timedelta(days=6),
        DUE - timedelta(days=1),
        DUE,
        DUE + timedelta(days=2),
        DUE + timedelta(days=9),
    )
    for day in (*days, DUE + timedelta(days=30), DUE + timedelta(days=90)):
        for _again in range(2):
            run(app, day)
    said = [text_of(one) for one in post.taken]
    assert [one.recipients for one in post.taken] == [[address_of("redacteur")]] * 3
    wanted = (
        "Tegen 26 september 2026 verwachten we",
        "en is er niet. Vraag ernaar.",
        "vier weken later nog niet",
    )
    assert [phrase in text for phrase, text in zip(wanted, said, strict=True)] == [True] * 3
    for one, text in zip(post.taken, said, strict=True):
        assert "S-2026-H1-01 Titel S-2026-H1-01" in text and f"{BASE}/staff/signals/{key}" in text
        assert one.mail["Subject"] == "Een signaal wacht op jou"
        assert one.mail["List-Unsubscribe"] is None and one.mail["Auto-Submitted"] == "auto-generated"
    with app.app_context():
        events = db.session.scalars(sa.select(SignalEvent.note).where(SignalEvent.kind == "reminded")).all()
        assert sorted(events) == ["due_soon", "overdue", "overdue_again"]
        audited = sa.select(sa.func.count()).where(AuditEntry.action == "signal.reminded")
        assert db.session.scalar(audited) == 3


def test_a_worker_that_stood_still_sends_one_and_a_new_date_begins_anew(app: Flask, post: Post) -> None:
    key = raised(app, "S-2026-H1-01")
    run(app, DUE + timedelta(days=40))
    assert len(post.taken) == 1
    with app.app_context():
        later = DUE + timedelta(days=60)
        db.session.execute(sa.update(Signal).where(Signal.id == key).values(due_on=later))
        db.session.commit()
    run(app, DUE + timedelta(days=55))
    assert "Tegen 25 november 2026 verwachten we" in text_of(post.taken[1])


def test_one_e_mail_for_all_a_colleague_has_to_look_at_in_their_language(app: Flask, post: Post) -> None:
    raised(app, "S-2026-H1-01")
    told = {"state": "beantwoord", "answer": "Ja.", "answered_on": date(2026, 8, 20)}
    raised(app, "S-2026-H1-02", **told)
    raised(app, "S-2026-H1-03", state="teruggekoppeld", answer="Ja.", answered_on=date(2026, 8, 20), **TOLD)
    raised(app, "S-2026-H1-04", due_on=DUE + timedelta(days=300))
    with app.app_context():
        db.session.execute(
            sa.update(Account).where(Account.email == address_of("redacteur")).values(locale="en")
        )
        db.session.commit()
    assert run(app, DUE + timedelta(days=3)).counts == {"delivered": 1}
    (one,) = post.taken
    assert "01" in text_of(one) and "02" in text_of(one)
    assert "H1-03" not in text_of(one) and "H1-04" not in text_of(one)
    assert one.mail["Content-Language"] == "en" and one.mail["Subject"] == "2 signals are waiting for you"


def test_when_nobody_follows_it_up_any_more_everybody_who_may_is_told(app: Flask, post: Post) -> None:
    raised(app, "S-2026-H1-01", region_key="limburg")
    with app.app_context():
        gone = db.session.scalars(sa.select(Account).where(Account.email == address_of("redacteur"))).one()
        deactivate(db.session, gone)
    run(app, DUE + timedelta(days=3))
    assert sorted(one.recipients[0] for one in post.taken) == [
        "limburg@voorbeeld.example",
        address_of("vrijgever"),
    ]
    raised(app, "S-2026-H1-02", region_key="kempen")
    run(app, DUE + timedelta(days=3))
    assert [one.recipients[0] for one in post.taken[2:]] == [address_of("vrijgever")], "not of another region"


def test_what_cannot_leave_is_tried_again_and_what_may_have_left_is_not(
    either_app: Flask, post: Post
) -> None:
    app = either_app
    key = raised(app, "S-2026-H1-01")
    day = DUE + timedelta(days=3)
    settings: Settings = app.extensions["settings"]
    unreachable = settings.but(
        smtp_url=f"smtp://127.0.0.1:{free_port()}?from=a@b.example&tls=none&timeout=0.5"
    )
    assert run(app, day, unreachable).counts == {"waits": 1}
    assert run(app, day, settings.but(smtp_url="")).halted == "no_channel"
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SignalReminder)) == 0
        with alone(db.engine, settings, "signal-reminders") as mine:
            assert mine and run(app, day).halted == "busy"
        pause(db.session, account_of(app, address_of("vrijgever")), day)
        db.session.commit()
    assert run(app, day).halted == "paused" and not post.taken
    with app.app_context():
        db.session.execute(sa.text("DELETE FROM sending_pauses"))
        claimed = {"signal_id": key, "step": "overdue", "about_on": DUE, "account_id": "weg"}
        db.session.add(SignalReminder(**claimed, sent_at=now()))  # by a process that died
        db.session.commit()
    post.answers["rcpt"] = "550 5.1.1 nobody here"
    assert run(app, day).counts == {"bounced": 1}
    post.answers.clear()
    assert run(app, day).counts == {}, "who does not exist is not tried every hour"
    with app.app_context():
        assert sorted(db.session.scalars(sa.select(SignalReminder.state))) == ["failed", "unknown"]


def test_one_signal_that_cannot_be_looked_at_stops_no_other(
    app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(app, "S-2026-H1-01", due_on=date.max)
    broken = raised(app, "S-2026-H1-02")
    raised(app, "S-2026-H1-03")

    def look(signal: Signal, day: date) -> tuple[str, date] | None:
        if signal.id == broken:
            raise OverflowError
        return step_due(signal, day)

    monkeypatch.setattr(reminders, "step_due", look)
    assert run(app, DUE + timedelta(days=2)).counts == {"delivered": 1}
    assert "S-2026-H1-03" in text_of(post.taken[0]) and "S-2026-H1-02" not in text_of(post.taken[0])


def test_one_letter_that_cannot_be_written_stops_no_other(
    app: Flask, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised(app, "S-2026-H1-01")
    other = account_of(app, address_of("vrijgever")).id
    raised(app, "S-2026-H1-02", responsible_id=other)
    write = reminders.write_letter

    def refuse(session: Any, settings: Settings, account: Account, *rest: Any) -> Any:
        if account.id != other:
            raise OverflowError
        return write(session, settings, account, *rest)

    monkeypatch.setattr(reminders, "write_letter", refuse)
    assert run(app, DUE + timedelta(days=2)).counts == {"failed": 1, "delivered": 1}
    assert post.taken[0].recipients == [address_of("vrijgever")]


def test_the_steps_by_day() -> None:
    one = Signal(state="overgemaakt", due_on=DUE)
    days = {-8: None, -7: "due_soon", 0: "due_soon", 1: "overdue", 27: "overdue", 28: "overdue_again"}
    for distance, step in days.items():
        assert (step_due(one, DUE + timedelta(days=distance)) or (None,))[0] == step, distance
    two = Signal(state="beantwoord", answered_on=DUE)
    assert [step_due(two, DUE + timedelta(days=days)) for days in (27, 28)] == [None, ("tell_back", DUE)]
    assert (
        step_due(Signal(state="teruggekoppeld", due_on=DUE, answered_on=DUE), DUE + timedelta(days=99))
        is None
    )
