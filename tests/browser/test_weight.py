"""What a phone fetches with an empty cache, in every language on offer, counted by the browser, headers and all.

One request and 14,000 bytes to the first question; three and 20,000 to the page that says thanks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.benchmarks.bench_pages import PHONE, body, post, version_of
from tests.benchmarks.wire import exchange, request
from tests.browser.asking import Asking, asking, expect_state, languages_on_offer, send
from tests.browser.visitor import Visitor
from tests.databases import Databases

pytestmark = pytest.mark.browser

FIRST, WHOLE = 14_000, 20_000
WORKER = "/sw.js"
#: the answer after which the page that thanks says most
_HELP = "document.querySelector('[name=welcome][value=no]').click()"


@dataclass
class Scales:
    """Weighs what a page fetches; `asked` are all requests of its window, the service worker's too."""

    bytes_of: dict[str, int] = field(default_factory=dict)
    encodings: set[str] = field(default_factory=set)
    asked: list[Request] = field(default_factory=list)

    def put_on(self, page: Page) -> None:
        """Weigh from now on."""
        devtools = page.context.new_cdp_session(page)
        devtools.on("Network.responseReceived", self._note)
        devtools.on("Network.loadingFinished", self._weigh)
        devtools.send("Network.enable")
        page.context.on("request", self._see)

    @property
    def total(self) -> int:
        """The bytes of all that came over the wire so far."""
        return sum(self.bytes_of.values())

    def _see(self, request: Request) -> None:
        self.asked.append(request)

    def _note(self, event: dict[str, Any]) -> None:
        self.encodings.add(event["response"]["headers"].get("Content-Encoding", ""))

    def _weigh(self, event: dict[str, Any]) -> None:
        self.bytes_of[event["requestId"]] = event["encodedDataLength"]


@pytest.fixture(scope="module")
def asked(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, real_catalogues: Path
) -> Iterator[Asking]:
    with asking(databases, tmp_path_factory.mktemp("weight"), real_catalogues, 60) as made:
        yield made


@pytest.mark.parametrize("tag", ["nl", "ar", "ti"])
def test_what_a_phone_fetches(asked: Asking, chromium: Browser, tag: str) -> None:
    worker = len(exchange(asked.server.port, request("GET", WORKER, PHONE)))
    visitor, scales = Visitor(chromium, asked.server.url), Scales()  # each with a cache of its own
    scales.put_on(visitor.page)
    token = asked.tokens.pop()
    visitor.page.goto(f"/s/{token}?lang={tag}#remark")
    assert visitor.written_in[0] == tag
    visitor.page.evaluate(_HELP)
    visitor.page.locator("textarea").fill("Voorbeeld")
    assert len(scales.bytes_of) == 1, "the questions came in one request"
    assert scales.total <= FIRST, f"{tag}: {scales.total} bytes to the first question"
    send(visitor.page)
    expect_state(visitor.page, "stored")
    whole = scales.total + worker
    assert whole <= WHOLE, f"{tag}: {whole} bytes to the page that thanks"
    assert scales.encodings == {"br"}
    paths = [one.url.removeprefix(asked.server.url).split("?")[0] for one in scales.asked]
    assert sorted(paths) == sorted([f"/s/{token}", f"/s/{token}", WORKER])
    assert visitor.context.cookies() == []
    visitor.close()  # which fails when the policy forbade anything, or another host was asked


@pytest.mark.parametrize("encoding", ["gzip, deflate, br", "gzip"], ids=["today", "an older phone"])
def test_every_language_weighs_little(asked: Asking, chromium: Browser, encoding: str) -> None:
    first, port = Visitor(chromium, asked.server.url), asked.server.port
    first.page.goto(f"/s/{asked.tokens[-1]}")
    languages = languages_on_offer(first.page)
    first.close()
    assert len(languages) > 6, languages
    phone = {**PHONE, "Accept-Encoding": encoding}
    worker = len(exchange(port, request("GET", WORKER, phone)))
    version = version_of(body(port, request("GET", f"/s/{asked.tokens[-1]}", PHONE)))
    for tag in languages:
        token = asked.tokens.pop()
        questions = len(exchange(port, request("GET", f"/s/{token}?lang={tag}", phone)))
        assert questions <= FIRST, f"{tag}: {questions} bytes to the first question"
        thanks = exchange(port, post(token, version, tag, phone, welcome="no"))
        assert b"HTTP/1.1 200 " in thanks[:20]
        whole = questions + worker + len(thanks)
        assert whole <= WHOLE, f"{tag}: {whole} bytes to the page that thanks"
