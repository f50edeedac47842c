"""The database server dies while people answer, or is away for a while: it, or the process of one connection."""

import os
import signal
import time

from tests.faults.count import Tally
from tests.faults.phones import Crowd
from tests.faults.place import Place
from tests.server import Server

_AT_ONCE = 6


def connection_killed(place: Place, rounds: int) -> Tally:
    """The process that serves one connection is killed: PostgreSQL then ends all others and recovers."""
    cluster = place.databases.cluster

    def kill() -> None:
        if backends := cluster.backends():
            os.kill(place.rng.choice(backends), signal.SIGKILL)

    return _rounds(place, rounds, "a connection's process killed", kill)


def database_killed(place: Place, rounds: int) -> Tally:
    """The first process of the database server is killed, and the server started again."""
    cluster = place.databases.cluster

    def kill() -> None:
        cluster.kill()
        cluster.start()

    return _rounds(place, rounds, "database server killed", kill)


def database_away(place: Place, rounds: int, seconds: float = 60) -> Tally:
    """The database server is stopped, and comes back after a minute, or so many seconds."""
    cluster = place.databases.cluster

    def leave() -> None:
        cluster.halt()
        time.sleep(seconds)
        cluster.start()

    return _rounds(place, rounds, f"database away for {seconds:g} s", leave)


def _rounds(place: Place, rounds: int, fault: str, happens: object) -> Tally:
    with (
        place.world("postgresql", rounds * _AT_ONCE) as world,
        Server(world.settings, workers=2) as server,
    ):
        crowd = Crowd(world, place.rng, _AT_ONCE)
        for _ in range(rounds):
            crowd.round(server.port, happens)  # type: ignore[arg-type]
        return crowd.tally(fault, rounds)
