"""The web server dies while people answer: one of its processes, the one above them, all at once."""

import os
import signal

from tests.faults.count import Tally
from tests.faults.phones import Crowd
from tests.faults.place import Place
from tests.server import Server

_AT_ONCE = 6


def worker_killed(place: Place, kind: str, rounds: int) -> Tally:
    """A process that answers is killed; the server starts another by itself."""
    with place.world(kind, rounds * _AT_ONCE) as world, Server(world.settings, workers=2) as server:
        crowd = Crowd(world, place.rng, _AT_ONCE)

        def kill() -> None:
            os.kill(place.rng.choice(server.workers), signal.SIGKILL)

        for _ in range(rounds):
            crowd.round(server.port, kill)
        return crowd.tally(f"web process killed, {kind}", rounds)


def server_killed(place: Place, kind: str, rounds: int) -> Tally:
    """Everything that serves is killed at once, or the first process alone; then it is started again."""
    with place.world(kind, rounds * _AT_ONCE) as world, Server(world.settings, workers=2) as server:
        crowd = Crowd(world, place.rng, _AT_ONCE)

        def kill() -> None:
            if place.rng.random() < 0.5:
                server.kill()
            else:
                server.kill_first()
            server.start()

        for _ in range(rounds):
            crowd.round(server.port, kill)
        return crowd.tally(f"web server killed, {kind}", rounds)
