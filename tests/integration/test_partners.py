"""The shared list of partners: who sees what, opting out, merging without losing history, a safe export."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.analysis.freeze import _organisations
from feedback_app.database import db
from feedback_app.invitations.models import Invitation
from feedback_app.invitations.waves import open_wave
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.intake import take_in
from feedback_app.trajectories.models import Activity, Partner, PartnerContact
from feedback_app.trajectories.partner_contacts import address_of
from feedback_app.trajectories.partner_retention import forget_contacts
from feedback_app.web.spreadsheet import harmless
from tests.exports import default_mapping, export
from tests.staff import Browser, close_app, make_app, signed_in

PLACE = "/staff/partners"
PERSON = {
    "name": "Voorbeeld An",
    "function": "coördinator",
    "email": "an@voorbeeld.example",
    "language": "fr",
}
ONE = {
    "Organisatie": "Voorbeeld één",
    "KBO-nummer": "0400.397.390",
    "E-mail organisatie": "info@voorbeeld.example",
}
TWO = {**ONE, "Dossiernummer": "B2", "Organisatie": "Voorbeeld twee", "KBO-nummer": "0400.287.722"}
GENT = {"Dossiernummer": "B3", "Regio": "Gent", "Organisatie": "Voorbeeld Gent", "KBO-nummer": ""}
FAR = {**GENT, "E-mail organisatie": "gent@voorbeeld.example"}


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path)
    with made.app_context():
        open_wave(db.session, made.extensions["settings"], "2026-H1")
    yield made
    close_app(made)


def read(app: Flask, *rows: dict[str, str]) -> None:
    with app.app_context():
        from_page = app.extensions["after_file"]
        settings = app.extensions["settings"]
        take_in(db.session, settings, export(*rows), "voorbeeld.csv", default_mapping(), then=from_page)


def partner(app: Flask, name: str) -> str:
    with app.app_context():
        return db.session.scalars(sa.select(Partner.id).where(Partner.name == name)).one()


def address(app: Flask, partner_id: str) -> str | None:
    with app.app_context():
        return address_of(db.session, db.session.get_one(Partner, partner_id))


def names(browser: Browser, query: str = "") -> list[str]:
    return re.findall(r'dir="auto">([^<]+)</a></th>', browser.get(f"{PLACE}{query}").text)


def test_everybody_finds_the_own_region_and_only_some_change_it(app: Flask) -> None:
    read(app, ONE, TWO, FAR)
    manager, coach = signed_in(app, "beheerder"), signed_in(app, "trajectbegeleider", region="kempen")
    network, far = signed_in(app, "netwerkmedewerker"), partner(app, "Voorbeeld Gent")
    assert names(manager) == ["Voorbeeld Gent", "Voorbeeld twee", "Voorbeeld één"]
    assert names(manager, "?order=-name") == ["Voorbeeld één", "Voorbeeld twee", "Voorbeeld Gent"]
    assert names(manager, "?region=gent") == ["Voorbeeld Gent"]
    assert names(manager, "?offer_type=buddy") == []
    assert names(manager, "?text=0400.287.722") == names(manager, "?text=TWEE") == ["Voorbeeld twee"]
    assert names(manager, "?text=%25") == []
    for browser in (coach, network):
        assert names(browser, "?region=gent") == []
        assert names(browser) == ["Voorbeeld twee", "Voorbeeld één"]
        assert browser.get(f"{PLACE}/{far}").status_code == 404
    one = partner(app, "Voorbeeld één")
    assert coach.get(f"{PLACE}/{one}").status_code == 200
    assert coach.post(f"{PLACE}/{one}/edit", {"name": "x"}).status_code == 403
    for rest in ("/edit", "/contacts/new", f"/merge/{one}"):
        assert network.post(f"{PLACE}/{far}{rest}", {"name": "x"}).status_code == 404
    assert "Voorbeeld Gent" not in network.get(f"{PLACE}/export.csv").text
    form = {"name": "Voorbeeld één", "kbo": "0400397390", "regions": ["gent", "kempen"], "offers": ["buddy"]}
    assert manager.post(f"{PLACE}/{one}/edit", form).status_code == 303
    assert names(manager, "?region=gent&offer_type=buddy") == ["Voorbeeld één"]
    assert network.post(f"{PLACE}/{one}/edit", {**form, "regions": []}).status_code == 303
    assert names(manager, "?region=gent&offer_type=buddy") == ["Voorbeeld één"]  # another region's stays


def test_contacts_decide_where_one_writes_and_an_opt_out_holds_everywhere(app: Flask) -> None:
    read(app, ONE, FAR)
    browser, one = signed_in(app, "agentschap"), partner(app, "Voorbeeld één")
    far = partner(app, "Voorbeeld Gent")
    assert address(app, one) == "info@voorbeeld.example"
    wrong = browser.post(f"{PLACE}/{one}/contacts/new", {**PERSON, "email": "", "chosen": "y"})
    assert (wrong.status_code, 'value="Voorbeeld An"' in wrong.text) == (422, True)
    for person in (PERSON, {**PERSON, "name": "Voorbeeld Bo", "email": "bo@voorbeeld.example"}):
        assert browser.post(f"{PLACE}/{one}/contacts/new", {**person, "chosen": "y"}).status_code == 303
    assert address(app, one) == "bo@voorbeeld.example"
    with app.app_context():
        found = db.session.execute(sa.select(PartnerContact.email, PartnerContact.id))
        people = dict(found.all())
    path = f"{PLACE}/contacts/{people['bo@voorbeeld.example']}"
    out = {**PERSON, "name": "Voorbeeld Bo", "email": "bo@voorbeeld.example", "chosen": "y", "opted_out": "y"}
    assert browser.post(path, out).status_code == 303
    assert address(app, one) is None
    browser.post(f"{PLACE}/{far}/edit", {"name": "Voorbeeld Gent", "email": "bo@voorbeeld.example"})
    assert address(app, far) is None
    assert browser.post(f"{path}/remove").status_code == 303
    assert (address(app, one), address(app, far)) == ("info@voorbeeld.example", None)
    assert "Voorbeeld Bo" not in browser.get(f"{PLACE}/{one}").text
    with app.app_context():
        kept = db.session.execute(
            sa.select(PartnerContact.name, PartnerContact.email, PartnerContact.opted_out)
        )
        assert sorted(tuple(one) for one in kept) == [
            ("", "bo@voorbeeld.example", True),
            ("Voorbeeld An", "an@voorbeeld.example", False),
        ]
        assert forget_contacts(db.session, date(2028, 5, 1)) == 0
        assert forget_contacts(db.session, date(2031, 1, 1)) == 1
        db.session.commit()
        assert db.session.scalars(sa.select(PartnerContact.email)).all() == ["bo@voorbeeld.example"]
        told = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
        facts = str(db.session.scalars(sa.select(AuditEntry.facts)).all())
    assert [one for one in told if "contact" in one] == ["contact.added"] * 2 + [
        "contact.opted_out",
        "contact.removed",
    ]
    assert "@" not in facts and "Voorbeeld" not in facts


def test_two_that_are_one_are_merged_without_losing_history(app: Flask) -> None:
    both = {**TWO, "Dossiernummer": "A1000001"}  # one trajectory, the same kind of activity at each
    read(app, ONE, TWO, both, FAR)
    browser, one, two = (
        signed_in(app, "agentschap"),
        partner(app, "Voorbeeld één"),
        partner(app, "Voorbeeld twee"),
    )
    browser.post(f"{PLACE}/{two}/contacts/new", {**PERSON, "chosen": "y"})
    page = browser.get(f"{PLACE}/duplicates").text
    assert f"{PLACE}/{one}/merge/{two}" in page and "Voorbeeld Gent" not in page
    path = f"{PLACE}/{one}/merge/{two}"
    asked = browser.get(path).text
    assert (
        "1 activiteit gaat mee" in asked and "1 contactpersoon gaat mee" in asked and "bij allebei" in asked
    )
    with app.app_context():
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Activity))
        db.session.execute(sa.update(Invitation).values(disposition="answered"))
        db.session.commit()
    assert browser.post(path).status_code == 303
    assert browser.post(path).status_code == 409
    assert browser.get(f"{PLACE}/{two}").location.endswith(one)
    assert address(app, two) == address(app, one) == "an@voorbeeld.example"
    assert "Hierin samengevoegd" in browser.get(f"{PLACE}/{one}").text
    assert names(browser) == ["Voorbeeld Gent", "Voorbeeld één"]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Activity)) == before
        assert db.session.get_one(Partner, two).merged_into_id == one
        groups = _organisations(db.session, "2026-H1", {})
        db.session.rollback()
        assert max(len(found) for found in groups.values()) == 2  # the merged pair counts as one organisation
    read(app, {**TWO, "Dossiernummer": "B9"}, {**TWO, "Dossiernummer": "C9", "KBO-nummer": ""})
    with app.app_context():
        mine = sa.select(sa.func.count()).where(Activity.partner_id == one)
        assert db.session.scalar(mine) == 4
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Partner)) == 3


def test_a_number_that_another_has_leads_to_merging_and_other_regions_stay_out_of_reach(app: Flask) -> None:
    read(app, ONE, FAR)
    network, manager = signed_in(app, "netwerkmedewerker"), signed_in(app, "beheerder")
    one, far = partner(app, "Voorbeeld één"), partner(app, "Voorbeeld Gent")
    taken = manager.post(f"{PLACE}/{far}/edit", {"name": "Voorbeeld Gent", "kbo": "BE 0400 397 390"})
    assert taken.status_code == 422
    assert f"{PLACE}/{one}/merge/{far}" in taken.text
    read(app, {**FAR, "Dossiernummer": "B5", "Regio": "Kempen"})  # now active in both
    assert "andere regio" in network.get(f"{PLACE}/{one}/merge/{far}").text
    assert network.post(f"{PLACE}/{one}/merge/{far}").status_code == 409
    assert network.post(f"{PLACE}/new", {"name": "Voorbeeld nieuw", "email": "geen adres"}).status_code == 422
    assert network.post(f"{PLACE}/new", {"name": "Voorbeeld 85.07.30-004.57"}).status_code == 422
    assert network.post(f"{PLACE}/new", {"name": "Voorbeeld nieuw"}).status_code == 303
    assert "Voorbeeld nieuw" in names(network) and "Voorbeeld nieuw" in names(manager, "?region=kempen")


def test_the_export_runs_nothing_in_a_spreadsheet(app: Flask) -> None:
    read(app, {**ONE, "Organisatie": "=HYPERLINK(1) voorbeeld"})
    browser, one = signed_in(app, "agentschap"), partner(app, "=HYPERLINK(1) voorbeeld")
    browser.post(f"{PLACE}/{one}/contacts/new", {**PERSON, "name": "@An", "phone": "0470 26 14 64"})
    answer = browser.get(f"{PLACE}/export.csv")
    head, row = csv.reader(answer.text.removeprefix("\ufeff").splitlines(), delimiter=";")
    assert (head[0], row[0], row[5], row[8]) == (
        "Organisatie",
        "'=HYPERLINK(1) voorbeeld",
        "'@An",
        "0032 470261464",
    )
    assert all(harmless(begin + "1").startswith("'") for begin in ("=", "+", "-", "@", "\t", "\r", " ="))
    assert (harmless(""), harmless("a=1")) == ("", "a=1")
