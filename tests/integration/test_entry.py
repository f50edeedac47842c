"""Typing in paper: what is stored, what is refused and why, and who may."""

import html
import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from feedback_app.responses.models import Remark, Response
from feedback_app.responses.sheet import asking, form_code
from tests.pages import checked_client
from tests.staff import Browser, signed_in
from tests.world import WAVE, World

ANSWERS = {"experience": "5", "match": "1", "difficulties": ["hours", "other"], "remark": "Voorbeeld"}


def colleague(world: World, role: str = "agentschap", **account: Any) -> Browser:
    checked_client(world.app)  # every page is checked, also those of this colleague
    return signed_in(world.app, role, **account)


def pile(world: World, survey: str = "newcomer", locale: str = "nl", **changes: str) -> dict[str, str]:
    """What the address says of a pile."""
    with world.session() as session:
        code = form_code(asking(session, world.settings, survey).version.fingerprint, locale)
    chosen = {"sheet": f"{survey}.{code}", "region": "kempen", "agency": "agii", "offer_type": "buddy"}
    return {**chosen, **changes}


def address(query: dict[str, str]) -> str:
    return f"/staff/papier?{urlencode(query)}"


def type_in(browser: Browser, query: dict[str, str], answers: dict[str, Any], **more: str) -> TestResponse:
    return browser.post(address(query), {**answers, **more})


def stored(world: World) -> dict[str, set[str]]:
    """The answers of the one response there is."""
    found: dict[str, set[str]] = {}
    for _, item, value in world.answers():
        found.setdefault(item, set()).add(value)
    return found


def test_a_sheet_is_stored_as_paper_and_the_next_one_comes(world: World) -> None:
    world.open()
    browser = colleague(world)
    query = pile(world, locale="ti")
    first = browser.get(address(query))
    assert "<h1>Blad 1</h1>" in first.text and query["sheet"].partition(".")[2] in first.text
    answer = type_in(browser, query, ANSWERS)
    assert answer.status_code == 303
    following = browser.get(answer.location)
    assert "Blad 1 is bewaard." in following.text and "<h1>Blad 2</h1>" in following.text
    assert " checked" not in following.text and "Voorbeeld</textarea>" not in following.text
    (row,) = world.rows(Response)
    assert (row["mode"], row["locale"], row["survey_key"]) == ("paper", "ti", "newcomer")
    assert (row["wave_key"], row["region_key"], row["agency_key"], row["offer_type"]) == (
        WAVE,
        "kempen",
        "agii",
        "buddy",
    )
    assert stored(world)["difficulties"] == {"hours", "other"}
    assert stored(world)["welcome"] == {"skipped"}
    assert [(one["text"], one["locale"]) for one in world.rows(Remark)] == [("Voorbeeld", "ti")]


def test_with_help_is_stored_as_assisted_and_stays_so_for_the_pile(world: World) -> None:
    world.open()
    browser = colleague(world)
    answer = type_in(browser, pile(world, assisted="y"), {"welcome": "yes"})
    assert "assisted=y" in answer.location
    type_in(browser, pile(world), {"welcome": "yes"})
    assert sorted(row["mode"] for row in world.rows(Response)) == ["assisted", "paper"]


def test_a_partners_sheet_is_stored_as_a_partners(world: World) -> None:
    world.open()
    type_in(colleague(world), pile(world, "partner"), {"course": "5"})
    assert [row["survey_key"] for row in world.rows(Response)] == ["partner"]


def test_a_repeated_post_is_the_same_sheet_also_without_script(world: World) -> None:
    world.open()
    browser, query = colleague(world), pile(world)
    page = browser.get(address(query)).text
    (identifier,) = re.findall(r'name="response_id" value="([^"]+)"', page)
    answers = [type_in(browser, query, {"experience": "4"}, response_id=identifier) for _ in range(2)]
    assert [one.location for one in answers] == [answers[0].location] * 2
    assert len(world.rows(Response)) == 1
    type_in(browser, query, {"experience": "4"}, response_id=str(uuid4()))
    assert len(world.rows(Response)) == 2


def test_answers_to_a_question_that_was_not_to_be_answered_are_dropped(world: World) -> None:
    world.open()
    type_in(colleague(world), pile(world), {"match": "3", "difficulties": ["hours"]})
    assert stored(world)["difficulties"] == {"not_shown"}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"experience": "9", "remark": "blijft staan"}, "Dit antwoord kennen we niet."),
        ({"experience": "5", "remark": "x" * 2001}, "Je tekst is te lang."),
        ({}, "Een leeg blad bewaren we niet."),
        ({"remark": "   "}, "Een leeg blad bewaren we niet."),
    ],
)
def test_what_cannot_be_stored_is_said_in_place_and_nothing_is_lost(
    world: World, answers: dict[str, str], said: str
) -> None:
    world.open()
    answer = type_in(colleague(world), pile(world), {**answers, "welcome": ""})
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert answers.get("remark", "").strip() in answer.text
    assert not world.rows(Response)


@pytest.mark.parametrize(
    "change",
    [
        {"region": "atlantis"},
        {"agency": "x"},
        {"offer_type": ""},
        {"sheet": "newcomer.0000-nl"},
        {"sheet": "newcomer"},
        {"sheet": ""},
    ],
)
def test_a_pile_that_does_not_exist_is_asked_again(world: World, change: dict[str, str]) -> None:
    world.open()
    browser, query = colleague(world), pile(world, **change)
    shown = browser.get(address(query))
    assert "Kies uit de lijst." in shown.text and "<h1>Papier</h1>" in shown.text
    answer = type_in(browser, query, ANSWERS)
    assert answer.status_code == 409 and "Dit blad is niet bewaard" in answer.text
    assert not world.rows(Response)


def test_a_language_that_is_not_offered_is_no_pile(world: World) -> None:
    world.open()
    assert type_in(colleague(world), pile(world, locale="so"), ANSWERS).status_code == 409
    assert not world.rows(Response)


def test_a_colleague_of_one_region_types_in_that_region_only(world: World) -> None:
    world.open()
    browser = colleague(world, region="kempen")
    page = browser.get("/staff/papier").text
    assert 'value="kempen"' in page and 'value="limburg"' not in page
    assert type_in(browser, pile(world, region="limburg"), ANSWERS).status_code == 409
    assert type_in(browser, pile(world), ANSWERS).status_code == 303
    assert [row["region_key"] for row in world.rows(Response)] == ["kempen"]


def test_a_closed_wave_takes_no_sheet_and_says_so(world: World) -> None:
    world.open()
    browser, query = colleague(world), pile(world)
    world.shut()
    answer = type_in(browser, query, ANSWERS)
    assert answer.status_code == 409 and "Dit blad is niet bewaard" in answer.text
    assert "Er is geen meetmoment open." in browser.get("/staff/papier").text
    assert not world.rows(Response)


def test_who_coaches_people_types_in_nothing(world: World) -> None:
    world.open()
    browser = colleague(world, "trajectbegeleider")
    assert browser.get("/staff/papier").status_code == 403
    assert browser.get("/staff/papier/blad/newcomer/nl").status_code == 403
    assert type_in(browser, pile(world), ANSWERS).status_code == 403
    assert not world.rows(Response)


def test_an_empty_sheet_is_ready_to_print_in_every_offered_language(sqlite_world: World) -> None:
    browser = colleague(sqlite_world)
    page = browser.get("/staff/papier").text
    addresses = re.findall(r'href="(/staff/papier/blad/[^"]+)"', page)
    assert "/staff/papier/blad/newcomer/fa_AF" in addresses and len(addresses) > 8
    for one in addresses:
        assert browser.get(one).status_code == 200
    for missing in ("newcomer/so", "newcomer/xx", "staff/nl", "impact/nl"):
        assert browser.get(f"/staff/papier/blad/{missing}").status_code == 404


def test_an_english_speaking_colleague_gets_the_screen_in_english(sqlite_world: World) -> None:
    sqlite_world.open()
    browser = colleague(sqlite_world)
    browser.post("/staff/language", {"locale": "en", "back": "/staff/papier"})
    page = browser.get(address(pile(sqlite_world))).text
    assert '<html lang="en"' in page and "‹en› Bewaar blad" in page
    assert "‹en› Hoe vond je" not in page, "the questions are those of the Dutch sheet"
