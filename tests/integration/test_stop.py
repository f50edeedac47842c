"""No more messages: a look changes nothing, a press stops at once, and one may still take part."""

import pytest
import sqlalchemy as sa

from feedback_app.invitations.models import Invitation
from feedback_app.invitations.opt_out import opted_out
from feedback_app.responses.stop_replies import stop_number
from feedback_app.trajectories.contacts import seal
from feedback_app.trajectories.models import OptedOutContact, Partner, Trajectory
from tests.databases import CONTACT_KEY
from tests.example_catalogues import mark
from tests.world import Person, World, respond


def with_contacts(world: World, *people: Person) -> None:
    """Open a wave with people whose number and address are known."""
    world.open(people or (Person(language="ar"),))
    with world.session() as session:
        session.execute(sa.update(Trajectory).values(phone_sealed="sealed", email_sealed="sealed"))
        session.commit()


def contacts(world: World) -> list[tuple[str | None, str | None]]:
    return sorted((row["phone_sealed"], row["email_sealed"]) for row in world.rows(Trajectory))


def disposition(world: World, token_of: str) -> str:
    [found] = [row["disposition"] for row in world.rows(Invitation) if row["id"] == token_of]
    return str(found)


def stop(world: World, token: str, **fields: str) -> str:
    answer = world.client.post(
        f"/stop/{token}", data=fields, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    return answer.text


def test_looking_changes_nothing(world: World) -> None:
    with_contacts(world)
    [link], before = world.links(), world.dump()
    for address in (f"/stop/{link.token}", f"/stop/{link.token}?lang=ti", f"/stop/{link.token}?again=1"):
        page = world.client.get(address)
        assert page.status_code == (303 if "again" in address else 200)
        assert world.client.head(address).data == b""
    assert world.dump() == before


def test_one_press_stops_and_destroys_the_contact_data(world: World) -> None:
    with_contacts(world, Person(language="ar"))
    [link] = world.links()
    page = stop(world, link.token)
    assert f"{mark('ar')} Goed, we sturen je niets meer." in page
    assert 'lang="ar" dir="rtl"' in page
    assert (disposition(world, link.invitation_id), contacts(world)) == ("refused", [(None, None)])
    after = world.dump()
    stop(world, link.token, **{"List-Unsubscribe": "One-Click"})
    assert world.dump() == after, "again is the same"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_mail_program_s_one_click_stops(sqlite_world: World, kind: str) -> None:
    """RFC 8058: this body in either form, without cookies, and no answer that leads elsewhere."""
    with_contacts(sqlite_world)
    [link] = sqlite_world.links()
    fields = {"List-Unsubscribe": "One-Click"}
    answer = sqlite_world.client.post(f"/stop/{link.token}", data=fields, content_type=kind)
    assert answer.status_code == 200
    assert (disposition(sqlite_world, link.invitation_id), contacts(sqlite_world)) == (
        "refused",
        [(None, None)],
    )


def test_nobody_else_is_stopped(world: World) -> None:
    with_contacts(world, Person(), Person(region="limburg"))
    first, second = world.links()
    stop(world, first.token)
    assert disposition(world, second.invitation_id) == "unknown"
    with world.session() as session:
        kept = session.scalars(sa.select(Trajectory.phone_sealed).order_by(Trajectory.phone_sealed)).all()
    assert sorted(kept, key=str) == [None, "sealed"]


def test_the_way_back_is_open_while_the_wave_is(world: World) -> None:
    with_contacts(world, Person(language="fa_AF"))
    [link] = world.links()
    assert "?again=1" in stop(world, link.token)
    back = world.client.get(f"/stop/{link.token}?again=1&lang=ti")
    assert back.headers["Location"] == f"/s/{link.token}?lang=ti"
    assert world.client.get(back.headers["Location"]).status_code == 200
    assert respond(world.client, link.token, {"match": "3"}).status_code == 200
    assert disposition(world, link.invitation_id) == "answered"


def test_an_answer_stays_an_answer(world: World) -> None:
    with_contacts(world)
    [link] = world.links()
    respond(world.client, link.token, {"match": "3"})
    page = stop(world, link.token)
    assert "?again=1" not in page
    assert (disposition(world, link.invitation_id), contacts(world)) == ("answered", [(None, None)])


def test_after_the_wave_the_contact_data_still_goes(world: World) -> None:
    with_contacts(world)
    [link] = world.links()
    world.shut()
    counted = disposition(world, link.invitation_id)
    assert "?again=1" not in world.client.get(f"/stop/{link.token}").text
    assert "?again=1" not in stop(world, link.token)
    assert disposition(world, link.invitation_id) == counted, "what was counted stays as it was counted"
    assert contacts(world) == [(None, None)]


def test_a_partner_stops_and_newcomers_keep_theirs(world: World) -> None:
    with_contacts(world, Person())
    [link] = world.links("partner")
    page = stop(world, link.token)
    assert "e-mailadres" not in page, "nothing of theirs is destroyed, so nothing says so"
    assert disposition(world, link.invitation_id) == "refused"
    assert contacts(world) == [("sealed", "sealed")]


def test_one_chooses_another_language_on_the_page(world: World) -> None:
    with_contacts(world, Person(language="ar"))
    token = world.token()
    page = world.client.get(f"/stop/{token}?lang=fr").text
    assert f"{mark('fr')} Wil je geen berichten meer?" in page
    assert 'href="?lang=nl"' in page


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_nobody_has(world: World, method: str) -> None:
    with_contacts(world)
    before = world.dump()
    form = {"data": {"x": "1"}} if method == "POST" else {}
    answer = world.client.open("/stop/nonsense", method=method, **form)
    assert answer.status_code == 404
    assert "Deze link werkt niet." in answer.text
    assert world.dump() == before
    assert world.client.post(f"/stop/{world.token()}", json={}).status_code == 415


def test_a_stop_holds_for_every_later_message_to_that_contact(world: World) -> None:
    world.open([Person(region="kempen"), Person(region="limburg")])
    first, second = world.links()
    with world.session() as session:
        owner = sa.select(Invitation.trajectory_id).where(Invitation.id == first.invitation_id)
        sealed = {
            "phone_sealed": seal((CONTACT_KEY,), "+32470000001"),
            "email_sealed": seal((CONTACT_KEY,), "Iemand@voorbeeld.example"),
        }
        session.execute(sa.update(Trajectory).where(Trajectory.id == owner.scalar_subquery()).values(sealed))
        session.execute(sa.update(Partner).values(email="club@voorbeeld.example"))
        session.commit()
    for token in (first.token, second.token, first.token, world.token("partner")):
        stop(world, token)
    with world.session() as session:
        known = ("+32470000001", "0470 00 00 01", "iemand@voorbeeld.example ", "club@voorbeeld.example")
        assert all(opted_out(session, world.settings, one) for one in known)
        assert not opted_out(session, world.settings, "+32470000002")
    rows = world.rows(OptedOutContact)
    assert len(rows) == 3
    assert all("0470" not in str(row) and "@" not in str(row) for row in rows)


def test_a_stop_by_text_message_holds_for_the_same_persons_e_mail(sqlite_world: World) -> None:
    sqlite_world.open([Person(), Person()])
    with sqlite_world.session() as session:
        for number, one in enumerate(session.scalars(sa.select(Trajectory).order_by(Trajectory.id))):
            one.phone_sealed = seal((CONTACT_KEY,), f"+3247000000{number}")
            one.email_sealed = seal((CONTACT_KEY,), f"iemand{number}@voorbeeld.example")
        session.commit()
        stop_number(session, sqlite_world.settings, "+32470000000")
        for known in ("+32470000000", "iemand0@voorbeeld.example"):
            assert opted_out(session, sqlite_world.settings, known)
        assert not opted_out(session, sqlite_world.settings, "iemand1@voorbeeld.example")
    erased = [row["phone_sealed"] is row["email_sealed"] is None for row in sqlite_world.rows(Trajectory)]
    assert sorted(erased) == [False, True]
