"""Waves in which so many people said this and so many that, stored as rows and closed as always."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from feedback_app.database import random_id
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.responses.models import Remark, RemarkTheme, Response
from tests.world import World

#: option key → people; or the option keys of one person after another
Said = Mapping[str, int] | Sequence[str]


@dataclass(frozen=True)
class Telling:
    """What one audience (or questionnaire) of one region answered: item → option → people."""

    audience: str
    region: str
    items: Mapping[str, Said]


def tell(world: World, wave: str, *tellings: Telling) -> None:
    """Store answers of an open wave; person after person, each item by itself."""
    with world.session() as session:
        asked = session.get_one(Wave, wave)
        prints = {one: asked.fingerprint(one) for one in asked.surveys}
        responses = []
        for one in tellings:
            items = {item: one_by_one(said) for item, said in one.items.items()}
            people = max(map(len, items.values()))
            responses += [
                {
                    "id": random_id(),
                    "wave_key": wave,
                    "survey_key": one.audience,
                    "fingerprint": prints[one.audience],
                    "mode": "phone",
                    "region_key": one.region,
                    "agency_key": "agii",
                    "offer_type": "buddy",
                    "locale": "nl",
                    "week": "2026-W20",
                    "complete": True,
                    "answers": {item: said[number : number + 1] for item, said in items.items()},
                }
                for number in range(people)
            ]
        session.execute(sa.insert(Response), responses)
        session.commit()


def one_by_one(said: Said) -> list[str]:
    """What one person after another said."""
    if isinstance(said, Mapping):
        return [value for value, number in said.items() for _ in range(number)]
    return list(said)


def everybody_answered(world: World) -> None:
    """Call every invitation answered: so many organisations are behind the answers."""
    with world.session() as session:
        session.execute(sa.update(Invitation).values(disposition="answered"))
        session.commit()


def remark(world: World, wave: str, theme: str, number: int, other: int) -> None:
    """So many coded remarks of newcomers about a theme, and so many others."""
    with world.session() as session:
        for count in range(number + other):
            key = random_id()
            row = {
                "id": key,
                "wave_key": wave,
                "survey_key": "newcomer",
                "item_key": "remark",
                "locale": "nl",
            }
            row |= {"region_key": "kempen", "month": "2026-05", "text": "voorbeeld", "state": "coded"}
            session.add(Remark(**row))
            session.flush()
            session.add(RemarkTheme(remark_id=key, theme_key=theme if count < number else "T14"))
        session.commit()
