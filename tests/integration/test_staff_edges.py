"""What colleagues can type into an address or a form without meaning well, and where their region ends."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.jobs import Job
from feedback_app.reports.models import Edition, EditionRelease
from feedback_app.responses.models import Remark
from tests.staff import Browser, account_of, address_of, close_app, make_app, signed_in


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path)
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    with made.app_context():
        db.session.add(Wave(key="2026-H1", starts_on=first, ends_on=last, opened_on=first, state="open"))
        for region in ("kempen", "limburg"):
            db.session.add(
                Remark(
                    id=region,
                    wave_key="2026-H1",
                    survey_key="newcomer",
                    item_key="remark",
                    locale="nl",
                    region_key=region,
                    month="2026-03",
                    text=f"voorbeeld uit {region}",
                    quote=f"citaat uit {region}",
                    quote_state="proposed",
                    proposed_by="een collega",
                )
            )
        db.session.commit()
    yield made
    close_app(made)


def speak_english(browser: Browser) -> None:
    assert browser.post("/staff/language", {"locale": "en"}).status_code == 302


def test_who_is_bound_to_a_region_moderates_its_remarks_only(app: Flask) -> None:
    bound = signed_in(app, "vrijgever", region="kempen")
    page = bound.get("/staff/remarks/?state=new").text
    assert "voorbeeld uit kempen" in page
    assert "limburg" not in page
    assert bound.get("/staff/remarks/kempen").status_code == 200
    assert bound.get("/staff/remarks/limburg").status_code == 404
    assert bound.post("/staff/remarks/limburg", {"dismiss": "1"}).status_code == 404
    assert bound.post("/staff/remarks/limburg/release").status_code == 404
    with app.app_context():
        untouched = db.session.get_one(Remark, "limburg")
        assert (untouched.state, untouched.quote_state) == ("new", "proposed")
    free = signed_in(app, "analist")
    assert "voorbeeld uit limburg" in free.get("/staff/remarks/").text


def test_a_page_number_beyond_any_list_gives_the_last_page(app: Flask) -> None:
    browser = signed_in(app, "analist")
    for number in ("99", "9" * 30, "-5", "x"):
        answer = browser.get(f"/staff/remarks/?page={number}")
        assert answer.status_code == 200
        assert "voorbeeld uit kempen" in answer.text


ANALYST = (
    "/staff/remarks/%00",
    "/staff/signals/%00",
    "/staff/signals?state=%00",
    "/staff/jobs/%00",
    "/staff/waves/%00/results",
    "/staff/reports/%00.pdf",
    "/staff/login?next=%00",
)


def test_a_character_no_database_holds_is_a_bad_request(app: Flask) -> None:
    browser = signed_in(app, "analist")
    assert {path: browser.get(path).status_code for path in ANALYST} == dict.fromkeys(ANALYST, 400)
    assert Browser(app).try_to_sign_in("a\0@voorbeeld.example").status_code == 400
    assert browser.post("/staff/remarks/kempen", {"quote": "\0"}).status_code == 400


def test_an_error_under_staff_speaks_a_language_of_staff(app: Flask) -> None:
    french = {"Accept-Language": "fr"}
    assert '<html lang="nl"' in Browser(app).client.get("/staff/nergens", headers=french).text
    browser = signed_in(app, "analist")
    speak_english(browser)
    for answer in (
        browser.client.get("/staff/nergens", headers=french),
        browser.client.post("/staff/language", headers=french),
        browser.client.put("/staff/language", headers=french),
    ):
        assert answer.status_code >= 400
        assert '<html lang="en"' in answer.text


def test_a_refused_release_says_why_in_the_language_of_the_page(app: Flask) -> None:
    browser = signed_in(app, "analist")
    speak_english(browser)
    assert browser.post("/staff/remarks/kempen", {"themes": "T01", "quote": "een citaat"}).status_code == 302
    assert browser.post("/staff/remarks/kempen/release").status_code == 302
    assert "You proposed this quote yourself." in browser.get("/staff/remarks/?state=proposed").text


def digest_on(browser: Browser) -> str:
    """What the button beside the proposed quote sends."""
    page = browser.get("/staff/remarks/?state=proposed").text
    sent = re.search(r'/kempen/release">.*?name="digest" value="(\w+)"', page, re.DOTALL)
    assert sent
    return sent[1]


def test_a_quote_reworded_meanwhile_is_not_released_unread(app: Flask) -> None:
    first, second = signed_in(app, "analist"), signed_in(app, "vrijgever")
    assert first.post("/staff/remarks/kempen", {"themes": "T01", "quote": "zoals gelezen"}).status_code == 302
    read = digest_on(second)
    assert first.post("/staff/remarks/kempen", {"themes": "T01", "quote": "anders"}).status_code == 302
    second.post("/staff/remarks/kempen/release", {"digest": read})
    with app.app_context():
        assert db.session.get_one(Remark, "kempen").quote_state == "proposed"
    second.post("/staff/remarks/kempen/release", {"digest": digest_on(second)})
    with app.app_context():
        assert db.session.get_one(Remark, "kempen").quote_state == "released"


def add_edition(app: Flask, region: str | None, state: str, by: str | None = "een-collega") -> str:
    with app.app_context():
        edition = Edition(
            wave_key="2026-H1",
            region_key=region,
            locale="nl",
            state=state,
            account_id=by,
            content={},
            content_hash="0" * 64,
            pdf=b"%PDF-",
        )
        db.session.add(edition)
        db.session.get_one(Wave, "2026-H1").state = "closed"
        db.session.get_one(Wave, "2026-H1").closed_on = date(2026, 7, 1)
        db.session.commit()
        return edition.id


def test_an_edition_of_another_region_has_no_address(app: Flask) -> None:
    editions = {region: add_edition(app, region, "draft") for region in (None, "kempen", "limburg")}
    bound, reader = signed_in(app, "netwerkmedewerker"), signed_in(app, "lezer")
    got = {region: bound.get(f"/staff/reports/{one}.pdf").status_code for region, one in editions.items()}
    assert got == {None: 404, "kempen": 200, "limburg": 404}, "a draft about Flanders tells of Limburg too"
    assert [reader.get(f"/staff/reports/{one}.pdf").status_code for one in editions.values()] == [404] * 3
    listed = bound.get("/staff/reports").text
    assert {region: one in listed for region, one in editions.items()} == {
        None: False,
        "kempen": True,
        "limburg": False,
    }
    whole = add_edition(app, None, "final")
    assert bound.get(f"/staff/reports/{whole}.pdf").status_code == 200


def test_who_releases_for_one_region_ends_nothing_of_flanders(app: Flask) -> None:
    """The edition is there to be read, so it has an address; what it says there is no."""
    whole = add_edition(app, None, "final")
    bound = signed_in(app, "vrijgever", region="kempen")
    speak_english(bound)
    for step, told in (
        ("final", "You work for one region: you make"),
        ("release", "You work for one region: you release"),
    ):
        page = f"/staff/editions/{whole}/{step}"
        assert told in bound.get(page).text and told in bound.post(page).text
    with app.app_context():
        assert db.session.scalars(sa.select(Job)).all() == []
        assert db.session.scalars(sa.select(EditionRelease)).all() == []


def test_who_is_bound_to_a_region_opens_and_closes_no_wave_for_all(app: Flask) -> None:
    whole = signed_in(app, "analist")
    bound = signed_in(app, "analist", region="kempen", email="analist-kempen@voorbeeld.example")
    for path in ("/staff/waves/new", "/staff/waves/2026-H1/close"):
        assert (bound.get(path).status_code, whole.get(path).status_code) == (403, 200), path
        assert path not in bound.get("/staff/waves").text
    assert bound.post("/staff/waves/2026-H1/close").status_code == 403


def test_what_keeps_a_report_from_becoming_final_is_said_before_any_work(app: Flask) -> None:
    add_edition(app, "kempen", "final")
    kempen = add_edition(app, "kempen", "draft")
    first, second = signed_in(app, "vrijgever"), signed_in(app, "redacteur")
    mine = account_of(app, address_of("vrijgever")).id
    gent, limburg = add_edition(app, "gent", "draft", by=mine), add_edition(app, "limburg", "draft", by=None)
    for edition, told in (
        (gent, "after a colleague has compiled a draft"),
        (limburg, "after a colleague has compiled a draft"),
        (kempen, "This report is final already."),
    ):
        speak_english(first)
        page = f"/staff/editions/{edition}/final"
        assert told in first.get(page).text and told in first.post(page).text
    assert second.post(page).status_code == 403
    with app.app_context():
        assert db.session.scalars(sa.select(Job)).all() == []
