"""From file to trajectories and back: columns remembered, large files as jobs, undone, added and ended by hand."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from feedback_app.database import db, today
from feedback_app.invitations.after_file import AFTER_FILE
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.waves import open_wave
from feedback_app.jobs import Job, jobs
from feedback_app.staff.models import Account, AuditEntry
from feedback_app.trajectories.contacts import unseal
from feedback_app.trajectories.following import Period
from feedback_app.trajectories.models import Activity, ImportBatch, Partner, Trajectory, Upload
from feedback_app.trajectories.previewing import confirm
from feedback_app.trajectories.reading import FileRefused
from feedback_app.trajectories.uploads import drop_upload
from tests.databases import CONTACT_KEY
from tests.exports import export
from tests.staff import Browser, close_app, make_app, signed_in

PLACE = "/staff/trajectories"
RUNNING = {"Resultaat": "Lopend", "Einde traject": "", "Aantal uren": ""}
BY_HAND = {
    "ref": "V-7",
    "agency": "agii",
    "region": "kempen",
    "started_on": "2026-01-06",
    "outcome": "completed",
    "ended_on": "2026-06-03",
    "hours": "41,5",
    "offer_type": "buddy",
    "offer_source": "ikdoemee",
    "partner_name": "Voorbeeldclub",
    "contact_language": "ti",
    "phone": "0470 26 14 64",
}


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path)
    with made.app_context():
        open_wave(db.session, made.extensions["settings"], "2026-H1")
    yield made
    close_app(made)


def send(browser: Browser, data: bytes, **more: str) -> TestResponse:
    form = {"file": (io.BytesIO(data), "voorbeeld.csv"), **more}
    return browser.post(f"{PLACE}/import", form)  # type: ignore[arg-type]


def take_in(browser: Browser, data: bytes) -> str:
    """Send, look, confirm; gives the batch's undo page."""
    preview = send(browser, data).location
    assert browser.post(f"{preview}/confirm").status_code == 303
    found = re.findall(rf'href="({PLACE}/imports/\w+/undo)"', browser.get(f"{PLACE}/imports").text)
    return str(found[0])


def counted(app: Flask, *tables: type) -> list[int | None]:
    with app.app_context():
        return [db.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]


def actions(app: Flask) -> list[str]:
    with app.app_context():
        found = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.sequence))
        return [one for one in found if one.startswith(("trajectory", "import"))]


def test_a_batch_is_undone_until_somebody_answered(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    other = {
        "Dossiernummer": "B2",
        "Organisatie": "Voorbeeld twee",
        "KBO-nummer": "",
        "E-mail organisatie": "",
    }
    first = take_in(browser, export({}))
    second = take_in(browser, export({}, other))
    assert counted(app, Trajectory, Activity, Partner, Invitation) == [2, 2, 2, 4]
    assert "<dt>Dossiers</dt><dd>1</dd>" in browser.get(second).text
    assert counted(app, Trajectory) == [2]  # looking undoes nothing
    assert browser.post(second).status_code == 303
    assert counted(app, Trajectory, Activity, Partner, Invitation, ImportBatch) == [1, 1, 1, 2, 2]
    assert browser.post(second).status_code == 409
    with app.app_context():
        one = sa.update(Invitation).where(Invitation.audience == "newcomer").values(disposition="answered")
        db.session.execute(one)
        db.session.commit()
    assert "al een uitnodiging" in browser.get(first).text
    assert browser.post(first).status_code == 409
    assert counted(app, Trajectory, Invitation) == [1, 2]
    assert actions(app) == ["trajectory.imported", "trajectory.imported", "import.undone"]


def test_a_file_can_tell_the_end_of_what_ran_and_that_too_is_undone(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    begun = take_in(browser, export(RUNNING))
    assert counted(app, Trajectory, Invitation) == [1, 0]
    with app.app_context():
        [one] = db.session.scalars(sa.select(Trajectory))
        assert (one.outcome, one.ended_on, one.phone_sealed, one.email_sealed) == (
            "running",
            None,
            None,
            None,
        )
    told = take_in(browser, export({}))
    assert counted(app, Trajectory, Invitation) == [1, 2]
    with app.app_context():
        [one] = db.session.scalars(sa.select(Trajectory))
        assert (one.outcome, float(one.hours or 0)) == ("completed", 41.5)
        assert unseal((CONTACT_KEY,), one.phone_sealed) == "+32470261464"
    assert "Maak dat eerst ongedaan: voorbeeld.csv" in browser.get(begun).text
    assert browser.post(told).status_code == 303
    assert counted(app, Trajectory, Invitation) == [1, 0]
    assert browser.post(begun).status_code == 303
    assert counted(app, Trajectory, Activity, Partner) == [0, 0, 0]


def test_a_running_row_with_an_end_is_refused(app: Flask) -> None:
    preview = send(signed_in(app, "agentschap"), export({"Resultaat": "Lopend"})).location
    assert preview.startswith(f"{PLACE}/import/")
    assert counted(app, Trajectory) == [0]


def test_columns_are_chosen_once_and_remembered_for_the_agency(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    renamed = export({}).replace(b"Dossiernummer", b"Nr").replace(b"Agentschap;", b"Iets;")
    asked = send(browser, renamed, agency="atlas")
    assert asked.location.endswith("/columns")
    page = browser.get(asked.location).text
    chosen = dict(re.findall(r'<select id="(\w+)"(?:(?!</select>).)*?<option selected>([^<]+)', page, re.S))
    assert (chosen["hours"], chosen.get("ref")) == ("Aantal uren", None)
    wrong = browser.post(asked.location, {**chosen, "ref": "Aantal uren"})
    assert wrong.status_code == 422
    assert "<option selected>Aantal uren" in wrong.text
    preview = browser.post(asked.location, {**chosen, "ref": "Nr"})
    assert browser.post(f"{preview.location}/confirm").status_code == 303
    with app.app_context():
        assert db.session.scalars(sa.select(Trajectory.agency_key)).all() == ["atlas"]
    again = send(browser, renamed.replace(b"A1000001", b"A1000002"), agency="atlas")
    assert not again.location.endswith("/columns")
    named = renamed.replace(b";Iets", b";Voornaam")
    assert browser.get(send(browser, named, agency="amal").location).location == f"{PLACE}/import"
    assert "Voornaam" in browser.get(f"{PLACE}/import").text


def test_columns_are_asked_together_with_the_agency_when_that_was_not_said(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    asked = send(browser, export({}).replace(b"Dossiernummer", b"Nr").replace(b"Agentschap;", b"Iets;"))
    assert asked.location.endswith("/columns")
    page = browser.get(asked.location).text
    assert "Dossiernummer" in page and 'name="of_agency"' in page
    chosen = dict(re.findall(r'<select id="(\w+)"(?:(?!</select>).)*?<option selected>([^<]+)', page, re.S))
    nobody = browser.post(asked.location, {**chosen, "ref": "Nr"})
    assert (nobody.status_code, "Kies het agentschap" in nobody.text) == (422, True)
    assert "<option selected>Nr" in nobody.text
    wrong = browser.post(asked.location, {**chosen, "ref": "", "of_agency": "atlas"})
    assert (wrong.status_code, 'value="atlas" selected' in wrong.text) == (422, True)
    preview = browser.post(asked.location, {**chosen, "ref": "Nr", "of_agency": "atlas"})
    assert browser.post(f"{preview.location}/confirm").status_code == 303
    with app.app_context():
        assert db.session.scalars(sa.select(Trajectory.agency_key)).all() == ["atlas"]


def test_pages_of_an_import_say_what_is_and_why(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    preview = send(browser, export({}).replace(b"NIS-code", b"Iets")).location
    assert "<dt>Kolommen die ontbreken</dt><dd>NIS-code</dd>" in browser.get(preview).text
    browser.post(f"{preview}/confirm")
    page = browser.get(f"{PLACE}/imports").text
    assert "Ingelezen: 1 dossier, 1 activiteit, 2 uitnodigingen." in page
    browser.post(f"{preview}/confirm")
    assert "net al ingelezen" in browser.get(f"{PLACE}/imports").text
    with app.app_context():
        db.session.execute(sa.update(Wave).values(state="closed", closed_on=today()))
        db.session.commit()
    other = take_in(browser, export({"Dossiernummer": "B2"}))
    browser.post(f"{PLACE}/new", BY_HAND)
    assert "geen meetmoment open" in browser.get(PLACE).text
    browser.post(other)
    assert "Ongedaan gemaakt: 1 dossier is weer weg." in browser.get(f"{PLACE}/imports").text


def test_a_large_file_is_looked_at_and_taken_in_by_the_worker(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback_app.trajectories.import_pages.AT_ONCE_BYTES", 100)
    browser = signed_in(app, "agentschap")
    rows = [{"Dossiernummer": f"B{number}"} for number in range(60)]
    send(browser, export(*rows, {"Contacttaal": "Klingon"}))
    for number, expected in ((0, 0), (1, 60)):
        with app.app_context():
            ids = db.session.scalars(sa.select(Job.id).order_by(Job.queued_at)).all()
            jobs().run_now(ids[number])
            job = db.session.get_one(Job, ids[number])
            assert (job.state, job.message) == ("done", "")
        assert counted(app, Trajectory) == [expected]
        page = browser.get(f"/staff/jobs/{ids[number]}").text
        if number == 0:
            found = re.search(rf'href="({PLACE}/import/\w+)"', page)
            assert found
            assert "Klingon" in browser.get(f"{found[1]}?page=2").text
            twice = [browser.post(f"{found[1]}/confirm").location for _press in range(2)]
            assert twice[0] == twice[1]
        else:
            assert browser.post(f"{found[1]}/confirm").location == f"{PLACE}/imports"
            assert "net al ingelezen" in browser.get(f"{PLACE}/imports").text
    assert counted(app, Upload) == [0]


def test_a_colleague_of_one_region_reaches_no_other_by_any_address(app: Flask) -> None:
    every, kempen = signed_in(app, "beheerder"), signed_in(app, "agentschap", region="kempen")
    theirs = take_in(every, export({**RUNNING, "Regio": "Gent"}, {"Dossiernummer": "B2"}))
    with app.app_context():
        gent = db.session.scalar(sa.select(Trajectory.id).where(Trajectory.region_key == "gent"))
    for address in (theirs, f"{PLACE}/{gent}/end"):
        assert kempen.get(address).status_code == 404
        assert kempen.post(address).status_code == 404
    assert "voorbeeld.csv" not in kempen.get(f"{PLACE}/imports").text
    found = kempen.post(PLACE, {"ref": "A1000001"}).text
    assert "Geen enkel traject" in found and "Gent" not in found
    preview = send(kempen, export({"Regio": "Gent", "Dossiernummer": "B3"}, {"Soort activiteit": "Stage"}))
    refused = kempen.get(f"{preview.location}?only=refused").text
    assert "andere regio" in refused
    kempen.post(f"{preview.location}/confirm")
    assert counted(app, Trajectory, Activity) == [2, 2]  # the dossier is another region's here


def test_one_trajectory_is_added_and_one_is_ended_by_hand(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    assert browser.post(f"{PLACE}/new", BY_HAND).status_code == 302
    again = browser.post(f"{PLACE}/new", BY_HAND)
    assert (again.status_code, counted(app, Trajectory, Invitation)) == (422, [1, 2])
    running = {**BY_HAND, "ref": "V-8", "outcome": "running", "ended_on": "", "hours": ""}
    assert browser.post(f"{PLACE}/new", running).status_code == 302
    assert counted(app, Trajectory, Invitation) == [2, 2]
    page = browser.get(f"{PLACE}?outcome=running").text
    found = re.search(rf'href="({PLACE}/\w+/end)"', page)
    assert found
    refused = browser.post(found[1], {"outcome": "completed", "ended_on": "2020-01-01", "hours": "veertig"})
    assert refused.status_code == 422
    assert 'value="veertig"' in refused.text and "voor de start" in refused.text
    assert (
        browser.post(found[1], {"outcome": "completed", "ended_on": "2026-06-20", "hours": "40"}).status_code
        == 302
    )
    assert counted(app, Invitation) == [4]
    assert "al beëindigd" in browser.get(found[1]).text
    assert actions(app) == ["trajectory.added", "trajectory.added", "trajectory.ended"]
    assert "V-8" not in browser.get(PLACE).text
    assert "1 traject<" in browser.post(PLACE, {"ref": " v-8 "}).text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ref": "85.07.30-004.57"}, "rijksregisternummer"),
        ({"ref": ""}, "Dit veld is leeg"),
        ({"region": "nergens"}, "“nergens” kennen we niet"),
        ({"ended_on": "2999-01-01"}, "toekomst"),
        ({"contact_language": ""}, "Dit veld is leeg"),
        ({"outcome": "running"}, "geen einddatum"),
        ({"phone": "12"}, "telefoonnummer"),
        ({"partner_kbo": "0400.397.391"}, "KBO"),
    ],
)
def test_what_is_filled_in_wrong_says_why_and_stays(
    migrated_sqlite_url: str, tmp_path: Path, change: dict[str, str], told: str
) -> None:
    made = make_app(migrated_sqlite_url, tmp_path)
    page = signed_in(made, "beheerder").post(f"{PLACE}/new", {**BY_HAND, **change})
    assert page.status_code == 422
    assert told in page.text
    assert 'value="Voorbeeldclub"' in page.text
    close_app(made)


def test_a_button_pressed_twice_takes_nothing_in_twice(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    send(browser, export({}))
    with app.app_context():
        upload = db.session.scalars(sa.select(Upload)).one()
        account = db.session.get_one(Account, upload.account_id)

        def meanwhile(session: Session) -> tuple[Period, ...]:
            drop_upload(session, upload_id)  # as the other press has done
            return ()

        upload_id, settings = upload.id, app.extensions["settings"]
        then = replace(AFTER_FILE, periods=meanwhile)
        with pytest.raises(FileRefused, match="net al ingelezen"):
            confirm(db.session, settings, upload, account, then)
    assert counted(app, Trajectory, ImportBatch) == [0, 0]
