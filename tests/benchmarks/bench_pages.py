"""The respondent's page and answer, served by two workers, beside bare Flask under the same gunicorn.

Once on SQLite, once on PostgreSQL. Nothing in between is taken away: real sockets, real commits to the disk.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import brotli
import psycopg
import sqlalchemy as sa

from feedback_app.database import db
from feedback_app.responses.models import Response
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
#: the same, to the bare application, whose answer to it is as long as our thanks
BARE_GET = request("GET", "/page", PHONE)
BARE_POST = request(
    "POST", "/store", {**PHONE, **FORM}, urlencode({**ANSWERS, "version": "0" * 64}, doseq=True).encode()
)
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
    world.open([Person(partners=())] * (POSTS * ROUNDS + 4))
    tokens = iter([link.token for link in world.links()])
    yield from _statements(kind, world, [next(tokens) for _ in range(2)])
    if kind == "postgresql":
        with psycopg.connect(url.replace("+psycopg", "")) as line:
            line.execute("CREATE TABLE bare_answers (value TEXT)")
    with Server(world.settings, workers=2) as ours:
        get = request("GET", f"/s/{next(tokens)}", PHONE)
        page = body(ours.port, get)
        version = version_of(page)
        thanks = body(ours.port, post(next(tokens), version))
        with Bare(
            folder, page, thanks, url if kind == "postgresql" else str(folder / "bare.sqlite3")
        ) as bare:
            rate(ours.port, [get] * 200), rate(bare.port, [BARE_GET] * 200)
            before = _resident(ours.pid)
            yield share(
                f"{kind}: GET /s/<token> ÷ bare Flask, same bytes",
                lambda: rate(ours.port, [get] * GETS),
                lambda: rate(bare.port, [BARE_GET] * GETS),
                rounds=ROUNDS,
                least=0.60,
            )
            yield share(
                f"{kind}: POST, on disk ÷ bare Flask, insert + commit",
                lambda: rate(ours.port, [post(one, version) for one in islice(tokens, POSTS)]),
                lambda: rate(bare.port, [BARE_POST] * POSTS),
                rounds=ROUNDS,
                least=0.45,
            )
        yield from _memory(kind, ours.pid, before)
    stored, sent = len(world.rows(Response)), POSTS * ROUNDS + 3
    world.close()
    if stored != sent:
        raise RuntimeError(
            f"{sent:,} answers were sent and {stored:,} are stored: the rates are worth nothing"
        )


def _statements(kind: str, world: World, tokens: Sequence[str]) -> Iterator[Budget]:
    """What one look and one answer with a remark ask of the database, once a process knows the page."""
    heard: list[str] = []
    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *what: heard.append(what[2]))
    first, second = (f"/s/{token}?lang=nl" for token in tokens)
    version = re.search(r'name="version" value="(\w+)"', world.client.get(first).text)
    assert version
    answer = {**ANSWERS, "version": version[1]}
    world.client.post(first, data=answer)
    for name, most, ask in (
        ("GET", 1, lambda: world.client.get(second)),
        ("POST", 4, lambda: world.client.post(second, data=answer)),
    ):
        heard.clear()
        ask()
        yield Budget(f"{kind}: SQL statements of a {name}", len(heard), "", most=most)


def body(port: int, sent: bytes) -> bytes:
    """What is answered to one request, without its head."""
    return exchange(port, sent).partition(b"\r\n\r\n")[2]


def version_of(page: bytes) -> str:
    """What a page says it asks, which it sends along with the answers."""
    found = re.search(rb'name="version" value="(\w+)"', brotli.decompress(page))
    assert found
    return found[1].decode()


def post(
    token: str, version: str, language: str = "nl", phone: Mapping[str, str] = PHONE, **answers: str
) -> bytes:
    """Somebody's whole answer, with a remark, as the page sends it."""
    fields = {**ANSWERS, **answers, "version": version, "response_id": str(uuid4())}
    filled_in = urlencode(fields, doseq=True).encode()
    return request("POST", f"/s/{token}?lang={language}", {**phone, **FORM}, filled_in)


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
