"""Answers on a line that fails: whatever happens on the way, exactly one response is stored, and the person is told.

The line is a proxy of ours, the server a real one that is really killed; time passes by the page's own clock.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import (
    Asking,
    another_tab,
    asking,
    expect_nothing_left,
    expect_state,
    kept_on,
    left_on,
    remark,
    send,
    write,
)
from tests.browser.visitor import Visitor
from tests.databases import Databases
from tests.proxy import Exchange, Reply, Trouble, broken, dead, deaf, says

pytestmark = pytest.mark.browser

OFFLINE = "Geen internet. We sturen je antwoord zodra er weer internet is."
LATER = "Het lukt nog niet. We proberen het straks opnieuw."
ALREADY = "Bedankt! Je antwoord is al bij ons."
#: a hotel's, with all that a page of ours has but the one thing that counts
PORTAL = b"""<!doctype html><html lang="en"><title>Welcome</title><main id="main"><h1>Bedankt!</h1>
<form method="post" action="/login"><button>Log in</button></form></main></html>"""
#: milliseconds after which the page has tried again
SOON = 70_000


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Asking]:
    with asking(databases, tmp_path_factory.mktemp("faults"), example_catalogues) as made:
        yield made


@pytest.fixture
def phone(asked: Asking, whole_chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens phones whose page's clock the test may turn on."""
    phones: list[Visitor] = []

    def switch_on(*, script: bool = True) -> Visitor:
        phones.append(Visitor(whole_chromium, asked.line.url, script=script))
        phones[-1].page.clock.install()
        return phones[-1]

    yield switch_on
    for one in phones:
        one.close()


def expect_told(page: Page, text: str) -> None:
    """The page says this of the answers on their way, and says it aloud to who cannot see it."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def test_without_internet_the_answer_waits_and_goes_by_itself(
    phone: Callable[..., Visitor], asked: Asking
) -> None:
    visitor, text = phone(), remark()
    page = visitor.page
    page.goto(asked.link())
    with asked.one_more(text):
        visitor.answer({"experience": ("4",), "welcome": ("yes",)}, text)
        visitor.context.set_offline(True)
        send(page)
        expect_told(page, OFFLINE)
        expect(page.get_by_role("button", name="Probeer opnieuw")).to_be_visible()
        assert left_on(page)
        visitor.context.set_offline(False)
        expect_state(page, "stored")
    assert page.locator("h1").inner_text() == "Bedankt!"
    expect(page.locator("h1")).to_be_focused()
    expect_nothing_left(page)


def test_closed_without_internet_and_opened_later(phone: Callable[..., Visitor], asked: Asking) -> None:
    visitor, text, link = phone(), remark(), asked.link()
    write(visitor.page, link, text)
    with asked.one_more(text):
        with asked.line.trouble(dead):
            send(visitor.page)
            expect_told(visitor.page, OFFLINE)
            visitor.page.close()
        page = another_tab(visitor.context, link)
        # "used", where the browser sent it between the two
        expect_state(page, "stored", "used")
        expect_nothing_left(page)


@pytest.mark.parametrize("told", [True, False], ids=["after the commit", "before the commit"])
def test_the_server_is_killed_in_the_middle(phone: Callable[..., Visitor], asked: Asking, told: bool) -> None:
    page, text = phone().page, remark()

    def killed(exchange: Exchange) -> None:
        if told:
            assert exchange.pass_on().status == 200, "it is stored"
            asked.server.kill()
            return
        with asked.busy():
            in_the_middle(exchange)
            asked.server.kill()

    def in_the_middle(exchange: Exchange) -> None:
        """The server took the answers up before it said that it is alive, and waits for the database."""
        exchange.send()
        with urlopen(f"{asked.server.url}/health/live", timeout=30) as alive:
            assert alive.status == 200

    write(page, asked.link(), text)
    with asked.one_more(text):
        with asked.line.trouble(killed) as met:
            send(page)
            assert met.wait(30)
            expect_told(page, OFFLINE)
            assert asked.stored()[text] == int(told)
        page.clock.fast_forward(SOON)  # nobody is there yet
        expect_told(page, LATER)
        asked.server.start()
        page.clock.fast_forward(SOON)
        expect_state(page, "stored")
    assert page.locator("h1").inner_text() == "Bedankt!"
    expect_nothing_left(page)


def test_the_service_is_updated_in_the_middle(phone: Callable[..., Visitor], asked: Asking) -> None:
    page, text = phone().page, remark()

    def updated(exchange: Exchange) -> Reply:
        exchange.send()
        asked.server.stop()
        return exchange.reply()

    write(page, asked.link(), text)
    with asked.one_more(text):
        with asked.line.trouble(updated) as met:
            send(page)
            assert met.wait(60)
        asked.server.start()
        page.clock.fast_forward(SOON)
        expect_state(page, "stored")
    expect_nothing_left(page)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (deaf, OFFLINE),
        (broken, OFFLINE),
        (says(Reply(502, b"<h1>502 Bad Gateway</h1>")), LATER),
        (says(Reply(503, b"")), LATER),
        (says(Reply(200, PORTAL)), LATER),
        (says(Reply(302, b"", (("Location", "/privacy"),))), OFFLINE),
        (says(Reply(200, b"x", (("Content-Encoding", "gzip"),))), OFFLINE),
    ],
    ids=["no reply", "half a request", "502", "503", "portal", "redirect", "rubbish"],
)
def test_what_is_no_confirmation(
    phone: Callable[..., Visitor], asked: Asking, happens: Trouble, words: str
) -> None:
    page, text = phone().page, remark()
    write(page, asked.link(), text)
    with asked.one_more(text):
        with asked.line.trouble(happens):
            send(page)
            expect_told(page, words)
            expect(page.locator("main[data-state]")).to_have_count(0)
            assert text in kept_on(page), "the answers are gone before anyone confirmed"
        page.clock.fast_forward(SOON)
        expect_state(page, "stored")
    expect_nothing_left(page)


def test_a_page_without_an_end_stops_nobody(phone: Callable[..., Visitor], asked: Asking) -> None:
    """Neither a reply nor a service worker that never comes keeps the page from trying again."""
    visitor, text = phone(), remark()
    visitor.context.route("**/sw.js", lambda _route: None)
    write(visitor.page, asked.link(), text)
    visitor.page.route("**/s/*", lambda _route: None)
    with asked.one_more(text):
        with visitor.page.expect_request("**/s/*"):  # only then does the page count how long it takes
            send(visitor.page)
        expect_told(visitor.page, "Wordt verstuurd…")
        visitor.page.clock.fast_forward(21_000)
        expect_told(visitor.page, OFFLINE)
        visitor.page.unroute("**/s/*")
        visitor.page.clock.fast_forward(SOON)
        expect_state(visitor.page, "stored")


def test_a_hasty_thumb_sends_once(phone: Callable[..., Visitor], asked: Asking) -> None:
    visitor, text = phone(), remark()
    write(visitor.page, asked.link(), text)
    visitor.asked.clear()
    with asked.one_more(text):
        visitor.page.evaluate(
            "for (let tap = 0; tap < 3; tap++) document.querySelector('button.send').click()"
        )
        expect_state(visitor.page, "stored")
    assert sum("/s/" in address for address in visitor.asked) == 1


def test_two_tabs_with_one_link(phone: Callable[..., Visitor], asked: Asking) -> None:
    visitor, text, link = phone(), remark(), asked.link()
    first, second = visitor.page, another_tab(visitor.context, link)
    write(first, link, text)
    expect(second.locator("textarea")).to_have_value(text)
    second.goto(f"{link}#remark")
    expect(second.locator("textarea")).to_have_value(text)
    with asked.one_more(text):
        both = "document.querySelector('button.send').click()"
        with asked.busy():  # so that the first is not through before the second is sent
            first.evaluate(both)
            second.evaluate(both)
        expect_state(first, "stored", "used")
        expect_state(second, "stored", "used")
    expect_nothing_left(second)


def test_one_link_on_two_phones(phone: Callable[..., Visitor], asked: Asking) -> None:
    link, text = asked.link(), remark()
    first, second = phone().page, phone().page
    write(first, link, text)
    write(second, link, remark())
    with asked.one_more(text):
        send(first)
        expect_state(first, "stored")
        send(second)
        expect_state(second, "used")
    assert second.locator("h1").inner_text() == ALREADY
    expect_nothing_left(second)
    third = phone().page
    third.goto(link)
    expect_state(third, "used")


def test_without_script_twice_is_once(phone: Callable[..., Visitor], asked: Asking) -> None:
    visitor, text, link = phone(script=False), remark(), asked.link()
    page = visitor.page
    page.goto(link)
    page.fill("textarea", text)
    with asked.one_more(text):
        page.locator("button.send").dblclick()
        expect_state(page, "stored", "used")
        page.reload()
        expect_state(page, "used")
        assert page.locator("h1").inner_text() == ALREADY
        page.goto(link)
        expect_state(page, "used")


def test_who_changes_an_answer_that_had_arrived_is_told_that_the_first_counts(
    phone: Callable[..., Visitor], asked: Asking
) -> None:
    visitor, first = phone(), remark()
    page = visitor.page
    write(page, asked.link(), first)

    def lost(exchange: Exchange) -> Reply | None:
        assert exchange.pass_on().status == 200, "it is stored"
        return None

    with asked.one_more(first):
        with asked.line.trouble(lost):
            send(page)
            expect_told(page, OFFLINE)
            page.get_by_role("button", name="Terug").tap()
            expect(page.locator("textarea")).to_have_value(first)
            visitor.settle()
        page.locator("textarea").fill(remark())
        send(page)
        expect_state(page, "used")
    assert page.locator("h1").inner_text() == ALREADY
    expect_nothing_left(page)


def test_a_second_tab_without_internet_stays_a_page_of_ours(
    phone: Callable[..., Visitor], asked: Asking
) -> None:
    visitor, text, link = phone(), remark(), asked.link()
    write(visitor.page, link, text)
    second = another_tab(visitor.context, link)
    with asked.one_more(text):
        visitor.context.set_offline(True)
        send(visitor.page)
        expect_told(visitor.page, "Je mag deze pagina sluiten.")
        expect(second.locator("#at-start")).to_be_visible()
        expect(second.locator("textarea")).to_have_value("")
        assert text in kept_on(second), "the copy that is on its way"
        visitor.context.set_offline(False)
        expect_state(visitor.page, "stored", "used")  # whichever of the two was first


def test_the_way_in_is_in_sight_on_a_small_phone(phone: Callable[..., Visitor], asked: Asking) -> None:
    page, link = phone().page, asked.link()
    page.set_viewport_size({"width": 360, "height": 560})
    for tag in ("nl", "ar", "ti", "ur"):
        page.goto(f"{link}?lang={tag}")
        expect(page.locator("button.next")).to_be_in_viewport(ratio=1)


def test_the_link_opens_in_the_language_of_the_answers_kept(
    phone: Callable[..., Visitor], asked: Asking
) -> None:
    visitor, link = phone(), asked.link()
    visitor.page.goto(f"{link}?lang=ar")
    visitor.go_on()
    visitor.choose("experience", "4")
    visitor.page.goto(link)
    expect(visitor.page.locator("html")).to_have_attribute("lang", "ar")
    visitor.page.goto(f"{link}?lang=nl")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "nl")
