"""One wave in which a region asks two questions of its own: asked, answered, closed, published, coarsened."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app import shape
from feedback_app.analysis.counts import WaveCounts
from feedback_app.analysis.models import FrozenCount, PatternTest, PublishedStatistic, ReleasedFigure
from feedback_app.analysis.publish import load_policy
from feedback_app.analysis.release import attack_wave
from feedback_app.analysis.results import wave_results
from feedback_app.analysis.routes import tells_nothing_of_its_route
from feedback_app.database import db
from feedback_app.invitations.models import AUDIENCES, OPEN_SURVEYS, RegionalQuestionnaire, Wave
from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.invitations.waves import add_impact
from feedback_app.questionnaires.catalogues import SURVEYS, path_of, read, write
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.extracting import extract
from feedback_app.questionnaires.regional import joined
from feedback_app.questionnaires.versions import load_version
from feedback_app.reports.gather import gather
from feedback_app.responses import document
from feedback_app.responses.models import Response
from feedback_app.responses.stored_answers import as_given, as_stored
from tests.commands import run
from tests.databases import Databases
from tests.example_catalogues import mark
from tests.integration.test_budgets import FIRST, statements, weight
from tests.pages import CheckedClient
from tests.regional import BUS, LATER, write_region
from tests.world import WAVE, Person, World, respond

OWN = {"kempen_bus", "kempen_later"}
COLUMNS = ("wave_key", "survey_key", "cut", "member", "item_key", "value")
REST = {"experience": "4", "match": "3", "informed": "yes", "support": "yes", "dutch": "much"}


def translate(texts: Path, surveys: Path, locale: str) -> None:
    """Add the region's texts to the catalogue of one language."""
    path = path_of(texts, locale, SURVEYS)
    there = read(path)
    wanted = [one for one in extract(SURVEYS, surveys).entries if "kempen_" in (one.context or "")]
    stays = ("keep: * (voorbeeld voor proeven)",)
    own = (replace(one, target=(f"{mark(locale)} {one.source[0]}",), notes=stays) for one in wanted)
    write(path, replace(there, entries=(*there.entries, *own)))


@pytest.fixture(scope="module")
def kempen(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[World]:
    """A wave with two questions of Kempen in Dutch, Ukrainian and English: nobody translated them further."""
    folder = tmp_path_factory.mktemp("kempen")
    surveys = folder / "surveys"
    shutil.copytree("surveys", surveys, ignore=shutil.ignore_patterns("audio"))
    write_region(surveys, BUS, LATER)
    texts = folder / "translations"
    shutil.copytree(example_catalogues, texts)
    for locale in ("uk", "en"):
        translate(texts, surveys, locale)
    with databases.migrated("sqlite") as url:
        world = World(url, folder, texts, surveys_dir=surveys)
        people = [Person() for _ in range(64)] + [Person(region="gent", agency="amal") for _ in range(30)]
        people += [Person(offer_type="stage") for _ in range(3)]
        people += [Person(language=one) for one in ("ar", *["en"] * 6, *["fr"] * 5)]
        world.open(people)
        yield world
        world.close()


def page_of(client: CheckedClient, token: str, lang: str = "nl") -> str:
    return client.get(f"/s/{token}?lang={lang}").text


def test_only_the_region_is_asked_and_nobody_in_two_languages(kempen: World) -> None:
    client = kempen.client
    links = {one.region: one.token for one in kempen.links()}
    own, other = page_of(client, links["kempen"]), page_of(client, links["gent"])
    assert all(f'name="{key}"' in own for key in OWN)
    assert not any(key in other for key in OWN)
    arabic = page_of(client, links["kempen"], "ar")
    assert 'lang="ar"' in arabic and not any(key in arabic for key in OWN)
    translated = page_of(client, links["kempen"], "uk")
    assert all(f"{mark('uk')} {item['text']}" in translated for item in (BUS, LATER))
    assert own.count('name="lang"') == other.count('name="lang"') > 4  # no language is lost for it
    versions = {re.search(r'name="version" value="(\w+)"', one)[1] for one in (own, other, arabic)}  # type: ignore[index]
    assert len(versions) == 2


def test_looking_stays_one_statement_and_one_page_for_all(kempen: World) -> None:
    client = kempen.client
    alike = [link for link in kempen.links() if (link.region, link.offer_type) == ("kempen", "buddy")]
    one, other = [link.token for link in alike[:2]]
    page = page_of(client, one)
    with statements(kempen) as heard:
        assert page_of(client, other) == page
    assert len(heard) == 1


def test_a_page_that_is_too_heavy_comes_without_the_regions_questions(
    kempen: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, token = kempen.client, next(one.token for one in kempen.links() if one.region == "kempen")
    page = client.get(f"/s/{token}?lang=nl", headers={"Accept-Encoding": "gzip"})
    assert weight(page) <= FIRST
    assert weight(page) - len(page.data) <= FIRST - document.MOST_BYTES  # the headers have their room
    library = kempen.app.extensions["documents"]
    for most in (len(page.data) - 1, document.MOST_BYTES):
        monkeypatch.setattr(document, "MOST_BYTES", most)
        library.rooms.forget()
        shown = page_of(client, token)
        assert all((key in shown) is (most > len(page.data)) for key in OWN)


def test_some_months_later_every_region_is_asked_the_same(kempen: World) -> None:
    with kempen.session() as session:
        asked = add_impact(session, kempen.settings, WAVE).fingerprint("impact")
        wanted = (NewLink("kiosk", "kempen", "agii", "buddy", "Voorbeeldplek", key) for key in OPEN_SURVEYS)
        own, later = (
            f"/k/{make_link(session, kempen.settings, one, region=None).code}?lang=nl" for one in wanted
        )
    client = kempen.client
    shown, other = client.get(own).text, client.get(later).text
    with statements(kempen) as heard:
        assert (client.get(own).text, client.get(later).text) == (shown, other)
    assert len(heard) == 2
    assert all(key in shown and key not in other for key in OWN)
    assert 'data-state="stored"' in client.post(later, data={"still": "yes", "kempen_bus": "hard"}).text
    line = {"survey": "impact", "region": "kempen", "agency": "agii", "offer_type": "buddy"}
    text = json.dumps({**line, "answers": {"still": "no"}})
    assert run(kempen, "responses", "load", "-", "--wave", WAVE, text=text).exit_code == 0
    rows = [row for row in kempen.rows(Response) if row["survey_key"] == "impact"]
    assert [(row["fingerprint"], row["region_key"]) for row in rows] == [(asked, "kempen")] * 2
    assert not OWN & {item for _, item, _ in kempen.answers()}


def test_everything_after_answering(kempen: World) -> None:
    client = kempen.client
    version = re.search(r'name="version" value="(\w+)"', page_of(client, kempen.token()))
    assert version
    counted: Counter[str] = Counter()
    hidden = 0
    for link in kempen.links():
        number = counted[f"{link.region} {link.offer_type}"]
        counted[f"{link.region} {link.offer_type}"] += 1
        more = {"welcome": "no" if number % 3 == 0 else "yes", "contacts": "no" if number % 2 else "still"}
        later = (["sport"], ["learn", "help"], ["sport", "help"])[number % 3]
        own = {"kempen_bus": "easy" if number % 4 == 1 else "hard", "kempen_later": later}
        lang = link.language
        hidden += link.region == "kempen" and lang in ("nl", "en") and more["contacts"] == "still"
        answers = {**REST, **more, **own}
        assert 'data-state="stored"' in respond(client, link.token, answers, lang=lang).text
    with kempen.session() as session:
        edition = session.scalar(sa.select(RegionalQuestionnaire.fingerprint))
        core = session.get_one(Wave, WAVE).fingerprint("newcomer")
        asked = dict(
            session.execute(
                sa.select(Response.fingerprint, sa.func.count())
                .where(Response.survey_key == "newcomer")
                .group_by(Response.fingerprint)
            ).all()
        )
        assert asked == {edition: 73, core: 36}  # Ghent, and who answered in Arabic or French
        said = session.execute(sa.select(Response.region_key, Response.answers)).all()
        assert {region for region, answers in said if OWN & answers.keys()} == {"kempen"}
        assert sum(answers.get("kempen_bus") == ("not_shown",) for _, answers in said) == hidden
    kempen.shut()
    with kempen.session() as session:
        cuts = session.execute(
            sa.select(FrozenCount.cut, FrozenCount.member).where(FrozenCount.item_key.in_(OWN)).distinct()
        ).all()
        assert cuts == [("region", "kempen")]
        shown = {
            row.item_key: row
            for row in session.scalars(
                sa.select(PublishedStatistic).where(PublishedStatistic.item_key.in_(OWN))
            )
        }
        assert {(row.cut, row.member) for row in shown.values()} == {("region", "kempen")}
        assert shown["kempen_bus"].statistic["base"] and shown["kempen_later"].statistic["base"]
        ledger = set(session.scalars(sa.select(ReleasedFigure.item_key)))
        assert ledger >= OWN
        left = {
            (region, name): number
            for region, name, number in session.execute(
                sa.select(Response.region_key, Response.fingerprint, sa.func.count())
                .where(Response.survey_key == "newcomer")
                .group_by(Response.region_key, Response.fingerprint)
            )
        }
        # three of a rare kind of activity and the only one in Arabic lost their region, and what would tell
        # it; of those whose language is now one of a group, six answered what comes in English alone
        assert left == {
            ("kempen", edition): 64,
            ("kempen", core): 11,
            ("gent", core): 30,
            ("vlaanderen", core): 4,
        }
        rows = session.execute(sa.select(Response.region_key, Response.fingerprint, Response.answers))
        kept = Counter((region, asked) for region, asked, answers in rows if OWN & answers.keys())
        assert kept == {("kempen", edition): 64}
        written = session.scalars(sa.select(sa.type_coerce(Response.answers, sa.Text))).all()
        assert all(one == as_stored(as_given(one)) for one in written), (
            "nor tells the form who was asked more"
        )
        found = attack_wave(session, kempen.settings, WAVE, load_version(session, core).survey)
        assert found.findings == ()


def test_what_was_said_is_shown_in_that_region_alone(kempen: World, tmp_path: Path) -> None:
    with kempen.app.test_request_context("/"):
        session = db.session
        wave = session.get_one(Wave, WAVE)
        shown = {region: wave_results(session, wave, region, region)[0] for region in ("kempen", "gent")}
        whole = wave_results(session, wave, None, "")[0]
        assert [one.question for one in shown["kempen"].own] == [BUS["text"], LATER["text"]]
        assert shown["kempen"].own[0].columns == ("kempen",)
        assert not shown["gent"].own and not whole.own
        assert [one.question for one in whole.tables] == [one.question for one in shown["kempen"].tables]
        content = {
            region: gather(session, kempen.settings, wave, region_key=region, locale="nl", draft=True)
            for region in ("kempen", "gent", None)
        }
        assert {one.key for one in content["kempen"].own} == OWN
        assert not content["gent"].own and not content[None].own
        assert not OWN & {one.key for each in content.values() for one in each.items}
        sides = {one.audience for one in content["kempen"].items}
        assert sides == {one.audience for one in content["kempen"].questionnaires} == {*AUDIENCES, "impact"}
        words = {region: each.to_json() for region, each in content.items()}
        assert BUS["text"] in words["kempen"]
        assert not any("kempen_" in words[region] for region in ("gent", None))
        tested = {one["item"] for one in session.scalars(sa.select(PatternTest.proposal))}
        assert tested and not OWN & tested
    done = run(kempen, "tables", "--wave", WAVE, "--out", str(tmp_path))
    assert done.exit_code == 0
    lines = (tmp_path / f"{WAVE}-newcomer.csv").read_text().splitlines()
    own = [line.split(",") for line in lines if "kempen_" in line]
    assert own and {tuple(line[1:3]) for line in own} == {("region", "kempen")}
    assert run(kempen, "attack", "--wave", WAVE).exit_code == 0


@pytest.mark.parametrize(
    ("still", "lost", "no", "may"),
    [
        (30, 12, 11, True),
        (3, 20, 20, False),  # the three who said something else would be known to be at most three
        (0, 20, 20, False),  # that nobody did, too
        (30, 3, 20, False),  # those three are the least that the two answers leave
        (4, 2, 1, False),  # too few for anything
    ],
)
def test_a_question_is_held_back_where_its_number_would_open_the_core(
    kempen: World, still: int, lost: int, no: int, may: bool
) -> None:
    with kempen.session() as session:
        core = load_version(session, session.get_one(Wave, WAVE).fingerprint("newcomer")).survey
        own = joined(core, "kempen", [shape.read(Item, BUS)])
        session.execute(
            sa.delete(FrozenCount).where(
                FrozenCount.cut == "region",
                FrozenCount.member == "kempen",
                FrozenCount.item_key.in_(("contacts", "kempen_bus")),
            )
        )
        asked = {"easy": (lost + no) // 2, "hard": lost + no - (lost + no) // 2, "not_shown": still}
        counts = {
            "contacts": {"still": still, "not_any_more": lost, "no": no},
            "kempen_bus": asked,
        }
        for item, values in counts.items():
            for value, count in values.items():
                where = (WAVE, "newcomer", "region", "kempen", item, value)
                if count:
                    session.add(FrozenCount(**dict(zip(COLUMNS, where, strict=True)), count=count))
        session.flush()
        policy = load_policy(kempen.settings)
        group = {"region": ("kempen",)}
        both = [WaveCounts(session, WAVE, own, group, policy, items) for items in (None, own.regional)]
        assert tells_nothing_of_its_route(*both, own.regional[0], "kempen") is may
        session.rollback()
