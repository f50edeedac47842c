"""A light client in a process of its own: keeps a few connections open and sends requests made beforehand.

`python -m tests.benchmarks.wire PORT CONNECTIONS` reads pickled requests and prints the seconds they took.
"""

import pickle
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

CONNECTIONS = 8
#: requests on one connection before it is opened anew: a phone sends few, and so each worker gets its share
_EACH = 10


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as bytes."""
    length = {"Content-Length": str(len(body))} if method == "POST" else {}
    lines = [
        f"{method} {path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in {**headers, **length}.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def rate(port: int, requests: Sequence[bytes]) -> float:
    """Requests a second that a server on this port answers with 200; RuntimeError when it refuses one."""
    command = [sys.executable, "-m", "tests.benchmarks.wire", str(port), str(CONNECTIONS)]
    done = subprocess.run(command, input=pickle.dumps(list(requests)), stdout=subprocess.PIPE, check=True)
    return len(requests) / float(done.stdout)


def exchange(port: int, sent: bytes) -> bytes:
    """The whole answer to one request: status line, headers and body as they came over the wire."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(sent)
        got = b""
        while not whole(got):
            got += line.recv(65536)
    return got


def whole(got: bytes) -> bool:
    """Whether this is a complete answer with a length."""
    head, found, body = got.partition(b"\r\n\r\n")
    if not found:
        return False
    start = head.lower().index(b"content-length:") + 15
    return len(body) >= int(head[start:].split(b"\r\n", 1)[0])


class _Drive:
    """Requests on a few connections at once, until each was answered."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.port = port
        self.waiting: Iterator[bytes] = iter(requests)
        self.left = len(requests)
        self.selector = selectors.DefaultSelector()

    def run(self, connections: int) -> float:
        """Seconds that all of them took."""
        with self.selector:
            started = time.perf_counter()
            for _ in range(connections):
                self._begin(next(self.waiting))
            while self.left:
                for key, _ in self.selector.select():
                    self._hear(key)
            return time.perf_counter() - started

    def _begin(self, asked: bytes, line: socket.socket | None = None, sent: int = 0) -> None:
        if line and sent >= _EACH:
            self._end(line)
            line = None
        if line is None:
            line, sent = socket.create_connection(("127.0.0.1", self.port), timeout=60), 0
            self.selector.register(line, selectors.EVENT_READ)
        self.selector.modify(line, selectors.EVENT_READ, (asked, bytearray(), sent + 1))
        line.sendall(asked)

    def _end(self, line: socket.socket) -> None:
        self.selector.unregister(line)
        line.close()

    def _hear(self, key: selectors.SelectorKey) -> None:
        line, (asked, got, sent) = key.fileobj, key.data
        assert isinstance(line, socket.socket)
        came = line.recv(65536)
        got += came
        if not came and got:
            raise RuntimeError("the server ended an answer in the middle")
        if not came:  # a line on which nothing was said for a while is let go, and a phone asks again
            self._begin(asked, line, _EACH)
        elif whole(bytes(got)):
            self._answered(line, got, sent)

    def _answered(self, line: socket.socket, got: bytearray, sent: int) -> None:
        if not got.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(bytes(got[:200]).decode(errors="replace"))
        self.left -= 1
        if following := next(self.waiting, b""):
            self._begin(following, line, sent)
        else:
            self._end(line)


if __name__ == "__main__":
    print(_Drive(int(sys.argv[1]), pickle.load(sys.stdin.buffer)).run(int(sys.argv[2])))
