"""Example accounts, one for each role, with one password that only this installation has."""

import base64

from sqlalchemy.orm import Session

from feedback_app.keys import derive
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.staff.accounts import Passwords, add_account
from feedback_app.staff.models import ROLES, Account

#: the region of the example's network worker: where there is something to find
REGION = "limburg"


def address(role: str) -> str:
    """The e-mail address of the example account with this role."""
    return f"voorbeeld-{role}@voorbeeld.example"


def example_password(settings: Settings) -> str:
    """The password of every example account; derived, so that it can be printed again."""
    code = derive(settings.secret_key, "example-password")
    return "voorbeeld-" + base64.b32encode(code).decode("ascii")[:10].lower()


def add_colleagues(session: Session, way: Passwords, settings: Settings) -> dict[str, Account]:
    """Role → its example account; commits each."""
    regions = region_names(settings.surveys_dir)
    region = REGION if REGION in regions else next(iter(regions))
    password = example_password(settings)
    return {
        role: add_account(
            session,
            way,
            address(role),
            role,
            password,
            region=region if role == "netwerkmedewerker" else None,
            regions=regions,
        )
        for role in ROLES
    }
