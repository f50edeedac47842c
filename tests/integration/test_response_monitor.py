"""Who was invited, reached and answered in an open wave: counts in steps, that give away nobody."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from feedback_app.analysis import snapshot
from feedback_app.analysis.models import ResponseSnapshot
from feedback_app.analysis.monitor import Count, Group, shown_response
from feedback_app.analysis.snapshot import BATCH, STEP, Counts, counts_in_steps
from feedback_app.invitations.models import Invitation, Sending
from tests.commands import run
from tests.staff import signed_in
from tests.world import WAVE, Person, World

DAY = date(2026, 6, 1)
MORNING = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def answer(world: World, number: int, **where: str) -> None:
    """Let so many more newcomers answer, as their requests leave it behind."""
    of = [getattr(Invitation, name) == value for name, value in where.items()]
    with world.session() as session:
        left = sa.select(Invitation.id).where(
            Invitation.audience == "newcomer", Invitation.disposition == "unknown", *of
        )
        session.execute(
            sa.update(Invitation)
            .where(Invitation.id.in_(left.order_by(Invitation.id).limit(number).scalar_subquery()))
            .values(disposition="answered")
            .execution_options(synchronize_session=False)
        )
        session.commit()


def answered(counts: Counts) -> int:
    return counts["audience"]["newcomer"]["answered"]


def looked_at(world: World, minutes: float) -> Counts:
    with world.session() as session:
        return counts_in_steps(session, WAVE, MORNING + timedelta(minutes=minutes))


@pytest.fixture
def open_wave(world: World) -> Iterator[World]:
    """Sixty newcomers of two regions, agencies and languages; nobody answered yet."""
    people = [
        *[Person(region="kempen", agency="agii", language="ar") for _ in range(35)],
        *[Person(region="limburg", agency="atlas", language="nl") for _ in range(25)],
    ]
    world.open(people)
    yield world


def test_a_count_stands_still_for_five_minutes_and_until_ten_more_answered(open_wave: World) -> None:
    assert answered(looked_at(open_wave, 0)) == 0
    answer(open_wave, BATCH)
    assert answered(looked_at(open_wave, 4.9)) == 0, "within five minutes"
    assert answered(looked_at(open_wave, 5)) == BATCH
    for minutes, more in enumerate([1] * (BATCH - 1), 1):
        answer(open_wave, more)
        assert answered(looked_at(open_wave, 5 + 5 * minutes)) == BATCH, "somebody could watch"
    answer(open_wave, 1)
    assert answered(looked_at(open_wave, 5 + 5 * BATCH)) == 2 * BATCH
    (row,) = open_wave.rows(ResponseSnapshot)
    assert row["taken_at"] == MORNING + timedelta(minutes=5 + 5 * BATCH)
    looked_at(open_wave, 3 * 24 * 60)
    answer(open_wave, BATCH)
    assert answered(looked_at(open_wave, 100)) == 3 * BATCH, "a clock that went back stops no count"
    answer(open_wave, 1)
    assert answered(looked_at(open_wave, 100)) == 3 * BATCH


def test_every_process_shows_the_same(open_wave: World, example_catalogues: Path, tmp_path: Path) -> None:
    looked_at(open_wave, 0)
    answer(open_wave, 20)
    other = World(open_wave.settings.database_url, tmp_path / "other", example_catalogues)
    seen: list[Counts] = []

    def look(world: World) -> None:
        for _ in range(3):
            answer(world, 3)
            seen.append(looked_at(world, 5))

    threads = [Thread(target=look, args=(world,)) for world in (open_wave, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(seen) == 6
    assert len({answered(one) for one in seen}) == 1
    assert len(open_wave.rows(ResponseSnapshot)) == 1


def test_newcomers_by_the_channel_of_their_first_message(open_wave: World) -> None:
    """A later step by another channel moves nobody, and nobody is counted twice."""
    with open_wave.session() as session:
        ids = session.scalars(sa.select(Invitation.id).where(Invitation.audience == "newcomer")).all()
        for number, one in enumerate(ids[:40]):
            channels = {"first": "sms" if number < 20 else "email", "reminder1": "email"}
            session.add_all(
                Sending(invitation_id=one, step=step, key=f"{step}{number}", channel=channel, due_on=DAY)
                for step, channel in channels.items()
            )
        session.commit()
    channels = looked_at(open_wave, 0)["channel"]
    assert {key: one["invited"] for key, one in channels.items()} == {"sms": 20, "email": 20, "card": 20}
    page = signed_in(open_wave.app, "analist").get(f"/staff/waves/{WAVE}/response").text
    assert re.search(r'<th scope="row">sms</th><td class="numeric">20<', page)
    assert re.search(r'<th scope="row">kaart, of nog geen bericht</th><td class="numeric">20<', page)


def test_the_channel_a_message_is_planned_for_changes_with_the_other_counts(open_wave: World) -> None:
    """Else more people would have answered by card than were invited by it."""
    answer(open_wave, 20)
    assert looked_at(open_wave, 0)["channel"]["card"]["invited"] == 60
    with open_wave.session() as session:
        ids = session.scalars(sa.select(Invitation.id).where(Invitation.audience == "newcomer")).all()
        session.add_all(
            Sending(invitation_id=one, step="first", key=one, channel="sms", due_on=DAY) for one in ids
        )
        session.commit()
    assert looked_at(open_wave, 1)["channel"].keys() == {"card"}
    assert looked_at(open_wave, 5)["channel"]["sms"]["answered"] == 20


def test_who_is_invited_is_counted_at_once(open_wave: World) -> None:
    looked_at(open_wave, 0)
    with open_wave.session() as session:
        session.execute(sa.update(Invitation).values(disposition="not_eligible"))
        session.commit()
    assert looked_at(open_wave, 1)["audience"]["newcomer"]["invited"] == 0


def test_nothing_shown_moves_by_less_than_five_while_people_answer_one_by_one(open_wave: World) -> None:
    """A watcher looks after each answer: no number may tell that it was one person, nor do two numbers."""
    before = shown_response(looked_at(open_wave, 0), None)
    changes = 0
    for number in range(1, 31):
        answer(open_wave, 1, region_key="kempen" if number % 3 else "limburg")
        after = shown_response(looked_at(open_wave, 5 * number), None)
        for name in ("total", "regions", "agencies", "languages", "channels"):
            for old, new in _pairs(getattr(before, name), getattr(after, name)):
                for column in ("delivered", "answered", "bounced"):
                    was, now = getattr(old, column).shown, getattr(new, column).shown
                    assert now is None or now % 5 == 0
                    assert was is None or now is None or abs(now - was) in (0, 5, 10, 15, 20)
                    changes += was != now
        before = after
    assert changes > 0, "something was to be seen"


def _pairs(old: dict[str, object], new: dict[str, object]) -> Iterator[tuple[Group, Group]]:
    for key, one in new.items():
        if isinstance(one, Group):
            known = old.get(key)
            assert isinstance(known, Group)
            yield known, one
        elif isinstance(one, dict):
            inner = old.get(key)
            yield from _pairs(inner if isinstance(inner, dict) else {}, one)


def numbers(invited: int, answered: int, bounced: int = 0) -> dict[str, int]:
    return {"invited": invited, "delivered": answered, "answered": answered, "bounced": bounced}


def test_small_counts_are_hidden_with_companions_in_every_cut() -> None:
    members = {"a": numbers(40, 25), "b": numbers(30, 12), "c": numbers(20, 3)}
    counts: Counts = {
        "audience": {"newcomer": numbers(90, 40)},
        "newcomer_region": members,
        "partner_region": {},
        "agency": members,
        "language": members,
        "channel": members,
    }
    found = shown_response(counts, None)
    for table in (
        {key: one["newcomer"] for key, one in found.regions.items()},
        found.agencies,
        found.channels,
    ):
        assert [table[key].answered.shown for key in "abc"] == [25, None, None]
        assert [table[key].invited.shown for key in "abc"] == [40, 30, 20]
        assert (table["a"].rr2, table["b"].rr2) == (62, None)
    assert [str(found.languages[key].invited) for key in "abc"] == ["40", "30", "20"]
    assert {str(found.languages[key].answered) for key in "abc"} == {"< 20"}, "40 less 25 would leave fifteen"
    assert found.total["newcomer"] == Group(Count(90), Count(40), Count(40), Count(None))
    assert found.total["newcomer"].rr2 == 44
    own = shown_response(counts, "b")
    assert (own.total["newcomer"].answered, own.agencies, own.languages) == (Count(10), {}, {})


def test_the_page_shows_each_cut_and_a_region_only_its_own(open_wave: World) -> None:
    answer(open_wave, 21, region_key="kempen")
    answer(open_wave, 12, region_key="limburg")
    page = signed_in(open_wave.app, "analist").get(f"/staff/waves/{WAVE}/response").text
    for text in (
        "Kempen",
        "Limburg",
        "Agentschap Integratie",
        "Atlas",
        "العربية",
        "RR2",
        "RR1",
        ">20<",
        ">10<",
        "minstens 57 %",
    ):
        assert text in page, text
    assert ">21<" not in page and ">12<" not in page
    page = signed_in(open_wave.app, "netwerkmedewerker").get(f"/staff/waves/{WAVE}/response").text
    assert "Kempen" in page and ">35<" in page
    for text in ("Limburg", "Atlas", "العربية", ">25<", ">60<"):
        assert text not in page, text


def test_the_command_says_no_more_than_the_page(open_wave: World) -> None:
    answer(open_wave, 9, region_key="kempen")
    (status,) = json.loads(run(open_wave, "wave", "status", WAVE, "--json").stdout)
    assert status["newcomer"] == {"invited": 60, "answered": None}
    answer(open_wave, 5, region_key="limburg")
    (status,) = json.loads(run(open_wave, "wave", "status", "--json").stdout)
    assert status["newcomer"]["answered"] is None, "fourteen, but seen in the same five minutes"
    with open_wave.session() as session:
        session.execute(sa.delete(ResponseSnapshot))
        session.commit()
    (status,) = json.loads(run(open_wave, "wave", "status", "--json").stdout)
    assert status["newcomer"]["answered"] == 10, "in fives"
    assert re.search(r"newcomer +invited +60 +answered +10\n", run(open_wave, "wave", "status").stdout)


def test_languages_are_counted_in_groups_and_never_one_by_one(sqlite_world: World) -> None:
    sqlite_world.open([Person(language=one) for one in ("uk", "pl", "ro", "ti") for _ in range(12)])
    counts = looked_at(sqlite_world, 0)
    assert {key: one["invited"] for key, one in counts["language"].items()} == {
        "oost_europees": 36,
        "hoorn_van_afrika": 12,
    }
    shown = shown_response(counts, None).languages
    assert [one.invited.shown for one in shown.values()] == [None, None], "36 beside 48 would tell 12"


def test_a_wave_without_invitations_and_a_closed_one_say_where_to_go(sqlite_world: World) -> None:
    sqlite_world.open([])
    browser = signed_in(sqlite_world.app, "analist")
    assert "Nog niemand is uitgenodigd" in browser.get(f"/staff/waves/{WAVE}/response").text
    sqlite_world.shut()
    assert "is gesloten" in browser.get(f"/staff/waves/{WAVE}/response").text
    assert browser.get("/staff/waves/2031-H1/response").status_code == 404


def test_steps_and_batches_are_as_the_page_says() -> None:
    assert (timedelta(minutes=5), 10) == (STEP, BATCH)
    assert set(snapshot.CUTS) == {
        *("audience", "newcomer_region", "partner_region"),
        *("agency", "language", "channel"),
    }
