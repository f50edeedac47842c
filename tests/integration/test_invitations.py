"""Who is invited, when, with what link; on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import tune_sqlite
from feedback_app.invitations.after_file import AFTER_FILE
from feedback_app.invitations.invite import plan
from feedback_app.invitations.listing import Filter, LinksLost, WaveUnknown, each_invitation, list_invitations
from feedback_app.invitations.models import Invitation, Wave, WaveQuestionnaire
from feedback_app.invitations.tokens import token_hash
from feedback_app.invitations.waves import (
    PeriodInvalid,
    WaveExists,
    open_wave,
    open_waves,
    parse_period,
)
from feedback_app.questionnaires.models import QuestionnaireVersion
from feedback_app.trajectories.intake import take_in
from feedback_app.trajectories.models import Activity, Trajectory
from tests.databases import SECRET
from tests.exports import SHARED, around, default_mapping, example_settings, export

DAY = date(2026, 9, 1)
SETTINGS = example_settings(base_url="https://feedback.example")


@pytest.fixture
def session(migrated_url: str) -> Iterator[Session]:
    engine = sa.create_engine(migrated_url)
    if engine.dialect.name == "sqlite":
        tune_sqlite(engine)
    with around().app_context(), Session(engine) as session:
        yield session
    engine.dispose()


def read(session: Session, data: bytes) -> int:
    mapping = default_mapping()
    return take_in(session, SETTINGS, data, "voorbeeld.csv", mapping, day=DAY, then=AFTER_FILE).invitations


def opened(session: Session, period: str = "2026-H1") -> Wave:
    return open_wave(session, SETTINGS, period, day=DAY)


def of(session: Session, *wanted: sa.ColumnElement[bool]) -> list[Invitation]:
    return list(session.scalars(sa.select(Invitation).where(*wanted)))


def ended(on: str, number: int) -> dict[str, str]:
    return {"Dossiernummer": f"B{number}", "Start traject": "01/01/2025", "Einde traject": on}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026-H1", (date(2026, 1, 1), date(2026, 6, 30))),
        ("2025-H2", (date(2025, 7, 1), date(2025, 12, 31))),
    ],
)
def test_a_period_is_a_half_year(period: str, days: tuple[date, date]) -> None:
    assert parse_period(period) == days


@pytest.mark.parametrize(
    "period", ["", "2026", "2026-H3", "2026-h1", "2026-Q1", "26-H1", "2026-H1 ", "٢٠٢٦-H1"]
)
def test_anything_else_is_no_period_and_says_how_one_is_written(period: str) -> None:
    with pytest.raises(PeriodInvalid, match="2026-H1"):
        parse_period(period)


def test_opening_a_wave_freezes_what_is_asked_and_invites_both_sides(session: Session) -> None:
    read(session, SHARED.read_bytes())
    wave = opened(session)
    frozen = {one.survey_key: one.fingerprint for one in session.scalars(sa.select(WaveQuestionnaire))}
    assert set(frozen) == {"newcomer", "partner", "staff"}
    assert {one.fingerprint for one in session.scalars(sa.select(QuestionnaireVersion))} == {*frozen.values()}
    completed = sa.select(Trajectory.id).where(Trajectory.outcome == "completed")
    invited = of(session)
    assert {one.trajectory_id for one in invited if one.audience == "newcomer"} == {
        *session.scalars(completed)
    }
    assert {one.activity_id for one in invited if one.audience == "partner"} == {
        *session.scalars(sa.select(Activity.id).where(Activity.trajectory_id.in_(completed)))
    }
    assert Counter(one.audience for one in invited) == {"newcomer": 208, "partner": 245}
    assert {one.wave_key for one in invited} == {wave.key}
    assert {one.disposition for one in invited} == {"unknown"}


def test_an_invitation_carries_the_features_of_its_trajectory(session: Session) -> None:
    other = {"Soort activiteit": "Stage", "Organisatie": "Voorbeeld stage", "KBO-nummer": ""}
    other["E-mail organisatie"] = "stage@voorbeeld.example"
    single = {"Dossiernummer": "B2", "Contacttaal": "Oekraïens", "Agentschap": "Atlas", "Regio": "Antwerpen"}
    read(session, export({}, other, single, {**single, "Organisatie": "Twee", "KBO-nummer": ""}))
    opened(session)
    found = {
        (one.audience, one.region_key, one.agency_key, one.offer_type, one.contact_language)
        for one in of(session)
    }
    assert found == {
        ("newcomer", "kempen", "agii", "combinatie", "ar"),
        ("partner", "kempen", "agii", "vereniging", "nl"),
        ("partner", "kempen", "agii", "stage", "nl"),
        ("newcomer", "antwerpen", "atlas", "vereniging", "uk"),
        ("partner", "antwerpen", "atlas", "vereniging", "nl"),
    }


def test_only_the_period_and_the_92_days_before_it_are_in_scope(session: Session) -> None:
    days = ["30/09/2025", "01/10/2025", "31/12/2025", "01/01/2026", "30/06/2026", "01/07/2026"]
    read(session, export(*(ended(on, number) for number, on in enumerate(days))))
    opened(session)
    invited = sa.select(Trajectory.ended_on).join(Invitation, Invitation.trajectory_id == Trajectory.id)
    assert sorted(session.scalars(invited)) == [
        date(2025, 10, 1),
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 6, 30),
    ]


def test_who_stopped_early_is_not_invited_nor_their_partner(session: Session) -> None:
    read(session, export({"Resultaat": "Stopgezet"}))
    opened(session)
    assert of(session) == []


def test_planning_again_adds_nothing(session: Session) -> None:
    read(session, SHARED.read_bytes())
    wave = opened(session)
    assert plan(session, SETTINGS, wave) == 0


def test_whoever_comes_in_later_is_invited_in_the_open_wave(session: Session) -> None:
    opened(session)
    assert read(session, export({})) == 2
    assert read(session, export({})) == 0
    assert read(session, export({}, {"Soort activiteit": "Stage"})) == 1
    assert len(of(session)) == 3


def test_with_two_waves_open_the_earlier_one_has_precedence(session: Session) -> None:
    opened(session, "2026-H1")
    opened(session, "2025-H2")
    read(session, export(ended("15/12/2025", 1), ended("15/01/2026", 2)))
    assert [wave.key for wave in open_waves(session)] == ["2025-H2", "2026-H1"]
    assert Counter(one.wave_key for one in of(session)) == {"2025-H2": 2, "2026-H1": 2}


def test_a_closed_wave_invites_nobody(session: Session) -> None:
    wave = opened(session)
    wave.state, wave.closed_on = "closed", DAY
    session.commit()
    assert read(session, export({})) == 0
    assert plan(session, SETTINGS, wave) == 0


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_period_has_one_wave(session: Session, state: str) -> None:
    wave = opened(session)
    wave.state, wave.closed_on = state, DAY if state == "closed" else None
    session.commit()
    with pytest.raises(WaveExists, match="2026-H1"):
        opened(session)
    assert session.scalars(sa.select(Wave.state)).all() == [state]


def test_links_lead_to_invitations_whose_hash_alone_is_stored(session: Session) -> None:
    read(session, SHARED.read_bytes())
    opened(session)
    lines = list(each_invitation(session, SETTINGS, Filter("2026-H1")))
    tokens = [line.link.removeprefix("https://feedback.example/s/") for line in lines]
    stored = {one.token_hash: one for one in of(session)}
    assert {token_hash(token) for token in tokens} == set(stored)
    assert all(
        stored[token_hash(token)].audience == line.audience for token, line in zip(tokens, lines, strict=True)
    )
    rows = str([tuple(row) for row in session.execute(sa.text("SELECT * FROM invitations"))])
    assert not any(token in rows for token in tokens)


def test_a_list_is_cut_in_pages_and_filtered(session: Session) -> None:
    read(session, SHARED.read_bytes())
    opened(session)
    pages = [list_invitations(session, SETTINGS, Filter("2026-H1"), number) for number in range(1, 11)]
    assert [len(page.rows) for page in pages] == [50] * 9 + [3]
    assert len({line.link for page in pages for line in page.rows}) == 453
    only = list_invitations(session, SETTINGS, Filter("2026-H1", "partner", "kempen"), 1)
    assert only.total == len(of(session, Invitation.audience == "partner", Invitation.region_key == "kempen"))
    assert {(line.audience, line.region_key) for line in only.rows} == {("partner", "kempen")}


def test_an_invitation_is_found_by_file_number(session: Session) -> None:
    read(session, export({}, {"Dossiernummer": "B2"}))
    opened(session)
    found = list_invitations(session, SETTINGS, Filter("2026-H1", ref=" a1000001 "), 1)
    assert sorted(line.audience for line in found.rows) == ["newcomer", "partner"]
    assert list_invitations(session, SETTINGS, Filter("2026-H1", ref="C3"), 1).total == 0


def test_a_list_does_not_tell_who_answered(session: Session) -> None:
    read(session, export({}, {"Dossiernummer": "B2"}, {"Dossiernummer": "B3"}))
    opened(session)
    before = list_invitations(session, SETTINGS, Filter("2026-H1"), 1)
    for one in of(session)[::2]:
        one.disposition = "answered"
    session.commit()
    assert list_invitations(session, SETTINGS, Filter("2026-H1"), 1) == before


def test_links_made_with_another_secret_are_not_shown_wrong(session: Session) -> None:
    read(session, export({}))
    opened(session)
    with pytest.raises(LinksLost):
        list_invitations(session, SETTINGS.but(secret_key=SECRET[::-1]), Filter("2026-H1"), 1)


def test_a_wave_that_is_not_there_is_refused(session: Session) -> None:
    with pytest.raises(WaveUnknown, match="2026-H1"):
        each_invitation(session, SETTINGS, Filter("2026-H1"))
