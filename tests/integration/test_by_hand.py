"""A message by WhatsApp: a colleague sees the text, taps a link, notes that it was sent; nothing goes out."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from feedback_app.invitations.models import Sending
from feedback_app.invitations.opt_out import opt_out
from feedback_app.staff.models import AuditEntry
from tests.asking import ZERO, Reach, ask, outbox, send
from tests.integration.test_sending import FIRST, SECOND
from tests.markup import check_markup, parse
from tests.staff import close_app, make_app, signed_in
from tests.world import Link, Person, World, respond


@pytest.fixture
def asked(sqlite_world: World, tmp_path: Path) -> World:
    sqlite_world.settings = sqlite_world.settings.but(outbox_dir=tmp_path / "outbox")
    ask(sqlite_world, [Person(language="ar"), Person(region="limburg")], [Reach("+32470000001")])
    send(sqlite_world, ZERO)  # plans, and sends nothing yet
    return sqlite_world


@pytest.fixture
def app(asked: World, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(
        asked.settings.database_url,
        tmp_path,
        translations_dir=asked.settings.translations_dir,
        draft_languages=asked.settings.draft_languages,
        outbox_dir=asked.settings.outbox_dir,
    )
    yield made
    close_app(made)


def link_of(world: World, region: str = "kempen") -> Link:
    return next(one for one in world.links() if one.region == region)


def place(link: Link) -> str:
    return f"/staff/invitations/{link.invitation_id}/whatsapp"


def first_state(world: World) -> str:
    return str(next(row["state"] for row in world.rows(Sending) if row["step"] == "first"))


def test_a_colleague_sends_it_and_the_timetable_does_not(asked: World, app: Flask) -> None:
    link, browser = link_of(asked), signed_in(app, "trajectbegeleider", region="kempen")
    assert place(link) in browser.get("/staff/invitations").text
    before = asked.rows(Sending)
    answer = browser.get(place(link))
    policy = answer.headers["Content-Security-Policy"]
    check_markup(answer.text, own=app.extensions["settings"].base_url, policy=policy)
    [tap] = [a for a in parse(answer.text).iter("a") if "wa.me" in (a.get("href") or "")]
    address = urlsplit(tap.get("href") or "")
    assert (address.scheme, address.netloc, address.path) == ("https", "wa.me", "/"), "no number in it"
    [text] = parse_qs(address.query)["text"]
    assert f"/s/{link.token}" in text and f"/stop/{link.token}" in text
    assert 'lang="ar" dir="rtl"' in answer.text
    assert asked.rows(Sending) == before, "a look changes nothing"
    assert first_state(asked) == "planned"

    noted = browser.post(place(link), {"step": "first"}, form=place(link))
    assert noted.status_code == 302
    assert first_state(asked) == "done"
    [entry] = [row for row in asked.rows(AuditEntry) if row["action"] == "message.sent_by_hand"]
    assert entry["subject"] == f"invitation:{link.invitation_id}"
    assert "laatste herinnering" not in browser.get(place(link)).text
    assert "eerste herinnering" in browser.get(place(link)).text
    browser.post(place(link), {"step": "first"}, form=place(link))  # the button of an old page, again
    assert [row["state"] for row in asked.rows(Sending) if row["step"] == "reminder1"] == ["planned"]
    assert not send(asked, FIRST).counts
    assert outbox(asked) == []
    assert send(asked, SECOND).counts == {"delivered": 1}, "a reminder comes on its day"


def test_the_page_does_not_tell_who_answered(asked: World, app: Flask) -> None:
    link, browser = link_of(asked), signed_in(app, "agentschap")
    before = parse(browser.get(place(link)).text)
    respond(asked.client, link.token, {"match": "3"})
    after = parse(browser.get(place(link)).text)
    assert [one.text for one in before.iter() if one.tag != "input"] == [
        one.text for one in after.iter() if one.tag != "input"
    ]


def test_who_is_in_another_region_and_what_is_over_cannot_be_reached(asked: World, app: Flask) -> None:
    own = signed_in(app, "trajectbegeleider", region="kempen")
    away = place(link_of(asked, "limburg"))
    assert own.get(away).status_code == 404
    assert own.post(away, {"step": "first"}).status_code == 404
    partner = asked.links("partner")[0]
    everywhere = signed_in(app, "beheerder")
    assert everywhere.get(away).status_code == 200, "without a number there is still a text to send"
    assert everywhere.get(place(partner)).status_code == 404
    asked.shut()
    assert everywhere.get(away).status_code == 404
    assert "WhatsApp" not in everywhere.get("/staff/invitations").text


def test_who_stopped_is_offered_no_message_and_nobody_learns_who_answered(
    sqlite_world: World, tmp_path: Path
) -> None:
    world = sqlite_world
    world.settings = world.settings.but(outbox_dir=tmp_path / "outbox")
    people = [Person(partners=()), Person(partners=()), Person(partners=()), Person("limburg", partners=())]
    ask(world, people, [Reach(f"+3247000000{number}") for number in range(4)])
    send(world, ZERO)
    browser = signed_in(world.app, "agentschap")
    other = link_of(world, "limburg")
    stopped, before, after = (one for one in world.links() if one != other)
    assert "wa.me" in browser.get(place(stopped)).text
    respond(world.client, before.token, {"match": "3"})
    form = "application/x-www-form-urlencoded"
    for link in (stopped, before, after):
        world.client.post(f"/stop/{link.token}", data={"x": "1"}, content_type=form)
    respond(world.client, after.token, {"match": "3"})

    def page(link: Link) -> str:
        shown = re.sub(r'name="csrf_token" value="[^"]+"', "", browser.get(place(link)).text)
        return shown.replace(link.invitation_id, "")

    pages = [page(link) for link in (stopped, before, after)]
    assert len(set(pages)) == 1
    assert "krijgt geen berichten meer" in pages[0] and "wa.me" not in pages[0]
    assert "wa.me" in page(other)
    with world.session() as session:
        opt_out(session, world.settings, "0470 00 00 03")  # about another trajectory
        session.commit()
    assert page(other) == pages[0]
    rows = world.rows(Sending)
    browser.post(place(other), {"step": "first"}, form="/staff/invitations")
    assert world.rows(Sending) == rows, "an old page notes nothing"
