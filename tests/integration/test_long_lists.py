"""Lists of staff at volume: cut and sorted in the database, by what tells nobody who answered or when."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import groupby

import sqlalchemy as sa

from feedback_app.database import db, now, today
from feedback_app.invitations import focus, listing
from feedback_app.invitations.focus import leave_contact
from feedback_app.invitations.models import FocusContact, Invitation, Wave
from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.timetable import Timetable
from feedback_app.trajectories.models import ImportBatch, Partner, PartnerContact, Trajectory
from feedback_app.trajectories.partner_contacts import address_of, addresses
from tests.asking import ask
from tests.pages import checked_client
from tests.staff import Browser, signed_in
from tests.world import Person, World


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def column(page: str, number: int) -> list[str]:
    """The words of one column of the page's table, from the top; 0 is the first."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.S)[number] for row in rows]
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


def test_all_addresses_at_once_are_those_of_each_partner(world: World) -> None:
    def person(email: str, *, chosen: bool = True, opted_out: bool = False) -> PartnerContact:
        more = {"chosen": chosen, "opted_out": opted_out, "changed_on": today()}
        return PartnerContact(name="Voorbeeld", email=email, **more)

    def of(number: int) -> str:
        return f"p{number}@voorbeeld.example"

    with world.session() as session:
        kept = Partner(name="blijft", email=of(1), contacts=[person(of(2)), person(of(3), chosen=False)])
        made = [
            kept,
            Partner(name="zonder"),
            Partner(name="gewoon", email=of(4)),
            Partner(name="gestopt", email=of(5), opted_out=True),
            Partner(name="elders gestopt", email=of(5)),
            Partner(name="contact gestopt", email=of(6), contacts=[person(of(7), opted_out=True)]),
            Partner(name="bij een ander gestopt", email=of(8), contacts=[person(of(7))]),
            Partner(name="niet gekozen", email=of(9), contacts=[person(of(10), chosen=False)]),
            Partner(name="gekozen", opted_out=True, contacts=[person(of(11))]),
        ]
        session.add_all(made)
        session.flush()
        session.add(Partner(name="samengevoegd", email=of(12), merged_into_id=kept.id, merged_on=today()))
        session.commit()
        one_by_one = {one.id: address_of(session, one) for one in session.scalars(sa.select(Partner))}
        at_once = dict(session.execute(sa.select(addresses())).all())
    assert at_once == {key: address for key, address in one_by_one.items() if address}
    assert sorted(at_once.values()) == sorted(map(of, (2, 2, 4, 9, 11)))


def test_the_timetable_asks_as_often_for_many_partners_as_for_few(sqlite_world: World) -> None:
    every_day = Timetable(weekdays=frozenset(range(1, 8)))
    sqlite_world.settings = sqlite_world.settings.but(timetable=every_day)
    places = ["kempen" if number % 2 else "limburg" for number in range(72)]
    ask(
        sqlite_world,
        [Person(region=one, partners=(f"Club{n}",)) for n, one in enumerate(places)],
        partners=True,
    )
    page, seen = f"/staff/timetable?day={every_day.steps('partner', today())[0].on}", []
    browser = signed_in(sqlite_world.app, "beheerder")
    with sqlite_world.session() as session:
        session.execute(sa.update(Wave).values(opened_on=today()))
        for number, few in ((4, Partner.name.not_in(["Club0", "Club1", "Club2", "Club3"])), (72, sa.false())):
            session.execute(sa.update(Partner).values(opted_out=few))
            session.commit()
            with statements(sqlite_world) as asked:
                assert f"hoogstens {number} berichten" in browser.get(page).text
            seen.append(len(asked))
    assert seen[0] == seen[1] < 20, seen
    second = browser.get(f"{page}&page=2").text.split("<h2>")[-1]
    assert column(second, 0) == ["c…@….example aanbodpartner"] * 22
    only = browser.get(f"{page}&region=kempen").text
    assert "hoogstens 36 berichten" in only
    assert set(column(only.split("<h2>")[-1], 4)) == {"Kempen"}


def fill(world: World) -> None:
    """A bit of everything that staff lists, nothing in an order."""
    regions, tongues = ("limburg", "brugge", "kempen"), ("uk", "ar", "nl")
    world.open([Person(region=region, language=tongue) for tongue in tongues for region in regions])
    with world.session() as session:
        for number, one in enumerate(session.scalars(sa.select(Trajectory).order_by(Trajectory.ref_hash))):
            one.ended_on = date(2026, 3, 1) + timedelta(days=number * 7 % 11)
        for number, region in enumerate(regions):
            place = f"{'bca'[number]} plek"
            link = make_link(
                session,
                world.settings,
                NewLink("open" if number else "kiosk", region, "agii", "buddy", place),
                region=None,
            )
            link.active, link.made_on = number != 1, date(2026, 3, 3 - number)
            leave_contact(session, world.settings, f"{number}@voorbeeld.example", tongues[number], region)
            session.execute(
                sa.update(FocusContact)
                .where(FocusContact.region_key == region)
                .values(month=f"2026-0{1 + number * 2 % 3}")
            )
            batch = ImportBatch(
                file_name=f"{'bca'[number]}.csv", file_hash="0", rows=9 - number, refused=number * 2 % 3
            )
            batch.trajectories = batch.activities = batch.known = 0
            batch.imported_at, batch.undone_at = (
                now() - timedelta(days=number * 2 % 3),
                now() if number else None,
            )
            session.add(batch)
        for number in range(58):
            role, region = (("agentschap", "limburg"), ("analist", None), ("beheerder", "brugge"))[number % 3]
            account = Account(email=f"{number * 7 % 58:02}@voorbeeld.example", role=role, password_hash="")
            account.region_key, account.active = region, number % 4 > 0
            session.add(account)
            session.flush()
            by = account if number % 2 else None
            record(
                session, "signin.failed" if by and number % 5 else "retention.run", account=by, region=region
            )
        for year, opened, closed in ((2022, 3, 2), (2023, 2, 3), (2024, 1, 1)):
            wave = Wave(
                key=f"{year}-H1", starts_on=date(year, 1, 1), ends_on=date(year, 6, 30), state="closed"
            )
            wave.opened_on, wave.closed_on = date(2025, opened, 1), date(2026, closed, 1)
            session.add(wave)
        session.commit()


#: page → order → the column that shows it
LISTS = {
    "invitations": {"region": 3, "audience": 0, "ended": 2, "language": 4},
    "trajectories/imports": {"imported": 0, "file": 1, "rows": 2, "refused": 6, "undone": 7},
    "open-links": {"label": 0, "mode": 1, "region": 3, "made": 4, "state": 5},
    "focusgroep": {"region": 2, "language": 1, "month": 3},
    "accounts": {"email": 0, "role": 1, "region": 2, "state": 3},
    "audit": {"sequence": 0, "email": 2, "action": 3, "region": 4},
    "waves": {"period": 0, "opened": 2, "closed": 3},
}


def whole(browser: Browser, path: str, order: str, number: int) -> list[str]:
    """One column of all the pages of a list."""
    first = browser.get(f"/staff/{path}?order={order}").text
    pages = re.search(r"Bladzijde 1 van (\d+)", first)
    rest = [
        browser.get(f"/staff/{path}?order={order}&page={one}").text
        for one in range(2, int(pages[1]) + 1 if pages else 2)
    ]
    return [cell for page in (first, *rest) for cell in column(page[page.rindex("<table>") :], number)]


def test_lists_sort_by_their_columns_and_by_nothing_else(world: World) -> None:
    fill(world)
    checked_client(world.app)
    browser = signed_in(world.app, "beheerder")
    for path, columns in LISTS.items():
        plain = browser.get(f"/staff/{path}").text
        assert set(re.findall(r"[?&;]order=-?([a-z]+)[^>]*>[^<]*(?:<span|</a></th>)", plain)) == set(
            columns
        ), path
        for order, number in columns.items():
            up, down = (
                [key for key, _ in groupby(whole(browser, path, sign + order, number))] for sign in ("", "-")
            )
            assert len(set(up)) > 1, (path, order, "nothing to sort")
            assert len(up) == len(set(up)), (path, order, "what is the same stands together")
            assert down == up[::-1], (path, order)
            assert 'aria-sort="ascending"' in browser.get(f"/staff/{path}?order={order}").text
        for other in ("disposition", "-id", "token_hash", "answered", "1"):
            assert whole(browser, path, other, 0) == whole(browser, path, "", 0), (path, other)
    assert whole(browser, "waves", "closed", 0) == ["2024-H1", "2022-H1", "2023-H1"]
    assert [one[:2] for one in whole(browser, "accounts", "email", 0)][:3] == ["00", "01", "02"]
    assert "Bladzijde 1 van 2" in browser.get("/staff/accounts").text


def test_orders_hold_only_what_was_known_before_anybody_was_asked() -> None:
    assert set(listing.ORDERS.values()) == {
        Invitation.region_key,
        Invitation.audience,
        Trajectory.ended_on,
        Invitation.contact_language,
    }
    assert set(focus.ORDERS.values()) == {
        FocusContact.region_key,
        FocusContact.contact_language,
        FocusContact.month,
    }


def test_who_may_open_a_wave_is_led_there_and_others_are_not(sqlite_world: World) -> None:
    boss, office = (signed_in(sqlite_world.app, role) for role in ("beheerder", "agentschap"))
    for path in ("invitations", "papier"):
        assert 'href="/staff/waves/new"' in boss.get(f"/staff/{path}").text
        assert "/staff/waves/new" not in office.get(f"/staff/{path}").text
