"""The respondent's page and answer beside a bare Flask route and a bare durable SQLite commit."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient

from feedback_app import create_app
from feedback_app.settings import Settings
from tests.benchmarks.figure import Figure, compare
from tests.databases import SECRET

ROUNDS = 200
COLUMNS = {
    "Dossiernummer": "VB-{0}",
    "Agentschap": "AgII",
    "Regio": "Kempen",
    "NIS-code": "",
    "Start traject": "2026-01-10",
    "Einde traject": "2026-03-10",
    "Aantal uren": "40",
    "Soort activiteit": "buddy",
    "Bron": "ikdoemee",
    "Organisatie": "Voorbeeld {0}",
    "KBO-nummer": "",
    "E-mail organisatie": "partner{0}@voorbeeld.example",
    "Contacttaal": "nl",
    "Gsm": "",
    "E-mail": "nieuwkomer{0}@voorbeeld.example",
    "Resultaat": "voltooid",
}
ANSWERS = {"experience": "4", "match": "2", "difficulties": ["hours", "too_far"], "welcome": "yes"}


class Installation:
    """A real installation in a folder of its own, made with the commands that staff use."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            "FEEDBACK_INSTANCE_DIR": str(folder),
            "FEEDBACK_DATABASE_URL": f"sqlite:///{folder / 'feedback.sqlite3'}",
            "FEEDBACK_SECRET_KEY": SECRET,
        }
        listing = folder / "voorbeeld.csv"
        with listing.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, delimiter=";")
            rows.writerow(COLUMNS)
            rows.writerows([value.format(n) for value in COLUMNS.values()] for n in range(ROUNDS + 50))
        self._run("db", "upgrade")
        self._run("wave", "open", "2026-H1")
        self._run("trajectories", "import", str(listing))

    def paths(self) -> list[str]:
        """The newcomers' links, without the host."""
        listed = json.loads(self._run("invitations", "list", "--wave", "2026-H1", "--json"))
        return [urlsplit(each["link"]).path for each in listed if each["audience"] == "newcomer"]

    def client(self) -> FlaskClient:
        """The same application, in this process."""
        return create_app(Settings.from_environment(self._environment)).test_client()

    def _run(self, *words: str) -> str:
        command = [Path(sys.executable).with_name("feedback-app"), *words]
        environment = {**os.environ, **self._environment}
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def bare_route() -> Callable[[], object]:
    """Flask by itself: one route, one word."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "ok")
    client = app.test_client()
    return lambda: client.get("/")


def bare_commit(folder: Path) -> Callable[[], object]:
    """SQLite by itself: one row, on disk before it returns."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE answers (value TEXT)")
    return lambda: connection.execute("INSERT INTO answers VALUES ('4')")


def figures() -> Iterator[Figure]:
    """A page shown, and an answer taken in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installation = Installation(folder)
        client, paths = installation.client(), installation.paths()
        yield compare(
            "GET /s/<token>, whole questionnaire",
            lambda: expect(client.get(paths[-1]).status_code),
            "bare Flask route",
            bare_route(),
            rounds=ROUNDS,
        )
        yield compare(
            "POST /s/<token>, answer on disk",
            lambda: expect(client.post(paths.pop(), data=ANSWERS).status_code),
            "bare SQLite commit (FULL)",
            bare_commit(folder),
            rounds=ROUNDS,
        )


def expect(status: int) -> None:
    """Refuse to measure an error page."""
    if status != 200:
        raise RuntimeError(f"the page answered {status}")
