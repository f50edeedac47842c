"""Many phones in a process of its own: opens links, changes language, answers, and says what came back.

`main` reads pickled visits and writes a pickled outcome. With its second argument 0 each
visit has its time, and each request a connection of its own, as a proxy makes them; with 1 they come one after the
other, each request some time after the one before (`_APART`): who asks without a pause keeps a service busy and its
processor warm. Else so many visits go on at once, each as fast as it is answered and on one connection.

It shares the processors with what it measures, so it does little: a page that came before is known by its bytes and
unpacked once.
"""

import asyncio
import gc
import pickle
import re
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlencode

import brotli

from tests.benchmarks.wire import request

#: what is asked of the service, as figures call it
LOOK, CHANGE, ANSWER, SCRIPT = "link opened", "language changed", "answer sent", "script of the outbox"
#: seconds after which a phone gives up
_PATIENCE = 60.0
#: seconds between two requests while nothing else happens
_APART = 0.05
_MAIN = "from tests.benchmarks.crowd import main; main()"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_HEAD = re.compile(rb"HTTP/1\.1 (\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ENCODING = re.compile(rb"\r\ncontent-encoding: *(\w+)", re.IGNORECASE)
_VERSION = re.compile(rb'name="version" value="(\w+)"')
_ACTION = re.compile(rb'action="(\?lang=[\w-]+)"')
_STATE = re.compile(rb'data-state="(\w+)"')


@dataclass(frozen=True)
class Visit:
    """One respondent: when they open their link, for how long they read, and what they send.

    `response_id` is empty on a phone without script. `other`: the tag of the language they change to, or "".
    `again`: they send their answer twice, as a phone does that lost the thanks on the way.
    """

    number: int
    token: str
    tag: str
    fields: tuple[tuple[str, str], ...]
    response_id: str
    other: str = ""
    again: bool = False
    at: float = 0.0
    think: float = 0.0


@dataclass
class Outcome:
    """What a crowd saw: seconds of each page by its kind, what went wrong, and the numbers of whom was thanked."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    #: when each of these was asked for, by `time.perf_counter`
    began: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    thanked: list[int] = field(default_factory=list)
    took: float = 0.0
    #: the most that the crowd itself came late with a visit
    late: float = 0.0


class Wrong(Exception):
    """An answer that nobody should get."""


@dataclass(frozen=True)
class Page:
    """What a phone reads of a page: which questionnaire it asks, where its form goes, what it says became of it."""

    version: str
    action: str
    state: str


class Crowd:
    """Visitors of one server."""

    def __init__(self, port: int, at_once: int) -> None:
        self._port, self._at_once = port, at_once
        self.outcome = Outcome()
        self._began = 0.0

    async def run(self, visits: Sequence[Visit]) -> Outcome:
        """All visits, to their end."""
        self._began = time.perf_counter()
        if self._at_once:
            waiting = iter(visits)
            await asyncio.gather(*(self._one_by_one(waiting) for _ in range(self._at_once)))
        else:
            await asyncio.gather(*(self._in_time(visit) for visit in visits))
        self.outcome.took = time.perf_counter() - self._began
        return self.outcome

    async def _one_by_one(self, waiting: Iterator[Visit]) -> None:
        for visit in waiting:
            await self._visit(visit, _Line(self._port, keep=self._at_once > 1))

    async def _in_time(self, visit: Visit) -> None:
        await asyncio.sleep(self._began + visit.at - time.perf_counter())
        self.outcome.late = max(self.outcome.late, time.perf_counter() - self._began - visit.at)
        await self._visit(visit, _Line(self._port, keep=False))

    async def _visit(self, visit: Visit, line: "_Line") -> None:
        try:
            async with asyncio.timeout(_PATIENCE + visit.think):
                await self._walk(visit, line)
        except (OSError, EOFError, TimeoutError, Wrong) as error:
            self.outcome.faults.append(f"{type(error).__name__} {error}")
        finally:
            line.close()

    async def _walk(self, visit: Visit, line: "_Line") -> None:
        phone = {
            "Host": "127.0.0.1",
            "User-Agent": "Mozilla/5.0 (Linux; Android 9) voorbeeld",
            "Accept-Language": visit.tag,
            "Accept-Encoding": "gzip, deflate, br",
        }
        path, script = f"/s/{visit.token}", bool(visit.response_id)
        page = await self._page(LOOK, line, request("GET", path, phone))
        if script:
            await self._timed(SCRIPT, line, request("GET", "/sw.js", phone))
        if visit.other and script:
            page = await self._page(LOOK, line, request("GET", f"{path}?lang={visit.other}", phone))
        elif visit.other:
            body = urlencode((*visit.fields[:1], ("version", page.version), ("lang", visit.other)))
            sent = request("POST", path + page.action, {**phone, **_FORM}, body.encode())
            page = await self._page(CHANGE, line, sent)
        if visit.think and not self._at_once:
            await asyncio.sleep(visit.think)
        kept = (("response_id", visit.response_id), ("version", page.version))
        sent = request(
            "POST", path + page.action, {**phone, **_FORM}, urlencode(kept + visit.fields).encode()
        )
        await self._page(ANSWER, line, sent, "stored")
        self.outcome.thanked.append(visit.number)
        if visit.again:  # without script nothing tells that it is the same answer: the link is used
            await self._page(ANSWER, line, sent, "stored" if script else "used")

    async def _page(self, kind: str, line: "_Line", sent: bytes, state: str = "") -> Page:
        """A page that asks, or one that says this became of the answer; Wrong for any other."""
        head, body = await self._timed(kind, line, sent)
        encoding = _ENCODING.search(head)
        page = _read(body, encoding[1] if encoding else b"")
        if page.state != state or not (state or (page.version and page.action)):
            raise Wrong(f"{kind}: “{page.state}” instead of “{state}”")
        return page

    async def _timed(self, kind: str, line: "_Line", sent: bytes) -> tuple[bytes, bytes]:
        if self._at_once == 1:
            await asyncio.sleep(_APART)
        began = time.perf_counter()
        head, body = await line.exchange(sent)
        self.outcome.seconds.setdefault(kind, []).append(time.perf_counter() - began)
        self.outcome.began.setdefault(kind, []).append(began)
        status = _HEAD.match(head)
        if status is None or status[1] != b"200":
            raise Wrong(f"{kind}: {head[:40].decode(errors='replace')}")
        return head, body


class _Line:
    """The connection of one visit; a new one for each request unless it is kept.

    On one's own machine connecting takes no waiting, and what a stream does around each exchange would be counted
    as the service's.
    """

    def __init__(self, port: int, *, keep: bool) -> None:
        self._port, self._keep = port, keep
        self._socket: socket.socket | None = None

    async def exchange(self, sent: bytes) -> tuple[bytes, bytes]:
        """Head and body of what is answered."""
        loop = asyncio.get_running_loop()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
            self._socket.setblocking(False)
        await loop.sock_sendall(self._socket, sent)
        got, most = b"", 1
        while len(got) < most:
            came = await loop.sock_recv(self._socket, 65536)
            if not came:
                raise EOFError
            got += came
            head, ended, _body = got.partition(b"\r\n\r\n")
            most = len(head) + 4 + _length(head) if ended else len(got) + 1
        if not self._keep:
            self.close()
        return head, got[len(head) + 4 :]

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    if found is None:
        raise Wrong("an answer without its length")
    return int(found[1])


@lru_cache(maxsize=4096)
def _read(body: bytes, encoding: bytes) -> Page:
    """The same bytes are read once: hundreds of phones get one page."""
    if encoding == b"br":
        body = brotli.decompress(body)
    elif encoding == b"gzip":
        body = zlib.decompress(body, wbits=31)
    found = (one.search(body) for one in (_VERSION, _ACTION, _STATE))
    return Page(*(one[1].decode() if one else "" for one in found))


def gather(port: int, visits: Sequence[Visit], at_once: int = 0) -> Outcome:
    """Let a crowd come, from a process of its own, and wait until all have gone."""
    command = [sys.executable, "-c", _MAIN, str(port), str(at_once)]
    done = subprocess.run(command, input=pickle.dumps(list(visits)), stdout=subprocess.PIPE, check=True)
    outcome: Outcome = pickle.loads(done.stdout)
    return outcome


def main() -> None:
    """What the process of a crowd does: a server's port and how many come at once are its arguments."""
    visits = pickle.load(sys.stdin.buffer)
    gc.disable()  # a pause of ours would look like one of the service
    outcome = asyncio.run(Crowd(int(sys.argv[1]), int(sys.argv[2])).run(visits))
    sys.stdout.buffer.write(pickle.dumps(outcome))
