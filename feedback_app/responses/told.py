"""What was told back, for the page that thanks: the newest approved texts, whole, within a budget of bytes.

Each process reads them at most once a minute per language, whoever comes, and keeps them in memory. So what
is released or withdrawn shows within a minute everywhere, and a visit weighs the same for everybody.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from feedback_app.web.packing import GZIP, pack

#: the newest two: the rest is one tap away
MOST = 2
#: packed bytes of the texts together, in the encoding that packs least: what a visit has to spare
MOST_BYTES = 1_300

_KEY = "told_back"
#: how long a text is shown on after it was withdrawn, at most
_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """What people said, and what is done with it."""

    said: str
    doing: str


@dataclass
class _Known:
    """What is known in one language; one thread at a time looks again."""

    pairs: tuple[Pair, ...] = ()
    looked: float = float("-inf")
    looking: threading.Lock = field(default_factory=threading.Lock)


class _Board:
    def __init__(self, read: Callable[[str], Sequence[Pair]]) -> None:
        self._read = read
        self._known: dict[str, _Known] = {}

    def shown(self, locale: str) -> tuple[Pair, ...]:
        known = self._known.setdefault(locale, _Known())
        if time.monotonic() - known.looked > _SECONDS and known.looking.acquire(blocking=False):
            try:
                known.pairs = tuple(fitting(self._read(locale)))
            except SQLAlchemyError:  # the answer is stored: its page is not the place to fail
                _log.warning("what was told back cannot be read; pages show what they showed")
            finally:
                known.looked = time.monotonic()
                known.looking.release()
        return known.pairs


def init_told(app: Flask, read: Callable[[str], Sequence[Pair]]) -> None:
    """Let pages show what `read` finds in a language, the newest first; nothing is read yet."""
    app.extensions[_KEY] = _Board(read)


def told_lately(locale: str) -> tuple[Pair, ...]:
    """What the page that thanks shows in this language; nothing where nothing is approved in it."""
    found: tuple[Pair, ...] = current_app.extensions[_KEY].shown(locale)
    return found


def fitting(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The newest that fit together, each whole; what is too long stands on the page it links to."""
    texts, taken = "", 0
    for pair in pairs:
        more = f"{texts}\n{pair.said}\n{pair.doing}"
        if len(pack(more.encode(), GZIP, once=True)) <= MOST_BYTES:
            yield pair
            texts, taken = more, taken + 1
        if taken == MOST:
            return
