"""When the machine's clock is believed: not after it was set by hours, until it is back or has proven itself."""

from datetime import UTC, datetime, timedelta

import pytest

from feedback_app import clock
from feedback_app.clock import FARTHEST, PROVEN, Clock

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Machine:
    """A machine whose two clocks a test moves."""

    def __init__(self) -> None:
        self.now, self.counted = NOON, 5 * DAY

    def passes(self, time: timedelta) -> None:
        """Time passes, on both."""
        self.now += time
        self.counted += time


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    monkeypatch.setattr(clock, "_counted", lambda: made.counted)
    return made


@pytest.mark.parametrize("jump", [3 * DAY, -2 * HOUR, 2 * HOUR, -400 * DAY])
def test_a_clock_that_was_set_by_hours_is_not_believed_until_it_is_back(
    machine: Machine, jump: timedelta
) -> None:
    made = Clock()
    machine.passes(9 * DAY)
    assert made.believed()
    machine.now += jump
    assert not made.believed()
    machine.passes(HOUR)
    assert not made.believed() and made.moment == NOON + 9 * DAY + HOUR
    machine.now -= jump
    assert made.believed()


def test_what_a_clock_is_corrected_by_is_followed(machine: Machine) -> None:
    made = Clock()
    for _ in range(10):
        machine.now += 50 * MINUTE
        assert made.believed() and made.moment == machine.now


def test_a_clock_that_stays_is_believed_after_a_day_unless_it_is_absurd(machine: Machine) -> None:
    made, absurd = Clock(), Clock()
    machine.now += 3 * DAY
    assert not made.believed()
    machine.passes(PROVEN - MINUTE)
    machine.now += 2 * HOUR  # it moves again
    assert not made.believed()
    machine.passes(PROVEN - MINUTE)
    assert not made.believed()
    machine.passes(MINUTE)
    assert made.believed() and made.moment == machine.now
    machine.now += FARTHEST
    for _ in range(90):
        machine.passes(DAY)
        assert not absurd.believed()


def test_at_first_another_machine_has_a_say(machine: Machine) -> None:
    made = Clock()
    assert made.believed(30 * MINUTE) and not made.believed(-2 * HOUR)
    machine.passes(PROVEN)
    assert made.believed(2 * HOUR), "ours stood still for a day: it is theirs that was set"


def test_a_process_that_goes_on_for_another_takes_its_time_over(machine: Machine) -> None:
    made = Clock()
    machine.now += 3 * DAY
    assert not Clock(made.start).believed() and Clock().believed()
