"""Typing in paper sheets at a real browser: by the keyboard alone, and as an ordinary form without script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.colleague import Colleague, Office
from tests.browser.visitor import remarks, stored
from tests.databases import Databases
from tests.server import Server
from tests.staff import PASSWORD, add, address_of
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def world(
    databases: Databases, example_catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """An installation with an open wave and a colleague, made before there is a browser."""
    with databases.migrated("sqlite") as url:
        made = World(url, tmp_path_factory.mktemp("paper"), example_catalogues)
        made.open()
        add(made.app, "agentschap")
        yield made
        made.close()


def begin(world: World, server: Server, chromium: Browser, *, script: bool = True) -> Colleague:
    """A colleague who has just set up a pile of Dutch sheets."""
    office = Office(server, world.settings, chromium, script=script, careful=script)
    one = office.colleague(address_of("agentschap"), PASSWORD)
    one.follow("Papier")
    one.page.get_by_label("Code op het blad").select_option(index=1)
    one.choose("Regio", "Kempen")
    one.choose("Agentschap", "Atlas")
    one.choose("Soort activiteit", "een stage")
    one.press("Begin met intikken")
    assert one.heading == "Blad 1"
    return one


def asks(page: Page) -> str:
    """The question that the next key answers."""
    return str(page.evaluate("document.activeElement.closest('.item')?.id ?? document.activeElement.type"))


def type_keys(page: Page, *steps: tuple[str, str]) -> None:
    """Press keys; after each, the question that comes."""
    for key, following in steps:
        page.keyboard.press(key)
        assert asks(page) == following, key


def test_a_whole_sheet_by_keyboard_and_then_the_next(world: World, server: Server, chromium: Browser) -> None:
    before = len(stored(world.settings.database_url))
    one = begin(world, server, chromium)
    page = one.page
    assert asks(page) == "experience"
    type_keys(page, ("4", "match"), ("1", "informed"), ("Backspace", "match"), ("3", "difficulties"))
    type_keys(
        page, ("3", "difficulties"), ("2", "difficulties"), ("8", "difficulties"), ("2", "difficulties")
    )
    type_keys(page, ("9", "difficulties"))
    expect(page.locator(".said")).to_have_text("Deze vraag heeft dat antwoord niet.")
    type_keys(page, ("Enter", "informed"), ("Enter", "support"), ("4", "dutch"), ("2", "contacts"))
    expect(page.locator(".said")).to_be_empty()
    type_keys(page, ("1", "welcome"), ("2", "remark"), ("Backspace", "welcome"), ("Delete", "welcome"))
    type_keys(page, ("4", "remark"))
    page.keyboard.type("Voorbeeld 1 met cijfer")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("en een tweede lijn")
    type_keys(page, ("Enter", "submit"))
    summary = dict(
        zip(
            page.locator(".summary dt").all_inner_texts(),
            page.locator(".summary dd").all_inner_texts(),
            strict=True,
        )
    )
    assert summary["3 Wat was moeilijk?"] == "De uren waren moeilijk, Iets anders"
    assert summary["4 Wist je vooraf genoeg?"] == "overgeslagen"
    assert len(summary) == 9
    one.look()
    type_keys(page, ("Backspace", "remark"), ("Enter", "submit"))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Blad 2")
    expect(page.locator(".flash")).to_have_text("Blad 1 is bewaard.")
    expect(page.locator(".heard")).to_have_text("Blad 1 is bewaard.")
    assert asks(page) == "experience" and page.locator("input:checked").count() == 0
    one.look()
    type_keys(page, ("5", "match"))
    assert page.locator("#difficulties").is_hidden()

    rows = stored(world.settings.database_url)
    assert len(rows) == before + 1
    language, answers = next(row for row in rows if row[1]["welcome"] == {"prefer_not"})
    assert language == "nl"
    assert answers == {
        "experience": {"4"},
        "match": {"1"},
        "difficulties": {"hours", "other"},
        "informed": {"skipped"},
        "support": {"not_applicable"},
        "dutch": {"little"},
        "contacts": {"still"},
        "welcome": {"prefer_not"},
    }
    assert ("nl", "Voorbeeld 1 met cijfer\nen een tweede lijn") in remarks(world.settings.database_url)
    one.context.close()


def test_a_key_held_down_answers_one_question(world: World, server: Server, chromium: Browser) -> None:
    one = begin(world, server, chromium)
    one.page.keyboard.down("2")
    one.page.keyboard.down("2")  # Playwright sends the second as a repetition
    one.page.keyboard.up("2")
    assert asks(one.page) == "match"
    one.context.close()


def test_nothing_but_enter_stores_nothing_and_says_why(
    world: World, server: Server, chromium: Browser
) -> None:
    before = len(stored(world.settings.database_url))
    one = begin(world, server, chromium)
    for _ in range(8):
        one.page.keyboard.press("Enter")
    assert asks(one.page) == "submit"
    one.page.keyboard.press("Enter")
    expect(one.page.locator(".error-summary")).to_contain_text("Een leeg blad bewaren we niet.")
    assert len(stored(world.settings.database_url)) == before
    one.look()
    one.context.close()


def test_without_script_it_is_an_ordinary_form(world: World, server: Server, chromium: Browser) -> None:
    before = len(stored(world.settings.database_url))
    one = begin(world, server, chromium, script=False)
    assert one.page.locator("#difficulties").is_visible() and one.page.locator(".keys").is_hidden()
    one.page.locator("#experience").get_by_label("Heel goed").check()
    one.press("Bewaar blad 1")
    assert (one.heading, one.message) == ("Blad 2", "Blad 1 is bewaard.")
    assert len(stored(world.settings.database_url)) == before + 1
    one.context.close()
