"""A line to where a webhook leads: to the very place that was looked at, and not for long."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from feedback_app.api.targets import Target

SECONDS = 10.0


@contextmanager
def line_to(target: Target) -> Iterator[http.client.HTTPConnection]:
    """A line to the place that was looked at; it is cut after some seconds, however slowly one answers."""
    host = target.parts.hostname or ""
    line = http.client.HTTPConnection(host, target.port, timeout=SECONDS)
    line.sock = socket.create_connection((target.place, target.port), timeout=SECONDS)
    cut = threading.Timer(SECONDS, _cut, [line.sock])
    cut.daemon = True
    cut.start()
    try:
        if target.parts.scheme == "https":
            line.sock = ssl.create_default_context().wrap_socket(line.sock, server_hostname=host)
        yield line
    finally:
        cut.cancel()
        line.close()


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
