"""A wave full of tiny groups: all that leaves the house is attacked together, and the ledger keeps watch."""

import csv
import json
import random
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import html5lib
import pytest
import sqlalchemy as sa

from feedback_app.analysis.audit_wave import Attack, attack_survey, everything_out
from feedback_app.analysis.counts import WaveCounts
from feedback_app.analysis.find_patterns import find_patterns
from feedback_app.analysis.ledger import Printed
from feedback_app.analysis.models import (
    FrozenCount,
    FrozenGroup,
    PublishedParticipation,
    PublishedStatistic,
    Release,
    ReleasedFigure,
)
from feedback_app.analysis.publish import load_policy, members
from feedback_app.analysis.published_patterns import read_tests
from feedback_app.analysis.release import attack_wave
from feedback_app.analysis.statistic import Band, Participation, Share, State, Statistic
from feedback_app.invitations.models import AUDIENCES, Invitation, Wave
from feedback_app.questionnaires.loading import load_regions
from feedback_app.questionnaires.versions import load_version
from feedback_app.reports.compile import CompileRefused, compile_edition
from feedback_app.reports.content import ReportContent
from feedback_app.reports.models import Edition
from feedback_app.responses.load import load_responses
from feedback_app.responses.models import Response
from tests.answering import answer_all, draw
from tests.commands import run
from tests.staff import signed_in
from tests.world import WAVE, Person, World

#: region, agency, offer type, language, how many trajectories
PLACES = [
    ("kempen", "agii", "buddy", "nl", 58),
    ("limburg", "agii", "buddy", "ar", 11),
    ("limburg", "agii", "stage", "uk", 3),
    ("gent", "amal", "vereniging", "fa_AF", 6),
    ("gent", "hvnb", "school", "ti", 2),
    ("brugge", "agii", "buurt", "nl", 1),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path) -> Iterator[World]:
    """A closed wave in which most groups are tiny."""
    folder = tmp_path_factory.mktemp("tiny")
    made = World(f"sqlite:///{folder}/tiny.sqlite", folder, example_catalogues)
    assert run(made, "db", "upgrade").exit_code == 0
    rng = random.Random(7)
    names = [f"Voorbeeldvereniging {number}" for number in range(9)]
    made.open([Person(*place[:4], (rng.choice(names),)) for place in PLACES for _ in range(place[4])])
    for audience in AUDIENCES:
        links = made.links(audience)
        rng.shuffle(links)
        answer_all(made, (draw(rng, link) for link in links[4:]))
    made.shut()
    yield made
    made.close()


def attacked(world: World, audience: str, extra: list[Printed]) -> Attack:
    with world.session() as session:
        survey = load_version(session, session.get_one(Wave, WAVE).fingerprint(audience)).survey
        policy = load_policy(world.settings)
        counts = WaveCounts(session, WAVE, survey, members(world.settings), policy)
        out = [*everything_out(session, WAVE, survey), *extra]
        return attack_survey(session, WAVE, survey, counts, out)


def test_the_union_of_all_that_leaves_opens_no_group(world: World, tmp_path: Path) -> None:
    found: dict[str, list[Printed]] = {audience: [] for audience in AUDIENCES}
    for audience in AUDIENCES:
        found[audience] += from_files(world, audience, tmp_path)
        found[audience] += from_commands(world, audience)
        found[audience] += from_pages(world, audience)
        found[audience] += from_patterns(world, audience)
    for one in from_editions(world):
        found[one.audience].append(one)
    for audience in AUDIENCES:
        assert len({type(one) for one in found[audience]}) == 2
        attack = attacked(world, audience, found[audience])
        assert attack.findings == ()
        assert attack.figures > 20
        assert attack.secrets > 20, "a wave full of tiny groups"
    done = run(world, "attack", "--wave", WAVE, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["newcomer"]["findings"] == []
    assert "0 opened" in run(world, "attack", "--wave", WAVE).stdout
    assert run(world, "attack", "--wave", "2031-H1").exit_code == 1


def from_files(world: World, audience: str, folder: Path) -> list[Printed]:
    """What `tables` writes; both formats say the same."""
    for kind in ("csv", "json"):
        done = run(world, "tables", "--wave", WAVE, "--format", kind, "--out", str(folder))
        assert done.exit_code == 0
    rows = json.loads((folder / f"{WAVE}-{audience}.json").read_text(encoding="utf-8"))
    with (folder / f"{WAVE}-{audience}.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    told = {(one["cut"], one["member"], one["item"]): one["base"] for one in lines}
    assert told == {(one["cut"], one["member"], one["item"]): one["base"] for one in rows}
    return [statistic(row) for row in rows]


def statistic(row: dict[str, Any]) -> Statistic:
    shares = tuple(Share(**share) for share in row["shares"])
    band = Band(row["band"]) if row["band"] else None
    return Statistic(**{**row, "state": State(row["state"]), "band": band, "shares": shares})


def from_commands(world: World, audience: str) -> list[Printed]:
    """What `rates` and `wave status` print."""
    rates = json.loads(run(world, "rates", "--wave", WAVE, "--json").stdout)
    found: list[Printed] = [
        Participation(**{**row, "outcomes": tuple((code, count) for code, count in row["outcomes"])})
        for row in rates
        if row["audience"] == audience
    ]
    (status,) = json.loads(run(world, "wave", "status", WAVE, "--json").stdout)
    invited, answered = (str(status[audience][key] or "") for key in ("invited", "answered"))
    return [*found, Participation(audience, "flanders", "vlaanderen", invited, answered)]


def from_pages(world: World, audience: str) -> list[Printed]:
    """What the results page shows of Flanders beside each region, to whoever may open it."""
    email = f"lezer-{audience}@voorbeeld.example"
    browser = signed_in(world.app, "analist", email=email)
    with world.session() as session:
        survey = load_version(session, session.get_one(Wave, WAVE).fingerprint(audience)).survey
    found: list[Printed] = []
    for region in load_regions(world.settings.surveys_dir):
        text = browser.get(f"/staff/waves/{WAVE}/results?region={region}").text
        page = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
        (side,) = page.findall(f".//section[@aria-labelledby='side-{audience}']")
        tables = side.findall(".//table")
        assert len(tables) == 1 + len(survey.core)
        for column, (cut, member) in enumerate((("flanders", "vlaanderen"), ("region", region))):
            cells = [
                ["".join(row.findall("td")[column].itertext()) for row in table.findall("tbody/tr")]
                for table in tables
            ]
            invited, answered = (re.sub("te weinig.*", "", text) for text in cells[0][:2])
            found.append(Participation(audience, cut, member, invited, answered))
            for item, texts in zip(survey.core, cells[1:], strict=True):
                found.append(shown(audience, item, cut, member, texts))
    return found


def shown(audience: str, item: Any, cut: str, member: str, texts: list[str]) -> Statistic:
    percents = [int(text.split()[0]) if text[0].isdigit() else None for text in texts[:-1]]
    base = texts[-1] if texts[-1] != "–" else ""
    shares = tuple(Share(*pair) for pair in zip(item.substantive, percents, strict=False))
    positive = percents[-1] if item.positive else None
    bands = {"meer dan 80 %": Band.ABOVE, "minder dan 20 %": Band.BELOW}
    band = bands.get(texts[-2]) if item.positive else None
    state = State.SHOWN if base else State.WITHHELD
    return Statistic(audience, item.key, cut, member, state, base, positive, band, shares=shares)


def from_patterns(world: World, audience: str) -> list[Printed]:
    """What `patterns` prints of Flanders and of regions; the page shows the same sentences and numbers."""
    told = json.loads(run(world, "patterns", "--wave", WAVE, "--json").stdout)["tests"]
    browser = signed_in(world.app, "analist", email=f"patronen-{audience}@voorbeeld.example")
    found: list[Printed] = []
    for family in ("level", "region"):
        tests = [one for one in told if (one["audience"], one["family"]) == (audience, family) and one["n"]]
        page = unescape(browser.get(f"/staff/patterns/tests/{WAVE}/{family}").text)
        assert all(one["sentence"] in page for one in tests)
        every = [one for one in told if one["family"] == family]
        assert set(re.findall(r"n = ([\d–]+)", page)) == {one["n"] for one in every if one["n"]}
        for one in tests:
            side = re.search(r"antwoordt (meer|minder) dan", one["sentence"])
            band = {"meer": Band.ABOVE, "minder": Band.BELOW}[side[1]] if side else None
            percent = None if band else one["share"]
            group = ("region", one["region"]) if one["region"] else ("flanders", "vlaanderen")
            found.append(Statistic(audience, one["item"], *group, State.SHOWN, one["n"], percent, band))
    return found


def test_patterns_know_nothing_but_what_is_published(world: World) -> None:
    """Other counts behind the same figures give the same tests, to the last q and tone."""
    with world.session() as session:
        wave = session.get_one(Wave, WAVE)
        before = {one for _id, one in read_tests(session, WAVE)}
        assert any(one.q is not None for one in before)
        session.execute(sa.update(FrozenCount).values(count=FrozenCount.count + 3))
        find_patterns(session, world.settings, wave, load_policy(world.settings))
        assert {one for _id, one in read_tests(session, WAVE)} == before
        session.rollback()


def from_editions(world: World) -> list[Printed]:
    """What the reports of Flanders and of a tiny region are made of."""
    found: list[Printed] = []
    for region in (None, "limburg"):
        with world.session() as session:
            edition = compile_edition(session, world.settings, WAVE, region_key=region)
            content = ReportContent.from_json(json.dumps(edition.content))
        for item in content.items:
            found += [item.flanders, *item.regions, *item.groups]
        for rate in content.rates:
            invited, answered = (str(number or "") for number in (rate.invited, rate.answered))
            one = Participation(rate.audience, rate.cut, rate.member, invited, answered, rate.rr1, rate.rr2)
            found.append(one)
    return found


def test_small_kinds_of_activity_are_rolled_up(world: World) -> None:
    with world.session() as session:
        release = session.scalars(
            sa.select(Release).where(Release.kind == "wave", Release.survey_key == "newcomer")
        ).one()
        assert {"stage", "vereniging", "school", "buurt"} <= set(release.structure["rolled"]["offer_type"])
        told = session.scalars(
            sa.select(ReleasedFigure).where(
                ReleasedFigure.cut == "offer_type", ReleasedFigure.member == "andere"
            )
        ).all()
        assert all(["offer_type", "stage"] in row.cells for row in told)
        stage = session.scalars(
            sa.select(PublishedStatistic.statistic).where(
                PublishedStatistic.cut == "offer_type", PublishedStatistic.member == "stage"
            )
        )
        assert {one["state"] for one in stage} == {"withheld"}


def test_an_edition_repeats_what_is_out_and_is_entered(world: World) -> None:
    with world.session() as session:
        before = session.scalar(sa.select(sa.func.count()).select_from(ReleasedFigure))
        edition = compile_edition(session, world.settings, WAVE)
        entered = session.scalars(sa.select(Release).where(Release.edition_id == edition.id)).all()
        assert {(one.kind, one.survey_key) for one in entered} == {
            ("edition", "newcomer"),
            ("edition", "partner"),
        }
        assert all(one.figures > 0 for one in entered)
        assert session.scalar(sa.select(sa.func.count()).select_from(ReleasedFigure)) == before


def test_an_edition_that_opens_a_group_is_refused_in_words(world: World) -> None:
    """Somebody changes what is stored as published; the ledger does not let it out."""
    with world.session() as session:
        row = session.scalars(
            sa.select(PublishedStatistic).where(
                PublishedStatistic.survey_key == "newcomer",
                PublishedStatistic.cut == "region",
                PublishedStatistic.member == "gent",
                PublishedStatistic.item_key == "experience",
            )
        ).one()
        untouched = dict(row.statistic)
        people = session.scalar(
            sa.select(sa.func.sum(FrozenCount.count)).where(
                FrozenCount.survey_key == "newcomer",
                FrozenCount.member == "gent",
                FrozenCount.item_key == "experience",
                FrozenCount.value.in_(("1", "2", "3", "4", "5")),
            )
        )
        assert 0 < people < 10
        row.statistic = {**untouched, "state": "shown", "base": str(people)}
        session.commit()
        editions = session.scalar(sa.select(sa.func.count()).select_from(Edition))
        with pytest.raises(CompileRefused) as refused:
            compile_edition(session, world.settings, WAVE)
        assert "Deze cijfers gaan niet naar buiten" in str(refused.value)
        assert "Wel mogelijk" in str(refused.value)
        assert "gent" in str(refused.value)
        assert session.scalar(sa.select(sa.func.count()).select_from(Edition)) == editions
        done = run(world, "attack", "--wave", WAVE)
        assert (done.exit_code, "experience region gent" in done.stderr) == (1, True)
        row.statistic = untouched
        session.commit()
    assert run(world, "attack", "--wave", WAVE).exit_code == 0


def test_what_went_out_is_read_by_the_policy_of_then(world: World, tmp_path: Path) -> None:
    """A later policy prints whole percents: read by that, shares of then look exact and cannot all be true."""
    folder = tmp_path / "surveys"
    shutil.copytree(world.settings.surveys_dir, folder)
    policy = (folder / "publication.yaml").read_text(encoding="utf-8")
    later = policy.replace('version: "2026-1"', 'version: "2026-2"').replace("small_step: 5", "small_step: 1")
    (folder / "publication.yaml").write_text(later, encoding="utf-8")
    settings = world.settings.but(surveys_dir=folder)
    with world.session() as session:
        survey = load_version(session, session.get_one(Wave, WAVE).fingerprint("newcomer")).survey
        before = attack_wave(session, world.settings, WAVE, survey)
        assert (before.findings, attack_wave(session, settings, WAVE, survey)) == ((), before)
        assert {row.policy["small_step"] for row in session.scalars(sa.select(Release)) if row.policy} == {5}
        session.execute(sa.update(Release).values(policy=None))
        assert attack_wave(session, settings, WAVE, survey) != before, "read by the policy of today"
        session.rollback()


def test_three_on_paper_are_not_what_is_left_beside_the_links(sqlite_world: World) -> None:
    """Who answered by which road adds up to Flanders: a number for one road may tell the three of another."""
    world, rng = sqlite_world, random.Random(11)
    world.open([Person(partners=(f"Voorbeeldvereniging {number % 9}",)) for number in range(65)])
    links = world.links("partner")
    answer_all(world, (draw(rng, link) for link in links[:52]))
    sheet = {"survey": "partner", "region": "kempen", "agency": "agii", "offer_type": "buddy"}
    with world.session() as session:
        load_responses(session, world.settings, WAVE, [json.dumps({**sheet, "answers": {"match": "3"}})] * 3)
        on_paper = [link.invitation_id for link in links[52:55]]
        session.execute(
            sa.update(Invitation).where(Invitation.id.in_(on_paper)).values(disposition="answered")
        )
        session.commit()
    world.shut()
    rates = json.loads(run(world, "rates", "--wave", WAVE, "--json").stdout)
    told = {(one["cut"], one["member"]): one["answered"] for one in rates if one["audience"] == "partner"}
    assert told["flanders", "vlaanderen"] == "55"
    assert {answered for (cut, _), answered in told.items() if cut == "mode"} == {""}
    assert attacked(world, "partner", []).findings == ()
    phone = Participation("partner", "mode", "phone", answered="52")
    assert [(one.cut, one.member) for one in attacked(world, "partner", [phone]).findings] == [
        ("mode", "paper + assisted")
    ]


def test_a_wave_published_again_with_one_more_answer_is_refused(world: World) -> None:
    """12 answers, then 13: the difference would be what one person said. Last here: it reopens the wave."""
    with world.session() as session:
        for model in (PublishedStatistic, PublishedParticipation, FrozenCount, FrozenGroup):
            session.execute(sa.delete(model))
        session.execute(sa.update(Wave).values(state="open", closed_on=None))
        first = session.scalars(sa.select(Response.id).where(Response.survey_key == "newcomer")).first()
        session.execute(sa.text("DELETE FROM answers WHERE response_id = :id"), {"id": first})
        session.execute(sa.text("DELETE FROM responses WHERE id = :id"), {"id": first})
        session.commit()
    refused = run(world, "wave", "close", WAVE)
    assert refused.exit_code == 1
    assert "Deze cijfers gaan niet naar buiten" in refused.stderr
    with world.session() as session:
        assert session.get_one(Wave, WAVE).state == "open", "nothing of it is left"
        assert not session.scalars(sa.select(FrozenCount)).all()
