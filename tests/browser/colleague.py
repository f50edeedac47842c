"""A colleague at a real browser: signs in, follows links, presses buttons; every page is looked at."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from playwright.sync_api import Browser, ConsoleMessage, Locator, Request

from feedback_app.settings import Settings
from tests.browser.looking import look
from tests.server import Server
from tests.worker import Worker

#: what tells one kind of page from another: its address without keys, and the pieces it is made of
_KIND = """() => {
  const classes = [...document.querySelectorAll("main, main *")].map((one) => one.tagName + (one.classList[0] ?? ""));
  const address = location.pathname.replace(/[0-9a-f]{32}/g, "*");
  return [address, document.documentElement.lang, ...[...new Set(classes)].sort()].join(" ");
}"""

_CELLS = """(rows) => rows.map((row) => [...row.querySelectorAll("th, td")].map((one) => one.innerText))"""


#: kinds of pages that were looked at, in whichever installation
_SEEN: set[str] = set()


@dataclass(frozen=True)
class Office:
    """A served installation, and the browser its colleagues use."""

    server: Server
    settings: Settings
    browser: Browser
    careful: bool = True
    script: bool = True
    seen: set[str] = field(default_factory=lambda: _SEEN)

    def colleague(self, email: str, password: str) -> "Colleague":
        """Somebody who has just signed in."""
        one = Colleague(self)
        one.open("/staff/")
        one.fill("E-mailadres", email)
        one.fill("Wachtwoord", password)
        one.press("Aanmelden")
        return one

    def worker(self) -> Worker:
        """A worker on this installation."""
        return Worker(self.settings)


class Colleague:
    """One browser window with cookies of its own; `faults` are what the browser complained about."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.context = office.browser.new_context(
            base_url=office.server.url, java_script_enabled=office.script, reduced_motion="reduce"
        )
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", self._watch)

    @property
    def heading(self) -> str:
        """The page's one h1."""
        return self.page.locator("h1").inner_text()

    @property
    def message(self) -> str:
        """What the page says about the step before."""
        return self.page.locator(".flash").inner_text()

    def open(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(path)
        self.look()

    def fill(self, label: str, text: str) -> None:
        """Write in a field."""
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def tick(self, label: str) -> None:
        """Tick a box or a round one."""
        self.page.get_by_label(label).check()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button and wait for the page it brings."""
        with self.page.expect_navigation():
            (within or self.page.locator("main")).get_by_role("button", name=_begins(name)).first.click()
        self.look()

    def follow(self, name: str, within: Locator | None = None) -> None:
        """Follow a link and wait for the page it brings."""
        with self.page.expect_navigation():
            (within or self.page.locator("body")).get_by_role("link", name=_begins(name)).first.click()
        self.look()

    def download(self, name: str, to: Path) -> pikepdf.Pdf:
        """Download the PDF behind a link."""
        with self.page.expect_download() as begun:
            self.page.get_by_role("link", name=_begins(name)).first.click()
        begun.value.save_as(to)
        return pikepdf.open(to)

    def cells(self, table: int = 0) -> list[list[str]]:
        """The text of a table's body, row by row."""
        rows = self.page.locator("table").nth(table).locator("tbody tr")
        found: list[list[str]] = rows.evaluate_all(_CELLS)
        return found

    def facts(self) -> dict[str, str]:
        """The first list of facts on the page."""
        names = self.page.locator("dl.facts dt").all_inner_texts()
        return dict(zip(names, self.page.locator("dl.facts dd").all_inner_texts(), strict=True))

    def look(self) -> None:
        """Look at the page as every visitor might need it; one made of the same pieces is looked at once."""
        assert not self.faults, self.faults
        if self.office.careful and (kind := self.page.evaluate(_KIND)) not in self.office.seen:
            self.office.seen.add(kind)
            look(self.page)

    def leave(self) -> None:
        """Sign out and close the window."""
        self.press("Afmelden", self.page.locator("header"))
        assert self.heading == "Aanmelden"
        self.page.goto("/staff/reports")
        assert self.heading == "Aanmelden", "a page opened after signing out"
        self.context.close()

    def _hear(self, message: ConsoleMessage) -> None:
        # a refused or missing page is "Failed to load resource"; the test sees that page itself.
        # "Blocked script" is a frame that shows a page as it is without script, on purpose.
        expected = ("Failed to load resource", "Blocked script execution")
        if message.type == "error" and not message.text.startswith(expected):
            self.faults.append(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith(self.office.server.url):
            self.faults.append(f"asks another host: {request.url}")


def _begins(name: str) -> re.Pattern[str]:
    """A name's beginning: what follows may be there for a screen reader only."""
    return re.compile("^" + re.escape(name))
