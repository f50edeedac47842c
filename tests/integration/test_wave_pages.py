"""Pages of waves: counts of invitations while open, published figures once closed, closing as a job."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.analysis.models import PublishedStatistic
from feedback_app.database import db, random_id
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.jobs import Job, jobs
from feedback_app.trajectories.models import Trajectory
from tests.staff import Browser, close_app, make_app, signed_in

#: region → (invited, answered)
COUNTS = {"kempen": (30, 12), "limburg": (40, 25), "brugge": (20, 3)}


@pytest.fixture
def app(migrated_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(migrated_url, tmp_path)
    yield made
    close_app(made)


def open_wave(browser: Browser, period: str = "2026-H1") -> None:
    answer = browser.post("/staff/waves/new", {"period": period}, form="/staff/waves/new")
    assert answer.status_code == 302, answer.text


def invite(app: Flask) -> None:
    """Invitations of newcomers as in COUNTS."""
    with app.app_context():
        for region, (invited, answered) in COUNTS.items():
            for number in range(invited):
                trajectory = Trajectory(
                    id=random_id(),
                    ref_hash=random_id(),
                    agency_key="agii",
                    region_key=region,
                    started_on=date(2026, 1, 1),
                    ended_on=date(2026, 3, 1),
                    hours=40,
                    offer_source="andere",
                    contact_language="nl",
                    outcome="completed",
                    imported_on=date(2026, 3, 2),
                )
                invitation = Invitation(
                    wave_key="2026-H1",
                    audience="newcomer",
                    trajectory=trajectory,
                    token_hash=random_id() * 2,
                    region_key=region,
                    agency_key="agii",
                    offer_type="buddy",
                    contact_language="nl",
                    disposition="answered" if number < answered else "unknown",
                )
                db.session.add_all((trajectory, invitation))
        db.session.commit()


def rows(page: str) -> dict[str, list[str]]:
    """First cell of every table row → the other cells."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.S):
        cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        found[cells[0]] = [cell.replace("&lt;", "<") for cell in cells[1:]]
    return found


def test_counts_while_open_hide_small_ones_and_what_would_give_them_away(app: Flask) -> None:
    browser = signed_in(app, "analist")
    open_wave(browser)
    invite(app)
    found = rows(browser.get("/staff/waves").text)
    assert found["Vlaanderen"] == ["90", "40", "< 10", "< 10"]
    assert found["Limburg"][:2] == ["40", "25"]
    assert found["Brugge"][:2] == ["20", "< 10"]
    assert found["Kempen"][:2] == ["30", "< 10"]  # 40 − 25 − 12 would be Brugge's


def test_a_netwerkmedewerker_gets_counts_of_the_own_region_only(app: Flask) -> None:
    open_wave(signed_in(app, "analist"))
    invite(app)
    page = signed_in(app, "netwerkmedewerker").get("/staff/waves").text
    assert rows(page)["Kempen"][:2] == ["30", "10"]  # down to fives
    for text in ("Limburg", "Brugge", ">90<", ">40<", ">25<"):
        assert text not in page


def test_a_period_that_is_none_or_exists_is_refused_with_the_text_kept(app: Flask) -> None:
    browser = signed_in(app, "analist")
    open_wave(browser)
    for period, text in (("2026", "geen halfjaar"), ("2026-H1", "staat al open")):
        page = browser.post("/staff/waves/new", {"period": period}).text
        assert text in page
        assert f'value="{period}"' in page


def test_no_result_before_closing_and_closing_asks_first(app: Flask) -> None:
    browser = signed_in(app, "analist")
    open_wave(browser)
    assert "nog open" in browser.get("/staff/waves/2026-H1/results").text
    assert "niet terugdraaien" in browser.get("/staff/waves/2026-H1/close").text
    with app.app_context():
        assert db.session.get_one(Wave, "2026-H1").state == "open"
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_closing_is_a_job_whose_page_leads_to_the_results(app: Flask) -> None:
    browser = signed_in(app, "analist")
    open_wave(browser)
    answer = browser.post("/staff/waves/2026-H1/close")
    assert re.fullmatch(r"/staff/jobs/[0-9a-f]{32}", answer.location)
    assert "in de rij" in browser.get(answer.location).text
    again = browser.post("/staff/waves/2026-H1/close")
    assert again.location == answer.location
    with app.app_context():
        jobs().run_now(answer.location.rsplit("/", 1)[1])
    page = browser.get(answer.location).text
    assert 'href="/staff/waves/2026-H1/results"' in page
    assert "data-watch" not in page
    results = browser.get("/staff/waves/2026-H1/results").text
    assert "Hoe vond je de activiteit?" in results
    assert "te weinig antwoorden om te tonen" in results


def test_results_show_what_was_published_beside_the_own_region(app: Flask) -> None:
    browser = signed_in(app, "analist")
    open_wave(browser)
    job = browser.post("/staff/waves/2026-H1/close").location.rsplit("/", 1)[1]
    with app.app_context():
        jobs().run_now(job)
        for cut, member, percent in (
            ("flanders", "vlaanderen", 71),
            ("region", "kempen", 62),
            ("region", "limburg", 53),
        ):
            row = db.session.get_one(PublishedStatistic, ("2026-H1", "newcomer", cut, member, "informed"))
            shares = [{"value": "yes", "percent": percent}]
            row.statistic = {**row.statistic, "state": "shown", "base": "57", "shares": shares}
            row.statistic |= {"positive": percent, "low": percent - 9, "high": percent + 8}
        db.session.commit()
    page = signed_in(app, "netwerkmedewerker").get("/staff/waves/2026-H1/results?region=limburg").text
    assert "71 % (62–79 %)" in page
    assert "62 % (53–70 %)" in page
    assert "53 % (" not in page
    assert "Limburg" not in page
    assert "53 % (44–61 %)" in browser.get("/staff/waves/2026-H1/results?region=limburg").text
    assert browser.get("/staff/waves/2026-H1/results?region=elders").status_code == 404
