"""Where a webhook may lead: to the open internet over TLS, never into our own network unless that is allowed.

The name is looked up once, every address behind it is looked at, and the line goes to the very address that
was looked at: a name that means something else a moment later leads nowhere. Redirects are not followed.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

LONGEST = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: what networks of their own were numbered with before fc00::/7 (RFC 3879)
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetRefused(ValueError):
    """An address cannot be told anything; `reason` is url, https, unknown or private."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """An address that was looked at: its URL, and the one place behind its name that is connected to."""

    parts: SplitResult = field(repr=False)  # an address can hold its receiver's key
    place: str
    port: int

    @property
    def path(self) -> str:
        """What is asked for there."""
        return (self.parts.path or "/") + (f"?{self.parts.query}" if self.parts.query else "")


def look_at(url: str, allowed: Sequence[str]) -> Target:
    """Look a URL's name up now; TargetRefused unless all behind it may be told something.

    `allowed` are private networks that may be, and that may be without TLS.
    """
    parts, port = _parts(url)
    networks = [ipaddress.ip_network(one) for one in allowed]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetRefused("unknown") from None
    places = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    own = [any(_plain(place) in network for network in networks) for place in places]
    if not places or not all(mine or _is_open(place) for mine, place in zip(own, places, strict=True)):
        raise TargetRefused("private")
    if parts.scheme != "https" and not all(own):
        raise TargetRefused("https")
    return Target(parts, str(places[0]), port)


def check_url(url: str, allowed: Sequence[str]) -> None:
    """TargetRefused for what can never be told anything, whatever its name means today."""
    parts, _port = _parts(url)
    if parts.scheme != "https" and not allowed:
        raise TargetRefused("https")


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise TargetRefused("url") from None
    plain = len(url) <= LONGEST and url.isascii() and not any(one <= " " or one == "\x7f" for one in url)
    if not plain or parts.scheme not in ("https", "http") or not parts.hostname:
        raise TargetRefused("url")
    if parts.username is not None or parts.password is not None or parts.fragment or "\\" in url:
        raise TargetRefused("url")
    return parts, port


def _plain(place: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, in whichever of the known ways."""
    if isinstance(place, ipaddress.IPv4Address):
        return place
    if place in _NAT64:
        return ipaddress.IPv4Address(int(place) & 0xFFFFFFFF)
    return place.ipv4_mapped or place.sixtofour or (place.teredo[1] if place.teredo else place)


def _is_open(place: Address) -> bool:
    """Whether an address is one of the open internet: not private, loopback, link-local or of a group."""
    plain = _plain(place)
    inside = plain.is_multicast or plain.is_reserved or plain in _SITE_LOCAL
    return plain.is_global and not inside
