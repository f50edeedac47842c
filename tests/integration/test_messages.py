"""What messages say: the same request in every form, in one language beside its Dutch line, never too long."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from feedback_app.invitations.messages import (
    LONGEST_ADDRESS,
    LONGEST_BASE,
    MOST_PARTS,
    STEPS,
    Message,
    StepUnknown,
    compose,
)
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import all_languages
from feedback_app.questionnaires.readiness import Shelf, pages_readiness
from feedback_app.sms import parts
from feedback_app.staff.models import ROLES
from tests.example_catalogues import mark
from tests.markup import parse, text_of
from tests.pages import checked_client
from tests.staff import close_app, make_app, signed_in
from tests.world import World

ROOT = Path(__file__).parents[2]
BASE = "https://" + "a" * (LONGEST_BASE - len("https://"))
TOKEN = "W" * (LONGEST_ADDRESS - LONGEST_BASE - len("/s/"))
EVERY = [(audience, step) for audience, steps in STEPS.items() for step in steps]
DUTCH = "Hoe was je activiteit?"


def occasion(audience: str, step: str, language: str, bundled: bool = False) -> Occasion:
    return Occasion(audience, step, language, f"{BASE}/s/{TOKEN}", f"{BASE}/stop/{TOKEN}", bundled)


def message(world: World, audience: str, step: str, language: str, bundled: bool = False) -> Message:
    with world.session():
        return compose(world.settings, occasion(audience, step, language, bundled))


@pytest.mark.parametrize(("audience", "step"), EVERY)
def test_each_form_is_whole_and_in_the_reader_s_language(
    sqlite_world: World, audience: str, step: str
) -> None:
    one = message(sqlite_world, audience, step, "fr" if audience == "partner" else "ar")
    here = one.language
    page = parse(one.email.html)
    root = next(page.iter("html"))
    assert (root.get("lang"), root.get("dir")) == (here.tag, here.direction)
    first = next(page.iter("main"))
    assert (first.get("lang"), first.get("dir")) == (here.tag, here.direction), "some programs drop <body>"
    [dutch] = [part for part in page.iter("div") if part.get("lang") == "nl"]
    assert dutch.get("dir") == "ltr"
    assert mark(here.key) not in text_of(dutch)
    assert mark(here.key) in one.email.subject
    links = {a.get("href") for a in page.iter("a")}
    own = occasion(audience, step, here.key)
    assert {own.link, own.dutch_link, own.stop_link} < links
    assert all(link and link.startswith((BASE, sqlite_world.settings.base_url)) for link in links)
    assert not list(page.iter("img")), "an image would tell that the message was opened"
    for text in (one.email.text, one.whatsapp):
        assert {own.link, own.dutch_link, own.stop_link} <= set(re.findall(r"https://\S+", text))
        assert sqlite_world.settings.responsible in text
    assert bool(one.sms) == (audience == "newcomer"), "nobody gives us a partner's number"


def test_in_dutch_nothing_is_said_twice(sqlite_world: World) -> None:
    one = message(sqlite_world, "newcomer", "first", "nl")
    assert one.sms.count(DUTCH) == one.whatsapp.count(DUTCH) == 1
    assert "lang=nl" not in one.email.text.replace("privacy?lang=nl", "")
    for promise in ("Het duurt 3 minuten.", "We vragen je naam niet.", "Je kiest zelf of je meedoet."):
        assert promise in one.sms
        assert promise in one.whatsapp
        assert promise in one.email.text


def test_an_sms_has_its_dutch_line_its_own_line_and_the_address(sqlite_world: World) -> None:
    for step in STEPS["newcomer"]:
        dutch, own, address = message(sqlite_world, "newcomer", step, "fa_AF").sms.split("\n")
        assert dutch == DUTCH
        assert own.startswith(mark("fa_AF"))
        assert "STOP" in own, "every message says how to stop"
        assert address == f"{BASE}/s/{TOKEN}"


def test_promises_go_where_they_do_not_fit(sqlite_world: World) -> None:
    one = occasion("newcomer", "first", "nl")
    with sqlite_world.session():
        short = compose(sqlite_world.settings, one).sms
        long = compose(sqlite_world.settings, replace(one, link=one.link + "x" * 140)).sms
    assert parts(short) <= MOST_PARTS and "3 minuten" in short
    assert "3 minuten" not in long and "STOP" in long


def test_the_limits_for_translators_add_up() -> None:
    """30 for the question, 22 for how to stop: then the longest address still fits beside the Dutch line."""
    pieces = (DUTCH, "ش" * 30 + " " + "ش" * 22, "x" * LONGEST_ADDRESS)
    assert parts("\n".join(pieces)) == MOST_PARTS
    assert parts("\n".join(pieces) + "x") > MOST_PARTS, "no room is given away"


def test_a_bundled_message_is_about_the_past_period(sqlite_world: World) -> None:
    bundled = message(sqlite_world, "partner", "first", "nl", bundled=True)
    alone = message(sqlite_world, "partner", "first", "nl")
    assert "voorbije periode" in bundled.email.text and "voorbije periode" not in alone.email.text
    assert message(sqlite_world, "partner", "reminder1", "nl").email.subject.startswith("Herinnering")


def test_there_is_no_second_reminder_for_partners(sqlite_world: World) -> None:
    for audience, step in (("partner", "reminder2"), ("newcomer", "reminder3"), ("staff", "first")):
        with pytest.raises(StepUnknown):
            message(sqlite_world, audience, step, "nl")


@pytest.mark.parametrize("locale", all_languages())
def test_every_translated_sms_is_two_parts_at_most(
    migrated_sqlite_url: str, tmp_path: Path, real_catalogues: Path, locale: str
) -> None:
    world = World(migrated_sqlite_url, tmp_path, real_catalogues)
    found = pages_readiness(Shelf.of(world.settings)).get(locale)
    if not found or not found.offered:
        pytest.skip("not whole yet")
    for step in STEPS["newcomer"]:
        text = message(world, "newcomer", step, locale).sms
        assert parts(text) <= MOST_PARTS, text
    world.close()


# --- the preview of messages ---------------------------------------------------------------------


@pytest.fixture
def app(migrated_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path, translations_dir=example_catalogues)
    checked_client(made)
    yield made
    close_app(made)


def test_colleagues_see_each_message_as_it_arrives(app: Flask) -> None:
    browser = signed_in(app, "vertaler")
    page = browser.get("/staff/preview/berichten/ar").text
    assert page.count("<iframe") == 3
    assert "2 delen" in page and "WhatsApp" in page
    assert 'class="qr-card' in page and 'lang="ar" dir="rtl"' in page
    mails = re.findall(r'src="(/staff/preview/berichten/ar/page/\w+)"', page)
    for address in mails:
        mail = browser.get(address)
        assert mail.status_code == 200
        assert mail.headers["Content-Language"] == "ar"
        assert "frame-ancestors 'self'" in mail.headers["Content-Security-Policy"]
    assert browser.get("/staff/preview/berichten/fr").text.count("<iframe") == 6, "partners too"


def test_no_message_is_shown_in_two_languages(app: Flask) -> None:
    browser = signed_in(app, "vertaler")
    page = browser.get("/staff/preview/berichten/so")
    assert page.status_code == 200
    assert "<iframe" not in page.text and 'class="qr-card' not in page.text
    for gone in (
        "so/page/newcomer_first",
        "ar/page/partner_first",
        "ar/page/xx",
        "xx",
        "xx/page/newcomer_first",
    ):
        assert browser.get(f"/staff/preview/berichten/{gone}").status_code == 404, gone


@pytest.mark.parametrize("role", ROLES)
def test_who_works_on_texts_sees_messages(app: Flask, role: str) -> None:
    sees = role not in ("lezer", "trajectbegeleider", "vertrouwenspersoon")
    browser = signed_in(app, role)
    for path in ("/staff/preview/berichten/nl", "/staff/preview/berichten/nl/page/newcomer_first"):
        assert browser.get(path).status_code == (200 if sees else 403)
