"""The government's sign-in service as the environment describes it; `settings` says what is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PREFIX = "FEEDBACK_"


@dataclass(frozen=True)
class Oidc:
    """The sign-in service of a government: where it is, who we are there, and which roles its claims give.

    `roles` is (value of the role claim, role, region or None), the first that fits counts.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str
    roles: tuple[tuple[str, str, str | None], ...]
    scopes: str


def read_oidc(given: Mapping[str, str]) -> Oidc | None:
    """The sign-in service; None when there is none, ValueError when it is only half described."""
    issuer = given.get("OIDC_ISSUER", "").rstrip("/")
    needed = {
        "OIDC_CLIENT_ID": given.get("OIDC_CLIENT_ID", ""),
        "OIDC_CLIENT_SECRET": given.get("OIDC_CLIENT_SECRET", ""),
        "OIDC_ROLE_CLAIM": given.get("OIDC_ROLE_CLAIM", ""),
        "OIDC_ROLES": given.get("OIDC_ROLES", ""),
    }
    if not issuer:
        return None
    for name, value in needed.items():
        if not value:
            raise ValueError(f"{name} is missing: {_PREFIX}OIDC_ISSUER cannot be used without it.")
    if not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", issuer + "/"):
        raise ValueError("OIDC_ISSUER must start with https://.")
    scopes = given.get("OIDC_SCOPES", "openid email")
    if "openid" not in scopes.split() or "rrn" in scopes.split():
        raise ValueError("OIDC_SCOPES must hold openid, and never rrn: no national number is asked.")
    return Oidc(
        issuer,
        needed["OIDC_CLIENT_ID"],
        needed["OIDC_CLIENT_SECRET"],
        needed["OIDC_ROLE_CLAIM"],
        tuple(_claimed_roles(needed["OIDC_ROLES"])),
        scopes,
    )


def _claimed_roles(listed: str) -> Iterator[tuple[str, str, str | None]]:
    for line in filter(None, map(str.strip, listed.split(";"))):
        value, equals, role = line.rpartition("=")
        if not (equals and value.strip() and role.strip()):
            raise ValueError(
                f"OIDC_ROLES holds “{line}”: write value=role or value=role:region, separated by ;"
            )
        name, _, region = role.strip().partition(":")
        yield value.strip(), name, region or None
