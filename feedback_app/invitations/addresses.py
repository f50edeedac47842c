"""Where to write to somebody: a number goes before an address, and without either there is a card."""

from collections.abc import Iterator

from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import unseal
from feedback_app.trajectories.models import Trajectory


def ways_to_newcomer(settings: Settings, trajectory: Trajectory) -> Iterator[tuple[str, str]]:
    """Channel and address of each way to reach a newcomer, the best first; ContactUnreadable."""
    for channel, sealed in (("sms", trajectory.phone_sealed), ("email", trajectory.email_sealed)):
        if sealed:
            yield channel, unseal(settings.contact_keys, sealed) or ""
