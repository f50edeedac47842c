"""What a colleague filled in by hand is undone or put right, until somebody is asked; nothing typed is dropped."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.analysis.snapshot import count
from feedback_app.database import db, today
from feedback_app.invitations.models import Invitation, Sending
from feedback_app.invitations.opt_out import opt_out
from feedback_app.invitations.plan_sendings import plan_sendings
from feedback_app.invitations.waves import open_wave
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.contacts import unseal
from feedback_app.trajectories.models import Activity, Trajectory
from tests.databases import CONTACT_KEY
from tests.exports import export
from tests.integration.test_imports import BY_HAND, PLACE, RUNNING, counted, take_in
from tests.markup import check_markup
from tests.staff import Browser, close_app, make_app, signed_in

NO_CONTACT = {"Gsm": "", "E-mail": ""}
#: the same dossier as `tests.exports.ROW`, filled in by hand
SAME = {
    **BY_HAND,
    "ref": "A1000001",
    "hours": "41.5",
    "contact_language": "ar",
    "phone": "",
}


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    with made.app_context():
        open_wave(db.session, made.extensions["settings"], "2026-H1")
    yield made
    close_app(made)


def only(app: Flask) -> dict[str, Any]:
    """The one trajectory, with its contact in plain."""
    with app.app_context():
        found = db.session.scalars(sa.select(Trajectory)).one()
        kept = {one.name: getattr(found, one.name) for one in Trajectory.__table__.columns}
        opened = (unseal((CONTACT_KEY,), found.phone_sealed), unseal((CONTACT_KEY,), found.email_sealed))
        return {**kept, "contact": opened}


def place(app: Flask, page: str) -> str:
    return f"{PLACE}/{only(app)['id']}/{page}"


def entries(app: Flask) -> list[tuple[str, str, dict[str, Any]]]:
    with app.app_context():
        query = sa.select(AuditEntry).order_by(AuditEntry.sequence)
        rows = [(one.action, one.subject, one.facts) for one in db.session.scalars(query)]
    return [one for one in rows if one[0].startswith("trajectory.") and one[0] != "trajectory.imported"]


def newcomer(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(sa.select(Invitation.id).where(Invitation.audience == "newcomer")).one()


def plan(app: Flask) -> list[tuple[str, str, str]]:
    """The newcomer's messages, once the timetable was made."""
    with app.app_context():
        plan_sendings(db.session, app.extensions["settings"], today())
        db.session.commit()
        query = sa.select(Sending.step, Sending.channel, Sending.state).order_by(Sending.step)
        return [tuple(row) for row in db.session.execute(query)]


def write(app: Flask, disposition: str = "", **first: str) -> None:
    """Let somebody have answered, or a message have gone out."""
    with app.app_context():
        if disposition:
            db.session.execute(sa.update(Invitation).values(disposition=disposition))
        if first:
            db.session.execute(sa.update(Sending).where(Sending.step == "first").values(first))
        db.session.commit()


def end_values(app: Flask, **changes: str) -> dict[str, str]:
    """What the page for corrections would send when only these fields are touched."""
    now = only(app)
    told = {"outcome": now["outcome"], "ended_on": str(now["ended_on"]), "hours": str(now["hours"])}
    return {**told, "contact_language": now["contact_language"], "phone": "", "email": "", **changes}


def test_a_first_message_by_whatsapp_keeps_the_file_of_who_has_no_number(app: Flask) -> None:
    agency, coach = signed_in(app, "agentschap"), signed_in(app, "trajectbegeleider")
    undo = take_in(agency, export(NO_CONTACT))
    whatsapp = f"/staff/invitations/{newcomer(app)}/whatsapp"
    assert "eerste bericht" in coach.get(whatsapp).text
    assert coach.post(whatsapp, {"step": "first"}, form=whatsapp).status_code == 302
    assert coach.post(whatsapp, {"step": "first"}, form=whatsapp).status_code == 302  # an old page, again
    assert plan(app) == [("first", "whatsapp", "done")]
    assert "eerste herinnering" in coach.get(whatsapp).text
    for answer in (agency.get(undo), agency.post(undo)):
        assert "al een uitnodiging" in answer.text
    assert counted(app, Trajectory, Invitation) == [1, 2]
    with app.app_context():
        assert count(db.session, "2026-H1")["channel"].keys() == {"whatsapp"}
    page = agency.post("/staff/invitations", {"wave": "2026-H1", "ref": "A1000001"}).text
    assert re.search(r"eerste bericht: [^<]+ \(WhatsApp\)", page)
    assert "WhatsApp" in signed_in(app, "beheerder").get("/staff/waves/2026-H1/response").text


def test_what_was_added_by_hand_is_taken_out_again(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    browser.post(f"{PLACE}/new", BY_HAND)
    correct, added = place(app, "correct"), only(app)["id"]
    assert f'href="{correct}"' in browser.get(PLACE).text
    undo = place(app, "undo?what=whole")
    pages = [browser.get(correct), browser.get(undo)]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        check_markup(page.text, own=app.extensions["settings"].base_url, policy=policy)
    assert undo in pages[0].text
    asked = pages[1].text
    assert "Dit traject verdwijnt" in asked and "<dd>2</dd>" in asked
    assert len(plan(app)) == 3
    assert counted(app, Trajectory, Activity, Invitation) == [1, 1, 2], "a look changes nothing"
    assert browser.post(undo).status_code == 303
    assert counted(app, Trajectory, Activity, Invitation, Sending) == [0, 0, 0, 0]
    assert browser.post(undo).status_code == 404
    subject = f"trajectory:{added}"
    assert entries(app) == [
        ("trajectory.added", subject, {"new": 1, "activities": 1, "ended": 0, "contacts": 0}),
        ("trajectory.undone", subject, {"what": "whole", "invitations": 2}),
    ]


def test_what_a_colleague_did_to_a_file_is_undone_and_then_the_file_is(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    file = take_in(browser, export(RUNNING))
    more = {**SAME, "outcome": "running", "ended_on": "", "hours": "", "offer_type": "stage"}
    assert browser.post(f"{PLACE}/new", more).status_code == 302
    browser.post(place(app, "end"), {"outcome": "completed", "ended_on": "2026-06-03", "hours": "40"})
    assert counted(app, Activity, Invitation) == [2, 3]
    refused = browser.get(file).text
    assert "met de hand" in refused
    [where] = re.findall(rf'href="({PLACE}\?file=\w+)"', refused)
    assert place(app, "correct") in browser.get(where).text
    assert "Geen enkel traject" in browser.get(f"{PLACE}?file=x").text
    links = re.findall(rf'href="({PLACE}/\w+/undo\?what=\w+)"', browser.get(place(app, "correct")).text)
    assert [one.rpartition("=")[2] == "end" for one in links] == [True, False]
    assert "loopt weer" in browser.get(links[0]).text
    assert browser.post(links[0]).status_code == 303
    assert (only(app)["outcome"], counted(app, Invitation)) == ("running", [0])
    assert browser.post(links[1]).status_code == 303
    assert counted(app, Activity) == [1]
    assert browser.post(file).status_code == 303
    assert counted(app, Trajectory) == [0]
    assert [facts.get("what") for _action, _subject, facts in entries(app)[-2:]] == ["end", "activity"]


@pytest.mark.parametrize("how", ["sent", "answered"])
def test_once_somebody_was_asked_or_answered_nothing_is_undone(app: Flask, how: str) -> None:
    browser = signed_in(app, "agentschap")
    browser.post(f"{PLACE}/new", BY_HAND)
    plan(app)
    browser.get(PLACE)  # where it says that it was added
    before = [browser.get(place(app, page)).text for page in ("correct", "undo?what=end")]
    write(app, **({"state": "done"} if how == "sent" else {"disposition": "answered"}))
    after = [browser.get(place(app, page)).text for page in ("correct", "undo?what=end")]
    plain = [re.sub(r'name="csrf_token" value="[^"]+"', "", one) for one in (*before, *after)]
    assert (plain[:2] == plain[2:]) == (how == "answered"), "a look does not tell who answered"
    for what in ("whole", "end"):
        assert browser.post(place(app, f"undo?what={what}")).status_code == 409
    moved = browser.post(place(app, "correct"), end_values(app, ended_on="2026-06-02"))
    assert moved.status_code == 409
    changed = browser.post(place(app, "correct"), end_values(app, phone="0470 26 14 65"))
    assert changed.status_code == (409 if how == "sent" else 302)
    assert counted(app, Trajectory, Invitation) == [1, 2]


def test_a_mistyped_contact_is_put_right_and_the_link_stays(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    browser.post(f"{PLACE}/new", BY_HAND)
    link, correct = newcomer(app), place(app, "correct")
    assert {row[1] for row in plan(app)} == {"sms"}
    page = browser.get(correct).text
    assert "+32 … 64" in page and "470261464" not in page
    wrong = browser.post(correct, end_values(app, phone="12", contact_language="ar"))
    assert wrong.status_code == 422 and 'value="12"' in wrong.text
    with app.app_context():
        opt_out(db.session, app.extensions["settings"], "+32470261465")
        db.session.commit()
    assert "geen berichten meer" in browser.post(correct, end_values(app, phone="0470 26 14 65")).text
    done = end_values(app, email="a@voorbeeld.example", wipe_phone="y", contact_language="ar")
    assert browser.post(correct, done).status_code == 302
    assert only(app)["contact"] == (None, "a@voorbeeld.example")
    assert ({row[1] for row in plan(app)}, newcomer(app)) == ({"email"}, link)
    with app.app_context():
        assert db.session.get_one(Invitation, link).contact_language == "ar"
    browser.post(correct, end_values(app))
    [_added, (action, subject, facts)] = entries(app)
    assert (action, subject) == ("trajectory.corrected", f"trajectory:{only(app)['id']}")
    assert facts == {"changed": "contact_language,phone,email"}
    assert browser.post(correct, end_values(app, outcome="stopped")).status_code == 302
    assert (only(app)["contact"], counted(app, Invitation, Sending)) == ((None, None), [0, 0])
    again = end_values(app, outcome="completed", phone="0470 26 14 66")
    assert browser.post(correct, again).status_code == 302
    assert counted(app, Invitation) == [2] and newcomer(app) != link


def test_who_stopped_leaves_no_number_behind(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    stopped = {**BY_HAND, "outcome": "stopped"}
    browser.post(f"{PLACE}/new", stopped)
    assert only(app)["contact"] == (None, None)
    assert "niet bewaard" in browser.get(PLACE).text


def test_what_contradicts_a_known_dossier_is_refused_in_words(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    take_in(browser, export({**NO_CONTACT, "Einde traject": "03/06/2026"}))
    other = {**SAME, "region": "limburg", "contact_language": "fr", "phone": "0470 26 14 64"}
    refused = browser.post(f"{PLACE}/new", {**other, "offer_type": "stage"})
    assert refused.status_code == 422
    assert (
        "Bij dit dossier staat: Kempen." in refused.text and "Bij dit dossier staat: العربية." in refused.text
    )
    assert 'value="0470 26 14 64"' in refused.text, "nothing that was typed is lost"
    assert place(app, "correct") in refused.text
    assert (only(app)["contact"], counted(app, Activity)) == ((None, None), [1])
    agrees = {**SAME, "phone": "0470 26 14 64", "offer_type": "stage"}
    assert browser.post(f"{PLACE}/new", agrees).status_code == 302
    assert only(app)["contact"] == ("+32470261464", None)
    assert counted(app, Activity) == [2]
    assert {row[1] for row in plan(app)} == {"sms"}
    assert entries(app)[-1][2] == {"new": 0, "activities": 1, "ended": 0, "contacts": 1}
    masked = browser.post(f"{PLACE}/new", {**agrees, "phone": "0470 26 14 65"})
    assert "+32 … 64" in masked.text and masked.status_code == 422
    write(app, state="done")
    late = browser.post(f"{PLACE}/new", {**agrees, "email": "a@voorbeeld.example"})
    assert late.status_code == 422 and "kan niet meer veranderen" in late.text
    assert only(app)["contact"] == ("+32470261464", None)


def test_a_missing_contact_that_comes_late_still_gets_its_days(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    take_in(browser, export(NO_CONTACT))
    with app.app_context():
        long_ago = today() - timedelta(days=60)
        db.session.execute(sa.update(Trajectory).values(imported_on=long_ago, ended_on=date(2026, 6, 3)))
        db.session.commit()
    browser.post(place(app, "correct"), end_values(app, phone="0470 26 14 64"))
    assert only(app)["imported_on"] == today()


def test_a_colleague_of_another_region_reaches_no_correction(app: Flask) -> None:
    every = signed_in(app, "beheerder")
    every.post(f"{PLACE}/new", {**BY_HAND, "region": "gent"})
    kempen = signed_in(app, "agentschap", region="kempen")
    for page in ("correct", "undo?what=whole"):
        assert kempen.get(place(app, page)).status_code == 404
        assert kempen.post(place(app, page), end_values(app)).status_code == 404
    known = kempen.post(f"{PLACE}/new", BY_HAND)
    assert "in een andere regio" in known.text and "Gent" not in known.text
    assert counted(app, Trajectory, Activity) == [1, 1]
    coach: Browser = signed_in(app, "trajectbegeleider")
    assert coach.get(place(app, "correct")).status_code == 403
