"""What staff see of the timetable: a day, a pause, the days of one invitation; never who answered."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from feedback_app.database import today
from feedback_app.invitations.models import Invitation, Sending, SendingPause, Wave
from feedback_app.invitations.plan_sendings import plan_sendings
from feedback_app.staff.models import AuditEntry
from feedback_app.timetable import Timetable
from feedback_app.trajectories.checking import ref_hash
from feedback_app.trajectories.models import Trajectory
from tests.asking import Reach, ask, steps
from tests.databases import SECRET
from tests.staff import Browser, signed_in
from tests.world import Person, World, respond

PEOPLE = [
    Person(language="ar"),
    Person(language="ti"),
    Person(region="limburg"),
    Person(region="limburg", partners=("Andere",)),
]
REACH = [Reach("+32470000001"), Reach(email="iemand@voorbeeld.example"), Reach("+32470000003"), Reach()]


@pytest.fixture
def planned(sqlite_world: World) -> Iterator[World]:
    """A wave that opened today, everything planned; sending on every day, so that no two days collide."""
    every_day = Timetable(weekdays=frozenset(range(1, 8)))
    sqlite_world.settings = sqlite_world.settings.but(timetable=every_day)
    ask(sqlite_world, PEOPLE, REACH, partners=True)
    with sqlite_world.session() as session:
        session.execute(sa.update(Wave).values(opened_on=today()))
        session.execute(
            sa.update(Trajectory)
            .where(Trajectory.contact_language == "ar")
            .values(ref_hash=ref_hash(SECRET, "agii", "a-1"))
        )
        plan_sendings(session, sqlite_world.settings, today())
        session.commit()
    yield sqlite_world


def first_day(world: World) -> date:
    return world.settings.timetable.steps("newcomer", today())[0].on


def test_what_goes_out_on_a_day(planned: World) -> None:
    browser = signed_in(planned.app, "agentschap")
    page = browser.get(f"/staff/timetable?day={first_day(planned)}").text
    assert "hoogstens 3 berichten" in page
    assert "+32 … 01" in page and "i…@….example" in page
    assert "0000003" not in page and "iemand@" not in page
    assert "Er is niets ingesteld om een sms te versturen" in page
    only = browser.get(f"/staff/timetable?day={first_day(planned)}&region=limburg").text
    assert "hoogstens 1 bericht" in only and "+32 … 01" not in only
    partners = planned.settings.timetable.steps("partner", today())[0].on
    page = browser.get(f"/staff/timetable?day={partners}").text
    assert page.count("v…@….example") == 1, "two trajectories of one organisation are one message"
    empty = browser.get(f"/staff/timetable?day={today() + timedelta(days=200)}").text
    assert "Op deze dag is niets gepland." in empty
    for wrong in ("gisteren", "2020-01-01"):
        refused = browser.get(f"/staff/timetable?day={wrong}")
        assert refused.status_code == 422 and f'value="{wrong}"' in refused.text


def test_a_colleague_of_one_region_sees_no_other(planned: World) -> None:
    browser = signed_in(planned.app, "agentschap", region="kempen")
    for address in ("", "&region=limburg"):
        page = browser.get(f"/staff/timetable?day={first_day(planned)}{address}").text
        assert "hoogstens 2 berichten" in page
        assert "Limburg" not in page


def test_nothing_on_the_pages_tells_who_answered(planned: World) -> None:
    browser = signed_in(planned.app, "agentschap")
    last = planned.settings.timetable.steps("newcomer", today())[2].on
    addresses = [f"/staff/timetable?day={day}" for day in (first_day(planned), last)]

    def seen() -> list[str]:
        pages = [*(browser.get(one).text for one in addresses), calendar(browser)]
        return [re.sub(r'name="csrf_token" value="[^"]+"', "", page) for page in pages]  # it holds the time

    before = seen()
    for link in planned.links():
        respond(planned.client, link.token, {"match": "3"})
    assert seen() == before


def calendar(browser: Browser) -> str:
    form = {"wave": "2026-H1", "ref": "A-1"}
    return browser.post("/staff/invitations", form, form="/staff/invitations").text


def test_the_days_of_one_invitation(planned: World) -> None:
    page = calendar(signed_in(planned.app, "trajectbegeleider"))
    assert page.count("eerste bericht") == 1 and page.count("laatste herinnering") == 1
    assert "De link werkt minstens tot en met" in page
    assert "hoogstens één bericht per 30 dagen" not in page, "a coach sees newcomers"
    page = calendar(signed_in(planned.app, "beheerder"))
    assert "hoogstens één bericht per 30 dagen" in page, "the organisation's own invitation waits"
    with planned.session() as session:
        session.execute(sa.delete(Sending))
        session.execute(sa.update(Invitation).values(closed=True))
        session.commit()
    page = calendar(signed_in(planned.app, "agentschap"))
    assert "Geef een kaart met deze link." in page and "De link is gesloten." in page


def test_a_pause_asks_first_holds_for_all_and_is_written_down(planned: World) -> None:
    browser = signed_in(planned.app, "beheerder")
    before = steps(planned)
    assert "voor geen enkele regio" in browser.get("/staff/timetable/pause").text
    assert planned.rows(SendingPause) == []
    browser.post("/staff/timetable/pause")
    browser.post("/staff/timetable/pause")
    page = browser.get("/staff/timetable").text
    assert "Het versturen ligt stil sinds" in page and "Weer versturen" in page
    assert "Er wachten nu hoogstens 0 berichten." in browser.get("/staff/timetable/resume").text
    browser.post("/staff/timetable/resume")
    assert planned.rows(SendingPause) == [] and steps(planned) == before
    with planned.session() as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.action.startswith("sending."))
        ).all()
    assert sorted(actions) == ["sending.paused", "sending.resumed"]
    assert "Alles stilleggen" not in signed_in(planned.app, "agentschap").get("/staff/timetable").text
