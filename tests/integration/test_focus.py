"""The door of the focus groups: a contact goes in, and nothing ties it to an answer."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.database import today
from feedback_app.invitations.focus import destroy_focus_contacts, leave_contact, mix
from feedback_app.invitations.models import FocusContact, Invitation
from feedback_app.invitations.throttle import MOST, Throttle
from feedback_app.responses.models import Remark, Response
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.contacts import unseal
from feedback_app.web.spreadsheet import as_csv
from tests.databases import CONTACT_KEY
from tests.staff import Browser, signed_in
from tests.world import World, respond

PHONE, MAIL = "0470 26 14 64", "prater@voorbeeld.example"
TYPED = {"contact": PHONE, "language": "ti", "region": "kempen", "website": ""}
FORM = "application/x-www-form-urlencoded"


def leave(world: World, lang: str = "nl", **changes: str) -> tuple[int, str]:
    """Send the form; status and page or address."""
    answer = world.client.post(f"/focusgroep?lang={lang}", data={**TYPED, **changes}, content_type=FORM)
    return answer.status_code, answer.location or answer.text


def left(world: World) -> list[tuple[str, str, str]]:
    """Contact, language and region of everybody on the list."""
    return sorted(
        (unseal((CONTACT_KEY,), row["contact_sealed"]) or "", row["contact_language"], row["region_key"])
        for row in world.rows(FocusContact)
    )


def test_a_contact_is_kept_sealed_with_its_month_and_once(world: World) -> None:
    assert leave(world, "ar") == (303, "/focusgroep/bedankt?lang=ar")
    assert leave(world, contact="+32 470/26.14.64", language="fr")[0] == 303
    assert leave(world, contact=MAIL.upper(), region="limburg")[0] == 303
    assert left(world) == [("+32470261464", "fr", "kempen"), (MAIL, "ti", "limburg")]
    rows = world.rows(FocusContact)
    assert {row["month"] for row in rows} == {f"{today():%Y-%m}"}
    assert all(re.fullmatch("[0-9a-f]{32}", row["id"]) for row in rows)
    assert "470" not in "".join(row["contact_sealed"] for row in rows)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"contact": "12"}, "Vul een telefoonnummer of e-mailadres in."),
        ({"contact": "prater@"}, "Vul een telefoonnummer of e-mailadres in."),
        ({"region": ""}, "Kies een regio."),
        ({"region": "atlantis"}, "Kies een regio."),
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_typed_is_lost(
    sqlite_world: World, changes: dict[str, str], told: str
) -> None:
    status, page = leave(sqlite_world, **changes)
    assert status == 422
    assert told in page and 'aria-invalid="true"' in page
    for name, value in {**TYPED, **changes}.items():
        if name == "contact":
            assert f'value="{value}"' in page
        elif name != "website" and value not in ("", "atlantis"):
            assert re.search(rf'value="{value}"[^>]* selected', page)
    assert left(sqlite_world) == []


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(sqlite_world: World) -> None:
    assert leave(sqlite_world, website="https://voorbeeld.example") == (303, "/focusgroep/bedankt?lang=nl")
    assert left(sqlite_world) == []


def test_a_class_gets_in_and_a_flood_does_not(sqlite_world: World) -> None:
    statuses = [leave(sqlite_world, contact=f"prater{n}@voorbeeld.example")[0] for n in range(MOST + 1)]
    assert statuses == [303] * MOST + [429]
    status, page = leave(sqlite_world, contact=MAIL)
    assert status == 429 and f'value="{MAIL}"' in page and "paar minuten" in page
    assert len(left(sqlite_world)) == MOST


def test_the_counter_knows_networks_and_forgets() -> None:
    counter = Throttle(most=1)
    assert [counter.lets_in(one) for one in ("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2")] == [
        True,
        False,
        True,
        True,
    ]
    assert "192.0.2.1" not in repr(vars(counter))
    forgetful = Throttle(most=1, seconds=0)
    assert forgetful.lets_in("192.0.2.1") and forgetful.lets_in("192.0.2.1")


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_door_leaves_no_cookie_and_sends_no_referrer(sqlite_world: World, method: str) -> None:
    answer = getattr(sqlite_world.client, method)(
        "/focusgroep", **({"data": TYPED} if method == "post" else {})
    )
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in sqlite_world.client.get("/focusgroep/bedankt").headers


def test_the_answers_to_those_who_spoke_lead_there_and_the_thanks_do_not(sqlite_world: World) -> None:
    sqlite_world.open()
    thanks = respond(sqlite_world.client, sqlite_world.token(), {"experience": "4"}, lang="ar").text
    assert "focusgroep" not in thanks
    (onward,) = re.findall(r'<a href="(/terugkoppeling/ar)">', thanks)
    (link,) = re.findall(r"<a [^>]*focusgroep[^>]*>", sqlite_world.client.get(onward).text)
    assert link == '<a href="/focusgroep?lang=ar" rel="noreferrer">'
    assert sqlite_world.client.get("/focusgroep?lang=ar").status_code == 200


def test_nothing_ties_a_contact_to_an_answer(world: World) -> None:
    world.open()
    respond(world.client, world.token(), {"experience": "4", "remark": "Voorbeeldopmerking"}, lang="ti")
    leave(world, "ti")
    (contact,) = world.rows(FocusContact)
    for model in (Invitation, Response, Remark):
        for row in world.rows(model):
            shared = {name for name, value in row.items() if value and value in contact.values()}
            assert shared <= {"region_key", "contact_language", "language", "locale", "month"}, model
    columns = {one.name: one.type.python_type for one in FocusContact.__table__.columns}
    assert set(columns.values()) == {str} and not FocusContact.__table__.foreign_keys


def test_on_a_server_the_order_of_coming_is_wiped_at_night(world: World) -> None:
    came = [f"prater{number:02}@voorbeeld.example" for number in range(60)]
    with world.session() as session:
        for contact in came:
            leave_contact(session, world.settings, contact, "nl", "kempen")
        before = _as_they_lie(world)
        mix(session)
        session.commit()
        after = _as_they_lie(world)
    assert sorted(after) == sorted(before) == came
    assert after != came, "the order in which they came"
    if world.settings.embedded:
        assert before == after != came, "sorted by a key that tells nothing"


def _as_they_lie(world: World) -> list[str]:
    place = "" if world.settings.embedded else " ORDER BY ctid"
    with world.session() as session:
        rows = session.execute(sa.text(f"SELECT contact_sealed FROM focus_contacts{place}")).all()
    return [unseal((CONTACT_KEY,), sealed) or "" for (sealed,) in rows]


def test_a_contact_is_destroyed_before_it_is_six_months_old(world: World) -> None:
    leave(world)
    with world.session() as session:
        session.execute(sa.update(FocusContact).values(month="2026-05"))
        assert destroy_focus_contacts(session, date(2026, 10, 31)) == 0
        assert destroy_focus_contacts(session, date(2026, 11, 1)) == 1


@pytest.fixture
def listed(sqlite_world: World) -> Iterator[World]:
    """Two people of Kempen and one of Limburg on the list."""
    leave(sqlite_world)
    leave(sqlite_world, contact=MAIL)
    leave(sqlite_world, contact="ander@voorbeeld.example", region="limburg", language="ar")
    yield sqlite_world


def key_of(world: World, contact: str) -> str:
    rows = world.rows(FocusContact)
    return next(row["id"] for row in rows if unseal((CONTACT_KEY,), row["contact_sealed"]) == contact)


def acts(world: World) -> list[tuple[str, str | None]]:
    """What the audit log says of contacts, with the region."""
    rows = sorted(world.rows(AuditEntry), key=lambda row: int(row["sequence"]))
    return [(row["action"], row["region_key"]) for row in rows if row["action"].startswith("focus.")]


def test_a_netwerkmedewerker_sees_the_own_region_masked_and_no_other(listed: World) -> None:
    kempen = signed_in(listed.app, "netwerkmedewerker")
    page = kempen.get("/staff/focusgroep?region=limburg").text
    assert "2 contacten" in page and "+32 … 64" in page and "p…@…" in page
    for hidden in ("470261464", MAIL, "ander@", "Limburg"):
        assert hidden not in page
    other = key_of(listed, "ander@voorbeeld.example")
    for path in (f"/staff/focusgroep/{other}/show", f"/staff/focusgroep/{other}/used"):
        assert kempen.post(path).status_code == 404
    assert kempen.get(f"/staff/focusgroep/{other}/used").status_code == 404
    exported = kempen.post("/staff/focusgroep/export", {"region": "limburg"}).get_data(as_text=True)
    assert "ander@" not in exported and MAIL in exported
    assert acts(listed) == [("focus.exported", "kempen")]
    assert len(left(listed)) == 3


def test_showing_and_using_up_are_noted_and_ask_first(listed: World) -> None:
    browser = signed_in(listed.app, "beheerder")
    key = key_of(listed, MAIL)
    assert MAIL in browser.post(f"/staff/focusgroep/{key}/show").text
    assert browser.get(f"/staff/focusgroep/{key}/show").status_code == 405
    page = browser.get(f"/staff/focusgroep/{key}/used").text
    assert "niet terugdraaien" in page and MAIL not in page
    assert len(left(listed)) == 3
    assert browser.post(f"/staff/focusgroep/{key}/used").status_code == 302
    assert MAIL not in str(left(listed)) and len(left(listed)) == 2
    assert acts(listed) == [("focus.shown", "kempen"), ("focus.destroyed", "kempen")]
    assert MAIL not in str(listed.rows(AuditEntry)) and key not in str(listed.rows(AuditEntry))


def test_the_list_as_a_file_is_no_formula(listed: World) -> None:
    answer = signed_in(listed.app, "beheerder").post("/staff/focusgroep/export", {"region": ""})
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Regio", "Taal", "Contact", "Maand"]
    assert ["Kempen", "ትግርኛ", "'+32470261464", f"{today():%Y-%m}"] in rows and len(rows) == 4
    assert not re.search(r'(?m)(^|;)"?[=+@-]', as_csv(("a",), [("=1+1",), ("@x",), ("-2", "\t=3")]).decode())


def test_an_empty_list_says_what_to_do(sqlite_world: World) -> None:
    browser: Browser = signed_in(sqlite_world.app, "beheerder")
    assert 'href="/focusgroep"' in browser.get("/staff/focusgroep").text
    assert "Toon alle regio" in browser.get("/staff/focusgroep?region=kempen").text


def test_a_key_that_is_gone_is_told_and_breaks_nothing(listed: World, tmp_path: Path) -> None:
    other = World(
        listed.settings.database_url,
        tmp_path / "other",
        listed.settings.translations_dir,
        contact_keys=(CONTACT_KEY[::-1],),
    )
    browser = signed_in(other.app, "beheerder")
    assert "onleesbaar" in browser.get("/staff/focusgroep").text
    assert "sleutel" in browser.post(f"/staff/focusgroep/{key_of(listed, MAIL)}/show").text
    other.close()
