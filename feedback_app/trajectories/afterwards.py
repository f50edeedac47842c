"""What follows on an import, its undoing or a correction: features further up the street say it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from feedback_app.trajectories.following import Follows
from feedback_app.trajectories.intake import Then


@dataclass(frozen=True)
class Forget:
    """What a feature made for a batch: how much of it an undoing takes back, and taking it back.

    Both give how many, and raise UndoRefused when it is too late. `count` only reads; `take` is part of the
    transaction that undoes.
    """

    count: Callable[[Session, str], int]
    take: Callable[[Session, str], int]


_AFTER_INTAKE = "after_intake"
_AFTER_FILE = "after_file"
_BEFORE_UNDO = "before_undo"
_ASKING = "asking"


@dataclass(frozen=True)
class Standing:
    """How far asking about one trajectory is, which says nothing of who answered.

    `invitations` is how many there are; `newcomer` whether the newcomer was written to or their link is over,
    `anybody` the same of any of them.
    """

    invitations: int
    newcomer: bool
    anybody: bool


NOBODY_ASKED = Standing(0, newcomer=False, anybody=False)


@dataclass(frozen=True)
class Asking:
    """What the feature that asks people does when one trajectory is corrected, in the same transaction.

    `take_back` removes its invitations and says how many; `follow` keeps the newcomer's, and lets its
    messages be planned anew. Both raise UndoRefused when it is too late.
    """

    stands: Callable[[Session, str], Standing]
    take_back: Callable[[Session, str], int]
    follow: Callable[[Session, str], None]


def happens_after_intake(blueprint: Blueprint, then: Then, follows: Follows) -> None:
    """Let a feature act on what comes in.

    On a single trajectory in the same transaction, on a file after it.
    """
    blueprint.record(lambda state: state.app.extensions.__setitem__(_AFTER_INTAKE, then))
    blueprint.record(lambda state: state.app.extensions.__setitem__(_AFTER_FILE, follows))


def after_intake() -> Then | None:
    """What the running application does with a single trajectory, if anything."""
    found: Then | None = current_app.extensions.get(_AFTER_INTAKE)
    return found


def after_file() -> Follows | None:
    """What the running application does after a file was taken in, if anything."""
    found: Follows | None = current_app.extensions.get(_AFTER_FILE)
    return found


def happens_before_undo(blueprint: Blueprint, forget: Forget) -> None:
    """Let a feature take back what it made for a batch, or refuse, before the batch is undone."""
    blueprint.record(lambda state: state.app.extensions.__setitem__(_BEFORE_UNDO, forget))


def before_undo() -> Forget | None:
    """What the running application does before a batch is undone, if anything."""
    found: Forget | None = current_app.extensions.get(_BEFORE_UNDO)
    return found


def asks_people(blueprint: Blueprint, asking: Asking) -> None:
    """Let a feature keep up with the correction of single trajectories, or refuse it."""
    blueprint.record(lambda state: state.app.extensions.__setitem__(_ASKING, asking))


def asking() -> Asking | None:
    """What in the running application asks people about trajectories, if anything."""
    found: Asking | None = current_app.extensions.get(_ASKING)
    return found
