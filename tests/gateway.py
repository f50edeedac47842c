"""A real text message gateway on this machine: takes requests, and answers as a test wants."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

TEMPLATE = json.dumps(
    {
        "headers": {"Authorization": "Bearer voorbeeldsleutel"},
        "json": {"to": ["{to}"], "body": "{text}", "reference": "{key}"},
        "timeout": 0.5,
    }
)


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> Any:
        """What its body says."""
        kind = self.headers["Content-Type"]
        return json.loads(self.body) if kind == "application/json" else dict(parse_qsl(self.body.decode()))


@dataclass
class Gateway:
    """What came in, and what is answered: a status with headers, `close`, `hang` or `drip`; the last one stays."""

    answers: list[tuple[int, dict[str, str]] | str] = field(default_factory=lambda: [(202, {})])
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    server: ThreadingHTTPServer | None = None

    def tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        assert self.server is not None
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    @property
    def url(self) -> str:
        """Where messages are handed over."""
        return f"http://127.0.0.1:{self.port}/berichten?versie=2"

    def note(self, handler: BaseHTTPRequestHandler) -> None:
        """Note a request: from here on it counts as taken."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        self.requests.append(Request(handler.command, handler.path, dict(handler.headers.items()), body))

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Note a request and answer it."""
        self.note(handler)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        handler.close_connection = True
        if answer == "hang":
            self.over.wait(timeout=30)
        if answer == "drip":
            self._drip(handler)
            return
        if isinstance(answer, str):
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        status, headers = answer
        handler.send_response(status)
        for name, value in {"Content-Length": "2", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(b"ok")

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer that it was taken, one sign after the other: each comes soon, all of them take four seconds."""
        with suppress(OSError):
            for sign in b"HTTP/1.1 204 No Content\r\n\r\n":
                self.over.wait(timeout=0.15)
                handler.wfile.write(bytes([sign]))


@contextmanager
def gateway(port: int = 0) -> Iterator[Gateway]:
    """A gateway on a free port until the block ends."""
    made = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.take(self)

        do_PUT = do_POST  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    made.port, made.server = server.server_address[1], server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
