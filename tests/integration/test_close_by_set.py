"""A wave that closes is counted and rewritten as a whole: the same as one by one, all of it or nothing."""

import hashlib
import random
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app.analysis import close, tally
from feedback_app.analysis.close import ClosingLater, close_wave
from feedback_app.analysis.models import FrozenCount
from feedback_app.database import db
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.languages import GROUPS
from feedback_app.questionnaires.definition import EXPLICIT_CODES, NOT_SHOWN, SKIPPED
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses import rewrite
from feedback_app.responses.models import MODES, Remark, RemarkTheme, Response
from feedback_app.responses.stored_answers import as_stored
from tests.world import WAVE, Person, World

TABLES = (Invitation, Response, Remark, RemarkTheme)
CODES = {*EXPLICIT_CODES, SKIPPED, NOT_SHOWN}


@pytest.fixture
def answered(world: World) -> World:
    """A small wave at random: every mode, several answers, remarks with themes; and an older wave that is closed."""
    world.open([Person()] * 3)
    rng = random.Random(8)
    with world.session() as session:
        wave = session.get_one(Wave, WAVE)
        older = Wave(
            key="2025-H2",
            starts_on=wave.starts_on,
            ends_on=wave.ends_on,
            state="closed",
            opened_on=wave.opened_on,
            closed_on=wave.opened_on,
        )
        session.add(older)
        session.flush()
        for key, people in ((WAVE, 300), (older.key, 20)):
            for number in range(people):
                side = rng.choice(("newcomer", "newcomer", "partner"))
                print_ = wave.fingerprint(side)
                _respond(session, rng, key, load_version(session, print_).survey, print_, number)
        session.commit()
    return world


def _respond(session: Any, rng: random.Random, wave: str, survey: Any, fingerprint: str, number: int) -> None:
    key = hashlib.sha256(f"{wave}{number}".encode()).hexdigest()[:32]
    place = rng.choice((("kempen", "agii"), ("gent", "amal"), ("limburg", "agii")))
    answers = {}
    for item in survey.core:
        options = [option.key for option in item.options]
        some = rng.sample(options, rng.randint(1, 3)) if item.type == "multiple" else [rng.choice(options)]
        answers[item.key] = [SKIPPED] if rng.random() < 0.1 else some
    one = Response(
        id=key, wave_key=wave, survey_key=survey.key, fingerprint=fingerprint, mode=rng.choice(MODES),
        region_key=place[0], agency_key=place[1], offer_type=rng.choice(("buddy", "stage")),
        locale=rng.choice(tuple(GROUPS)), week=f"2026-W{rng.randint(10, 30)}", complete=rng.random() < 0.8,
        answers=answers,
    )  # fmt: skip
    session.add(one)
    session.flush()
    if rng.random() < 0.2:
        text = f"Voorbeeld {wave} {number}"
        remark = Remark(
            wave_key=wave, survey_key=survey.key, item_key="remark", locale=one.locale, region_key=place[0],
            month="2026-04", text=text,
        )  # fmt: skip
        session.add(remark)
        session.flush()
        session.add(RemarkTheme(remark_id=remark.id, theme_key="T03"))


def counted_one_by_one(world: World) -> Counter[tuple[str, ...]]:
    """What the frozen counts of both sides have to be, from plain rows."""
    with world.session() as session:
        wave = session.get_one(Wave, WAVE)
        left_out = {
            (side, item.key, mode)
            for side in ("newcomer", "partner")
            for item in load_version(session, wave.fingerprint(side)).survey.items
            for mode in item.exclude_modes
        }
        several = {"difficulties", "needs"}
        counts: Counter[tuple[str, ...]] = Counter()
        for one in session.scalars(sa.select(Response).where(Response.wave_key == WAVE)):
            groups = (
                ("flanders", "vlaanderen"), ("region", one.region_key), ("agency", one.agency_key),
                ("offer_type", one.offer_type), ("language_group", GROUPS[one.locale]), ("mode", one.mode),
            )  # fmt: skip
            answers = {(item, value) for item, values in one.answers.items() for value in values}
            ticked = {(item, "*") for item, value in answers if item in several and value not in CODES}
            for item, value in answers | ticked:
                if (one.survey_key, item, one.mode) not in left_out:
                    counts.update((one.survey_key, *group, item, value) for group in groups)
        return counts


def contents(world: World) -> Counter[tuple[Any, ...]]:
    """Everything that was said, without keys and what closing makes coarser."""
    said: Counter[tuple[Any, ...]] = Counter()
    for row in world.rows(Response):
        said[row["wave_key"], row["survey_key"], row["mode"], row["complete"], as_stored(row["answers"])] += 1
    themes = {row["remark_id"]: row["theme_key"] for row in world.rows(RemarkTheme)}
    said.update((row["wave_key"], row["text"], themes[row["id"]]) for row in world.rows(Remark))
    said.update((row["id"], row["token_hash"], row["disposition"]) for row in world.rows(Invitation))
    return said


def laid_down(world: World) -> dict[str, Any]:
    """Keys, foreign keys and indexes of the tables, as the database has them."""
    with world.app.app_context():
        seen = sa.inspect(db.engine)
        return {
            one.__tablename__: (
                seen.get_pk_constraint(one.__tablename__),
                sorted(map(repr, seen.get_foreign_keys(one.__tablename__))),
                sorted(map(repr, seen.get_indexes(one.__tablename__))),
                sorted(map(repr, seen.get_unique_constraints(one.__tablename__))),
                sorted(map(repr, seen.get_check_constraints(one.__tablename__))),
                [
                    (column["name"], str(column["type"]), column["nullable"])
                    for column in seen.get_columns(one.__tablename__)
                ],
            )
            for one in TABLES
        }


def test_counts_and_rows_are_what_they_are_one_by_one(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "ROWS", 7)  # many fetches, as of a million answers
    world = answered
    expected, before, shape = counted_one_by_one(world), contents(world), laid_down(world)
    old = {row["id"] for row in world.rows(Response) if row["wave_key"] != WAVE}
    keys = {row["id"] for row in world.rows(Response)} - old
    with world.app.app_context(), db.engine.connect() as reader:
        prepared = sa.text("SELECT count(answers) FROM responses")
        number = reader.scalar(prepared)
        reader.commit()
        world.shut()
        assert reader.scalar(prepared) == number, "who is connected goes on with the same tables"
    frozen = Counter(
        {
            tuple(row[key] for key in ("survey_key", "cut", "member", "item_key", "value")): row["count"]
            for row in world.rows(FrozenCount)
        }
    )
    assert frozen == expected
    assert contents(world) == before
    assert laid_down(world) == shape
    now = {row["id"] for row in world.rows(Response)}
    assert old < now, "a wave that closed before keeps its keys"
    assert not keys & now
    with world.session() as session:
        if world.settings.embedded:
            assert session.scalar(sa.text("PRAGMA foreign_keys")) == 1
            assert not session.execute(sa.text("PRAGMA foreign_key_check")).all()
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.insert(RemarkTheme).values(remark_id="nobody", theme_key="T03"))


def test_a_close_that_dies_at_the_last_moment_leaves_no_half_wave(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After everything was rewritten and before it is committed: the wave is open, and can be closed again."""
    world = answered
    before, shape = world.dump(), laid_down(world)

    def die(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(close, "record", die)
        with pytest.raises(KeyboardInterrupt):
            world.shut()
    assert world.dump() == before
    assert laid_down(world) == shape
    world.shut()
    with world.session() as session:
        assert session.get_one(Wave, WAVE).state == "closed"


def test_closing_waits_for_a_backup_and_then_says_so(
    answered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = answered
    if world.settings.embedded:
        pytest.skip("on SQLite who reads keeps what was there, and nobody waits")
    monkeypatch.setattr(rewrite, "PATIENCE", "100ms")
    monkeypatch.setattr(rewrite, "ATTEMPTS", 2)
    with world.app.app_context(), db.engine.connect() as backup:
        backup.execute(sa.text("SELECT count(*) FROM remarks"))
        with world.session() as session, pytest.raises(ClosingLater, match="reservekopie"):
            close_wave(session, world.settings, WAVE, lambda done, total, message: None)
    with world.session() as session:
        assert session.get_one(Wave, WAVE).state == "open"
        assert not session.scalars(sa.select(FrozenCount)).all()
