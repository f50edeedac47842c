"""Keeps the tests on this machine: any connection or name look-up that would leave it fails the test."""

import ipaddress
import socket
import sys


class LeftTheMachine(RuntimeError):
    """A test tried to reach something other than this machine."""


def forbid_the_network() -> None:
    """Refuse, for the rest of this process, every address that is not loopback or a local socket."""
    sys.addaudithook(_check)


def _check(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto"):
        connection, address = arguments
        if isinstance(connection, socket.socket) and connection.family != socket.AF_UNIX:
            _refuse_unless_local(address[0] if isinstance(address, tuple) else address)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        _refuse_unless_local(arguments[0])


def _refuse_unless_local(host: object) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in (None, "", "localhost", "0.0.0.0", "::"):
        return
    try:
        local = ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        local = False
    if not local:
        raise LeftTheMachine(f"tests talk to this machine only, not to {name!r}")
