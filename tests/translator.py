"""A real translation server on this machine that speaks the APIs of LibreTranslate and DeepL."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class TranslationServer:
    """What was asked (path, key, body), and what is answered: a status and a body, or a translation."""

    port: int = 0
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    answer: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def reply(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """As the two services answer: LibreTranslate knows a few languages only."""
        if self.answer is not None:
            return self.answer
        if path == "/translate":
            if body["source"] not in ("ar", "fa", "uk"):
                return 400, json.dumps({"error": f"{body['source']} is not supported"}).encode()
            return 200, json.dumps({"translatedText": f"Dutch: {body['q']}"}).encode()
        if path == "/v2/translate":
            found = [{"detected_source_language": "AR", "text": f"Dutch: {one}"} for one in body["text"]]
            return 200, json.dumps({"translations": found}).encode()
        return 404, b"{}"


@contextmanager
def translation_server() -> Iterator[TranslationServer]:
    """A server on a free port until the block ends."""
    made = TranslationServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append((self.path, self.headers.get("Authorization", ""), body))
            status, content = made.reply(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
