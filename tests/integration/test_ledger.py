"""A wave full of tiny groups: all that leaves the house is attacked together, and the ledger keeps watch."""

import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.analysis.attacker import Program, rows_of
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
from feedback_app.analysis.monitor import ROUNDED, WaveResponse, response_counts
from feedback_app.analysis.publish import load_policy, members, published_themes
from feedback_app.analysis.published import read_participation
from feedback_app.analysis.published_patterns import read_tests
from feedback_app.analysis.release import attack_wave
from feedback_app.analysis.statistic import Participation
from feedback_app.analysis.tables import Cell, Figure
from feedback_app.database import random_id
from feedback_app.invitations.models import AUDIENCES, Invitation, Wave
from feedback_app.invitations.waves import add_impact
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.versions import load_version
from feedback_app.reports.compile import CompileRefused, compile_edition
from feedback_app.reports.models import Edition
from feedback_app.responses.load import load_responses
from feedback_app.responses.models import Remark, RemarkTheme, Response
from feedback_app.staff.models import ROLES
from tests.answering import answer_all, draw
from tests.commands import run
from tests.leaving import from_commands, from_editions, from_files, from_pages, from_patterns
from tests.told import Telling, tell
from tests.walking import colleagues, pages_of
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
REGIONS = tuple(dict.fromkeys(place[0] for place in PLACES))
#: region → what so many people said some months later
LATER = {
    "kempen": {"dutch_before": {"1": 30, "3": 12}, "dutch_now": {"3": 30, "1": 12}},
    "limburg": {"dutch_before": {"1": 8, "3": 3}, "dutch_now": {"1": 2, "3": 9}},
    "gent": {"dutch_before": {"1": 2}, "dutch_now": {"3": 2}},
}
#: (theme, region) → coded remarks of newcomers
REMARKS = {("T02", "kempen"): 49, ("T02", "limburg"): 11, ("T02", "gent"): 3, ("T14", "brugge"): 2}
#: what the page of the open wave showed last, to who sees all and to each region
MONITORED: list[WaveResponse] = []


def write_remarks(world: World, remarks: Mapping[tuple[str, str], int], month: str = "2026-05") -> None:
    blank = {
        "month": month,
        "text": "",
        "state": "coded",
        "wave_key": WAVE,
        "survey_key": "newcomer",
        "item_key": "remark",
        "locale": "nl",
    }
    with world.session() as session:
        for (theme, region), number in remarks.items():
            for _ in range(number):
                one = Remark(id=random_id(), region_key=region, **blank)
                session.add(one)
                session.flush()
                session.add(RemarkTheme(remark_id=one.id, theme_key=theme))
        session.commit()


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
    with made.session() as session:
        add_impact(session, made.settings, WAVE)
        MONITORED[:] = [response_counts(session, WAVE, region) for region in (None, *REGIONS)]
    tell(made, WAVE, *(Telling("impact", region, said) for region, said in LATER.items()))
    write_remarks(made, REMARKS)
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
    found: dict[str, list[Printed]] = {audience: [] for audience in (*AUDIENCES, "impact")}
    found["impact"] += from_files(world, "impact", tmp_path)
    for audience in AUDIENCES:
        found[audience] += from_monitor(audience)
        found[audience] += from_files(world, audience, tmp_path)
        found[audience] += from_commands(world, audience)
        found[audience] += from_pages(world, audience)
        found[audience] += from_patterns(world, audience)
    for one in from_editions(world):
        found[one.audience].append(one)
    assert attacked(world, "impact", found["impact"]).findings == ()
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


def from_monitor(audience: str) -> Iterator[Participation]:
    """What the page of the open wave last said: who was invited, and down to fives who answered."""
    for place, shown in zip((None, *REGIONS), MONITORED, strict=True):
        groups = [("region", key, group[audience]) for key, group in shown.regions.items()]
        if place is None:
            groups.append(("flanders", "vlaanderen", shown.total[audience]))
        if audience == "newcomer":
            groups += [("agency", key, group) for key, group in shown.agencies.items()]
        for cut, member, group in groups:
            invited, answered = group.invited.shown, group.answered.shown
            answered_in = "" if answered is None else f"{answered}–{answered + ROUNDED - 1}"
            yield Participation(audience, cut, member, str(invited or ""), answered_in)


def test_languages_of_the_open_wave_beside_all_that_is_published_open_no_group(world: World) -> None:
    """Groups by the language somebody was invited in: not those of the results, but with the same sum."""
    [total] = [one for one in from_monitor("newcomer") if one.cut == "flanders"]
    with world.session() as session:
        query = sa.select(Invitation.contact_language, sa.func.count()).where(
            Invitation.disposition == "answered", Invitation.audience == "newcomer"
        )
        answered = session.execute(query.group_by(Invitation.contact_language)).all()
        out = read_participation(session, WAVE, "newcomer")
    shown = MONITORED[0].languages
    cells = {key: Cell.of(group=key) for key in shown}
    order = {cell: at for at, cell in enumerate(sorted(cells.values()))}
    known = {key: one.answered.shown for key, one in shown.items() if one.answered.shown is not None}
    facts = [Figure(frozenset((cells[key],)), low, low + ROUNDED - 1) for key, low in known.items()]
    texts = [total.answered, *(one.answered for one in out if one.cut == "flanders")]
    facts += [Figure(frozenset(order), *people(text)) for text in texts if text]
    few = [cells[GROUPS.get(key, key)] for key, number in answered if 0 < number < 5]
    assert few and len(texts) == 2
    rows = [row for fact in facts for row in rows_of(fact, order)]
    assert Program(len(order), rows).opened([[order[cell]] for cell in few], 5) == []


def test_what_is_printed_of_remarks_opens_no_theme_of_a_few(world: World) -> None:
    """Per theme, of Flanders and of each region, in the edition of today and in one after two more remarks."""
    before = themes_printed(world)
    write_remarks(world, {("T02", "limburg"): 1, ("T14", "kempen"): 1}, "2026-06")
    after = themes_printed(world)
    with world.session() as session:
        session.execute(sa.delete(Remark).where(Remark.month == "2026-06"))
        session.commit()
    assert before["", "T02"] == "65" and before["gent", "T02"] == ""
    facts, cells = [], {}
    for theme in ("T02", "T14"):
        for told, late in ((before, ("",)), (after, ("", "later"))):
            for place in ("", *REGIONS):
                part = frozenset(
                    cells.setdefault((theme, region, when), Cell.of(theme=theme, region=region, when=when))
                    for region in ((place,) if place else REGIONS)
                    for when in late
                )
                facts.append(Figure(part, *people(told[place, theme])))
    order = {cell: at for at, cell in enumerate(sorted(cells.values()))}
    real = {**{(*key, ""): number for key, number in REMARKS.items()}}
    real |= {("T02", "limburg", "later"): 1, ("T14", "kempen", "later"): 1}
    few = [cells[key] for key, number in real.items() if number < 5]
    assert len(few) == 4
    rows = [row for fact in facts for row in rows_of(fact, order)]
    assert Program(len(order), rows).opened([[order[cell]] for cell in few], 5) == []


def themes_printed(world: World) -> dict[tuple[str, str], str]:
    """(Region or "", theme) → the number as every report and page prints it."""
    found = {(place, theme): "" for place in ("", *REGIONS) for theme in ("T02", "T14")}
    with world.session() as session:
        policy = load_policy(world.settings)
        for place in ("", *REGIONS):
            printed = published_themes(session, WAVE, "newcomer", place or None, policy)
            found |= {(place, theme): text for theme, text in printed.items()}
    return found


def people(text: str) -> tuple[int, int]:
    """The least and the most remarks behind a printed number; nothing is printed below ten."""
    if not text:
        return 0, 9
    first, _, last = text.partition("–")
    return (int(first), int(last)) if last else (int(first) - 2, int(first) + 2)


def test_no_page_and_no_report_knows_more_than_what_is_published(world: World) -> None:
    """Other answers behind the same published figures: every page of every role, and the PDF, stay the same."""
    with world.session() as session:
        edition = compile_edition(session, world.settings, WAVE, region_key="limburg")
        values = {"wave_key": WAVE, "region_key": "limburg", "edition_id": edition.id, "family": "level"}
        pdf = text_of_pdf(edition.pdf)
    browsers = colleagues(world.app)
    pages_of(world.app, browsers, values)  # what only a first visit does
    before = pages_of(world.app, browsers, values)
    assert {address.split()[0] for address in before} == set(ROLES)
    assert any(f"{WAVE}/results?region=limburg" in address for address in before)
    kept = world.rows(FrozenCount), world.rows(FrozenGroup), world.rows(Invitation)
    with world.session() as session:
        session.execute(sa.update(FrozenCount).values(count=FrozenCount.count + 3))
        groups = session.scalars(sa.select(FrozenGroup)).all()
        for one in groups:
            one.outcomes = {code: number + 2 for code, number in one.outcomes.items()}
        session.execute(sa.update(Invitation).values(disposition="unknown"))
        session.execute(sa.text("UPDATE responses SET answers = '[]'"))
        session.commit()
    after = pages_of(world.app, browsers, values)
    assert [address for address in before if before[address] != after.get(address)] == []
    with world.session() as session:
        again = compile_edition(session, world.settings, WAVE, region_key="limburg")
        assert text_of_pdf(again.pdf) == pdf
        for model, rows in zip((FrozenCount, FrozenGroup), kept, strict=False):
            session.execute(sa.delete(model))
            session.execute(sa.insert(model), rows)
        for row in kept[2]:
            of = sa.update(Invitation).where(Invitation.id == row["id"])
            session.execute(of.values(disposition=row["disposition"]))
        session.commit()


def text_of_pdf(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


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
            ("edition", "impact"),
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
        # its only agency is opened with the region in some waves, and is named first then; `attack` names both
        assert re.search("“experience”, (regio gent|agentschap amal)", str(refused.value))
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
        session.execute(sa.text("DELETE FROM responses WHERE id = :id"), {"id": first})
        session.commit()
    refused = run(world, "wave", "close", WAVE)
    assert refused.exit_code == 1
    assert "Deze cijfers gaan niet naar buiten" in refused.stderr
    with world.session() as session:
        assert session.get_one(Wave, WAVE).state == "open", "nothing of it is left"
        assert not session.scalars(sa.select(FrozenCount)).all()
