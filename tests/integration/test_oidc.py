"""Signing in through a government's service, against a provider that runs on this machine."""

import base64
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from feedback_app.database import db
from feedback_app.settings import Oidc, Settings, SettingsError
from feedback_app.staff.accounts import passwords
from feedback_app.staff.commands import users
from feedback_app.staff.joining import make_link
from feedback_app.staff.models import Account, AuditEntry, OutsideIdentity
from feedback_app.staff.oidc import OidcRefused, role_of
from tests.databases import SECRET, Databases
from tests.oidc_provider import CLIENT, CLIENT_SECRET, Provider
from tests.staff import PASSWORD, Browser, account_of, add, address_of, close_app, make_app, signed_in

ROLES = (
    ("Feedback-begeleider@OVO000001", "trajectbegeleider", None),
    ("Feedback-netwerk-kempen", "netwerkmedewerker", "kempen"),
    ("Feedback-analist", "analist", None),
    ("Feedback-fout", "netwerkmedewerker", None),
)
EMAIL = "voorbeeld@agentschap.example"
WHO = {"vo_id": "7b1f0f6e-voorbeeld", "sub": "wie", "email": EMAIL, "feedback_rol": ["Feedback-analist"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as made:
        yield made


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, provider: Provider) -> Iterator[Flask]:
    provider.reset()
    provider.claims = dict(WHO)
    service = Oidc(provider.issuer, CLIENT, CLIENT_SECRET, "feedback_rol", ROLES, "openid email")
    # the second step is the provider's: it is asked of nobody who comes from there
    made = make_app(migrated_sqlite_url, tmp_path, oidc=service, second_factor=True)
    yield made
    close_app(made)


def to_the_provider(browser: Browser, path: str = "/staff/oidc") -> str:
    """Follow our link to the provider and its answer; the address it sends the browser back to."""
    there = urlsplit(browser.get(path).location)
    connection = http.client.HTTPConnection(there.netloc, timeout=20)
    connection.request("GET", f"{there.path}?{there.query}")
    back = connection.getresponse().headers["Location"]
    connection.close()
    return back


def come_back(browser: Browser, address: str) -> TestResponse:
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}")


def sign_in(app: Flask) -> TestResponse:
    browser = Browser(app)
    return come_back(browser, to_the_provider(browser))


def users_command(app: Flask, *arguments: str, given: str = "") -> Result:
    return app.test_cli_runner().invoke(users, list(arguments), obj=lambda: app, input=given)


def subjects(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {one.subject: one.account.email for one in db.session.scalars(sa.select(OutsideIdentity))}


def actions(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(AuditEntry.action)))


def accounts(app: Flask) -> list[tuple[str, str, str | None]]:
    with app.app_context():
        return [(one.email, one.role, one.region_key) for one in db.session.scalars(sa.select(Account))]


def test_who_comes_from_the_service_gets_an_account_and_lands_where_they_wanted(app: Flask) -> None:
    browser = Browser(app)
    assert 'href="/staff/oidc?next=' in browser.get("/staff/login?next=/staff/signals").text
    back = to_the_provider(browser, "/staff/oidc?next=/staff/signals")
    answer = come_back(browser, back)
    assert (answer.status_code, answer.location) == (302, "/staff/signals")
    assert accounts(app) == [(EMAIL, "analist", None)]
    assert "aanmelddienst" in browser.get("/staff/account").text
    for path in ("/staff/account/app", "/staff/account/codes", "/staff/password"):
        assert browser.get(path).status_code == 404
    assert come_back(browser, back).status_code == 400, "the same address a second time"
    with app.app_context():
        ways = [one.facts.get("way") for one in db.session.scalars(sa.select(AuditEntry))]
    assert "oidc" in ways


def test_role_and_region_follow_the_claims_at_each_sign_in(app: Flask, provider: Provider) -> None:
    sign_in(app)
    provider.claims["feedback_rol"] = ["Iets-anders", "Feedback-netwerk-kempen:OVO000002"]
    assert sign_in(app).status_code == 302
    assert accounts(app) == [(EMAIL, "netwerkmedewerker", "kempen")]
    del provider.claims["feedback_rol"]
    provider.told_later = {"feedback_rol": "Feedback-analist"}
    assert sign_in(app).status_code == 302, "what the token does not hold is asked after"
    assert accounts(app) == [(EMAIL, "analist", None)]


def test_a_role_can_be_bound_to_an_organisation(app: Flask, provider: Provider) -> None:
    provider.claims |= {"feedback_rol": "Feedback-begeleider", "vo_orgcode": "OVO000002"}
    assert sign_in(app).status_code == 403
    provider.claims["vo_orgcode"] = "OVO000001"
    assert sign_in(app).status_code == 302
    assert accounts(app) == [(EMAIL, "trajectbegeleider", None)]


def test_the_national_number_is_never_asked_and_never_kept(app: Flask, provider: Provider) -> None:
    provider.claims["rrn"] = "85073003328"
    assert sign_in(app).status_code == 302
    assert provider.asked[0]["scope"] == "openid email"
    assert "rrn" not in json.dumps(provider.asked)
    path = Path(urlsplit(app.extensions["settings"].database_url).path)
    for one in path.parent.glob(f"{path.name}*"):
        assert b"85073003328" not in one.read_bytes()
        assert b"voorbeeldtoegang" not in one.read_bytes(), "nor what the service would let us ask later"
    with pytest.raises(SettingsError, match="rrn"):
        Settings.from_environment(described("OIDC_SCOPES", "openid rrn"))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"feedback_rol": ["Iets-anders"]}, "geen rol voor deze toepassing"),
    ({"feedback_rol": []}, "geen rol voor deze toepassing"),
    ({"feedback_rol": "Feedback-fout"}, "geen rol voor deze toepassing"),
    ({"email": ""}, "geen e-mailadres"),
    ({"vo_id": "x" * 201}, "niet wie je bent"),
    ({"nonce": "een andere"}, "niet bevestigd"),
    ({"nonce": None}, "niet bevestigd"),
    ({"aud": "een andere toepassing"}, "niet bevestigd"),
    ({"iss": "https://elders.example"}, "niet bevestigd"),
    ({"exp": 1_700_000_000}, "niet bevestigd"),
    ({"azp": "een andere toepassing"}, "niet bevestigd"),
    ({"aud": [CLIENT, "een andere toepassing"]}, "niet bevestigd"),
    ({"aud": [CLIENT, "een andere toepassing"], "azp": "een andere toepassing"}, "niet bevestigd"),
    ({"vo_id": ["7b1f0f6e-voorbeeld"]}, "niet wie je bent"),
    ({"vo_id": 0}, "niet wie je bent"),
    ({"vo_id": "met een \x00"}, "niet wie je bent"),
    ({"email": [EMAIL]}, "geen e-mailadres"),
    ({"email": "a\x00@voorbeeld.example"}, "geen e-mailadres"),
]


@pytest.mark.parametrize(("claims", "text"), REFUSED, ids=[str(one[0])[:40] for one in REFUSED])
def test_claims_that_do_not_fit_let_nobody_in(
    app: Flask, provider: Provider, claims: dict[str, Any], text: str
) -> None:
    provider.claims |= claims
    answer = sign_in(app)
    assert answer.status_code == 403
    assert text in answer.text
    assert accounts(app) == []


def test_a_signature_of_somebody_else_or_none_lets_nobody_in(app: Flask, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "eerste"})

    def unsigned(claims: dict[str, Any]) -> str:
        parts = (json.dumps(one).encode() for one in ({"alg": "none"}, claims))
        return ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts) + "."

    for twist in (lambda claims: provider.sign(claims, other), unsigned, lambda _claims: "geen token"):
        provider.twist = twist
        assert sign_in(app).status_code == 403
    assert accounts(app) == []


def test_only_the_browser_that_began_comes_in(app: Flask) -> None:
    began, other = Browser(app), Browser(app)
    back = to_the_provider(began)
    assert come_back(other, back).status_code == 400
    to_the_provider(other)
    assert come_back(other, back).status_code == 400
    assert began.get("/staff/oidc/callback?error=access_denied&state=x").status_code == 400
    assert come_back(began, back).status_code == 400, "what began is over after one answer"
    assert accounts(app) == []


def test_a_known_address_is_no_proof_until_an_administrator_links_it(app: Flask) -> None:
    before = signed_in(app, "analist", email=EMAIL)
    assert "al een account" in sign_in(app).text
    assert users_command(app, "link", EMAIL, str(WHO["vo_id"])).exit_code == 0
    assert before.get("/staff/").status_code == 302, "signed out"
    assert sign_in(app).status_code == 302
    assert Browser(app).try_to_sign_in(EMAIL, PASSWORD).status_code == 403, "the password works no more"
    with app.app_context():
        db.session.execute(sa.update(Account).values(active=False))
        db.session.commit()
        assert db.session.scalar(sa.select(OutsideIdentity.account_id)) == account_of(app, EMAIL).id
    assert "gesloten" in sign_in(app).text


def test_an_account_has_one_subject_until_it_is_replaced(app: Flask) -> None:
    add(app, "analist", email=EMAIL)
    add(app, "lezer")
    assert users_command(app, "link", EMAIL, "\x00").exit_code == 1
    assert users_command(app, "link", EMAIL, "eerste").exit_code == 0
    assert users_command(app, "link", EMAIL, "eerste").exit_code == 0, "again is the same"
    refused = users_command(app, "link", EMAIL, "tweede")
    assert refused.exit_code == 1 and "--replace" in refused.stderr
    assert subjects(app) == {"eerste": EMAIL}
    assert users_command(app, "link", EMAIL, str(WHO["vo_id"]), "--replace").exit_code == 0
    browser = Browser(app)
    assert come_back(browser, to_the_provider(browser)).status_code == 302
    assert browser.get("/staff/").status_code == 200
    assert users_command(app, "link", address_of("lezer"), str(WHO["vo_id"])).exit_code == 0
    assert browser.get("/staff/").status_code == 302, "this subject is somebody else now"
    assert subjects(app) == {str(WHO["vo_id"]): address_of("lezer")}


def test_a_role_that_is_withdrawn_ends_what_it_opened_until_it_is_given_again(
    app: Flask, provider: Provider
) -> None:
    browser = Browser(app)
    come_back(browser, to_the_provider(browser))
    assert browser.get("/staff/").status_code == 200
    provider.claims["feedback_rol"] = []
    assert "geen rol voor deze toepassing" in sign_in(app).text
    assert browser.get("/staff/").status_code == 302, "what was open before is over"
    assert not account_of(app, EMAIL).active
    assert "account.withdrawn" in actions(app)
    assert sign_in(app).status_code == 403
    assert actions(app).count("account.withdrawn") == 1
    provider.claims["feedback_rol"] = "Feedback-netwerk-kempen"
    assert sign_in(app).status_code == 302
    assert accounts(app) == [(EMAIL, "netwerkmedewerker", "kempen")]
    assert "account.restored" in actions(app)
    provider.claims["feedback_rol"] = []
    sign_in(app)
    assert users_command(app, "deactivate", EMAIL).exit_code == 0
    provider.claims["feedback_rol"] = "Feedback-analist"
    assert "gesloten" in sign_in(app).text, "what we closed stays closed"


def test_who_comes_from_the_service_gets_no_password_beside_it(app: Flask) -> None:
    app.extensions["settings"] = app.extensions["settings"].but(second_factor=False)
    manager, lezer = signed_in(app, "beheerder"), add(app, "lezer")
    with app.app_context():
        old = make_link(db.session, "", None, db.session.get_one(Account, lezer))
    sign_in(app)
    page = f"/staff/accounts/{account_of(app, EMAIL).id}"
    assert "Link maken" not in manager.get(page).text and "via de aanmelddienst" in manager.get(page).text
    assert "Link maken" in manager.get(f"/staff/accounts/{lezer}").text
    assert manager.post(f"{page}/link").location == page
    assert "heeft hier geen wachtwoord" in manager.get(page).text
    assert users_command(app, "invite", EMAIL).exit_code == 1
    assert users_command(app, "password", EMAIL, "--password-stdin", given=PASSWORD).exit_code == 1
    with app.app_context():  # what a link of an earlier release could have given
        db.session.execute(sa.update(Account).values(password_hash=passwords().hash(PASSWORD)))
        db.session.execute(sa.insert(OutsideIdentity).values(subject="lezer", account_id=lezer))
        db.session.commit()
    assert Browser(app).get(old).status_code == 404, "a link from before works no more either"
    assert Browser(app).try_to_sign_in(EMAIL).status_code == 403
    assert Browser(app).try_to_sign_in(address_of("beheerder")).status_code == 302


@pytest.mark.parametrize(
    ("claimed", "organisation", "fits"),
    [
        ("Feedback-begeleider", "OVO000001", True),
        ("Feedback-begeleider:OVO000001", "OVO000001", True),
        (["Iets-anders", "Feedback-begeleider:OVO000001"], "OVO000001", True),
        ("Feedback-begeleider:OVO999999", "OVO000001", False),
        ("Feedback-begeleider:OVO000001", "OVO000777", False),
        ("Feedback-begeleider:OVO000001", None, False),
        ("Feedback-begeleider@OVO000001", "OVO000777", False),
        ("Feedback-begeleider@OVO000001", "OVO000001", False),
        ("Feedback-begeleider@OVO000001:OVO000001", "OVO000001", False),
        ("Feedback-begeleider", ["OVO000001"], False),
        ({"Feedback-begeleider": 1}, "OVO000001", False),
    ],
)
def test_a_role_of_one_organisation_is_matched_part_by_part(
    claimed: Any, organisation: Any, fits: bool
) -> None:
    service = Oidc("https://op.example", CLIENT, CLIENT_SECRET, "feedback_rol", ROLES, "openid")
    claims = {"feedback_rol": claimed, "vo_orgcode": organisation}
    if fits:
        assert role_of(service, claims) == ("trajectbegeleider", None)
    else:
        with pytest.raises(OidcRefused, match="role"):
            role_of(service, claims)


def test_a_token_that_others_may_use_too_says_it_was_made_for_us(app: Flask, provider: Provider) -> None:
    provider.claims |= {"aud": [CLIENT, "een andere toepassing"], "azp": CLIENT}
    assert sign_in(app).status_code == 302
    del provider.claims["azp"]
    provider.claims["aud"] = [CLIENT]
    assert sign_in(app).status_code == 302, "one audience, written as a list"


def test_a_service_that_does_not_answer_is_said_to_be_away(databases: Databases, tmp_path: Path) -> None:
    with Provider() as gone:
        service = Oidc(gone.issuer, CLIENT, CLIENT_SECRET, "rol", ROLES, "openid")
    with databases.migrated("sqlite") as url:
        app = make_app(url, tmp_path, oidc=service)
        assert Browser(app).get("/staff/oidc").status_code == 502
        close_app(app)


def test_what_the_service_is_asked_follows_no_redirect(app: Flask, provider: Provider) -> None:
    """Else whoever it names would get the code, and what makes it worth something."""
    with Provider() as elsewhere:
        provider.moved = f"{elsewhere.issuer}/token"
        assert sign_in(app).status_code == 502
        assert elsewhere.posted == 0
    assert provider.posted and accounts(app) == []


def test_without_the_service_its_pages_are_not_there(migrated_sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(migrated_sqlite_url, tmp_path)
    assert Browser(app).get("/staff/oidc").status_code == 404
    assert Browser(app).get("/staff/oidc/callback?code=x&state=x").status_code == 404
    assert "/staff/oidc" not in Browser(app).get("/staff/login").text
    close_app(app)


def described(name: str = "", value: str = "") -> dict[str, str]:
    """The environment of an installation with a sign-in service, with one setting changed."""
    given = {
        "SECRET_KEY": SECRET,
        "OIDC_ISSUER": "https://aanmelden.example/op/",
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "OIDC_ROLE_CLAIM": "feedback_rol",
        "OIDC_ROLES": "Feedback:OVO1=analist; Feedback-netwerk=netwerkmedewerker:kempen",
    }
    return {f"FEEDBACK_{one}": text for one, text in (given | ({name: value} if name else {})).items()}


def test_the_service_is_described_by_settings() -> None:
    service = Settings.from_environment(described()).oidc
    assert service is not None
    assert service.issuer == "https://aanmelden.example/op"
    assert service.roles == (
        ("Feedback:OVO1", "analist", None),
        ("Feedback-netwerk", "netwerkmedewerker", "kempen"),
    )
    assert CLIENT_SECRET not in repr(service)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_CLIENT_SECRET", ""),
        ("OIDC_ROLE_CLAIM", ""),
        ("OIDC_ROLES", "Feedback"),
        ("OIDC_ISSUER", "http://aanmelden.example"),
        ("OIDC_SCOPES", "email"),
        ("SECOND_FACTOR", "soms"),
    ],
)
def test_a_service_that_is_half_described_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(described(name, value))


def test_authlib_is_not_loaded_by_a_web_process_until_somebody_signs_in_that_way(
    migrated_sqlite_url: str, tmp_path: Path, provider: Provider
) -> None:
    code = """
import sys
from pathlib import Path
from feedback_app.settings import Oidc
from tests.staff import Browser, make_app
url, folder, issuer = sys.argv[1:]
app = make_app(url, Path(folder), oidc=Oidc(issuer, "x", "y", "rol", (), "openid"))
Browser(app).get("/staff/login"), Browser(app).get("/privacy"), Browser(app).get("/s/x")
print(sorted({"authlib", "joserfc", "requests"} & set(sys.modules)))
Browser(app).get("/staff/oidc")
print("authlib" in sys.modules)
"""
    command = [sys.executable, "-c", code, migrated_sqlite_url, str(tmp_path), provider.issuer]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["[]", "True"], done.stderr
