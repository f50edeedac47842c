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


def _drive(port: int, connections: int, requests: Sequence[bytes]) -> float:
    waiting: Iterator[bytes] = iter(requests)
    with selectors.DefaultSelector() as selector:

        def begin(following: bytes, line: socket.socket | None = None, sent: int = 0) -> None:
            if line is None or sent >= _EACH:
                if line:
                    selector.unregister(line)
                    line.close()
                line, sent = socket.create_connection(("127.0.0.1", port), timeout=60), 0
                selector.register(line, selectors.EVENT_READ)
            selector.modify(line, selectors.EVENT_READ, (bytearray(), sent + 1))
            line.sendall(following)

        started = time.perf_counter()
        for _ in range(connections):
            begin(next(waiting))
        left = len(requests)
        while left:
            for key, _ in selector.select():
                line, (got, sent) = key.fileobj, key.data
                assert isinstance(line, socket.socket)
                got += line.recv(65536)
                if not whole(bytes(got)):
                    continue
                if not got.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(bytes(got[:200]).decode(errors="replace"))
                left -= 1
                if following := next(waiting, b""):
                    begin(following, line, sent)
        return time.perf_counter() - started


if __name__ == "__main__":
    print(_drive(int(sys.argv[1]), int(sys.argv[2]), pickle.load(sys.stdin.buffer)))
