"""How often one address may leave a contact or try a link: in this process's memory and nowhere else."""

import hmac
import secrets
import time
from collections import Counter
from threading import Lock

from flask import Flask, current_app

from feedback_app.web.network import network

#: a class of thirty on one network, each of them twice; a program that fills the list needs days
MOST = 60
SECONDS = 600
_ADDRESSES = 10_000
_KEY, _UNKNOWN = "focus_throttle", "unknown_links"
#: links that do not exist: thirty people who mistype theirs ten times each; a guess needs 2¹²⁸
MOST_UNKNOWN = 300


class Throttle:
    """Lets so many through for each address in a window of time; addresses are hashed with a passing key."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._lock = Lock()
        self._begin()

    def lets_in(self, address: str) -> bool:
        """Count one more from this address; whether it is not too many."""
        with self._lock:
            if time.monotonic() >= self._ends or len(self._seen) >= _ADDRESSES:
                self._begin()
            self._seen[self._hashed(address)] += 1
            return self._seen[self._hashed(address)] <= self._most

    def _begin(self) -> None:
        self._seen: Counter[bytes] = Counter()
        self._secret = secrets.token_bytes(32)
        self._ends = time.monotonic() + self._seconds

    def _hashed(self, address: str) -> bytes:
        return hmac.digest(self._secret, network(address).encode("utf-8"), "sha256")


def init_throttle(app: Flask) -> None:
    """Give the application its counters."""
    app.extensions[_KEY] = Throttle()
    app.extensions[_UNKNOWN] = Throttle(MOST_UNKNOWN)


def unknown_links() -> Throttle:
    """The current application's counter of links that do not exist."""
    found: Throttle = current_app.extensions[_UNKNOWN]
    return found


def throttle() -> Throttle:
    """The current application's counter of who leaves a contact."""
    found: Throttle = current_app.extensions[_KEY]
    return found
