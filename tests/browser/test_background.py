"""The service worker sends what a closed page left behind, by Background Sync, and counts no stranger's page as ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import (
    Asking,
    another_tab,
    asking,
    expect_nothing_left,
    expect_state,
    left_on,
    remark,
    send,
    write,
)
from tests.browser.visitor import Visitor
from tests.databases import Databases
from tests.proxy import Reply, Trouble, dead, deaf, says

pytestmark = pytest.mark.browser

#: waits until the outbox has so many entries; what it has
_OUTBOX = """async (wanted) => {
  const box = await caches.open("feedback");
  for (let tries = 0; tries < 100 && (await box.keys()).length !== wanted; tries++)
    await new Promise((done) => setTimeout(done, 30));
  return (await box.keys()).length;
}"""


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Asking]:
    with asking(databases, tmp_path_factory.mktemp("background"), example_catalogues, 8) as made:
        yield made


@pytest.fixture
def visitor(asked: Asking, whole_chromium: Browser) -> Iterator[Visitor]:
    made = Visitor(whole_chromium, asked.line.url)
    yield made
    made.close()


def leave_it_to_the_browser(visitor: Visitor, asked: Asking, link: str, text: str) -> Page:
    """Send without a network, and close the page when it says that one may; another page of the same phone."""
    page = visitor.page
    write(page, link, text)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    with asked.line.trouble(dead):
        send(page)
        expect(page.get_by_text("Je mag deze pagina sluiten.")).to_be_visible()
        assert page.evaluate("navigator.serviceWorker.ready.then((found) => found.sync.getTags())") == [
            "send"
        ]
        other = another_tab(visitor.context, f"{asked.line.url}/privacy")
        page.close()
        assert other.evaluate(_OUTBOX, 1) == 1
    return other


def sync(page: Page, asked: Asking) -> None:
    """Say to the service worker what the browser says when it has a network again."""
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    for _ in range(200):
        if not found:
            page.evaluate("0")  # lets the events in
    assert found, "no service worker was told of"
    for registration in set(found):
        told = {"origin": asked.line.url, "registrationId": registration, "tag": "send", "lastChance": False}
        devtools.send("ServiceWorker.dispatchSyncEvent", told)
    devtools.detach()


def test_a_closed_page_is_sent_when_the_network_is_back(visitor: Visitor, asked: Asking) -> None:
    text, link = remark(), asked.link()
    with asked.one_more(text):
        other = leave_it_to_the_browser(visitor, asked, link, text)
        sync(other, asked)
        assert other.evaluate(_OUTBOX, 0) == 0
        sync(other, asked)
        page = another_tab(visitor.context, link)
        expect_state(page, "used")
    expect_nothing_left(page)


@pytest.mark.parametrize("open_link", [False, True], ids=["own link", "poster"])
def test_what_went_without_an_answer_goes_again_and_counts_once(
    visitor: Visitor, asked: Asking, open_link: bool
) -> None:
    text = remark()
    link = f"{asked.line.url}/o/{asked.codes['open']}?lang=nl" if open_link else asked.link()
    with asked.one_more(text):
        other = leave_it_to_the_browser(visitor, asked, link, text)
        with asked.line.trouble(deaf) as met:
            sync(other, asked)
            assert met.wait(30)
        assert other.evaluate(_OUTBOX, 1) == 1
        sync(other, asked)
        assert other.evaluate(_OUTBOX, 0) == 0
        page = another_tab(visitor.context, link)
        if open_link:  # the next person's, who is not shown what became of another's answer
            expect(page.locator("#at-start")).to_be_visible()
        else:
            expect_state(page, "used")
    expect_nothing_left(page)


@pytest.mark.parametrize(
    "happens",
    [says(Reply(200, b'<main id="main"><h1>Bedankt!</h1></main>')), says(Reply(503, b"")), dead],
    ids=["portal", "503", "no reply"],
)
def test_a_strangers_page_is_no_confirmation(visitor: Visitor, asked: Asking, happens: Trouble) -> None:
    text = remark()
    with asked.one_more(text):
        other = leave_it_to_the_browser(visitor, asked, asked.link(), text)
        with asked.line.trouble(happens) as met:
            sync(other, asked)
            assert met.wait(30)
            assert other.evaluate(_OUTBOX, 1) == 1
        assert asked.stored()[text] == 0
        sync(other, asked)
        assert other.evaluate(_OUTBOX, 0) == 0


def test_what_is_older_than_seven_days_is_not_sent_any_more(visitor: Visitor, asked: Asking) -> None:
    text = remark()
    other = leave_it_to_the_browser(visitor, asked, asked.link(), text)
    other.evaluate("""async () => {
      const box = await caches.open("feedback");
      const [key] = await box.keys();
      const kept = await (await box.match(key)).json();
      await box.put(key, new Response(JSON.stringify({ ...kept, t: kept.t - 7 * 864e5 - 1 })));
    }""")
    sync(other, asked)
    assert other.evaluate(_OUTBOX, 0) == 0
    assert asked.stored()[text] == 0
    assert left_on(other) == [], "no second copy stays behind"
