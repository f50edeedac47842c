"""People who answer in a known way, over HTTP, so that a test can count for itself what must come out."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from feedback_app.languages import GROUPS
from tests.world import Link, World, respond

#: item → options to draw from; None is a question left open
NEWCOMER: dict[str, tuple[str | None, ...]] = {
    "experience": ("1", "2", "3", "4", "4", "5", "5", "5", None),
    "match": ("3", "3", "3", "2", "1", "dont_know", None),
    "informed": ("yes", "yes", "partly", "no"),
    "support": ("yes", "partly", "no", "not_applicable"),
    "dutch": ("much", "little", "hardly", None),
    "contacts": ("still", "not_any_more", "no"),
    "welcome": ("yes", "yes", "yes", "sometimes", "no", "prefer_not"),
}
PARTNER: dict[str, tuple[str | None, ...]] = {
    "course": ("5", "4", "4", "3", "1", None),
    "match": ("3", "2", "1"),
    "informed": ("yes", "partly", "no"),
    "again": ("yes", "yes", "maybe", "no", None),
}
MULTIPLE = {
    "newcomer": ("difficulties", ("too_far", "hours", "language", "other")),
    "partner": ("difficulties", ("hours", "distance", "other")),
}
ROUTED = {"2", "1"}  # answers to `match` that bring up `difficulties`
ITEMS = {
    "newcomer": (*NEWCOMER, "difficulties"),
    "partner": (*PARTNER, "difficulties", "reachable", "roles", "language", "time", "needs"),
}


@dataclass(frozen=True)
class Given:
    """One response as it was sent, with the link it came through."""

    link: Link
    locale: str
    response_id: str
    sent: dict[str, Any]

    @property
    def stored(self) -> dict[str, set[str]]:
        """What has to be stored of it: written down apart from the application's own rules."""
        found = {item: {self.sent[item]} for item in self.sent if isinstance(self.sent[item], str)}
        if self.sent.get("match") not in ROUTED:
            found["difficulties"] = {"not_shown"}
        elif self.sent.get("difficulties"):
            found["difficulties"] = set(self.sent["difficulties"])
        return {item: found.get(item, {"skipped"}) for item in ITEMS[self.link.audience]}

    @property
    def complete(self) -> bool:
        """Whether four fifths of what was shown got an answer or an explicit code."""
        shown = [values for values in self.stored.values() if values != {"not_shown"}]
        return 5 * sum(values != {"skipped"} for values in shown) >= 4 * len(shown)


def draw(rng: random.Random, link: Link, locale: str | None = None) -> Given:
    """Answers for one link, drawn at random."""
    pools = NEWCOMER if link.audience == "newcomer" else PARTNER
    chosen = {item: rng.choice(pool) for item, pool in pools.items()}
    sent: dict[str, Any] = {item: value for item, value in chosen.items() if value}
    item, options = MULTIPLE[link.audience]
    sent[item] = rng.sample(options, rng.randint(0, 2))  # sent also where the route hides it
    return Given(link, locale or link.language, str(uuid4()), sent)


def answer_all(world: World, everything: Iterable[Given]) -> list[Given]:
    """Send responses one after the other; AssertionError unless each is thanked."""
    client, done = world.client, []
    for given in everything:
        page = respond(client, given.link.token, given.sent, given.locale, response_id=given.response_id)
        assert page.status_code == 200, given
        assert "Je antwoord is bewaard." in page.text, given
        done.append(given)
    return done


def groups(link: Link, locale: str) -> Iterator[tuple[str, str]]:
    """The declared cuts and the member of each that someone belongs to."""
    yield "flanders", "vlaanderen"
    yield "region", link.region
    yield "agency", link.agency
    yield "offer_type", link.offer_type
    yield "language_group", GROUPS[locale]


def count(everything: Iterable[Given]) -> Counter[tuple[str, str, str, str]]:
    """How many people gave each value, by (cut, member, item, value); "*" counts who ticked anything."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for given in everything:
        for cut, member in (*groups(given.link, given.locale), ("mode", "phone")):
            for item, values in given.stored.items():
                counts.update((cut, member, item, value) for value in values)
                ticks = item in ("difficulties", "needs") and not values & {"not_shown", "skipped"}
                counts.update([(cut, member, item, "*")] if ticks else [])
    return counts
