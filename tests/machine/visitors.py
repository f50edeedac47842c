"""Visitors who answer while machines go away: what each was told, counted beside what was asked of them.

A visitor opens the page, fills it in and sends it. What fails is tried again a moment later, as people do who press the
button again and as the page's own script does: up to so many times, at the next door if there are several. Every other
one has no script: no number of their own goes along with the answer.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode
from uuid import uuid4

THANKED, KNOWN = "thanked", "known"
ANSWERS = {"experience": "4", "match": "3", "informed": "yes", "dutch": "much", "welcome": "yes"}
PATIENCE = 60
_TRIES, _PAUSE = 40, 0.5
_VERSION = re.compile(r'name="version" value="(\w+)"')
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _plain(door: str) -> HTTPConnection:
    return HTTPConnection(door, timeout=PATIENCE)


@dataclass
class Told:
    """What visitors were told: by token how it ended, and how often something went wrong on the way."""

    connect: Callable[[str], HTTPConnection] = _plain
    ended: dict[str, str] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, token: str, how: str) -> None:
        with self._lock:
            self.ended[token] = how

    def went_wrong(self, what: str) -> None:
        with self._lock:
            self.wrong[what] += 1


def answer_all(
    doors: Sequence[str], tokens: Sequence[str], answers: Mapping[str, object], threads: int, told: Told
) -> None:
    """Answer for every token, so many at a time; `doors` are host:port, the first one is tried first."""
    waiting = list(enumerate(tokens))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                number, token = waiting.pop()
            _visit(doors[number % len(doors) :] + doors[: number % len(doors)], token, answers, number, told)

    every = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for thread in every:
        thread.start()
    for thread in every:
        thread.join()


def _visit(doors: Sequence[str], token: str, answers: Mapping[str, object], number: int, told: Told) -> None:
    page = _ask(doors, "GET", token, b"", told)
    if page is None or not (version := _VERSION.search(page)):
        told.note(token, "no page")
        return
    form = {**answers, "version": version[1], **({"response_id": str(uuid4())} if number % 2 else {})}
    said = _ask(doors, "POST", token, urlencode(form, doseq=True).encode(), told)
    told.note(token, "no answer" if said is None else _meaning(said))


def _meaning(page: str) -> str:
    if "<h1>Bedankt!</h1>" in page:
        return THANKED
    # without a number of their own: the first try was stored, and its answer never came
    return KNOWN if "Je antwoord is al bij ons." in page else f"other: {page[:80]}"


def _ask(doors: Sequence[str], method: str, token: str, body: bytes, told: Told) -> str | None:
    for attempt in range(_TRIES):
        host = doors[attempt % len(doors)]
        line = told.connect(host)
        try:
            line.request(method, f"/s/{token}?lang=nl", body, _FORM if body else {})
            reply = line.getresponse()
            page = reply.read().decode()
            if reply.status in (200, 410, 409):
                return page
            told.went_wrong(f"{method} {reply.status}")
        except (OSError, HTTPException) as error:
            told.went_wrong(f"{method} {type(error).__name__}")
        finally:
            line.close()
        time.sleep(_PAUSE)
    return None
