"""An installation that asks newcomers over a line that can fail, and what is left of them on a phone."""

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.engine import make_url

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.settings import Settings
from tests.databases import Databases
from tests.proxy import Proxy
from tests.server import Server, environment_of
from tests.world import WAVE, Person, World

#: every kind of storage a page can keep something in, for as long as nobody erases it
_LEFT = """async () => {
  const left = [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
  for (const found of await indexedDB.databases()) left.push(found.name);
  for (const name of await caches.keys())
    for (const kept of await (await caches.open(name)).keys()) left.push(kept.url);
  return left;
}"""
#: all that stands in a draft or in the outbox
_KEPT = """async () => {
  let kept = Object.values(localStorage).join(" ");
  const box = await caches.open("feedback");
  for (const key of await box.keys()) kept += decodeURIComponent(await (await box.match(key)).text());
  return kept.replace(/\\+/g, " ");
}"""
_EMPTIED = f"""async () => {{
  for (let tries = 0; tries < 100 && (await ({_LEFT})()).length; tries++)
    await new Promise((done) => setTimeout(done, 30));
  return ({_LEFT})();
}}"""
_number = count(1)


@dataclass(frozen=True)
class Asking:
    """A served installation behind a line; every link is used by one test."""

    server: Server
    line: Proxy
    database: Path
    tokens: list[str]
    #: a poster's and a tablet's
    codes: dict[str, str]
    settings: Settings

    def close_wave(self) -> None:
        """Close the wave as a colleague does: whoever still has a link is too late."""
        command = [str(Path(sys.executable).with_name("feedback-app")), "wave", "close", WAVE]
        subprocess.run(command, env=environment_of(self.settings), check=True, capture_output=True)

    def link(self) -> str:
        """The address of somebody who was not asked before."""
        return f"{self.line.url}/s/{self.tokens.pop()}"

    def stored(self) -> Counter[str]:
        """How often each remark is stored, and under "" how many responses there are."""
        with sqlite3.connect(self.database) as connection:
            texts = Counter(text for (text,) in connection.execute("SELECT text FROM remarks"))
            texts[""] = connection.execute("SELECT count(*) FROM responses").fetchone()[0]
        connection.close()
        return texts

    @contextmanager
    def one_more(self, text: str = "") -> Iterator[None]:
        """AssertionError unless exactly one response is stored in the block, and this remark once."""
        before = self.stored()
        yield
        assert self.stored() - before == Counter({"": 1, text: 1} if text else {"": 1})

    @contextmanager
    def busy(self) -> Iterator[None]:
        """For as long as the block runs, nobody can commit anything."""
        connection = sqlite3.connect(self.database, timeout=30, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()


@contextmanager
def asking(databases: Databases, folder: Path, translations: Path, people: int = 30) -> Iterator[Asking]:
    """Serve an open wave with this many invitations, a poster and a tablet."""
    with databases.migrated("sqlite") as url:
        world = World(url, folder, translations)
        world.open([Person() for _ in range(people)])
        codes = {mode: _hang(world, mode) for mode in ("open", "kiosk")}
        tokens = [one.token for one in world.links()]
        world.close()
        database = Path(make_url(url).database or "")
        with Server(world.settings) as server, Proxy(server.port) as line:
            yield Asking(server, line, database, tokens, codes, world.settings)


def _hang(world: World, mode: str) -> str:
    wanted = NewLink(mode, "kempen", "agii", "buddy", "Voorbeeld")
    with world.session() as session:
        return make_link(session, world.settings, wanted, region=None).code


def languages_on_offer(page: Page) -> list[str]:
    """The tags of all languages a questionnaire's page offers, its own first."""
    own = page.locator("html").get_attribute("lang") or ""
    others = page.locator("nav.languages button").evaluate_all("(all) => all.map((one) => one.value)")
    return list(dict.fromkeys([own, *others]))


def remark() -> str:
    """A remark that no other test writes."""
    return f"Voorbeeld {next(_number)}"


def write(page: Page, link: str, text: str) -> None:
    """Open a link at its last question and answer that one."""
    page.goto(f"{link}#remark")
    page.locator("textarea").fill(text)


def send(page: Page) -> None:
    """Tap "send"."""
    page.locator("button.send").tap()


def expect_state(page: Page, *states: str) -> None:
    """Wait for the server's word on what became of the answers."""
    expect(page.locator(", ".join(f'main[data-state="{state}"]' for state in states))).to_be_visible()


def left_on(page: Page) -> list[str]:
    """What the phone still keeps, by name."""
    found: list[str] = page.evaluate(_LEFT)
    return found


def kept_on(page: Page) -> str:
    """What the phone still keeps, word for word."""
    return str(page.evaluate(_KEPT))


def expect_nothing_left(page: Page) -> None:
    """Wait until the phone keeps nothing."""
    left = page.evaluate(_EMPTIED)
    assert left == [], f"the phone still keeps {left}"


def another_tab(context: BrowserContext, link: str) -> Page:
    """A second window of the same phone."""
    page = context.new_page()
    page.goto(link)
    return page
