"""Changing the contact list together: what is searched, what a colleague of one region learns, who saves
second, what an opt-out and its end do, what the log tells, and what two organisations both have."""

import csv
import html
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from feedback_app.database import db, today
from feedback_app.invitations.opt_out import opt_out, opted_out
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.intake import take_in
from feedback_app.trajectories.models import Partner, PartnerContact, PartnerOffer, PartnerRegion
from feedback_app.trajectories.partner_contacts import address_of
from tests.exports import default_mapping, export
from tests.staff import close_app, make_app, signed_in

PLACE = "/staff/partners"
NUMBER, OTHER_NUMBER = "0400397390", "0400287722"


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path)
    yield made
    close_app(made)


class Form(HTMLParser):
    """What the browser would send of the one form on a page with fields, as it stands."""

    def __init__(self, page: TestResponse) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, off = given.get("name"), given.get("type") == "checkbox" and "checked" not in given
        if tag == "input" and name and not off and name != "locale":
            known = self.fields.get(name)
            value = given.get("value") or ""
            self.fields[name] = [*known, value] if isinstance(known, list) else value
            if known is not None and not isinstance(known, list):
                self.fields[name] = [known, value]

    def but(self, *gone: str, **changes: Any) -> dict[str, Any]:
        return {name: value for name, value in (self.fields | changes).items() if name not in gone}


def keep(app: Flask, name: str, region: str = "kempen", **facts: Any) -> str:
    with app.app_context():
        partner = Partner(name=name, **facts)
        db.session.add(partner)
        db.session.flush()
        db.session.add(PartnerRegion(partner_id=partner.id, region_key=region))
        db.session.commit()
        return partner.id


def keep_person(app: Flask, partner_id: str, name: str, **facts: Any) -> str:
    with app.app_context():
        person = PartnerContact(partner_id=partner_id, name=name, changed_on=today(), **facts)
        db.session.add(person)
        db.session.commit()
        return person.id


def stored(app: Flask, partner_id: str) -> Partner:
    with app.app_context():
        found = db.session.get_one(Partner, partner_id)
        db.session.expunge(found)
        return found


def entries(app: Flask) -> list[tuple[str, dict[str, Any]]]:
    with app.app_context():
        query = sa.select(AuditEntry.action, AuditEntry.facts).order_by(AuditEntry.sequence)
        found = [(action, facts) for action, facts in db.session.execute(query)]
    return [one for one in found if one[0].startswith(("partner.", "contact."))]


def test_the_list_is_searched_for_people_and_numbers_by_words_without_accents(
    migrated_url: str, tmp_path: Path
) -> None:
    """On both databases: SQLite folds ASCII only."""
    app = make_app(migrated_url, tmp_path)
    school = {"Organisatie": "École Zaventem vzw", "KBO-nummer": "", "E-mail organisatie": "a@ecole.example"}
    with app.app_context():
        for row in (school, {**school, "Dossiernummer": "B2", "KBO-nummer": "0400.397.390"}):
            take_in(
                db.session, app.extensions["settings"], export(row), "v.csv", default_mapping(), then=None
            )
        one = db.session.scalars(sa.select(Partner.id)).one()
    keep(app, "Buurthuis 50_plus")
    browser = signed_in(app, "agentschap")
    person = {"name": "Éloïse D’Hondt", "function": "Coördinator", "language": "fr", "phone": "0470 26 14 64"}
    path = f"{PLACE}/{one}/contacts/new"
    assert browser.post(path, {**person, "email": "eloise@elders.example"}).status_code == 303

    def found(text: str) -> bool:
        page = html.unescape(browser.client.get(PLACE, query_string={"text": text}).text)
        assert ("Buurthuis" in page) == (text == "50_")
        return "École Zaventem" in page

    for text in ("ecole", "ÉCOLE", "vzw Zaventem", "eloise", "D'HONDT zaventem", "coordinator", "@ELDERS"):
        assert found(text), text
    for text in ("0400.397.390", "BE 0400 397 390", "0400397390", "0470/26.14.64", "0470 26 14 64"):
        assert found(text), text
    assert found("+32 470 26 14 64") and found("0032 470261464") and found("a@ecole.example")
    assert not any(map(found, ("50_", "zaventem buurthuis", "0470 26 14 65", "1%")))
    edit = f"{PLACE}/{one}/edit"
    assert browser.post(edit, Form(browser.get(edit)).but(name="École Zaventem Süd")).status_code == 303
    assert found("sud") and not found("vzw")
    with app.app_context():
        someone = db.session.scalars(sa.select(PartnerContact.id)).one()
    path = f"{PLACE}/contacts/{someone}"
    assert browser.post(path, Form(browser.get(path)).but(opted_out="y", language="fr")).status_code == 303
    assert browser.post(f"{path}/remove").status_code == 303
    assert not found("eloise")  # nor by the address that is kept for not writing to it
    close_app(app)


def test_a_number_of_another_region_is_taken_without_a_name_and_all_faults_are_told_at_once(
    app: Flask,
) -> None:
    far = keep(app, "Geheimclub", "limburg", kbo=NUMBER)
    near = keep(app, "Voorbeeld hier", kbo=OTHER_NUMBER)
    network, manager = signed_in(app, "netwerkmedewerker"), signed_in(app, "beheerder")
    refused = network.post(f"{PLACE}/new", {"name": "Nieuw", "kbo": NUMBER})
    assert refused.status_code == 422
    assert "Geheimclub" not in refused.text and far not in refused.text
    assert "buiten jouw regio" in refused.text and "heel Vlaanderen" in refused.text
    assert f"{PLACE}/{near}" in network.post(f"{PLACE}/new", {"name": "Nieuw", "kbo": OTHER_NUMBER}).text
    seen = manager.post(f"{PLACE}/new", {"name": "Nieuw", "kbo": NUMBER}).text
    assert "Geheimclub heeft dit nummer al" in seen and f"{PLACE}/{far}" in seen
    wrong = manager.post(f"{PLACE}/new", {"name": "x" * 201, "kbo": "123", "email": "geen adres"}).text
    assert wrong.count('<p class="error"') == 3
    bad = {"name": "", "function": "85.07.30-004.57", "email": "geen adres", "phone": "12", "language": "nl"}
    assert manager.post(f"{PLACE}/{near}/contacts/new", bad).text.count('<p class="error"') == 4


def test_who_saves_second_is_told_what_changed_and_keeps_what_was_typed(app: Flask) -> None:
    one = keep(app, "Voorbeeld", email="oud@voorbeeld.example")
    an, bo = signed_in(app, "agentschap"), signed_in(app, "beheerder")
    path = f"{PLACE}/{one}/edit"
    old = Form(an.get(path))
    assert bo.post(path, Form(bo.get(path)).but(email="nieuw@voorbeeld.example")).status_code == 303
    told = an.post(path, old.but(name="Voorbeeld van An", kbo=NUMBER))
    assert told.status_code == 409 and "Een collega wijzigde dit intussen" in told.text
    assert stored(app, one).name == "Voorbeeld"
    again = Form(told).fields
    assert (again["name"], again["kbo"], again["email"]) == (
        "Voorbeeld van An",
        NUMBER,
        "nieuw@voorbeeld.example",
    )
    assert an.post(path, again).status_code == 303
    saved = stored(app, one)
    assert (saved.name, saved.kbo, saved.email) == ("Voorbeeld van An", NUMBER, "nieuw@voorbeeld.example")
    person = keep_person(app, one, "Voorbeeld Cé", email="ce@voorbeeld.example")
    path = f"{PLACE}/contacts/{person}"
    old = Form(an.get(path))
    assert bo.post(path, Form(bo.get(path)).but(phone="0470 26 14 64")).status_code == 303
    told = an.post(path, old.but(phone="0470 26 14 65"))
    assert told.status_code == 409 and "+32470261464" in told.text and "Jij vulde iets anders in" in told.text
    assert an.post(path, Form(told).fields).status_code == 303
    assert Form(an.get(path)).fields["phone"] == "+32470261465"
    assert an.post(path, old.but(phone="+32470261465")).status_code == 303  # the same as is stored


@pytest.mark.parametrize("listed", [True, False])
def test_taking_an_opt_out_back_is_asked_first_and_opens_that_address_alone(app: Flask, listed: bool) -> None:
    """`listed`: the list says so as well, beside the hash that a stop link left."""
    one = keep(app, "Voorbeeld", email="info@voorbeeld.example", opted_out=listed)
    keep_person(app, one, "", email="info@voorbeeld.example", opted_out=True)  # was erased: nobody sees it
    settings, browser = app.extensions["settings"], signed_in(app, "agentschap")
    with app.app_context():
        opt_out(db.session, settings, "info@voorbeeld.example")
        opt_out(db.session, settings, "ander@voorbeeld.example")
        db.session.commit()
    path = f"{PLACE}/{one}/edit"
    assert "wil geen berichten" in browser.get(f"{PLACE}/{one}").text
    asked = browser.post(path, Form(browser.get(path)).but("opted_out", name="Voorbeeld anders"))
    assert asked.status_code == 200 and "info@voorbeeld.example" in asked.text
    assert "link om te stoppen" in asked.text and "andere organisatie" not in asked.text
    with app.app_context():
        assert opted_out(db.session, settings, "info@voorbeeld.example")
    assert browser.post(path, Form(asked).fields).status_code == 303
    with app.app_context():
        partner = db.session.get_one(Partner, one)
        assert (partner.name, partner.opted_out) == ("Voorbeeld anders", False)
        assert address_of(db.session, partner) == "info@voorbeeld.example"
        assert not opted_out(db.session, settings, "info@voorbeeld.example")
        assert opted_out(db.session, settings, "ander@voorbeeld.example")
    assert entries(app) == [("partner.edited", {"fields": "name"}), ("partner.opted_in", {})]
    assert browser.post(path, Form(browser.get(path)).but(opted_out="y")).status_code == 303
    moved = Form(browser.get(path)).but("opted_out", email="nieuw@voorbeeld.example")
    asked = browser.post(path, moved)
    assert "vorige adres" in asked.text
    assert browser.post(path, Form(asked).fields).status_code == 303
    with app.app_context():  # who said it under the old address is still not written to there
        assert opted_out(db.session, settings, "info@voorbeeld.example")
        assert address_of(db.session, db.session.get_one(Partner, one)) == "nieuw@voorbeeld.example"


def test_a_person_opts_in_again_and_what_stands_elsewhere_is_told(app: Flask) -> None:
    one, far = keep(app, "Voorbeeld"), keep(app, "Geheimclub", "limburg")
    address = {"email": "an@voorbeeld.example", "opted_out": True}
    person = keep_person(app, one, "Voorbeeld An", **address)
    keep_person(app, far, "Voorbeeld An", **address)
    browser, path = signed_in(app, "netwerkmedewerker"), f"{PLACE}/contacts/{person}"
    asked = browser.post(path, Form(browser.get(path)).but("opted_out", language="nl"))
    assert "andere organisatie" in asked.text and "Geheimclub" not in asked.text
    assert browser.post(path, Form(asked).fields).status_code == 303
    assert [action for action, _facts in entries(app)] == ["contact.opted_in"]
    with app.app_context():
        kept = sa.select(PartnerContact.partner_id).where(PartnerContact.opted_out)
        assert db.session.scalars(kept).all() == [far]


def test_the_log_names_fields_and_the_page_shows_it_to_who_may_edit(app: Flask) -> None:
    one, other = keep(app, "Voorbeeld"), keep(app, "Voorbeeld ander")
    browser, coach = signed_in(app, "agentschap"), signed_in(app, "trajectbegeleider", region="kempen")
    path = f"{PLACE}/{one}/edit"
    form = Form(browser.get(path)).but(kbo=NUMBER, email="info@voorbeeld.example", offers=["buddy"])
    browser.post(path, form)
    browser.post(f"{PLACE}/{other}/edit", Form(browser.get(f"{PLACE}/{other}/edit")).but(name="Ander"))
    person = {"name": "Voorbeeld An", "email": "an@voorbeeld.example", "language": "nl"}
    browser.post(f"{PLACE}/{one}/contacts/new", person)
    with app.app_context():
        path = f"{PLACE}/contacts/{db.session.scalars(sa.select(PartnerContact.id)).one()}"
    browser.post(path, Form(browser.get(path)).but(language="nl", function="Voorzitter"))
    browser.post(path, Form(browser.get(path)).but(language="nl"))  # nothing changed: nothing to tell
    browser.post(f"{path}/remove")
    about = {"partner": f"id-{one}"}
    assert entries(app) == [
        ("partner.edited", {"fields": "kbo,email,offers"}),
        ("partner.edited", {"fields": "name"}),
        ("contact.added", about),
        ("contact.edited", {**about, "fields": "function"}),
        ("contact.removed", about),
    ]
    page = browser.get(f"{PLACE}/{one}").text
    shown = page[page.index("Wat er veranderde") :]
    order = ("Verwijderde een contactpersoon", "Wijzigde een contactpersoon", "Functie", "KBO-nummer, E-mail")
    places = [shown.index(text) for text in order]
    assert places == sorted(places) and "agentschap@voorbeeld.example" in shown
    assert shown.count("Wijzigde een organisatie") == 1  # the other one's entry is not here
    assert "Wat er veranderde" not in coach.get(f"{PLACE}/{one}").text


def test_merging_keeps_one_of_two_that_are_one_and_takes_the_old_number(app: Flask) -> None:
    stays, goes = keep(app, "Blijft", kbo=NUMBER), keep(app, "Gaat op", kbo=OTHER_NUMBER)
    an = {"email": "an@voorbeeld.example"}
    keep_person(app, stays, "An", chosen=True, **an)
    keep_person(app, goes, "An Voorbeeld", function="coördinator", phone="+32470261464", opted_out=True, **an)
    keep_person(app, stays, "Bo  Voorbeeld", phone="+32470261465", function="onthaal")
    keep_person(app, goes, "bo voorbeeld", phone="+32470261465")
    for number, side in enumerate((stays, goes)):  # two addresses: to unite them would lose one
        keep_person(app, side, "Cé", phone="+32470261466", email=f"ce{number}@voorbeeld.example")
    keep_person(app, goes, "Dé", email="de@voorbeeld.example", chosen=True)
    browser, path = signed_in(app, "agentschap"), f"{PLACE}/{stays}/merge/{goes}"
    asked = html.unescape(browser.get(path).text)
    assert "An en An Voorbeeld" in asked and "2 contactpersonen gaan mee" in asked
    assert browser.post(path).status_code == 303
    with app.app_context():
        found = db.session.scalars(sa.select(PartnerContact).order_by(PartnerContact.name)).all()
        assert {one.partner_id for one in found} == {stays}
        assert [(one.name, one.function, one.chosen, one.opted_out) for one in found] == [
            ("An Voorbeeld", "coördinator", True, True),
            ("Bo  Voorbeeld", "onthaal", False, False),
            ("Cé", "", False, False),
            ("Cé", "", False, False),
            ("Dé", "", False, False),
        ]
    third = keep(app, "Voorbeeld derde")
    taken = browser.post(f"{PLACE}/{third}/edit", {"name": "Voorbeeld derde", "kbo": OTHER_NUMBER})
    assert f"{PLACE}/{stays}/merge/{third}" in taken.text and "Blijft heeft dit nummer al" in taken.text
    edit = f"{PLACE}/{stays}/edit"
    assert browser.post(edit, Form(browser.get(edit)).but(kbo=OTHER_NUMBER)).status_code == 303
    assert (stored(app, stays).kbo, stored(app, goes).kbo) == (OTHER_NUMBER, NUMBER)
    assert browser.post(edit, Form(browser.get(edit)).but(kbo=NUMBER)).status_code == 303
    assert (stored(app, stays).kbo, stored(app, goes).kbo) == (NUMBER, OTHER_NUMBER)


def test_the_contact_list_and_the_form_for_a_trajectory_are_english(app: Flask) -> None:
    one = keep(app, "Voorbeeld")
    with app.app_context():
        db.session.add(PartnerOffer(partner_id=one, offer_type="buddy"))
        db.session.commit()
    browser = signed_in(app, "agentschap")
    browser.post("/staff/language", {"locale": "en"})
    for path in (PLACE, f"{PLACE}/{one}", f"{PLACE}/{one}/edit", "/staff/trajectories/new"):
        page = browser.get(path).text
        assert "a buddy project" in page and "een buddyproject" not in page, path
    assert ">Start date" in page and page.count(">Home<") == 1  # the navigation’s
    _head, row = csv.reader(browser.get(f"{PLACE}/export.csv").text.splitlines(), delimiter=";")
    assert row[4] == "a buddy project"
