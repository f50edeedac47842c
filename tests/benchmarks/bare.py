"""What we are measured beside: Flask by itself under the same gunicorn, one route that answers, one that stores.

`python -m tests.benchmarks.bare PORT PAGE THANKS DATABASE`: PAGE and THANKS are files with the bytes to answer to a
GET and a POST, DATABASE the path of a SQLite file or the address of a PostgreSQL database.
"""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from urllib.request import urlopen

import psycopg
from flask import Flask, Response

from feedback_app.server import Gunicorn
from tests.server import free_port


class Bare:
    """The bare application, served by two workers until the block ends."""

    def __init__(self, folder: Path, page: bytes, thanks: bytes, database: str) -> None:
        self.port = free_port()
        self._page, self._thanks = folder / "page", folder / "thanks"
        self._page.write_bytes(page), self._thanks.write_bytes(thanks)
        self._database = database

    def __enter__(self) -> "Bare":
        files = self._page, self._thanks
        command = [sys.executable, "-m", "tests.benchmarks.bare", str(self.port), *files, self._database]
        self._process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *command])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urlopen(f"http://127.0.0.1:{self.port}/page", timeout=5).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the bare application did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()


def _application(page: bytes, thanks: bytes, store: Callable[[], object]) -> Flask:
    app = Flask("bare")
    app.add_url_rule("/page", view_func=lambda: Response(page))

    def stored() -> Response:
        store()
        return Response(thanks)

    app.add_url_rule("/store", view_func=stored, methods=["POST"])
    return app


def _sqlite(path: str) -> Callable[[], object]:
    """One row in one transaction, on disk when it returns; a connection for each thread."""
    mine = threading.local()
    with closing(sqlite3.connect(path)) as first:
        first.execute("PRAGMA journal_mode=WAL")
        first.execute("CREATE TABLE IF NOT EXISTS answers (value TEXT)")

    def store() -> None:
        if not hasattr(mine, "line"):
            mine.line = sqlite3.connect(path, timeout=30)
            mine.line.execute("PRAGMA synchronous=FULL")
        mine.line.execute("INSERT INTO answers VALUES ('4')")
        mine.line.commit()

    return store


def _postgresql(address: str) -> Callable[[], object]:
    """The same with psycopg."""
    mine = threading.local()

    def store() -> None:
        if not hasattr(mine, "line"):
            mine.line = psycopg.connect(address.replace("+psycopg", ""))
        mine.line.execute("INSERT INTO bare_answers VALUES ('4')")
        mine.line.commit()

    return store


if __name__ == "__main__":
    port, page, thanks, database = sys.argv[1:]
    store = _postgresql(database) if "://" in database else _sqlite(database)
    application = _application(Path(page).read_bytes(), Path(thanks).read_bytes(), store)
    Gunicorn(application, f"127.0.0.1:{port}", workers=2, threads=4).run()
