"""Tokens on staff pages and from the command line: made, shown once, listed, taken back."""

import json
import re

import pytest
import sqlalchemy as sa

from feedback_app.api.models import ApiToken
from feedback_app.staff.models import AuditEntry
from tests.commands import run
from tests.programs import Document, Program, token_of
from tests.staff import PASSWORD, address_of, signed_in
from tests.world import World

NEW = "/staff/account/tokens/new"
FORM = {
    "name": "Voorbeeldprogramma",
    "scopes": ["read:tables", "read:signals"],
    "region": "kempen",
    "days": "30",
    "current": PASSWORD,
}
_TEXT = re.compile(r"fbk_[A-Za-z0-9]{40}_[0-9a-f]{8}")


def test_a_colleague_makes_a_token_sees_it_once_and_takes_it_back(sqlite_world: World) -> None:
    world = sqlite_world
    analist = signed_in(world.app, "analist")
    assert "nog geen toegangssleutel" in analist.get("/staff/account/tokens").text
    assert "/staff/account/tokens" in analist.get("/staff/account").text
    form = analist.get(NEW).text
    assert 'value="read:tables"' in form and 'value="write:trajectories"' not in form
    for wrong in (
        {"name": ""},
        {"scopes": []},
        {"scopes": ["write:trajectories"]},
        {"region": "nergens"},
        {"days": "366"},
        {"days": "veel"},
        {"current": "een ander wachtwoord"},
    ):
        refused = analist.post(NEW, {**FORM, **wrong}, form=NEW)
        assert refused.status_code == 200 and 'class="error"' in refused.text, wrong
        assert not _TEXT.search(refused.text)
        assert "name" in wrong or 'value="Voorbeeldprogramma"' in refused.text, "what was typed is lost"
    made = analist.post(NEW, FORM, form=NEW)
    (text,) = _TEXT.findall(made.text)
    assert made.headers["Cache-Control"] == "no-store"
    listed = analist.get("/staff/account/tokens").text
    assert text not in listed and f"{text[:8]}…" in listed and "Kempen" in listed
    program = Program(world.app, Document(world.app), text)
    assert program.get("/token").json == {
        "name": "Voorbeeldprogramma",
        "role": "analist",
        "region": "kempen",
        "scopes": ["read:tables", "read:signals"],
        "expires_on": world.rows(ApiToken)[0]["expires_on"].isoformat(),
    }
    own = f"/staff/account/tokens/{world.rows(ApiToken)[0]['id']}/revoke"
    redacteur = signed_in(world.app, "redacteur")
    assert redacteur.get(own).status_code == 404, "somebody else's token"
    assert "ongedaan" in analist.get(own).text and program.get("/token").status_code == 200
    assert analist.post(own, form=own).location == "/staff/account/tokens"
    assert program.get("/token").status_code == 401
    assert "ingetrokken" in analist.get("/staff/account/tokens").text
    told = [one["action"] for one in world.rows(AuditEntry) if one["action"].startswith("token")]
    assert sorted(told) == ["token.ended", "token.made"]


def test_who_manages_sees_and_revokes_everybodys(sqlite_world: World) -> None:
    world = sqlite_world
    beheerder = signed_in(world.app, "beheerder")
    assert "Niemand heeft" in beheerder.get("/staff/tokens").text
    text = token_of(world.app, "lezer")
    assert address_of("lezer") in beheerder.get("/staff/tokens").text
    path = f"/staff/tokens/{world.rows(ApiToken)[0]['id']}/revoke"
    assert beheerder.post(path, form=path).location == "/staff/tokens"
    assert Program(world.app, Document(world.app), text).get("/token").status_code == 401
    assert beheerder.get("/staff/tokens/0/revoke").status_code == 404


@pytest.mark.parametrize("change", [{"role": "lezer"}, {"region_key": "kempen"}, {"active": False}])
def test_a_token_is_looked_at_beside_its_colleague_each_time(
    sqlite_world: World, change: dict[str, object]
) -> None:
    """Also when the account was changed past the rule that ends its tokens, as in the database itself."""
    program = Program(sqlite_world.app, Document(sqlite_world.app), token_of(sqlite_world.app, "analist"))
    assert program.get("/token").status_code == 200
    with sqlite_world.session() as session:
        session.execute(
            sa.text(f"UPDATE accounts SET {', '.join(f'{one} = :{one}' for one in change)}"), change
        )
        session.commit()
    assert program.get("/token").status_code == 401


def test_from_the_command_line(sqlite_world: World) -> None:
    world = sqlite_world
    token_of(world.app, "agentschap")
    email = address_of("agentschap")
    asked = ("tokens", "add", email, "--name", "voorbeeld", "--scope", "write:trajectories")
    done = run(world, *asked, "--days", "3")
    (text,) = _TEXT.findall(done.stdout)
    assert done.exit_code == 0 and "shown this once" in done.stderr
    assert Program(world.app, Document(world.app), text).get("/token").json["scopes"] == [
        "write:trajectories"
    ]
    for wrong, said in (
        (("--days", "400"), "1 to 365"),
        (("--region", "nergens"), "no such region"),
        (("--scope", "read:signals"), "may not have"),
    ):
        refused = run(world, *asked, *wrong)
        assert refused.exit_code == 1 and said in refused.stderr
    listed = json.loads(run(world, "tokens", "list", "--json").stdout)
    assert {one["state"] for one in listed} == {"active"} and text not in str(listed)
    mine = next(one["id"] for one in listed if one["name"] == "voorbeeld")
    assert run(world, "tokens", "revoke", "").exit_code == 1
    assert "revoked voorbeeld" in run(world, "tokens", "revoke", mine[:12]).stdout
    assert "revoked" in run(world, "tokens", "list").stdout
    assert Program(world.app, Document(world.app), text).get("/token").status_code == 401
