"""A line between a browser and a server of this machine that can go wrong in the middle of an answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

#: what belongs to one connection, and is not passed on
_OWN = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Reply:
    """What comes back over the line."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


class Exchange:
    """One request on its way: `send` brings it to the server, `reply` waits for what the server says."""

    def __init__(self, port: int, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self._server = HTTPConnection("127.0.0.1", port, timeout=60)
        self._request = (method, path, body, headers)

    def send(self, *, half: bool = False) -> None:
        """Bring the request to the server, or all of its head and half of its body."""
        method, path, body, headers = self._request
        self._server.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            self._server.putheader(name, value)
        self._server.endheaders(body[: len(body) // 2] if half else body)

    def reply(self) -> Reply:
        """What the server says."""
        answer = self._server.getresponse()
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in _OWN)
        return Reply(answer.status, answer.read(), kept)

    def pass_on(self) -> Reply:
        """Bring the request to the server and wait for what it says."""
        self.send()
        return self.reply()

    def close(self) -> None:
        """Let go of the line to the server."""
        self._server.close()


#: what happens to a request on the way; None: the line is dead
Trouble = Callable[[Exchange], Reply | None]


class Proxy:
    """Passes requests on to a port of this machine; where nobody listens there it says 502, as proxies do."""

    def __init__(self, port: int) -> None:
        self._trouble: tuple[Trouble, str] | None = None
        self._met = threading.Event()
        self._listening = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(port))
        self.url = f"http://127.0.0.1:{self._listening.server_port}"

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._listening.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.shutdown()
        self._listening.server_close()

    @contextmanager
    def trouble(self, happens: Trouble, method: str = "POST") -> Iterator[threading.Event]:
        """For as long as the block runs, let this happen to requests; the event says that it happened."""
        self._met = threading.Event()
        self._trouble = (happens, method)
        try:
            yield self._met
        finally:
            self._trouble = None

    def _handler(self, port: int) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                exchange = Exchange(port, self.command, self.path, dict(self.headers), body)
                self.close_connection = True
                if reply := proxy.carry(exchange, self.command):
                    self._answer(reply)

            def _answer(self, reply: Reply) -> None:
                self.send_response_only(reply.status)
                for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                    self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing: the paths hold tokens."""

        return Handler

    def carry(self, exchange: Exchange, method: str) -> Reply | None:
        """Bring one request over, through the trouble there is."""
        happens, for_method = self._trouble or (None, "")
        met = self._met
        try:
            if happens and for_method in (method, "*"):
                reply = happens(exchange)
                met.set()
                return reply
            return exchange.pass_on()
        except (OSError, HTTPException):
            return Reply(502, b"<!doctype html><title>502</title><h1>502 Bad Gateway</h1>")
        finally:
            exchange.close()


def dead(_exchange: Exchange) -> None:
    """The line is dead: nothing reaches the server."""


def broken(exchange: Exchange) -> None:
    """The line breaks when half of the answers are through."""
    exchange.send(half=True)


def deaf(exchange: Exchange) -> None:
    """The server answers, but the line breaks before anybody hears it."""
    exchange.pass_on()


def says(reply: Reply) -> Trouble:
    """Somebody between says this instead of the server."""
    return lambda _exchange: reply
