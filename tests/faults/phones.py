"""People who answer while something breaks, over real connections, as a page of ours does with its answers.

A phone sends the same again until it is thanked, with the identifier it made up; each fourth has no script, so
without one. What each was shown is held against what the database has in the end.
"""

import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from feedback_app.invitations.models import Invitation
from feedback_app.languages import language
from feedback_app.responses.collect import response_key
from feedback_app.responses.models import Remark, Response
from tests.example_catalogues import mark
from tests.faults.count import Tally
from tests.world import Link, World

LANGUAGES = ("nl", "ar", "ti")
#: seconds after which a phone gives up, only to end a test that would never end
_PATIENCE = 120
#: seconds between two attempts; a page of ours waits longer
_AGAIN, _AT_MOST = 0.05, 0.5
_STATE = re.compile(r'<main id="main" data-state="(\w+)"')


@dataclass
class Phone:
    """One link in somebody's hand, and what was seen on its screen."""

    link: Link
    locale: str
    response_id: str
    number: int
    thanked: bool = False
    seen: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """What this person writes, and nobody else."""
        return f"Voorbeeld nummer {self.number}."

    @property
    def body(self) -> str:
        """What the page sends."""
        sent = {"experience": "4", "match": "3", "remark": self.text, "response_id": self.response_id}
        return urlencode(sent)

    def answer(self, port: int) -> None:
        """Send until it is thanked."""
        until, wait = time.monotonic() + _PATIENCE, _AGAIN
        while time.monotonic() < until:
            shown = self._send(port)
            self.seen[shown] += 1
            if shown in ("stored", "used"):
                self.thanked = True
                return
            time.sleep(wait)
            wait = min(wait * 1.5, _AT_MOST)
        raise AssertionError(f"nobody thanked this phone: {self.seen} {self.unclear}")

    def _send(self, port: int) -> str:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            line.request("POST", f"/s/{self.link.token}?lang={language(self.locale).tag}", self.body, headers)
            reply = line.getresponse()
            page = reply.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            return "no answer"
        finally:
            line.close()
        state = _STATE.search(page)
        if reply.status == 200 and state:
            return state[1]
        if fault := clear(reply, page, self.locale):
            self.unclear[f"{reply.status} {fault}"] += 1
        return str(reply.status)


def clear(reply: http.client.HTTPResponse, page: str, locale: str) -> str:
    """What is wrong with a page that tells of a fault; nothing when the visitor can read it and come back."""
    tag = language(locale)
    if f'<html lang="{tag.tag}" dir="{tag.direction}"' not in page or "<h1>" not in page:
        return "in another language"
    if locale != "nl" and f"<h1>{mark(locale)}" not in page:
        return "in Dutch words"
    if reply.status != 503:
        return "as if it were somebody's fault"
    return "" if reply.headers["Retry-After"] else "without Retry-After"


@dataclass
class Crowd:
    """Everybody who holds a link, some of whom answer in each round."""

    world: World
    rng: random.Random
    at_once: int = 6
    before: int = 0  # how many answered before all this
    phones: list[Phone] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._links = self.world.links()[self.before :]

    def some(self) -> list[Phone]:
        """The next who answer."""
        chosen = []
        for _ in range(self.at_once):
            number, link = len(self.phones), self._links.pop()
            own = "" if number % 4 == 3 else str(UUID(int=self.rng.getrandbits(128), version=4))
            locale = LANGUAGES[number % len(LANGUAGES)]
            chosen.append(Phone(link, locale, own, number))
            self.phones.append(chosen[-1])
        return chosen

    def round(self, port: int, happens: Callable[[], None], within: float = 0.06) -> None:
        """Some answer, each at its own moment, while something happens at a random one; until all are thanked."""
        calls = [partial(phone.answer, port) for phone in self.some()]
        start = threading.Barrier(len(calls) + 1)

        def begin(call: Callable[[], None], after: float) -> None:
            start.wait()
            time.sleep(after)
            call()

        with ThreadPoolExecutor(len(calls)) as pool:
            begun = [pool.submit(begin, call, self.rng.uniform(0, within)) for call in calls]
            # here, in no thread that ends: what it starts gets a signal from the kernel when its parent ends
            begin(happens, self.rng.uniform(0, within))
            for one in begun:
                one.result()

    def tally(self, fault: str, rounds: int) -> Tally:
        """What was shown held against what is stored."""
        keys = Counter(str(row["id"]) for row in self.world.rows(Response))
        texts = Counter(str(row["text"]) for row in self.world.rows(Remark))
        used = sum(row["disposition"] == "answered" for row in self.world.rows(Invitation))
        done = Tally(fault, rounds)
        for phone in self.phones:
            done.requests += phone.seen.total()
            done.told += phone.thanked
            stored = texts[phone.text] and (not phone.response_id or keys[response_key(phone.response_id)])
            done.stored += bool(stored)
            done.lost += phone.thanked and not stored
            done.doubled += max(0, texts[phone.text] - 1)
            done.pages.update({name: number for name, number in phone.seen.items() if name != "stored"})
            done.unclear.update(phone.unclear)
        # nothing ties an answer to its link, so these are compared as sums
        done.doubled += max(0, keys.total() - done.stored - self.before)
        done.by_half = abs(used - keys.total()) + abs(texts.total() - keys.total())
        return done
