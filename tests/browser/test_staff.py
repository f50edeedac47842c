"""The staff's pages in a real browser on real processes: from an empty database to a final report.

Once on SQLite with every page looked at (axe, phone width), once on PostgreSQL without JavaScript.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.colleague import Colleague
from tests.browser.looking import walk_with_keyboard
from tests.browser.road import STEPS, WAVE, Road, served, walk
from tests.databases import Databases
from tests.example_catalogues import mark

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def road(
    databases: Databases,
    chromium: Browser,
    example_catalogues: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Road]:
    """The installation whose every page is looked at; its tests follow one another."""
    folder = tmp_path_factory.mktemp("office")
    with databases.migrated("sqlite") as url, served(url, folder, example_catalogues, chromium) as made:
        yield made
        for one in made.people.values():
            one.context.close()


def test_the_whole_road(road: Road) -> None:
    walk(road)


@pytest.mark.parametrize("language", ["Nederlands", "English"])
def test_every_page_in_each_language_and_with_the_keyboard(road: Road, language: str) -> None:
    walk(road)
    for role in ("beheerder", "analist", "vrijgever", "lezer"):
        header = road[role].page.locator("header")
        if header.get_by_role("button", name=language).count():
            road[role].press(language, header)
    walked: set[tuple[Colleague, str]] = set()
    for one, path in places(road):
        if language == "Nederlands":  # what the page is made of, and the keys, are the same
            one.open(path)
            check_language(one, "")
            header = one, one.page.locator(".site-header").inner_text()
            if header not in walked:
                walk_with_keyboard(one.page)
                walked.add(header)
            walk_with_keyboard(one.page, past_header=True)
        else:
            one.page.goto(path)
            check_language(one, mark("en"))
            assert not one.faults, one.faults


def test_public_pages_and_links_that_are_over(road: Road) -> None:
    walk(road)
    newcomers = [urlsplit(link).path for who, link in road.links if who == "nieuwkomer"]
    used, unused = newcomers[0], newcomers[-1]
    visitor = Colleague(road.office)
    for path in (
        "/",
        "/privacy",
        "/toegankelijkheid",
        "/terugkoppeling",
        "/nergens",
        "/s/nergens",
        used,
        unused,
    ):
        for key, direction in (("nl", "ltr"), ("ar", "rtl")):
            visitor.open(f"{path}?lang={key}")
            root = visitor.page.locator("html")
            assert (root.get_attribute("lang"), root.get_attribute("dir")) == (key, direction), path
            assert visitor.heading.startswith(mark("ar")) == (key == "ar"), path
    assert visitor.context.cookies() == []
    visitor.context.close()


def places(road: Road) -> Iterator[tuple[Colleague, str]]:
    """Every page one can ask for by its address, with somebody who may; some are reached by a link first."""
    boss, writer, second = road["beheerder"], road["analist"], road["vrijgever"]
    for path in ("", "password", "accounts", "accounts/new", "trajectories", "trajectories/import"):
        yield boss, f"/staff/{path}"
    boss.page.goto("/staff/accounts")
    yield boss, address(boss, "td a")
    for path, link in (("trajectories/imports", "td a"), ("partners", "th a")):
        boss.page.goto(f"/staff/{path}")
        yield boss, address(boss, link)
    for path in ("account", "audit", "timetable", "timetable/pause", "cards", "focusgroep"):
        yield boss, f"/staff/{path}"
    for path in ("trajectories/new", "partners", "partners/new", "partners/duplicates"):
        yield boss, f"/staff/{path}"
    for path in ("trajectories/imports", "invitations", "open-links", "open-links/new", "waves", "waves/new"):
        yield boss, f"/staff/{path}"
    for path in ("", "waves", f"waves/{WAVE}/results", f"waves/{WAVE}/results?region=kempen", "signals/new"):
        yield writer, f"/staff/{path}"
    new = ("practices", "practices/new", "themes", "themes/T07", "themes/subscription")
    yield from ((writer, f"/staff/{path}") for path in new)
    writer.page.goto("/staff/signals?state=pre_signaal")
    early = address(writer, "th a")
    parts = ("", "/edit", "/check", "/evidence", "/move/niet_weerhouden")
    listed = ("?state=afgesloten", "/board", "/late")
    for path in (*(f"{early}{part}" for part in parts), *(f"/staff/signals{part}" for part in listed)):
        yield writer, path
    second.page.goto("/staff/signals?state=gevalideerd")
    for path in (
        address(second, "th a"),
        "/staff/signals",
        "/staff/remarks/",
        "/staff/remarks/agreement",
        "/staff/remarks/?state=released",
    ):
        yield second, path
    second.page.goto("/staff/remarks/?state=released")
    arrange = ("", f"/{WAVE}/vlaanderen/nl", f"/{WAVE}/vlaanderen/nl/anew")
    reports = ("", "/new", *(f"/arrange{path}" for path in arrange))
    for path in (address(second, ".card a"), *(f"/staff/reports{path}" for path in reports), road.job):
        yield second, path
    yield road["lezer"], "/staff/reports"


def address(one: Colleague, selector: str) -> str:
    """Where the first such link leads."""
    return one.page.locator("main").locator(selector).first.get_attribute("href") or ""


def check_language(one: Colleague, marked: str) -> None:
    """The page says which language it is in, and its menu and buttons are."""
    root = one.page.locator("html")
    assert root.get_attribute("lang") == ("en" if marked else "nl")
    said = one.page.locator(
        ".main-nav a, main button:not([translate=no])"
    )  # what is written into a remark is Dutch
    for text in said.all_text_contents():  # hidden ones too
        assert text.strip().startswith(marked), text


def test_the_same_road_on_postgresql_without_javascript(
    databases: Databases, chromium: Browser, example_catalogues: Path, tmp_path: Path
) -> None:
    with (
        databases.migrated("postgresql") as url,
        served(url, tmp_path, example_catalogues, chromium, careful=False, script=False) as road,
    ):
        for step in STEPS[:-1]:
            step(road)
        for one in list(road.people.values()):
            one.leave()
