"""A worry: out of every list, announced, read by one role, given back, and destroyed on time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db, months_before, today
from feedback_app.invitations.models import Wave
from feedback_app.remarks.models import Worry
from feedback_app.remarks.retention import destroy_worries
from feedback_app.remarks.worry_letters import Announced, announce
from feedback_app.responses.coarsen import ANYWHERE
from feedback_app.responses.models import Remark
from feedback_app.staff.models import AuditEntry
from tests.mail_server import Post, mail_service
from tests.staff import Browser, add, close_app, make_app, signed_in

WAVE = "2026-H1"
DAY = timedelta(days=1)


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, post: Post) -> Iterator[Flask]:
    with mail_service(post) as port:
        server = f"smtp://127.0.0.1:{port}?from=dienst@voorbeeld.example&tls=none&timeout=0.5"
        made = make_app(migrated_sqlite_url, tmp_path, smtp_url=server, mails_a_minute=60_000)
        first, last = date(2026, 1, 1), date(2026, 6, 30)
        with made.app_context():
            db.session.add(Wave(key=WAVE, starts_on=first, ends_on=last, opened_on=first, state="open"))
            db.session.commit()
        yield made
        close_app(made)


def write(app: Flask, text: str, **more: Any) -> str:
    """Store a remark as a respondent does; give its key."""
    values = {"survey_key": "newcomer", "item_key": "remark", "locale": "nl", "region_key": "kempen"} | more
    with app.app_context():
        one = Remark(wave_key=WAVE, month=f"{today():%Y-%m}", text=text, **values)
        db.session.add(one)
        db.session.commit()
        return one.id


def test_a_worry_leaves_every_list_and_only_one_role_reads_it_each_time_logged(app: Flask) -> None:
    text = "Iemand slaat mij thuis"
    key, moderator, person = write(app, text), signed_in(app, "analist"), signed_in(app, "vertrouwenspersoon")
    assert "verdwijnt uit alle lijsten" in moderator.get(f"/staff/remarks/{key}/worry").text
    sent = moderator.post(f"/staff/remarks/{key}/worry", {"reason": "abuse", "note": "dringend"})
    assert sent.status_code == 302 and moderator.get(f"/staff/remarks/{key}").status_code == 404
    for state in ("new", "second", "third", "coded", "dismissed", "proposed", "released"):
        assert text not in moderator.get(f"/staff/remarks/?state={state}").text
    with app.app_context():
        worry = db.session.scalars(sa.select(Worry)).one().id
        assert db.session.scalars(sa.select(Remark)).all() == []
    for role in ("beheerder", "vrijgever"):
        assert signed_in(app, role).get(f"/staff/zorgen/{worry}").status_code == 403
    assert moderator.get("/staff/zorgen/").status_code == 403
    assert text not in person.get("/staff/zorgen/").text
    page = person.get(f"/staff/zorgen/{worry}").text
    assert text in page and "dringend" in page
    asked = person.post(f"/staff/zorgen/{worry}/close")
    assert asked.status_code == 302 and text in person.get(f"/staff/zorgen/{worry}").text
    person.post(f"/staff/zorgen/{worry}/close", {"sure": "1"})
    with app.app_context():
        one = db.session.scalars(sa.select(Worry)).one()
        assert (one.closed, one.text, one.note) == (True, "", "")
        actions = [
            row.action for row in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence))
        ]
    assert [one for one in actions if one.startswith("worry.")] == [
        "worry.raised",
        "worry.read",
        "worry.read",
        "worry.closed",
    ]


def test_a_remark_that_is_no_worry_comes_back_and_worries_are_destroyed_on_time(app: Flask) -> None:
    moderator, person = signed_in(app, "analist"), signed_in(app, "vertrouwenspersoon")
    for text in ("toch niets", "lang geleden"):
        moderator.post(f"/staff/remarks/{write(app, text)}/worry", {"reason": "other"})
    with app.app_context():
        by_text = {one.text: one.id for one in db.session.scalars(sa.select(Worry))}
    person.post(f"/staff/zorgen/{by_text['toch niets']}/give-back")
    assert "toch niets" in moderator.get("/staff/remarks/").text
    with app.app_context():
        assert destroy_worries(db.session, today()) == 0
        db.session.execute(sa.update(Worry).values(month="2020-01"))
        assert destroy_worries(db.session, today()) == 1


def test_a_colleague_of_one_region_sees_worries_of_that_region_only(app: Flask) -> None:
    moderator: Browser = signed_in(app, "analist")
    for region in ("kempen", "limburg"):
        key = write(app, "voorbeeld", region_key=region)
        moderator.post(f"/staff/remarks/{key}/worry", {"reason": "other"})
    bound = signed_in(app, "vertrouwenspersoon", region="kempen")
    page = bound.get("/staff/zorgen/").text
    assert "Kempen" in page and "Limburg" not in page
    with app.app_context():
        other = db.session.scalar(sa.select(Worry.id).where(Worry.region_key == "limburg"))
    assert bound.get(f"/staff/zorgen/{other}").status_code == 404


def raised(app: Flask, moderator: Browser, text: str) -> str:
    """A worry that a moderator passed on; its key."""
    moderator.post(f"/staff/remarks/{write(app, text)}/worry", {"reason": "other"})
    with app.app_context():
        return db.session.scalars(sa.select(Worry.id).where(Worry.text == text)).one()


@pytest.mark.parametrize("saved", [{"themes": "T02"}, {"dismiss": "1"}])
def test_what_was_saved_before_can_still_be_passed_on_with_its_translation(
    app: Flask, saved: dict[str, str]
) -> None:
    key, moderator = write(app, "il me frappe", locale="fr"), signed_in(app, "analist")
    moderator.post(f"/staff/remarks/{key}", {**saved, "translation": "hij slaat mij", "language": "fr"})
    for browser in (moderator, signed_in(app, "vrijgever")):
        assert f"/staff/remarks/{key}/worry" in browser.get(f"/staff/remarks/{key}").text
    page = moderator.get(f"/staff/remarks/{key}/worry").text
    assert "il me frappe" in page and "krijgt wat overblijft" in page
    moderator.post(f"/staff/remarks/{key}/worry", {"reason": "abuse", "note": "dringend"})
    with app.app_context():
        worry = db.session.scalars(sa.select(Worry)).one()
        assert worry.text == "il me frappe"
        assert worry.note == "dringend\n\nIn het Nederlands: hij slaat mij"
        assert db.session.scalars(sa.select(Remark)).all() == []


def test_what_comes_back_once_the_wave_is_closed_has_no_region(app: Flask) -> None:
    moderator, person = signed_in(app, "analist"), signed_in(app, "vertrouwenspersoon")
    early, late = raised(app, moderator, "vroeg"), raised(app, moderator, "laat")
    person.post(f"/staff/zorgen/{early}/give-back")
    with app.app_context():
        db.session.execute(sa.update(Wave).values(state="closed", closed_on=today()))
        db.session.commit()
    person.post(f"/staff/zorgen/{late}/give-back")
    with app.app_context():
        rows = db.session.execute(sa.select(Remark.text, Remark.region_key)).all()
    assert {tuple(row) for row in rows} == {("vroeg", "kempen"), ("laat", ANYWHERE)}


def announced(app: Flask, moment: datetime) -> Announced:
    with app.app_context():
        return announce(db.session, app.extensions["settings"], moment)


def day_for_mail(app: Flask, day: date, step: timedelta) -> datetime:
    """Noon of the first day from here, in steps, on which e-mail may go out."""
    moment = datetime.combine(day, time(12), ZoneInfo("Europe/Brussels"))
    while not app.extensions["settings"].timetable.may_send(moment):
        moment += step
    return moment


def test_a_worry_is_announced_each_day_until_it_is_closed_and_nothing_of_it_is_told(
    app: Flask, post: Post
) -> None:
    add(app, "vertrouwenspersoon", region="limburg", email="limburg@voorbeeld.example")
    moderator, person = signed_in(app, "analist"), signed_in(app, "vertrouwenspersoon")
    here, later = day_for_mail(app, today(), -DAY), day_for_mail(app, today() + DAY, DAY)
    assert announced(app, here).counts == {}
    worry = raised(app, moderator, "Iemand slaat mij thuis")
    post.answers["mail"] = "451 later"
    assert announced(app, here).counts == {"again": 1}, "not to who may not read it"
    post.answers.clear()
    assert [announced(app, here).counts for _ in range(2)] == [{"delivered": 1}, {}]
    [taken] = post.taken
    assert taken.recipients == ["vertrouwenspersoon@voorbeeld.example"]
    assert taken.mail["subject"] == "Een zorg wacht op jou" and b"/staff/zorgen/" in taken.content
    told = taken.content.decode()
    assert not [one for one in (worry, "slaat", "Kempen", "kempen", WAVE) if one in told]
    assert announced(app, later.replace(hour=3)).halted == "quiet"
    assert announced(app, later).counts == {"delivered": 1}
    person.post(f"/staff/zorgen/{worry}/close", {"sure": "1"})
    assert announced(app, later + 7 * DAY).counts == {}


def test_the_start_page_tells_of_open_worries_and_of_those_that_go_soon(app: Flask) -> None:
    moderator, person = signed_in(app, "analist"), signed_in(app, "vertrouwenspersoon")
    assert "Er wacht nu niets op jou" in person.get("/staff/").text
    raised(app, moderator, "zorg")
    page = person.get("/staff/").text
    assert "zorg wacht op jou" in page and "gewist" not in page
    with app.app_context():
        db.session.execute(sa.update(Worry).values(month=months_before(today(), 5)))
        db.session.commit()
    assert "open zorg wordt op de eerste van volgende maand gewist" in person.get("/staff/").text
    assert "zorg wacht op jou" not in moderator.get("/staff/").text


def test_what_is_destroyed_before_it_was_closed_or_read_stands_in_the_audit_log(app: Flask) -> None:
    moderator, person = signed_in(app, "analist"), signed_in(app, "vertrouwenspersoon")
    keys = [raised(app, moderator, text) for text in ("dicht", "gelezen", "ongelezen")]
    person.post(f"/staff/zorgen/{keys[0]}/close", {"sure": "1"})
    person.get(f"/staff/zorgen/{keys[1]}")
    with app.app_context():
        db.session.execute(sa.update(Worry).values(month="2020-01"))
        assert destroy_worries(db.session, today()) == 3
        db.session.commit()
        rows = db.session.execute(
            sa.select(AuditEntry.action, AuditEntry.subject).where(AuditEntry.action.like("worry.destroyed%"))
        )
        assert {tuple(row) for row in rows} == {
            ("worry.destroyed_open", f"worry:{keys[1]}"),
            ("worry.destroyed_unread", f"worry:{keys[2]}"),
        }
