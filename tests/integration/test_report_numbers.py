"""The numbers printed in the report's PDF are those of the answers given, counted here a second time.

Answers go in over HTTP, the wave is closed and the report compiled as staff do; the text of the PDF is
then read with poppler and compared with plain sums over what was posted.
"""

import json
import random
import re
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from feedback_app.reports.compile import compile_edition
from feedback_app.reports.content import ReportContent
from feedback_app.reports.pdf import report_pdf
from tests.databases import Databases
from tests.world import Person, World, respond

Given = dict[str, str | list[str]]

NEWCOMER = {
    "experience": ("Hoe vond je de activiteit?", {"1": 4, "2": 6, "3": 15, "4": 40, "5": 35}, ("4", "5")),
    "match": ("Was dit iets voor jou?", {"3": 60, "2": 25, "1": 15, "dont_know": 12}, ("3",)),
    "informed": ("Wist je vooraf genoeg?", {"yes": 45, "partly": 35, "no": 20}, ("yes",)),
    "support": ("Kreeg je genoeg hulp?", {"yes": 70, "partly": 20, "no": 15, "not_applicable": 9}, ("yes",)),
    "dutch": ("Heb je Nederlands gesproken?", {"much": 50, "little": 35, "hardly": 20}, ("much",)),
    "contacts": (
        "Heb je nieuwe mensen leren kennen?",
        {"still": 45, "not_any_more": 30, "no": 25},
        ("still",),
    ),
    "welcome": ("Voelde je je welkom?", {"yes": 75, "sometimes": 15, "no": 12, "prefer_not": 8}, ("yes",)),
}
PARTNER = {
    "course": ("Hoe verliep het traject?", {"5": 30, "4": 35, "3": 20, "2": 9, "1": 9}, ("5", "4")),
    "match": ("Paste de nieuwkomer bij jullie activiteit?", {"3": 65, "2": 25, "1": 15}, ("3",)),
    "roles": ("Was het duidelijk wie wat doet?", {"yes": 50, "partly": 30, "no": 20}, ("yes",)),
    "again": (
        "Willen jullie opnieuw een nieuwkomer ontvangen?",
        {"yes": 70, "maybe": 20, "no": 15},
        ("yes",),
    ),
}
CODES = {"dont_know", "prefer_not", "not_applicable"}
REGIONS = {"kempen": ("Kempen", 130), "gent": ("Gent", 70), "limburg": ("Limburg", 6)}

Told = tuple[dict[str, list[tuple[str, Given]]], str]
Asked = Mapping[str, tuple[str, Mapping[str, int], tuple[str, ...]]]


def people() -> list[Person]:
    return [
        Person(region=region, partners=(f"Voorbeeldorganisatie {region} {number % 14}",))
        for region, (_, count) in REGIONS.items()
        for number in range(count)
    ]


def drawn(rng: random.Random, asked: Asked) -> Given:
    """One person's answers: an item is now and then skipped."""
    given: Given = {}
    for item, (_, weights, _) in asked.items():
        if rng.random() < 0.93:
            given[item] = rng.choices(list(weights), list(weights.values()))[0]
    return given


def answer_all(world: World) -> dict[str, list[tuple[str, Given]]]:
    """Let most invitations be answered over HTTP; gives what was posted, with its region."""
    rng = random.Random(20260630)
    client = world.client
    posted: dict[str, list[tuple[str, Given]]] = {"newcomer": [], "partner": []}
    for audience, asked in (("newcomer", NEWCOMER), ("partner", PARTNER)):
        links = world.links(audience)
        for link in rng.sample(links, round(0.8 * len(links))):
            given = drawn(rng, asked)
            assert respond(client, link.token, given).status_code == 200
            posted[audience].append((link.region, given))
    return posted


@pytest.fixture(scope="module")
def told(databases: Databases, example_catalogues: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What was posted, and the text of the report about it; test_close.py counts on both databases."""
    folder = tmp_path_factory.mktemp("numbers")
    with databases.migrated("sqlite") as url:
        world = World(url, folder, example_catalogues)
        world.open(people())
        posted = answer_all(world)
        world.shut()
        with world.session() as session:
            content = compile_edition(session, world.settings, "2026-H1").content
        world.close()
    draft = ReportContent.from_json(json.dumps(content))
    # without the watermark, whose letters a reader of lines takes for words of the text
    (folder / "report.pdf").write_bytes(report_pdf(replace(draft, draft=False)))
    text = subprocess.run(
        ["pdftotext", "-layout", str(folder / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    return posted, text


def percent(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole)


def figures(posted: list[tuple[str, Given]], item: str, region: str | None = None) -> Counter[str]:
    """Substantive answers to an item, counted plainly."""
    values = [given.get(item) for where, given in posted if region in (None, where)]
    return Counter(str(value) for value in values if value is not None and value not in CODES)


def printed(text: str, question: str, who: str) -> tuple[int, int]:
    """Base and positive share as the annex prints them under a question's heading."""
    found = re.search(rf"{re.escape(question)} {who}, n = (\d+)\s+(\d+) % antwoordde", text)
    assert found, f"“{question}” has no printed figure"
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("item", NEWCOMER)
def test_each_question_to_newcomers_is_printed_as_counted(told: Told, item: str) -> None:
    posted, text = told
    check_item(posted["newcomer"], text, NEWCOMER[item], item, "nieuwkomers")


@pytest.mark.parametrize("item", PARTNER)
def test_each_question_to_partners_is_printed_as_counted(told: Told, item: str) -> None:
    posted, text = told
    check_item(posted["partner"], text, PARTNER[item], item, "partners")


def check_item(
    posted: list[tuple[str, Given]],
    text: str,
    asked: tuple[str, Mapping[str, int], tuple[str, ...]],
    item: str,
    who: str,
) -> None:
    question, _, positive = asked
    counts = figures(posted, item)
    base = sum(counts.values())
    assert base >= 50
    assert printed(text, question, who) == (base, percent(sum(counts[key] for key in positive), base))


def test_the_response_rates_are_printed_as_counted(told: Told) -> None:
    posted, text = told
    invited = sum(count for _, count in REGIONS.values())
    answered = len(posted["newcomer"])
    complete = sum(1 for _, given in posted["newcomer"] if is_complete(given))
    words = " ".join(text.split())
    assert f"Van de {invited} uitgenodigde nieuwkomers antwoordden er {answered}" in words
    assert f"respons van {percent(answered, invited)} % (RR2" in words
    assert f"is het {percent(complete, invited)} % (RR1)" in words


def is_complete(given: Given) -> bool:
    """AAPOR I: 80 % of the shown core items; `difficulties` is shown after match 2 or 1, never answered here."""
    shown = len(NEWCOMER) + (given.get("match") in ("2", "1"))
    return 10 * len(given) >= 8 * shown


def test_a_large_region_is_printed_as_counted_and_a_small_one_is_not(told: Told) -> None:
    posted, text = told
    counts = figures(posted["newcomer"], "informed", "kempen")
    share = percent(counts["yes"], sum(counts.values()))
    table = text[text.index("Wist je vooraf genoeg? nieuwkomers. Vlaanderen") :]
    table = table[: table.index("Kreeg je genoeg hulp?")]
    rows = {line.split()[0]: line for line in table.splitlines() if line.split()}
    assert f"{share} %" in rows["Kempen"] and str(sum(counts.values())) in rows["Kempen"]
    assert "Limburg" not in rows and "andere regio’s hebben onvoldoende antwoorden" in table
