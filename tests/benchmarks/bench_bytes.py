"""What a phone fetches in each language on offer, counted on the wire, and what that asks of the database."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from feedback_app.questionnaires.compiling import compile_catalogue
from tests.benchmarks.bench_pages import PHONE, body, post, version_of
from tests.benchmarks.figure import Budget
from tests.benchmarks.wire import exchange, request
from tests.databases import Databases
from tests.round_trips import RoundTrips
from tests.server import Server
from tests.world import Person, World


def figures() -> Iterator[Budget]:
    """Bytes and requests per language, then round trips on PostgreSQL."""
    for catalogue in sorted(Path("translations").glob("*/LC_MESSAGES/*.po")):
        compile_catalogue(catalogue)
    with tempfile.TemporaryDirectory() as name:
        databases = Databases(Path(name))
        try:
            with databases.migrated("sqlite") as url:
                yield from _bytes(url, Path(name))
            with databases.migrated("postgresql") as url:
                yield from _round_trips(url, Path(name))
        finally:
            databases.close()


def _bytes(url: str, folder: Path) -> Iterator[Budget]:
    world = World(url, folder, Path("translations"))
    offered = list(world.app.extensions["offered_languages"]())
    world.open([Person(partners=())] * len(offered))
    tokens = [link.token for link in world.links()]
    world.close()
    with Server(world.settings, workers=2) as server:
        for language, token in zip(offered, tokens, strict=True):
            path = f"/s/{token}?lang={language}"
            get = request("GET", path, PHONE)
            first = len(exchange(server.port, get))
            worker = len(exchange(server.port, request("GET", "/sw.js", PHONE)))
            last = len(exchange(server.port, post(token, version_of(body(server.port, get)), language)))
            yield Budget(f"{language}: to the first question, 1 request", first, "B", most=14_000)
            parts = f"page {first:,} + service worker {worker:,} + thanks {last:,}"
            yield Budget(
                f"{language}: to the thank-you page, 3 requests",
                first + worker + last,
                "B",
                most=20_000,
                made_of=parts,
            )


def _round_trips(url: str, folder: Path) -> Iterator[Budget]:
    with RoundTrips(url) as trips:
        world = World(trips.url, folder, Path("translations"))
        world.open([Person(partners=())] * 40)
        tokens = [link.token for link in world.links()]
        world.close()
        with Server(world.settings, workers=1) as server:
            get = request("GET", f"/s/{tokens[0]}", PHONE)
            version = version_of(body(server.port, get))
            for token in tokens[1:30]:  # the driver prepares what comes often: one message more, once
                exchange(server.port, get), exchange(server.port, post(token, version))
            before = trips.count
            for _ in range(10):
                exchange(server.port, get)
            looked = trips.count
            for token in tokens[30:]:
                exchange(server.port, post(token, version))
            yield Budget("postgresql: round trips for a GET", (looked - before) / 10, "", most=1)
            yield Budget(
                "postgresql: round trips for a POST with a remark", (trips.count - looked) / 10, "", most=4
            )
