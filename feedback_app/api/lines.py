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
    cut = threading.Timer(SECONDS, _cut, [line])
    cut.daemon = True
    cut.start()
    try:
        if target.parts.scheme == "https":
            # TLS takes the socket over, so that is what is cut from then on, while hands are shaken too
            line.sock = ssl.create_default_context().wrap_socket(
                line.sock, server_hostname=host, do_handshake_on_connect=False
            )
            line.sock.do_handshake()
        yield line
    finally:
        cut.cancel()
        line.close()


def _cut(line: http.client.HTTPConnection) -> None:
    try:
        # not TLS's own way: that would let go of what another thread is reading from
        socket.socket.shutdown(line.sock, socket.SHUT_RDWR)
    except (OSError, TypeError):  # closed, or gone
        return
