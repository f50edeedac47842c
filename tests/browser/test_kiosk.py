"""A tablet in a room: one person after the other, each finding nothing of the one before.

The clock is the test's: a minute passes at once, and nothing depends on how fast the machine is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Route, expect

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.responses.models import Remark, Response
from tests.browser.visitor import Visitor, remarks, stored
from tests.databases import Databases
from tests.server import Server
from tests.world import World

pytestmark = pytest.mark.browser

REMARK = "Voorbeeld: van de eerste persoon"
_KEPT = """async () => {
  const caches_ = [];
  for (const name of await caches.keys())
    for (const kept of await (await caches.open(name)).keys()) caches_.push(kept.url);
  return [Object.keys(localStorage), Object.keys(sessionStorage), caches_];
}"""


@dataclass(frozen=True)
class Room:
    """A served installation with a tablet and a poster."""

    url: str
    database_url: str
    kiosk: str
    poster: str

    def modes(self) -> list[str]:
        """The mode of every stored response, read without the application."""
        engine = sa.create_engine(self.database_url)
        with engine.connect() as connection:
            found = list(connection.scalars(sa.select(Response.mode)))
        engine.dispose()
        return found

    def clear(self) -> None:
        """Forget every response, for the next test."""
        engine = sa.create_engine(self.database_url)
        with engine.begin() as connection:
            for model in (Remark, Response):
                connection.execute(sa.delete(model))
        engine.dispose()


@pytest.fixture(scope="module")
def served(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Room]:
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("kiosk"), example_catalogues)
        world.open([])
        with world.session() as session:
            kiosk, poster = (
                make_link(
                    session,
                    world.settings,
                    NewLink(mode, "kempen", "agii", "buddy", "Voorbeeldloket"),
                    region=None,
                ).code
                for mode in ("kiosk", "open")
            )
        world.close()
        with Server(world.settings) as server:
            yield Room(server.url, url, f"/k/{kiosk}", f"/o/{poster}")


@pytest.fixture
def room(served: Room) -> Room:
    """The installation, without the answers of another test."""
    served.clear()
    return served


@pytest.fixture
def visit(served: Room, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens tablets and phones; each is closed, and asked for complaints, when the test ends."""
    opened: list[Visitor] = []

    def come(*, script: bool = True) -> Visitor:
        opened.append(Visitor(chromium, served.url, script=script))
        return opened[-1]

    yield come
    for one in opened:
        one.close()


def nothing_is_left(visitor: Visitor) -> None:
    """The page is at its start, empty, in the first language; the browser keeps nothing either."""
    expect(visitor.page.locator("#at-start")).to_be_visible()
    assert visitor.chosen() == set()
    assert visitor.page.input_value("textarea") == ""
    assert visitor.page.locator("html").get_attribute("lang") == "en"  # the tablet's own
    assert visitor.page.evaluate(_KEPT) == [[], [], []]


def stop_the_clock(visitor: Visitor) -> None:
    """From now on time passes only where the test says so."""
    visitor.page.clock.pause_at(visitor.page.evaluate("Date.now()") / 1000 + 1)


def begins_anew(visitor: Visitor, milliseconds: int) -> None:
    """Let time pass until the page is loaded again."""
    with visitor.page.expect_navigation():
        visitor.page.clock.run_for(milliseconds)
    visitor.page.wait_for_load_state()


def test_one_person_after_the_other(visit: Callable[..., Visitor], room: Room) -> None:
    tablet = visit()
    tablet.page.clock.install()
    tablet.page.goto(f"{room.kiosk}?lang=ar")
    tablet.look()
    tablet.answer({"experience": ("2",), "welcome": ("no",)}, REMARK)
    tablet.page.locator("button.send").tap()
    expect(tablet.page.locator("form")).to_have_count(0, timeout=15000)
    tablet.look()
    tablet.page.clock.run_for(50000)
    tablet.page.touchscreen.tap(180, 300)  # still reading: the addresses for help stay
    tablet.page.clock.run_for(50000)
    expect(tablet.page.locator("main[data-state]")).to_be_visible()
    begins_anew(tablet, 11000)
    nothing_is_left(tablet)
    assert room.modes() == ["kiosk"]
    [(locale, given)] = stored(room.database_url)
    assert (locale, given["experience"], given["welcome"]) == ("ar", {"2"}, {"no"})
    assert remarks(room.database_url) == {("ar", REMARK)}
    tablet.page.go_back()
    assert REMARK not in tablet.page.content()


def test_who_walks_away_leaves_nothing(visit: Callable[..., Visitor], room: Room) -> None:
    tablet = visit()
    tablet.page.clock.install()
    tablet.page.goto(f"{room.kiosk}?lang=ti")
    tablet.go_on()
    tablet.choose("experience", "1")
    stop_the_clock(tablet)
    tablet.page.clock.run_for(41000)
    expect(tablet.page.locator(".idle span")).to_be_visible()
    tablet.page.touchscreen.tap(180, 400)  # still there: anywhere will do
    expect(tablet.page.locator(".idle span")).to_be_hidden()
    assert tablet.chosen() == {("experience", "1")}, "the tap is no answer to what lies under it"
    tablet.page.clock.run_for(39000)
    assert ("experience", "1") in tablet.chosen(), "a touch gives another minute"
    begins_anew(tablet, 22000)
    nothing_is_left(tablet)
    assert room.modes() == []


def test_an_old_tablet_covers_its_whole_screen_too(visit: Callable[..., Visitor], room: Room) -> None:
    def age(route: Route) -> None:
        reply = route.fetch()
        headers = {name: value for name, value in reply.headers.items() if name != "content-security-policy"}
        route.fulfill(response=reply, headers=headers, body=re.sub(r"\binset\b", "later", reply.text()))

    tablet = visit()
    tablet.context.route(re.compile("/k/"), age)
    tablet.page.clock.install()
    tablet.page.goto(f"{room.kiosk}?lang=ar")
    tablet.go_on()
    stop_the_clock(tablet)
    tablet.page.clock.run_for(41000)
    screen = tablet.page.viewport_size
    assert screen
    assert tablet.page.locator(".idle").bounding_box() == {"x": 0, "y": 0, **screen}


def test_answers_that_came_along_with_a_language_are_wiped_too(
    visit: Callable[..., Visitor], room: Room
) -> None:
    tablet = visit()
    tablet.page.clock.install()
    tablet.page.goto(f"{room.kiosk}?lang=nl")
    tablet.go_on()
    tablet.choose("experience", "1")
    tablet.page.locator(".languages summary").tap()
    with tablet.page.expect_navigation():
        tablet.page.locator('.languages button[value="ar"]').tap()
    assert ("experience", "1") in tablet.chosen()
    stop_the_clock(tablet)
    begins_anew(tablet, 59500)
    nothing_is_left(tablet)


def test_without_script_a_tablet_stores_and_leads_back(visit: Callable[..., Visitor], room: Room) -> None:
    tablet = visit(script=False)
    tablet.page.goto(f"{room.kiosk}?lang=nl")
    tablet.look()
    tablet.choose("experience", "5")
    tablet.press("button.send")
    assert tablet.page.locator("main").get_attribute("data-state") == "stored"
    refresh = tablet.page.locator('meta[http-equiv="refresh"]')
    assert refresh.get_attribute("content") == "30;url=?"
    assert room.modes() == ["kiosk"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_poster_is_answered_on_ones_own_phone(
    visit: Callable[..., Visitor], room: Room, script: bool
) -> None:
    phone = visit(script=script)
    phone.page.goto(room.poster)
    phone.look()
    assert phone.page.locator("html").get_attribute("lang") == "en", "the language of the phone"
    assert phone.page.locator('[name="refuse"]').count() == 0
    phone.answer({"experience": ("5",)}) if script else phone.choose("experience", "5")
    phone.page.locator("button.send").tap()
    expect(phone.page.locator("form")).to_have_count(0, timeout=15000)
    phone.look()
    assert room.modes() == ["open"]


@pytest.mark.parametrize("far", [0, 2], ids=["at the start", "at a question"])
def test_who_only_chose_a_language_leaves_no_trace_of_it(
    visit: Callable[..., Visitor], room: Room, far: int
) -> None:
    tablet = visit()
    tablet.page.clock.install()
    tablet.page.goto(room.kiosk)
    for _ in range(far):
        tablet.go_on()
    if far:
        tablet.page.locator(".languages summary").tap()
    tablet.page.locator('nav button[value="ti"]').tap()
    expect(tablet.page.locator("html")).to_have_attribute("lang", "ti")
    tablet.page.wait_for_load_state()
    begins_anew(tablet, 61_000)
    nothing_is_left(tablet)
    tablet.page.clock.run_for(120_000)  # a tablet that rests asks nobody whether they are there
    expect(tablet.page.locator(".idle")).to_be_hidden()


def test_what_waits_on_a_tablet_goes_when_the_network_is_back(
    visit: Callable[..., Visitor], room: Room
) -> None:
    tablet = visit()
    page = tablet.page
    page.clock.install()
    page.goto(room.kiosk)
    tablet.answer({"experience": ("2",)}, REMARK)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    tablet.context.set_offline(True)
    page.locator("button.send").tap()
    expect(page.locator(".state")).to_be_visible()
    for _ in range(100):  # it tries, and then turns to the next person
        if page.locator("#at-start").is_visible():
            break
        page.clock.run_for(2_000)
        page.wait_for_timeout(50)
    assert room.modes() == []
    tablet.context.set_offline(False)
    for _ in range(100):
        if room.modes():
            break
        page.clock.run_for(2_000)  # the worker may still be offline when the page is told it is not
        page.wait_for_timeout(50)
    assert room.modes() == ["kiosk"]
    nothing_is_left(tablet)
