"""Closing a wave: counted exactly, made coarse, shuffled, published; all of it or nothing."""

import csv
import json
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.analysis.close import WaveNotOpen
from feedback_app.analysis.models import FrozenCount, FrozenGroup, PublishedParticipation, PublishedStatistic
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.responses.models import Remark, Response
from tests.answering import Given, answer_all, count, draw, groups
from tests.commands import run
from tests.world import WAVE, Link, Person, World, respond

#: region, agency, offer type, language, how many trajectories
PLACES = [
    ("kempen", "agii", "buddy", "nl", 70),
    ("kempen", "agii", "stage", "ar", 14),
    ("limburg", "agii", "vereniging", "uk", 22),
    ("limburg", "agii", "buddy", "ti", 3),
    ("gent", "amal", "buddy", "fa_AF", 12),
    ("brussel", "hvnb", "school", "nl", 4),
]


class Closed:
    """A wave that was answered in a known way and then closed."""

    def __init__(self, world: World) -> None:
        rng = random.Random(20)
        self.world = world
        names = [f"Voorbeeldvereniging {number}" for number in range(30)]
        world.open([_person(*place[:4], (rng.choice(names),)) for place in PLACES for _ in range(place[4])])
        self.given: dict[str, list[Given]] = {}
        self.missed: Counter[tuple[str, tuple[str, str], str]] = Counter()
        for audience, rest in (("newcomer", ("R", "NE", "UO", "UO")), ("partner", ("UO",) * 30)):
            links = world.links(audience)
            rng.shuffle(links)
            for link, outcome in zip(links, rest, strict=False):
                self._miss(link, outcome)
            self.given[audience] = answer_all(world, (draw(rng, link) for link in links[len(rest) :]))
        self.keys = {row["id"] for row in world.rows(Response)}
        self.before = {model: world.rows(model) for model in (FrozenCount, FrozenGroup, PublishedStatistic)}
        self.refused = run(world, "rates", "--wave", WAVE)
        world.shut()

    def _miss(self, link: Link, outcome: str) -> None:
        if outcome == "R":
            respond(self.world.client, link.token, {}, refuse="1")
        elif outcome == "NE":
            with self.world.session() as session:
                session.get_one(Invitation, link.invitation_id).disposition = "not_eligible"
                session.commit()
        self.missed.update((link.audience, group, outcome) for group in groups(link, link.language))


def _person(region: str, agency: str, offer_type: str, language: str, partners: tuple[str, ...]) -> Person:
    return Person(region, agency, offer_type, language, partners)


@pytest.fixture(scope="module")
def closed(
    module_migrated_url: str, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Closed]:
    world = World(module_migrated_url, tmp_path_factory.mktemp("closed"), example_catalogues)
    yield Closed(world)
    world.close()


@pytest.mark.parametrize("audience", ["newcomer", "partner"])
def test_frozen_counts_are_the_answers_that_were_posted(closed: Closed, audience: str) -> None:
    frozen = {
        (row["cut"], row["member"], row["item_key"], row["value"]): row["count"]
        for row in closed.world.rows(FrozenCount)
        if row["survey_key"] == audience
    }
    assert frozen == dict(count(closed.given[audience]))


@pytest.mark.parametrize("audience", ["newcomer", "partner"])
def test_outcomes_are_those_of_the_aapor_table(closed: Closed, audience: str) -> None:
    expected: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for given in closed.given[audience]:
        for group in groups(given.link, given.link.language):
            whole = given.complete and group[0] != "language_group"
            expected[group]["I" if whole else "P"] += 1
        expected["mode", "phone"]["I" if given.complete else "P"] += 1
    for (side, group, outcome), number in closed.missed.items():
        if side == audience:
            expected[group][outcome] += number
    frozen = {
        (row["cut"], row["member"]): Counter(row["outcomes"])
        for row in closed.world.rows(FrozenGroup)
        if row["survey_key"] == audience
    }
    assert frozen == expected
    if audience == "newcomer":
        whole = frozen["flanders", "vlaanderen"]
        assert (whole["R"], whole["NE"], whole["UO"], whole["I"] + whole["P"]) == (1, 1, 2, 121)
        assert whole["P"] > 0


def test_organisations_are_counted_and_not_named(closed: Closed) -> None:
    answered = Counter(given.link.partner for given in closed.given["partner"])
    (flanders,) = (
        row
        for row in closed.world.rows(FrozenGroup)
        if (row["survey_key"], row["cut"]) == ("partner", "flanders")
    )
    assert flanders["organisations"] == sorted(answered.values(), reverse=True)


def test_nothing_is_to_be_seen_before_the_wave_closes(closed: Closed) -> None:
    assert closed.before == {FrozenCount: [], FrozenGroup: [], PublishedStatistic: []}
    assert (closed.refused.exit_code, "still open" in closed.refused.stderr) == (1, True)


def test_no_rare_row_is_left_but_in_the_coarsest_cell(closed: Closed) -> None:
    rows = closed.world.rows(Response)
    cells = Counter((row["survey_key"], row["region_key"], row["offer_type"], row["locale"]) for row in rows)
    rare = {cell for cell, number in cells.items() if number < 10}
    assert {cell[1:] for cell in rare} <= {("vlaanderen", "andere", "andere_taal")}
    assert len(cells) > 3
    assert {row["week"] for row in rows} == {""}
    assert {row["agency_key"] for row in rows if row["region_key"] == "vlaanderen"} == {"vlaanderen"}
    assert len(rows) == sum(map(len, closed.given.values()))


def test_no_phone_knows_its_response_any_more(closed: Closed) -> None:
    keys = {row["id"] for row in closed.world.rows(Response)}
    assert len(keys) == len(closed.keys)
    assert not keys & closed.keys
    assert {key for key, _, _ in closed.world.answers()} == keys


def test_closing_twice_is_refused_and_changes_nothing(closed: Closed) -> None:
    before = closed.world.dump()
    for wave in (WAVE, "2031-H1"):
        with pytest.raises(WaveNotOpen):
            closed.world.shut(wave)
        assert run(closed.world, "wave", "close", wave).exit_code == 1
    assert closed.world.dump() == before


def test_published_shares_are_the_rounded_counts(closed: Closed) -> None:
    counts = count(closed.given["newcomer"])
    found = {
        (row["cut"], row["member"], row["item_key"]): row["statistic"]
        for row in closed.world.rows(PublishedStatistic)
        if row["survey_key"] == "newcomer"
    }
    checked = 0
    for item, positive in (("experience", "45"), ("informed", ["yes"]), ("welcome", ["yes"])):
        values = {key[3]: n for key, n in counts.items() if key[:3] == ("flanders", "vlaanderen", item)}
        base = sum(n for key, n in values.items() if key not in ("skipped", "prefer_not"))
        shown = found["flanders", "vlaanderen", item]
        assert shown["base"] == str(base)
        top = sum(values.get(key, 0) for key in positive)
        assert abs(shown["positive"] - 100 * top / base) <= 0.5
        checked += 1
    assert checked == 3
    assert found["region", "gent", "experience"]["base"] in ("", "10–14")
    assert found["region", "gent", "welcome"]["state"] == "withheld"


def test_too_few_nobody_and_nothing_said_look_the_same(closed: Closed) -> None:
    found = {
        (row["member"], row["item_key"]): {**row["statistic"], "member": ""}
        for row in closed.world.rows(PublishedStatistic)
        if (row["survey_key"], row["cut"]) == ("newcomer", "region")
    }
    nobody, few = found["westhoek", "experience"], found["brussel", "experience"]
    assert nobody == few
    assert nobody["state"] == "withheld"
    assert not any(nobody[key] for key in ("base", "positive", "band", "low", "high", "shares"))
    shown = {
        row["member"]: {**row["participation"], "member": ""}
        for row in closed.world.rows(PublishedParticipation)
        if (row["survey_key"], row["cut"]) == ("newcomer", "region")
    }
    assert shown["westhoek"] == shown["brussel"]
    assert not any(shown["brussel"][key] for key in ("invited", "answered", "rr1", "rr2"))


def test_the_commands_tell_what_was_published_and_no_more(closed: Closed, tmp_path: Path) -> None:
    world = closed.world
    (status,) = json.loads(run(world, "wave", "status", WAVE, "--json").stdout)
    assert (status["state"], status["newcomer"]) == ("closed", {"invited": 124, "answered": 121})
    assert "answered    121" in run(world, "wave", "status").stdout
    rates = json.loads(run(world, "rates", "--wave", WAVE, "--json").stdout)
    (flanders,) = (one for one in rates if (one["audience"], one["cut"]) == ("newcomer", "flanders"))
    complete = sum(given.complete for given in closed.given["newcomer"])
    assert (flanders["invited"], flanders["answered"]) == ("124", "121")
    assert flanders["rr1"] is None, "three who did not answer could be told apart by a rate"
    assert complete < 121
    assert "vlaanderen" in run(world, "rates", "--wave", WAVE).stdout
    for kind in ("csv", "json"):
        done = run(world, "tables", "--wave", WAVE, "--format", kind, "--out", str(tmp_path))
        assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    lines = (tmp_path / f"{WAVE}-newcomer.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    same = [
        {**row, "member": ""}
        for row in rows
        if row["item"] == "experience" and row["member"] in ("westhoek", "brussel")
    ]
    assert same[0] == same[1]
    assert set(same[0].values()) == {"newcomer", "region", "experience", "withheld", ""}
    assert len(json.loads((tmp_path / f"{WAVE}-partner.json").read_text(encoding="utf-8"))) > 100
    assert run(world, "tables", "--wave", "2026-H2", "--out", str(tmp_path)).exit_code == 1


def test_who_answered_may_not_answer_again_and_others_come_too_late(closed: Closed) -> None:
    given = closed.given["newcomer"][0]
    page = respond(closed.world.client, given.link.token, given.sent, response_id=given.response_id)
    assert "al bij ons" in page.text
    assert len(closed.world.rows(Response)) == len(closed.keys)


def test_a_step_that_fails_leaves_the_wave_open_and_everything_as_it_was(
    world: World, tmp_path: Path, example_catalogues: Path
) -> None:
    surveys = tmp_path / "surveys"
    shutil.copytree(world.settings.surveys_dir, surveys)
    policy = (surveys / "publication.yaml").read_text(encoding="utf-8")
    faulty = World(world.settings.database_url, tmp_path, example_catalogues, surveys_dir=surveys)
    faulty.open([Person() for _ in range(12)])
    answer_all(faulty, [draw(random.Random(1), link) for link in faulty.links()])
    before = faulty.dump()
    # a policy that names no partners is found out only when theirs is the turn, after newcomers were published
    (surveys / "publication.yaml").write_text(policy.replace("  partner: 10\n", ""), encoding="utf-8")
    with pytest.raises(ValueError, match="no publication policy"):
        faulty.shut()
    assert faulty.dump() == before
    (surveys / "publication.yaml").write_text("version: x", encoding="utf-8")
    refused = run(faulty, "wave", "close", WAVE)
    assert (refused.exit_code, "publication policy" in refused.stderr) == (1, True)
    assert faulty.dump() == before
    (surveys / "publication.yaml").write_text(policy, encoding="utf-8")
    assert run(faulty, "wave", "close", WAVE).exit_code == 0
    with faulty.session() as session:
        assert session.scalar(sa.select(Wave.state)) == "closed"
    faulty.close()


def test_a_wave_nobody_answered_closes_too(world: World) -> None:
    world.open()
    world.shut()
    states = {row["statistic"]["state"] for row in world.rows(PublishedStatistic)}
    assert states == {"withheld"}
    assert not world.rows(FrozenCount)


def test_a_remark_from_a_rare_corner_loses_its_region(world: World) -> None:
    world.open([Person(region="kempen") for _ in range(11)] + [Person(region="midwest")])
    for number, link in enumerate(world.links()):
        respond(world.client, link.token, {"remark": f"Voorbeeld {number}"})
    world.shut()
    assert Counter(row["region_key"] for row in world.rows(Remark)) == {"kempen": 11, "vlaanderen": 1}
