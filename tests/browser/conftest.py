"""What browser tests share: a Chromium for each file, and a server of the file's own installation."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import start_chromium
from tests.server import Server
from tests.world import World

# They assert too: a failure there is told as fully as one in a test.
pytest.register_assert_rewrite("tests.browser.colleague", "tests.browser.looking", "tests.browser.road")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; every visitor gets a context of its own.

    While it runs, this thread counts as an event loop and an application context of our own cannot end:
    a test file with a browser reaches the application through processes only, and no browser outlives its file.
    """
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def whole_chromium() -> Iterator[Browser]:
    """As `chromium`, where a test needs more of it than pages; in the same file there is one or the other."""
    with sync_playwright() as playwright:
        browser = start_chromium(playwright, whole=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Server]:
    """Serves what the file's `world` is, which has to last for the whole file as well."""
    with Server(world.settings) as running:
        yield running
