"""Whom the example is about: organisations and trajectories that do not exist, spread as real ones are.

Names begin with "Voorbeeld", addresses end in .example (RFC 2606), and telephone numbers come from
the range that the British regulator keeps free for films; Belgium has none.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from feedback_app.example.draw import early, identifier, one_of, shares
from feedback_app.languages import all_languages
from feedback_app.questionnaires.loading import CodeLists, load_codes, load_regions
from feedback_app.regions import Region
from feedback_app.settings import Settings
from feedback_app.trajectories.checking import ref_hash
from feedback_app.trajectories.contacts import seal
from feedback_app.trajectories.models import COMPLETED

#: how trajectories spread; a region, type or language that is not here gets weight 1
REGIONS = {
    "antwerpen": 16,
    "limburg": 14,
    "brussel": 11,
    "gent": 9,
    "halle_vilvoorde": 7,
    "antwerpen_rand": 6,
    "kempen": 6,
    "oost_brabant": 6,
    "rivierenland": 5,
    "waasland": 4,
    "dender": 4,
    "zuid_west_vlaanderen": 4,
    "gent_rand": 3,
    "midwest": 3,
    "brugge": 3,
    "vlaamse_ardennen": 2,
    "oostende": 1.5,
    "westhoek": 1,
}
OFFER_TYPES = {
    "buddy": 21,
    "vrijwilligerswerk": 18,
    "taaloefenkans": 17,
    "vereniging": 10,
    "vrije_tijd": 9,
    "buurt": 8,
    "stage": 5,
    "school": 5,
    "combinatie": 3,
    "eigen_netwerk": 2,
    "andere": 2,
}
LANGUAGES = {
    "ar": 20,
    "uk": 13,
    "fa_AF": 10,
    "en": 9,
    "tr": 8,
    "fr": 7,
    "ti": 6,
    "ps": 5,
    "so": 4,
    "es": 4,
    "ru": 3,
    "fa": 3,
    "nl": 2,
    "ku": 2,
}
AGENCIES = {"antwerpen": "atlas", "gent": "amal", "brussel": "hvnb"}
SOURCES = {"ikdoemee": 40, "begeleider": 34, "eigen_netwerk": 12, "gemeente": 9, "andere": 5}
#: kinds of organisation and what each offers; together they offer every type
KINDS: Mapping[str, tuple[str, ...]] = {
    "buddywerking": ("buddy",),
    "vrijwilligerspunt": ("vrijwilligerswerk", "combinatie"),
    "taaltafel": ("taaloefenkans",),
    "vereniging": ("vereniging",),
    "sportclub": ("vrije_tijd",),
    "buurthuis": ("buurt", "taaloefenkans", "andere"),
    "woonzorgcentrum": ("vrijwilligerswerk", "stage"),
    "basisschool": ("school",),
    "bibliotheek": ("taaloefenkans", "andere"),
    "vriendenkring": ("eigen_netwerk", "buddy"),
    "atelier": ("stage", "combinatie"),
}
ACTIVITIES = {"1": 80, "2": 17, "3": 3}
HOURS = ("40", "40", "40", "41.5", "42", "44", "48", "52", "60")

_STOPPED = 0.08
_CONTACT_DAYS = 60  # contact data of older imports was destroyed


@dataclass(frozen=True)
class Period:
    """One half-year of trajectories, the open one only as far as it has come."""

    key: str
    starts_on: date
    last_day: date
    trajectories: int


@dataclass(frozen=True)
class People:
    """Rows ready to be inserted."""

    partners: list[dict[str, Any]]
    trajectories: list[dict[str, Any]]
    activities: list[dict[str, Any]]


def make_people(rng: Random, settings: Settings, periods: tuple[Period, ...], day: date) -> People:
    """Organisations in every region, and in each period its number of trajectories with their activities."""
    codes, regions = load_codes(settings.surveys_dir), load_regions(settings.surveys_dir)
    total = sum(period.trajectories for period in periods)
    partners = list(_partners(rng, regions, total))
    offering: dict[tuple[str, str], list[str]] = defaultdict(list)
    for partner in partners:
        for offer_type in (*partner["offers"], ""):
            offering[partner["region"], offer_type].append(partner["id"])
    trajectories, activities = [], []
    for period in periods:
        for trajectory, first_type in _trajectories(rng, settings, period, regions, codes, day):
            trajectories.append(trajectory)
            activities += _activities(rng, trajectory, first_type, offering)
    rows = [{name: one[name] for name in ("id", "name", "kbo", "email")} for one in partners]
    return People(rows, trajectories, activities)


def _partners(rng: Random, regions: Mapping[str, Region], trajectories: int) -> Iterator[dict[str, Any]]:
    weights = {key: REGIONS.get(key, 1) for key in regions}
    kinds = list(KINDS)
    for key, region in regions.items():
        wanted = round(trajectories / 9 * weights[key] / sum(weights.values()))
        for number in range(max(len(kinds), wanted)):
            kind = kinds[number % len(kinds)]
            nth = number // len(kinds) + 1
            yield {
                "id": identifier(rng),
                "name": f"Voorbeeld {kind} {region.name} {nth} vzw",
                "kbo": None,  # every well-formed company number may belong to someone
                "email": f"{kind}-{nth}@{key.replace('_', '-')}.voorbeeld.example",
                "region": key,
                "offers": KINDS[kind],
            }


def _trajectories(
    rng: Random,
    settings: Settings,
    period: Period,
    regions: Mapping[str, Region],
    codes: CodeLists,
    day: date,
) -> Iterator[tuple[dict[str, Any], str]]:
    """A period's trajectories, each with the type of its first activity."""
    number = period.trajectories
    region_of = shares(rng, {key: REGIONS.get(key, 1) for key in regions}, number)
    type_of = shares(rng, {one.key: OFFER_TYPES.get(one.key, 1) for one in codes.offer_types}, number)
    language_of = shares(rng, {key: LANGUAGES.get(key, 1) for key in all_languages()}, number)
    for nth in range(number):
        agency = AGENCIES.get(region_of[nth], "agii")
        ended_on = period.starts_on + timedelta(rng.randint(0, (period.last_day - period.starts_on).days))
        imported_on = min(day, ended_on + timedelta(rng.randint(2, 9)))
        trajectory = {
            "id": identifier(rng),
            "ref_hash": ref_hash(settings.secret_key, agency, f"VOORBEELD-{period.key}-{nth:06}"),
            "agency_key": agency,
            "region_key": region_of[nth],
            "started_on": ended_on - timedelta(rng.randint(50, 220)),
            "ended_on": ended_on,
            "hours": Decimal(rng.choice(HOURS)),
            "offer_source": one_of(rng, SOURCES),
            "contact_language": language_of[nth],
            "outcome": (outcome := "stopped" if rng.random() < _STOPPED else COMPLETED),
            "imported_on": imported_on,
            **_contact(
                rng,
                settings,
                kept=outcome == COMPLETED and imported_on > day - timedelta(_CONTACT_DAYS),
            ),
        }
        yield trajectory, type_of[nth]


def _contact(rng: Random, settings: Settings, *, kept: bool) -> dict[str, str | None]:
    number, by_mail = rng.randrange(1000), rng.random() < 0.25
    if not kept:
        return {"phone_sealed": None, "email_sealed": None}
    if by_mail:
        address = f"deelnemer{number:03}@voorbeeld.example"
        return {"phone_sealed": None, "email_sealed": seal(settings.contact_keys, address)}
    return {"phone_sealed": seal(settings.contact_keys, f"+447700900{number:03}"), "email_sealed": None}


def _activities(
    rng: Random, trajectory: Mapping[str, Any], first_type: str, offering: Mapping[tuple[str, str], list[str]]
) -> list[dict[str, Any]]:
    """One to three activities, each at an organisation of the region that offers the type."""
    region = trajectory["region_key"]
    types = [first_type]
    types += [one_of(rng, OFFER_TYPES) for _ in range(int(one_of(rng, ACTIVITIES)) - 1)]
    hosts = [early(rng, offering.get((region, one)) or offering[region, ""]) for one in types]
    return [
        {
            "id": identifier(rng),
            "trajectory_id": trajectory["id"],
            "partner_id": partner,
            "offer_type": offer_type,
        }
        for partner, offer_type in dict.fromkeys(zip(hosts, types, strict=True))
    ]
