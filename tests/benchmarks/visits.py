"""Who comes on an evening, when, with which phone, and what they say; and what has to be stored of it."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from feedback_app.invitations.models import Invitation
from feedback_app.invitations.tokens import token_for
from feedback_app.languages import language
from feedback_app.responses.models import Remark, Response
from tests.answering import Given, draw
from tests.benchmarks.crowd import Visit
from tests.databases import SECRET
from tests.world import Link, World

#: of a hundred: how many phones run no script, newcomers change the language, send twice, say it in words
WITHOUT_SCRIPT, CHANGE, AGAIN, REMARK = 15, 20, 3, 12
#: seconds between opening a link and sending the answers
READING = (15.0, 75.0)
#: half of the people come whenever they like, the others around this part of the time, so closely: the
#: busiest minute brings two to three times as many as the mean
PEAK, SPREAD = 0.4, 0.1
#: how many visitors there are to each partner
PARTNERS = 5
#: to how many languages of others somebody may change
_OTHERS = ("nl", "en", "fr")

_OF_LINK = (
    Invitation.id,
    Invitation.audience,
    Invitation.region_key,
    Invitation.agency_key,
    Invitation.offer_type,
    Invitation.contact_language,
)

#: a response as it was sent or is stored: side, language, answers in their order
Said = tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(frozen=True)
class Coming:
    """Visits, and what each of them (by number) gives."""

    visits: Sequence[Visit]
    given: Mapping[int, Given]
    remarks: Mapping[int, str]


def draw_visits(links: Sequence[Link], *, first: int = 0, minutes: float = 0.0, seed: int = 1) -> Coming:
    """One visit for each link, within so many minutes: a Poisson process with a peak, given how many come."""
    rng = random.Random(seed + first)
    visits, given, remarks = [], {}, {}
    for number, link in enumerate(links, first):
        said = draw(rng, link)
        other = rng.choice(_OTHERS) if link.audience == "newcomer" and rng.randrange(100) < CHANGE else ""
        other = "" if other == link.language else other
        said = Given(link, other or link.language, said.response_id, said.sent)
        given[number] = said
        if link.audience == "newcomer" and rng.randrange(100) < REMARK:
            remarks[number] = f"Voorbeeld {number}: de uren waren moeilijk."
        visits.append(_visit(rng, number, said, other, remarks.get(number, ""), minutes * 60))
    return Coming(sorted(visits, key=lambda visit: visit.at), given, remarks)


def _visit(rng: random.Random, number: int, given: Given, other: str, remark: str, seconds: float) -> Visit:
    think = min(rng.uniform(*READING), seconds / 3)
    fields = [(item, value) for item, values in given.sent.items() for value in _listed(values)]
    script = rng.randrange(100) >= WITHOUT_SCRIPT
    return Visit(
        number=number,
        token=given.link.token,
        tag=language(given.link.language).tag,
        fields=(*fields, *([("remark", remark)] if remark else [])),
        response_id=str(UUID(int=rng.getrandbits(128))) if script else "",
        other=other,
        again=rng.randrange(100) < AGAIN,
        at=_moment(rng) * max(0.0, seconds - think),
        think=think,
    )


def _moment(rng: random.Random) -> float:
    """Which part of the evening is over when somebody comes."""
    while rng.random() < 0.5:
        near = rng.gauss(PEAK, SPREAD)
        if 0 <= near < 1:
            return near
    return rng.random()


def _listed(values: object) -> list[str]:
    return [values] if isinstance(values, str) else list(values)  # type: ignore[call-overload]


def links_of(world: World, wave: str, number: int) -> list[Link]:
    """So many links of a wave, each PARTNERS-th a partner's, in the order of their random keys."""
    sides = {}
    with world.session() as session:
        for side in ("newcomer", "partner"):
            chosen = (Invitation.wave_key == wave, Invitation.audience == side)
            found = session.execute(sa.select(*_OF_LINK).where(*chosen).order_by(Invitation.id)).all()
            sides[side] = iter([Link(one[0], token_for(SECRET, one[0]), *one[1:], None) for one in found])
    return [next(sides["newcomer" if place % PARTNERS else "partner"]) for place in range(1, number + 1)]


def evenly(links: Iterable[Link], number: int) -> list[Link]:
    """So many links, of every side, language and kind of activity alike: all pages there are, again and again."""
    alike: dict[tuple[str, str, str], list[Link]] = {}
    for link in links:
        alike.setdefault((link.audience, link.language, link.offer_type), []).append(link)
    in_turns = itertools.chain.from_iterable(itertools.zip_longest(*alike.values()))
    return list(itertools.islice((link for link in in_turns if link), number))


@dataclass(frozen=True)
class Balance:
    """How many were thanked and are not stored, and how many are stored of whom nobody was thanked."""

    thanked: int
    stored: int
    lost: int
    surplus: int

    @property
    def off(self) -> int:
        """How many are not exactly once where they belong."""
        return self.lost + self.surplus

    def __str__(self) -> str:
        return (
            f"{self.thanked:,} thanked, {self.stored:,} stored; {self.lost:,} lost, {self.surplus:,} too many"
        )


def balance(world: World, wave: str, coming: Iterable[Coming], thanked: Iterable[int]) -> Balance:
    """Compare what those gave who saw the thanks with what is stored: every answer, and every remark."""
    given = {number: said for one in coming for number, said in one.given.items()}
    remarks = {number: text for one in coming for number, text in one.remarks.items()}
    numbers = list(thanked)
    sent = Counter[object](_said(given[number]) for number in numbers)
    sent.update(remarks[number] for number in numbers if number in remarks)
    answers = list(_stored(world, wave))
    there = Counter[object](answers)
    with world.session() as session:
        there.update(session.scalars(sa.select(Remark.text).where(Remark.wave_key == wave)))
    return Balance(len(numbers), len(answers), (sent - there).total(), (there - sent).total())


def _said(given: Given) -> Said:
    answers = ((item, tuple(sorted(values))) for item, values in sorted(given.stored.items()))
    return given.link.audience, given.locale, tuple(answers)


def _stored(world: World, wave: str) -> Iterable[Said]:
    columns = (Response.survey_key, Response.locale, Response.answers)
    with world.session() as session:
        for side, locale, answers in session.execute(sa.select(*columns).where(Response.wave_key == wave)):
            yield side, locale, tuple((item, tuple(sorted(answers[item]))) for item in sorted(answers))
