"""Signing in through a government's own service: OpenID Connect, code flow with PKCE (RFC 7636).

It fits the Flemish ACM/IDM: `vo_id` is who somebody is, `vo_orgcode` their organisation, one claim their
roles. The national number (`rrn`) is never asked for, and not looked at should it come.

Authlib is loaded when somebody signs in this way, and only then: it weighs as much as our own pages.
"""

import secrets
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import now
from feedback_app.settings import Oidc
from feedback_app.staff.accounts import (
    AccountRefused,
    check_region,
    end_sessions,
    find_account,
    is_address,
    normal_address,
)
from feedback_app.staff.audit import record
from feedback_app.staff.models import ROLES, Account, ColleagueLink, OutsideIdentity

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

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


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
    `Role:OVO000000`. `value@OVO000000` fits only who comes from that organisation (`vo_orgcode`), with a
    value that is held for no other one.
    """
    given = claims.get(service.role_claim, [])
    values = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]
    for listed, role, region in service.roles:
        if any(_fits(listed, value, claims.get("vo_orgcode")) for value in values):
            return role, region
    raise OidcRefused("role")


def _fits(listed: str, value: str, organisation: Any) -> bool:
    name, bound, wanted = listed.rpartition("@")
    plain, held, holder = value.partition(":")
    if not bound:
        return listed in (value, plain)
    return bool(wanted) and organisation == wanted and plain == name and (not held or holder == wanted)


def account_from(
    session: Session, service: Oidc, claims: Mapping[str, Any], regions: Container[str]
) -> Account:
    """The account of who came, made or brought up to date from the claims; commits. OidcRefused.

    Who comes without a role any more loses what is open: sessions end and the account is closed until the
    service gives a role again. What a beheerder closed stays closed.
    """
    subject = _subject(claims)
    identity = session.get(OutsideIdentity, subject)
    try:
        role, region = _possible_role(service, claims, regions)
    except OidcRefused:
        if identity is not None:
            _withdraw(session, identity)
        raise
    if identity is None:
        return _new_account(session, subject, claims.get("email"), role, region)
    account = identity.account
    changes = []
    if not account.active:
        if identity.withdrawn_at is None:
            raise OidcRefused("closed")
        account.active, identity.withdrawn_at = True, None
        changes.append("account.restored")
    if (account.role, account.region_key) != (role, region):
        account.role, account.region_key = role, region
        changes.append("account.updated")
    for action in changes:
        about = f"account:{account.id}"
        record(session, action, account=account, subject=about, region=region, role=role)
    session.commit()
    return account


def link_account(session: Session, account: Account, subject: str, *, replace: bool = False) -> None:
    """Let this account be used through the service by `subject` from now on, and no longer by password.

    Commits. Whoever is signed in with it, or with the account that had this subject, is signed out.
    AccountRefused when it has another subject, unless that is to be replaced.
    """
    if not _is_plain(subject):
        raise AccountRefused("subject")
    mine = session.scalar(sa.select(OutsideIdentity).where(OutsideIdentity.account_id == account.id))
    if mine is not None and mine.subject != subject and not replace:
        raise AccountRefused("linked")
    withdrawn_at = mine.withdrawn_at if mine else None
    known = session.get(OutsideIdentity, subject)
    if known is not None and known.account_id != account.id:
        end_sessions(session, known.account)
        record(session, "account.sessions_ended", account=None, subject=f"account:{known.account_id}")
    either = (OutsideIdentity.subject == subject) | (OutsideIdentity.account_id == account.id)
    session.execute(sa.delete(OutsideIdentity).where(either))
    session.execute(sa.delete(ColleagueLink).where(ColleagueLink.account_id == account.id))
    session.execute(sa.update(Account).where(Account.id == account.id).values(password_hash=""))
    end_sessions(session, account)
    made = {"subject": subject, "account_id": account.id, "withdrawn_at": withdrawn_at}
    try:
        session.execute(sa.insert(OutsideIdentity).values(made))
        record(session, "account.linked", account=None, subject=f"account:{account.id}")
        session.commit()
    except sa.exc.IntegrityError as error:  # somebody else linked it at the same moment
        session.rollback()
        raise AccountRefused("linked") from error


def _subject(claims: Mapping[str, Any]) -> str:
    """Who came: one text, never what a list or a number would look like."""
    subject = claims.get("vo_id")
    if subject is None or subject == "":
        subject = claims.get("sub")
    if not _is_plain(subject):
        raise OidcRefused("subject")
    return str(subject)


def _is_plain(subject: Any) -> bool:
    return isinstance(subject, str) and 0 < len(subject) <= 200 and subject.isprintable()


def _possible_role(
    service: Oidc, claims: Mapping[str, Any], regions: Container[str]
) -> tuple[str, str | None]:
    role, region = role_of(service, claims)
    try:
        if role not in ROLES:
            raise AccountRefused("role")
        check_region(role, region, regions)
    except AccountRefused as refused:  # the mapping itself gives what cannot be
        raise OidcRefused("role") from refused
    return role, region


def _withdraw(session: Session, identity: OutsideIdentity) -> None:
    account = identity.account
    if not account.active:
        return
    account.active, identity.withdrawn_at = False, now()
    end_sessions(session, account)
    record(session, "account.withdrawn", account=account, subject=f"account:{account.id}")
    session.commit()


def _new_account(session: Session, subject: str, given: Any, role: str, region: str | None) -> Account:
    email = normal_address(given) if isinstance(given, str) else ""
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

    client = OAuth2Session(
        service.client_id,
        service.client_secret,
        scope=service.scopes,
        redirect_uri=callback,
        code_challenge_method="S256",
    )
    client.max_redirects = 0  # a code and our secret are for the very address that was asked
    return client


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
    if claims["nonce"] != nonce or not _is_for_us(service.client_id, claims):
        raise OidcRefused("token")
    return claims


def _is_for_us(client_id: str, claims: Mapping[str, Any]) -> bool:
    """Whether we are who the token was issued to (OpenID Connect Core 1.0, 3.1.3.7, steps 3 to 5).

    A token that others may use as well has to say so: else one of them could have handed it on.
    """
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if any(one != client_id for one in audience):
        return bool(claims.get("azp") == client_id)
    return bool(claims.get("azp", client_id) == client_id)


def _userinfo(client: "OAuth2Session", address: str, subject: str) -> dict[str, Any]:
    from requests import RequestException

    try:
        told: Any = client.get(address, timeout=_SECONDS).json()
    except (RequestException, ValueError) as error:
        raise OidcRefused("away") from error
    if not isinstance(told, dict) or told.get("sub") != subject:
        raise OidcRefused("token")
    return told
