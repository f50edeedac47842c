"""The respondent's page and answer, served by two workers, beside bare Flask under the same gunicorn.

Once on SQLite, once on PostgreSQL. Nothing in between is taken away: real sockets, real commits to the disk.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import psycopg

from tests.benchmarks.bare import Bare
from tests.benchmarks.figure import Budget, share
from tests.benchmarks.wire import exchange, rate, request
from tests.databases import Databases
from tests.postgres import Cluster
from tests.server import Server
from tests.world import Person, World

ROUNDS, GETS, POSTS = 7, 2000, 1000
PHONE = {
    "Host": "127.0.0.1",
    "User-Agent": "Mozilla/5.0 (Linux; Android 9) voorbeeld",
    "Accept": "text/html",
    "Accept-Language": "nl,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ANSWERS = {
    "experience": "4",
    "match": "2",
    "difficulties": ["hours", "too_far"],
    "informed": "yes",
    "support": "yes",
    "dutch": "much",
    "contacts": "still",
    "welcome": "yes",
    "remark": "Voorbeeld: ik leerde veel mensen kennen.",
}
#: what only the worker and the command line may load, as it shows among the files of a process
_HEAVY = re.compile(r"scipy|statsmodels|libpango|weasyprint")


def figures() -> Iterator[Budget]:
    """Rates, and memory after many requests, on both databases."""
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as name, _database(kind, Path(name)) as url:
            yield from _measured(kind, url, Path(name))


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    databases = Databases(folder, Cluster(durable=True) if kind == "postgresql" else None)
    try:
        with databases.migrated(kind) as url:
            yield url
    finally:
        databases.close()


def _measured(kind: str, url: str, folder: Path) -> Iterator[Budget]:
    world = World(url, folder, Path("translations"))
    world.open([Person(partners=())] * (POSTS * (ROUNDS + 1)))
    tokens = iter([link.token for link in world.links()])
    world.close()
    token = next(tokens)
    get = request("GET", f"/s/{token}", PHONE)
    if kind == "postgresql":
        with psycopg.connect(url.replace("+psycopg", "")) as line:
            line.execute("CREATE TABLE bare_answers (value TEXT)")
    with Server(world.settings, workers=2) as ours:
        page = exchange(ours.port, get).partition(b"\r\n\r\n")[2]
        version = _version(ours.port, token)
        with Bare(folder, page, url if kind == "postgresql" else str(folder / "bare.sqlite3")) as bare:
            rate(ours.port, [get] * 200), rate(bare.port, [request("GET", "/page", PHONE)] * 200)
            before = _resident(ours.pid)
            yield share(
                f"{kind}: GET /s/<token> ÷ bare Flask, same bytes",
                lambda: rate(ours.port, [get] * GETS),
                lambda: rate(bare.port, [request("GET", "/page", PHONE)] * GETS),
                rounds=ROUNDS,
                least=0.60,
            )
            yield share(
                f"{kind}: POST, on disk ÷ bare Flask, insert + commit",
                lambda: rate(ours.port, [post(f"/s/{one}?lang=nl", version=version) for one in islice(tokens, POSTS)]),
                lambda: rate(bare.port, [post("/store")] * POSTS),
                rounds=ROUNDS,
                least=0.45,
            )
        yield from _memory(kind, ours.pid, before)


def _version(port: int, token: str) -> str:
    """What the page says it asks, which it sends along with the answers."""
    plain = exchange(port, request("GET", f"/s/{token}", {**PHONE, "Accept-Encoding": "identity"}))
    found = re.search(rb'name="version" value="(\w+)"', plain)
    assert found
    return found[1].decode()


def post(path: str, **more: str) -> bytes:
    """Somebody's whole answer, with a remark."""
    body = urlencode({**ANSWERS, **more, "response_id": str(uuid4())}, doseq=True).encode()
    return request("POST", path, {**PHONE, **FORM}, body)


def _memory(kind: str, pid: int, before: int) -> Iterator[Budget]:
    after = _resident(pid)
    served = ROUNDS * (GETS + POSTS) // 2
    grown = f"{before} MB after 100, {after} MB after about {served:,} requests a worker"
    yield Budget(f"{kind}: memory of a worker", after, "MB", most=90, made_of=grown)
    files = "".join(Path(f"/proc/{one}/maps").read_text() for one in _workers(pid))
    found = sorted(set(_HEAVY.findall(files)))
    yield Budget(
        f"{kind}: libraries that only jobs need",
        len(found),
        "",
        most=0,
        made_of=" ".join(found) or "none loaded",
    )


def _workers(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident(pid: int) -> int:
    """Megabytes (10⁶ bytes) of the larger worker, shared pages counted as its own."""
    lines = (Path(f"/proc/{one}/status").read_text() for one in _workers(pid))
    return max(int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024 // 10**6 for text in lines)  # type: ignore[index]
