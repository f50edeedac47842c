"""What waits for a colleague on the start page; features further up the street tell, this page shows."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from feedback_app.staff.models import Account

_KEY = "what_waits"


@dataclass(frozen=True)
class Waiting:
    """Something to do: how many, what, and the link to it with its text."""

    number: int
    text: str
    link: str
    url: str


Teller = Callable[[Session, Account], list[Waiting]]


def tells_what_waits(blueprint: Blueprint, teller: Teller) -> None:
    """Let a feature's pages add to the start page; the teller sees to role and region itself."""
    blueprint.record(lambda state: state.app.extensions.setdefault(_KEY, []).append(teller))


def what_waits(session: Session, account: Account) -> list[Waiting]:
    """Everything that waits for this account, in the order of the features."""
    tellers: list[Teller] = current_app.extensions.get(_KEY, [])
    return [one for teller in tellers for one in teller(session, account)]
