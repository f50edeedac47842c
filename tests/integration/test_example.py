"""Example data: the same for the same seed, something to find in it, nobody real, and marked everywhere."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app import create_app
from feedback_app.analysis.models import PublishedParticipation, PublishedStatistic, ReleasedFigure
from feedback_app.analysis.published import read_statistics
from feedback_app.analysis.statistic import State
from feedback_app.database import db
from feedback_app.example.colleagues import address, example_password
from feedback_app.example.draw import stream
from feedback_app.example.load import FEWEST, ExampleRefused, Loaded, load_example, periods_of
from feedback_app.example.people import make_people
from feedback_app.example.texts import load_remarks
from feedback_app.exchange.models import Practice
from feedback_app.invitations.models import AUDIENCES, OPEN_MODES, Invitation, OpenLink, Wave
from feedback_app.invitations.tokens import token_for
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.loading import load_codes, load_regions, load_themes
from feedback_app.reports.content import ReportContent, Step
from feedback_app.reports.gather import gather
from feedback_app.reports.told_models import ToldText
from feedback_app.responses.models import Remark, Response
from feedback_app.signals.models import Signal, SignalEvent
from feedback_app.staff.accounts import passwords
from feedback_app.staff.models import ROLES, Account
from feedback_app.staff.roles import ACCESS
from feedback_app.trajectories.contacts import unseal
from feedback_app.trajectories.models import ImportBatch, Partner, Trajectory
from feedback_app.web.marking import LOADING, mark_example
from tests.commands import run
from tests.databases import KINDS, Databases
from tests.staff import Browser
from tests.world import Person, World

DAY = date(2026, 11, 23)
OLDER, NEWER, OPEN = "2025-H2", "2026-H1", "2026-H2"
OTHER_SECRET = "an-other-secret-ABCDEFGHIJKLMNOPQRSTUVWXYZ-012"
STAFF_MARK, PUBLIC_MARK = "Voorbeeldgegevens", "Voorbeeld: deze gegevens zijn niet echt."


def load(world: World, trajectories: int, seed: int = 1) -> Loaded:
    """Load example data as the command does, on a fixed day."""
    with world.session() as session:
        return load_example(
            session, world.settings, passwords(), trajectories=trajectories, seed=seed, day=DAY
        )


@pytest.fixture(scope="module")
def example(databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path) -> Any:
    """An installation of the demo's size; the tests only look."""
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("example"), example_catalogues)
        load(world, 2400)
        yield world
        world.close()


def column(world: World, query: sa.Select[Any]) -> list[Any]:
    """The first column of what a query finds."""
    with world.session() as session:
        return list(session.scalars(query))


def figure(world: World, wave: str, survey: str, item: str, cut: str = "flanders", member: str = "") -> int:
    """A published positive share, in percent."""
    with world.session() as session:
        found = read_statistics(session, wave, survey, cut=cut, member=member or None)
    percent = next(one.positive for one in found if one.item == item)
    assert percent is not None, f"{item} in {member} is not published"
    return percent


def content(world: World) -> dict[str, Any]:
    """What readers get to see of a loaded installation, without random keys."""
    with world.session() as session:
        published = {
            model.__tablename__: sorted(
                (tuple(row) for row in session.execute(sa.select(*model.__table__.columns))), key=repr
            )
            for model in (PublishedStatistic, PublishedParticipation)
        }
        said = sa.select(Remark.wave_key, Remark.locale, Remark.text, Remark.state, Remark.quote_state)
        remarks = sorted(map(tuple, session.execute(said)))
        raised = sa.select(Signal.wave_key, Signal.title, Signal.finding)
        signals = sorted(map(tuple, session.execute(raised)))
        people = sorted(map(tuple, session.execute(sa.select(Trajectory.id, Trajectory.ended_on))))
    return {**published, "remarks": remarks, "signals": signals, "people": people}


def test_the_same_number_and_seed_give_the_same_content_whatever_database_and_secret(
    databases: Databases, tmp_path: Path, example_catalogues: Path
) -> None:
    found = []
    for kind, more in ((KINDS[0], {}), (KINDS[1], {"secret_key": OTHER_SECRET})):
        with databases.migrated(kind) as url:
            world = World(url, tmp_path, example_catalogues)
            world.settings = world.settings.but(**more)
            load(world, 2 * FEWEST, 7)
            found.append(content(world))
            world.close()
    periods = tuple(periods_of(DAY, 2 * FEWEST))
    drawn = (make_people(stream(seed, "people"), world.settings, periods, DAY) for seed in (7, 8))
    these, others = (sorted((x["id"], x["ended_on"]) for x in people.trajectories) for people in drawn)
    assert found[0] == found[1] and these == found[0]["people"] != others, "another seed, other people"


# --- what is in it ----------------------------------------------------------------------------------


def test_three_waves_two_of_them_closed(example: World) -> None:
    with example.session() as session:
        waves = {one.key: one for one in session.scalars(sa.select(Wave))}
    assert {key: one.state for key, one in waves.items()} == {OLDER: "closed", NEWER: "closed", OPEN: "open"}
    assert waves[NEWER].closed_on == date(2026, 7, 28)
    assert len(column(example, sa.select(ImportBatch.id))) == 3


@pytest.mark.parametrize("wave", [OLDER, NEWER, OPEN])
def test_every_region_offer_type_and_many_languages_were_invited_on_both_sides(
    example: World, wave: str
) -> None:
    folder = example.settings.surveys_dir
    for audience in ("newcomer", "partner"):
        mine = (Invitation.wave_key == wave, Invitation.audience == audience)
        regions = column(example, sa.select(Invitation.region_key).where(*mine))
        assert set(regions) == set(load_regions(folder))
        assert regions.count("antwerpen") > 5 * regions.count("westhoek")
        types = set(column(example, sa.select(Invitation.offer_type).where(*mine)))
        assert types == {one.key for one in load_codes(folder).offer_types}
    spoken = column(example, sa.select(Invitation.contact_language).where(Invitation.wave_key == wave))
    assert len(set(spoken)) == 21


def test_responses_are_in_offered_languages_and_several_modes(example: World) -> None:
    rows = example.rows(Response)
    spoken = {row["locale"] for row in rows if row["wave_key"] == OPEN}
    assert spoken == {"nl", "ar", "uk", "fa_AF", "en", "fr", "ti"}
    modes = [row["mode"] for row in rows if row["survey_key"] in AUDIENCES]  # nobody is invited to impact
    assert modes.count("phone") > 0.8 * len(modes)
    assert {"paper", "assisted", "kiosk"} < set(modes)
    assert any(not row["complete"] for row in rows)
    outcomes = set(column(example, sa.select(Trajectory.outcome)))
    assert outcomes == {"completed", "stopped"}


def test_participation_is_plausible_and_the_open_wave_is_not_done(example: World) -> None:
    rows = example.rows(Invitation)

    def answered(wave: str, audience: str) -> float:
        mine = [r["disposition"] for r in rows if (r["wave_key"], r["audience"]) == (wave, audience)]
        return mine.count("answered") / len(mine)

    for wave in (OLDER, NEWER):
        assert 0.30 < answered(wave, "newcomer") < 0.40
        assert 0.55 < answered(wave, "partner") < 0.65
    assert 0.05 < answered(OPEN, "newcomer") < answered(NEWER, "newcomer")
    assert {"bounced", "refused", "delivered", "unknown"} < {row["disposition"] for row in rows}


def test_answers_belong_to_answered_invitations_one_to_one(example: World) -> None:
    invited = [
        row
        for row in example.rows(Response)
        if row["survey_key"] in AUDIENCES and row["mode"] not in OPEN_MODES
    ]
    answered = [row for row in example.rows(Invitation) if row["disposition"] == "answered"]
    for wave in (OLDER, NEWER, OPEN):
        assert sum(r["wave_key"] == wave for r in invited) == sum(r["wave_key"] == wave for r in answered)
    assert all(row["answers"] for row in example.rows(Response))


def test_the_differences_put_in_can_be_found_in_published_figures(example: World) -> None:
    limburg = [figure(example, wave, "newcomer", "informed", "region", "limburg") for wave in (OLDER, NEWER)]
    assert limburg[0] - limburg[1] >= 15
    assert figure(example, NEWER, "newcomer", "informed") - limburg[1] >= 10
    for wave in (OLDER, NEWER):
        buddy = figure(example, wave, "newcomer", "contacts", "offer_type", "buddy")
        practice = figure(example, wave, "newcomer", "contacts", "offer_type", "taaloefenkans")
        assert buddy - practice >= 20
        reached = figure(example, wave, "partner", "reachable")
        assert reached - figure(example, wave, "newcomer", "support") >= 6
    assert figure(example, NEWER, "partner", "roles") - figure(example, OLDER, "partner", "roles") >= 12


def test_remarks_are_coded_and_quotes_released_by_someone_else(example: World) -> None:
    remarks = example.rows(Remark)
    assert len({row["locale"] for row in remarks}) == 7
    quotes = [row for row in remarks if row["quote_state"] == "released"]
    assert len(quotes) == 12
    assert {row["quote_state"] for row in remarks} == {"none", "proposed", "released"}
    for row in quotes:
        assert row["state"] == "coded"
        assert row["quote"]
        assert row["released_by"] != row["proposed_by"]
    assert {row["state"] for row in remarks if row["wave_key"] == OPEN} == {"new"}


def test_what_was_told_back_is_there_in_other_languages_reviewed_by_a_second_colleague(
    example: World,
) -> None:
    roles, texts = {row["id"]: row["role"] for row in example.rows(Account)}, example.rows(ToldText)
    assert {row["locale"] for row in texts} == {"en", "fr", "ar", "fa_AF", "ti", "uk"}
    (arabic,) = (row for row in texts if row["locale"] == "ar")
    assert [roles[arabic[name]] for name in ("written_by", "reviewed_by")] == ["vertaler", "beheerder"]
    assert arabic["doing"] in example.client.get("/terugkoppeling/ar").text


def test_signals_are_in_several_states_and_one_was_told_back(example: World) -> None:
    rows = example.rows(Signal)
    told = [row for row in rows if row["state"] == "teruggekoppeld"]
    assert [row["wave_key"] for row in told] == [OLDER]
    assert told[0]["answer"].startswith("Voorbeeld")
    assert told[0]["answered_on"]
    raised = [row for row in rows if row["code"]]
    assert 7 <= len(raised) <= 8
    assert len({row["state"] for row in rows}) == 9, "the board of the demo has something in every state"
    assert (
        6 <= sum(row["state"] in ("pre_signaal", "getoetst") and not row["is_practice"] for row in rows) <= 8
    )
    assert 2 <= sum(row["is_practice"] for row in rows) <= 3
    for row in rows:
        assert row["observation"].startswith("Voorbeeld")
        assert "{" not in row["finding"]
    assert any(re.search(r"\d+ % \(n = ", row["finding"]) for row in raised)
    steps = column(example, sa.select(SignalEvent.at).where(SignalEvent.signal_id == told[0]["id"]))
    assert len(set(steps)) == len(steps) == 9


def test_a_final_report_waits_for_a_second_person_to_validate_a_signal(example: World) -> None:
    rows = [row for row in example.rows(Signal) if not row["is_practice"]]
    with example.session() as session:
        wave = session.get_one(Wave, NEWER)
        draft, final = (
            gather(session, example.settings, wave, region_key=None, locale="nl", draft=draft)
            for draft in (True, False)
        )
    waiting = {row["code"] for row in rows if (row["wave_key"], row["state"]) == (NEWER, "signaal")}
    assert waiting, "a signal that nobody validated yet"
    assert {one.code for one in draft.signals} - {one.code for one in final.signals} == waiting
    assert "signaal" not in {one.state for one in (*final.signals, *final.follow_ups)}


def test_a_report_tells_the_course_of_a_question_from_what_the_ledger_has(example: World) -> None:
    with example.session() as session:
        wave = session.get_one(Wave, NEWER)
        whole = gather(session, example.settings, wave, region_key=None, locale="nl", draft=True)
        own = gather(session, example.settings, wave, region_key="limburg", locale="nl", draft=True)
        rows = session.execute(
            sa.delete(ReleasedFigure).where(
                ReleasedFigure.wave_key == OLDER, ReleasedFigure.item_key == "informed"
            )
        )
        assert rows.rowcount > 10
        forgotten = gather(session, example.settings, wave, region_key=None, locale="nl", draft=True)
        session.rollback()

    def course(content: ReportContent) -> tuple[Step, ...]:
        return next(
            one.course for one in content.items if (one.audience, one.key) == ("newcomer", "informed")
        )

    assert [step.statistic.positive for step in course(whole)] == [
        figure(example, wave, "newcomer", "informed") for wave in (OLDER, NEWER)
    ]
    assert [(step.wave, step.broken, step.frame) for step in course(whole)] == [
        (OLDER, False, None),
        (NEWER, False, None),
    ]
    here, beside = zip(*((step.statistic, step.frame) for step in course(own)), strict=True)
    assert {one.member for one in here} == {"limburg"}
    assert list(beside) == [step.statistic for step in course(whole)]
    assert [step.statistic.state for step in course(forgotten)] == [State.WITHHELD, State.SHOWN]
    assert {one.member for item in own.items for one in (*item.regions, *item.groups)} == {"limburg"}
    assert {(one.cut, one.member) for one in own.rates} == {("flanders", "vlaanderen"), ("region", "limburg")}


def test_a_fiche_brings_its_figures_and_quotes_and_nothing_is_quoted_twice(example: World) -> None:
    with example.session() as session:
        wave = session.get_one(Wave, NEWER)
        told = gather(session, example.settings, wave, region_key=None, locale="nl", draft=True)
    behind = {name for signal in told.signals for name in signal.items}
    assert {"newcomer.informed", "newcomer.support", "partner.reachable"} <= behind
    quoted = [quote.text for signal in told.signals for quote in signal.quotes]
    assert quoted and len(set(quoted)) == len(quoted)
    assert not set(quoted) & {quote.text for quote in told.quotes}
    assert all(signal.theme in quote.themes for signal in told.signals for quote in signal.quotes)


def test_two_practices_were_released_by_a_second_person_and_one_waits(example: World) -> None:
    rows = example.rows(Practice)
    assert sorted(row["state"] for row in rows) == ["released", "released", "waiting"]
    assert all(row["what"].startswith("Voorbeeld") and row["signal_id"] for row in rows)
    with example.session() as session:
        wave = session.get_one(Wave, NEWER)
        told = gather(session, example.settings, wave, region_key=None, locale="nl", draft=True).practices
    assert sorted(one.title for one in told) == sorted(row["title"] for row in rows if row["released_by"])


def test_remarks_in_the_file_are_many_different_and_about_a_known_theme(example: World) -> None:
    themes = load_themes(example.settings.surveys_dir)
    written = [
        (locale, one)
        for by_language in load_remarks().values()
        for locale, several in by_language.items()
        for one in several
    ]
    assert len({one.text for _, one in written}) == len(written) >= 40
    assert {locale for locale, _ in written} == {"nl", "en", "fr", "ar", "uk", "fa_AF", "ti"}
    assert [one.text for locale, one in written if locale != SOURCE and not one.dutch] == []
    assert {theme for _, one in written for theme in one.themes} <= set(themes)


# --- nobody real ------------------------------------------------------------------------------------


def test_nothing_could_be_a_real_organisation_or_person(example: World) -> None:
    for partner in example.rows(Partner):
        assert re.fullmatch(r"Voorbeeld .* vzw", partner["name"])
        assert partner["email"].endswith(".example")
        assert partner["kbo"] is None
    contacts = [
        unseal(example.settings.contact_keys, row[name])
        for row in example.rows(Trajectory)
        for name in ("phone_sealed", "email_sealed")
        if row[name]
    ]
    assert len(contacts) > 50
    for contact in contacts:
        assert re.fullmatch(r"\+447700900\d{3}|.*@voorbeeld\.example", contact or "")


def test_contact_data_of_older_imports_is_gone(example: World) -> None:
    kept = sa.select(Trajectory.imported_on).where(
        sa.or_(Trajectory.phone_sealed.is_not(None), Trajectory.email_sealed.is_not(None))
    )
    assert min(column(example, kept)) > date(2026, 9, 1)


def test_there_is_one_account_for_each_role_with_a_password_of_this_installation(example: World) -> None:
    accounts = {row["role"]: row["email"] for row in example.rows(Account)}
    assert accounts == {role: address(role) for role in ROLES}
    password = example_password(example.settings)
    assert password != example_password(example.settings.but(secret_key=OTHER_SECRET))
    answer = Browser(example.app).try_to_sign_in(address("analist"), password)
    assert answer.status_code == 302


# --- marked -----------------------------------------------------------------------------------------


@contextmanager
def another_process(world: World) -> Iterator[Flask]:
    """The application as another process starts it, without FEEDBACK_EXAMPLE."""
    assert not world.settings.example
    app = create_app(world.settings)
    yield app
    with app.app_context():
        db.engine.dispose()


def pages(app: Flask, start: str) -> list[str]:
    """Addresses of pages that need nothing in their path."""
    rules = [
        rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    hidden = ("/static", "/health", "/api", "/metrics", "/sw.js")
    return [rule.rule for rule in rules if rule.rule.startswith(start) and not rule.rule.startswith(hidden)]


def test_every_public_page_is_marked_without_any_setting(example: World) -> None:
    with another_process(example) as app:
        public = [path for path in pages(app, "/") if not path.startswith("/staff")]
        assert {"/", "/privacy", "/toegankelijkheid"} <= set(public)
        for path in [*public, "/there-is-no-such-page", "/s/AAAAAAAAAAAAAAAAAAAAAA"]:
            page = app.test_client().get(path)
            assert PUBLIC_MARK in page.text, path


@pytest.mark.parametrize("wave", [NEWER, OPEN])
def test_a_respondents_page_is_marked_before_after_and_when_it_is_over(example: World, wave: str) -> None:
    mine = (Invitation.wave_key == wave, Invitation.contact_language == "nl")
    for outcome in ("delivered", "answered"):
        found = column(example, sa.select(Invitation.id).where(*mine, Invitation.disposition == outcome))
        token = token_for(example.settings.secret_key, found[0])
        with another_process(example) as app:
            assert PUBLIC_MARK in app.test_client().get(f"/s/{token}").text


@pytest.mark.parametrize("role", ["beheerder", "agentschap", "analist", "vrijgever"])
def test_every_staff_page_is_marked(example: World, role: str) -> None:
    with another_process(example) as app:
        browser = Browser(app)
        assert STAFF_MARK in browser.get("/staff/login").text
        browser.try_to_sign_in(address(role), example_password(example.settings))
        opened = 0
        for rule in app.url_map.iter_rules():
            may = role in ACCESS.get(rule.endpoint, ())
            if may and "GET" in (rule.methods or ()) and not rule.arguments:
                answer = browser.get(rule.rule)
                if answer.mimetype == "text/html" and answer.status_code == 200:
                    assert STAFF_MARK in answer.text, rule.rule
                    opened += 1
        assert opened >= 3


def test_a_report_is_marked(example: World) -> None:
    with example.session() as session:
        wave = session.get_one(Wave, NEWER)
        for region in (None, "limburg"):
            made = gather(session, example.settings, wave, region_key=region, locale="nl", draft=False)
            assert made.example
            if region:  # beside Flanders, and beside no other region
                assert {one.member for item in made.items for one in item.regions} <= {region}
                assert {one.member for one in made.rates if one.cut == "region"} == {region}


def test_an_installation_without_example_data_is_not_marked(sqlite_world: World) -> None:
    sqlite_world.open()
    assert PUBLIC_MARK not in sqlite_world.client.get("/").text
    assert STAFF_MARK not in Browser(sqlite_world.app).get("/staff/login").text


def test_pages_are_marked_from_the_moment_loading_begins(sqlite_world: World) -> None:
    client = sqlite_world.client
    assert PUBLIC_MARK not in client.get("/").text
    with sqlite_world.session() as session:
        mark_example(session, LOADING)
    assert PUBLIC_MARK in client.get("/").text


def test_a_poster_a_tablet_and_a_link_for_later_hang_and_are_marked(example: World) -> None:
    found = example.rows(OpenLink)
    assert sorted((one["survey_key"], one["mode"]) for one in found) == [
        ("impact", "open"),
        ("newcomer", "kiosk"),
        ("newcomer", "open"),
    ]
    for one in found:
        assert one["label"].startswith("Voorbeeld")
        assert PUBLIC_MARK in example.client.get(f"/{one['mode'][0]}/{one['code']}").text


# --- refused ----------------------------------------------------------------------------------------


def test_real_data_and_example_data_are_never_mixed(world: World) -> None:
    world.register([Person()])
    before = world.dump()
    with pytest.raises(ExampleRefused, match="no example"):
        load(world, FEWEST)
    assert world.dump() == before


def test_a_load_that_was_broken_off_is_not_continued(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        mark_example(session, LOADING)
    with pytest.raises(ExampleRefused, match="broken off"):
        load(sqlite_world, FEWEST)


def test_the_command_fills_an_empty_database_once(sqlite_world: World) -> None:
    first = run(sqlite_world, "example", "--trajectories", str(FEWEST), "--seed", "3")
    assert first.exit_code == 0, first.output
    assert f"{FEWEST} trajectories" in first.output
    assert example_password(sqlite_world.settings) in first.output
    second = run(sqlite_world, "example")
    assert second.exit_code == 1
    assert "already" in second.stderr


def test_even_the_smallest_has_every_region_in_every_wave(sqlite_world: World) -> None:
    load(sqlite_world, FEWEST)
    with sqlite_world.session() as session:
        rows = list(session.execute(sa.select(Trajectory.ended_on, Trajectory.region_key)))
    for first, last in (
        ("2025-07-01", "2025-12-31"),
        ("2026-01-01", "2026-06-30"),
        ("2026-07-01", "2026-11-23"),
    ):
        regions = {region for day, region in rows if first <= day.isoformat() <= last}
        assert regions == set(load_regions(sqlite_world.settings.surveys_dir))


def test_too_few_or_wrong_numbers_are_wrong_usage(sqlite_world: World) -> None:
    assert run(sqlite_world, "example", "--trajectories", "5").exit_code == 2
    with pytest.raises(ExampleRefused):
        load(sqlite_world, FEWEST - 1)
