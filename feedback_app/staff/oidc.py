"""Signing in through a government's own service: OpenID Connect, code flow with PKCE (RFC 7636).

It fits the Flemish ACM/IDM: `vo_id` is who somebody is, `vo_orgcode` their organisation, one claim their
roles. The national number (`rrn`) is never asked for, and not looked at should it come.

Authlib is loaded when somebody signs in this way, and only then: it weighs as much as our own pages.
"""

import secrets
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.settings import Oidc
from feedback_app.staff.accounts import (
    AccountRefused,
    check_region,
    find_account,
    is_address,
    normal_address,
)
from feedback_app.staff.audit import record
from feedback_app.staff.models import ROLES, Account, OutsideIdentity

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

_SECONDS = 10
_ALGORITHMS = ["RS256", "PS256", "ES256"]  # never `none`, never a shared secret
_LEEWAY = 60


class OidcRefused(Exception):
    """Nobody is signed in; `reason` is one of away, state, token, subject, role, email, taken, closed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Started:
    """Where to send the browser, and what must fit when it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


def start(service: Oidc, callback: str) -> Started:
    """Begin: the address of the service's own page; OidcRefused("away") when it does not answer."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(service, callback) as client:
        found = _discover(service, client)
        url, _state = client.create_authorization_url(
            found["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
        )
    return Started(url, state, nonce, verifier)


def finish(service: Oidc, callback: str, came_back: str, started: Mapping[str, str]) -> dict[str, Any]:
    """What the service says of who came back to the address `came_back`; raises OidcRefused.

    `started` holds the state, nonce and verifier that this browser began with.
    """
    from authlib.common.errors import AuthlibBaseError
    from requests import RequestException

    with _client(service, callback) as client:
        found = _discover(service, client)
        try:
            token = client.fetch_token(
                found["token_endpoint"],
                authorization_response=came_back,
                state=started["state"],
                code_verifier=started["verifier"],
                timeout=_SECONDS,
            )
            keys = client.get(found["jwks_uri"], withhold_token=True, timeout=_SECONDS).json()
        except AuthlibBaseError as error:
            raise OidcRefused("state" if error.error == "mismatching_state" else "token") from error
        except (RequestException, ValueError) as error:
            raise OidcRefused("away") from error
        claims = _checked(service, found, token.get("id_token", ""), keys, started["nonce"])
        if service.role_claim not in claims and "userinfo_endpoint" in found:
            claims = {**_userinfo(client, found["userinfo_endpoint"], claims["sub"]), **claims}
    return claims


def role_of(service: Oidc, claims: Mapping[str, Any]) -> tuple[str, str | None]:
    """Role and region that these claims give; OidcRefused("role") when none does.

    A listed value fits the whole value of the claim, or the part before its colon: ACM/IDM writes
    `Role:OVO000000`. `value@OVO000000` fits only for who comes from that organisation.
    """
    given = claims.get(service.role_claim, [])
    values = {str(one) for one in (given if isinstance(given, list) else [given])}
    names = values | {value.partition(":")[0] for value in values}
    organisation = str(claims.get("vo_orgcode", ""))
    for value, role, region in service.roles:
        name, at, wanted = value.rpartition("@")
        if value in names or (at and name in names and wanted == organisation):
            return role, region
    raise OidcRefused("role")


def account_from(
    session: Session, service: Oidc, claims: Mapping[str, Any], regions: Container[str]
) -> Account:
    """The account of who came, made or brought up to date from the claims; commits. OidcRefused."""
    subject = str(claims.get("vo_id") or claims.get("sub") or "")
    if not 0 < len(subject) <= 200:
        raise OidcRefused("subject")
    role, region = role_of(service, claims)
    try:
        if role not in ROLES:
            raise AccountRefused("role")
        check_region(role, region, regions)
    except AccountRefused as refused:  # the mapping itself gives what cannot be
        raise OidcRefused("role") from refused
    identity = session.get(OutsideIdentity, subject)
    if identity is None:
        return _new_account(session, subject, normal_address(str(claims.get("email", ""))), role, region)
    account = identity.account
    if not account.active:
        raise OidcRefused("closed")
    if (account.role, account.region_key) != (role, region):
        account.role, account.region_key = role, region
        record(
            session,
            "account.updated",
            account=account,
            subject=f"account:{account.id}",
            region=region,
            role=role,
        )
        session.commit()
    return account


def link_account(session: Session, account: Account, subject: str) -> None:
    """Let this account be used through the service by `subject` from now on, and no longer by password."""
    session.execute(sa.delete(OutsideIdentity).where(OutsideIdentity.subject == subject))
    session.merge(OutsideIdentity(subject=subject, account_id=account.id))
    account.password_hash = ""
    record(session, "account.updated", account=None, subject=f"account:{account.id}")
    session.commit()


def _new_account(session: Session, subject: str, email: str, role: str, region: str | None) -> Account:
    if not is_address(email):
        raise OidcRefused("email")
    if find_account(session, email):
        raise OidcRefused("taken")  # an address is no proof: an administrator says who it is
    account = Account(email=email, role=role, region_key=region, password_hash="")
    session.add(account)
    try:
        session.flush()
        session.add(OutsideIdentity(subject=subject, account_id=account.id))
        record(
            session,
            "account.added",
            account=account,
            subject=f"account:{account.id}",
            region=region,
            role=role,
        )
        session.commit()
    except sa.exc.IntegrityError as error:  # two browsers at the same moment
        session.rollback()
        raise OidcRefused("taken") from error
    return account


def _client(service: Oidc, callback: str) -> "OAuth2Session":
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        service.client_id,
        service.client_secret,
        scope=service.scopes,
        redirect_uri=callback,
        code_challenge_method="S256",
    )


def _discover(service: Oidc, client: "OAuth2Session") -> dict[str, Any]:
    from requests import RequestException

    address = f"{service.issuer}/.well-known/openid-configuration"
    try:
        answer = client.get(address, withhold_token=True, timeout=_SECONDS)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (RequestException, ValueError) as error:
        raise OidcRefused("away") from error
    needed = {"authorization_endpoint", "token_endpoint", "jwks_uri", "issuer"}
    if not needed <= found.keys() or found["issuer"].rstrip("/") != service.issuer:
        raise OidcRefused("away")
    return found


def _checked(service: Oidc, found: Mapping[str, Any], token: str, keys: Any, nonce: str) -> dict[str, Any]:
    """The claims of an identity token that the service signed, for us, now, for this very sign-in."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    rules = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": found["issuer"]},
        aud={"essential": True, "value": service.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OidcRefused("token") from error
    if claims["nonce"] != nonce or claims.get("azp", service.client_id) != service.client_id:
        raise OidcRefused("token")
    return claims


def _userinfo(client: "OAuth2Session", address: str, subject: str) -> dict[str, Any]:
    from requests import RequestException

    try:
        told: dict[str, Any] = client.get(address, timeout=_SECONDS).json()
    except (RequestException, ValueError) as error:
        raise OidcRefused("away") from error
    if told.get("sub") != subject:
        raise OidcRefused("token")
    return told
