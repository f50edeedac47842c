"""What follows on an import: features further up the street say it, because imports cannot see them."""

from flask import Blueprint, current_app

from feedback_app.trajectories.intake import Then

_KEY = "after_intake"


def happens_after_intake(blueprint: Blueprint, then: Then) -> None:
    """Let a feature act, in the same transaction, on every file that is taken in."""
    blueprint.record(lambda state: state.app.extensions.__setitem__(_KEY, then))


def after_intake() -> Then | None:
    """What the running application does after an import, if anything."""
    found: Then | None = current_app.extensions.get(_KEY)
    return found
