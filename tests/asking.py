"""People who can be written to, and runs of the timetable at moments that a test chooses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email import message_from_bytes
from pathlib import Path

import sqlalchemy as sa

from feedback_app.invitations.models import Sending
from feedback_app.invitations.sending import Sent, send_due
from feedback_app.invitations.waves import open_wave
from feedback_app.trajectories.contacts import seal
from feedback_app.trajectories.models import Partner, Trajectory
from tests.databases import CONTACT_KEY
from tests.world import WAVE, Person, World

#: as tests.world registers people; a Wednesday
ZERO = date(2026, 4, 1)


@dataclass(frozen=True)
class Reach:
    """Where the n-th person can be reached."""

    phone: str | None = None
    email: str | None = None


def ask(world: World, people: Sequence[Person], reach: Sequence[Reach] = (), partners: bool = False) -> None:
    """Register people with these ways to reach them, and open the wave on day zero."""
    world.register(people)
    with world.session() as session:
        for number, way in enumerate(reach):
            values = {
                "phone_sealed": seal((CONTACT_KEY,), way.phone),
                "email_sealed": seal((CONTACT_KEY,), way.email),
            }
            session.execute(
                sa.update(Trajectory).where(Trajectory.ref_hash == f"{number:064x}").values(values)
            )
        if partners:
            for one in session.scalars(sa.select(Partner)):
                one.email = f"{one.name.lower()}@voorbeeld.example"
        session.commit()
        open_wave(session, world.settings, WAVE, day=ZERO)


def at(day: date, hour: int = 12) -> datetime:
    """A moment of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def send(world: World, day: date, hour: int = 12, **options: object) -> Sent:
    """What the worker does every five minutes, at this moment."""
    with world.session() as session:
        return send_due(session, world.settings, at(day, hour), **options)  # type: ignore[arg-type]


def steps(world: World) -> Counter[tuple[str, str]]:
    """How many messages of each step are in each state."""
    return Counter((row["step"], row["state"]) for row in world.rows(Sending))


def outbox(world: World) -> list[Path]:
    """The files that were written instead of messages."""
    folder = world.settings.outbox_dir
    assert folder
    return sorted(one for one in folder.glob("*.*") if not one.name.startswith("."))


def words(path: Path) -> str:
    """What a file of the outbox says."""
    if path.suffix != ".eml":
        return path.read_text("utf-8")
    message = message_from_bytes(path.read_bytes())
    parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return "\n".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))
