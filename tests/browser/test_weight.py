"""What a phone fetches with an empty cache, in every language on offer, counted by the browser, headers and all.

One request and 14,000 bytes to the first question; three and 20,000 to the page that says thanks.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.browser.asking import Asking, asking, expect_state, languages_on_offer, send
from tests.browser.visitor import Visitor
from tests.databases import Databases
from tests.server import Server

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
    with asking(databases, tmp_path_factory.mktemp("weight"), real_catalogues) as made:
        yield made


def test_what_a_phone_fetches(asked: Asking, chromium: Browser) -> None:
    first = Visitor(chromium, asked.server.url)
    first.page.goto(f"/s/{asked.tokens[-1]}")
    languages = languages_on_offer(first.page)
    first.close()
    assert len(languages) > 6, languages
    worker = over_the_wire(asked.server, WORKER, "gzip, br")
    for tag in languages:
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


def test_an_older_phone_without_brotli(asked: Asking, chromium: Browser) -> None:
    first = Visitor(chromium, asked.server.url)
    token = asked.tokens.pop()
    first.page.goto(f"/s/{token}")
    for tag in languages_on_offer(first.page):
        weight = over_the_wire(asked.server, f"/s/{token}?lang={tag}", "gzip")
        assert weight <= FIRST, f"{tag}: {weight} bytes"
    first.close()


def over_the_wire(server: Server, path: str, encodings: str) -> int:
    """The bytes of one answer, headers and all."""
    asking_for = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: {encodings}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(asking_for.encode())
        reply = b""
        while part := line.recv(65536):
            reply += part
    assert reply.startswith(b"HTTP/1.1 200 ")
    return len(reply)
