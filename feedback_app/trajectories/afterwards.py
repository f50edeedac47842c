"""What follows on an import or its undoing: features further up the street say it."""

from collections.abc import Callable

from flask import Blueprint, current_app
from sqlalchemy.orm import Session

from feedback_app.trajectories.intake import Then

#: takes back, in the same transaction, what was made for a batch; how many; UndoRefused when it is too late
Forget = Callable[[Session, str], int]

_AFTER_INTAKE = "after_intake"
_BEFORE_UNDO = "before_undo"


def happens_after_intake(blueprint: Blueprint, then: Then) -> None:
    """Let a feature act, in the same transaction, on every file that is taken in and every end registered."""
    blueprint.record(lambda state: state.app.extensions.__setitem__(_AFTER_INTAKE, then))


def after_intake() -> Then | None:
    """What the running application does after an import, if anything."""
    found: Then | None = current_app.extensions.get(_AFTER_INTAKE)
    return found


def happens_before_undo(blueprint: Blueprint, forget: Forget) -> None:
    """Let a feature take back what it made for a batch, or refuse, before the batch is undone."""
    blueprint.record(lambda state: state.app.extensions.__setitem__(_BEFORE_UNDO, forget))


def before_undo() -> Forget | None:
    """What the running application does before a batch is undone, if anything."""
    found: Forget | None = current_app.extensions.get(_BEFORE_UNDO)
    return found
