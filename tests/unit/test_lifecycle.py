"""The life of a signal: the table allows what the field does, and nothing else."""

import pytest

from feedback_app.signals import lifecycle
from feedback_app.signals.edit import WORDING
from feedback_app.signals.lifecycle import DROPPED, EDITORS, MOVES, MoveRefused, check_move, find_move
from feedback_app.signals.models import STATES
from feedback_app.staff.models import ROLES
from feedback_app.staff.roles import ACCESS

#: the line of `pre_signaal` to `afgesloten`, in order
LINE = STATES[:-1]

WHOLE = {"title": "t", "finding": "f", "ask": "a", "addressee": "x"}


def test_the_table_knows_every_state() -> None:
    assert set(MOVES) == set(STATES)
    assert {move.target for steps in MOVES.values() for move in steps} <= set(STATES)


@pytest.mark.parametrize(("state", "following"), list(zip(LINE, (*LINE[1:], None), strict=True)))
def test_each_state_leads_to_the_next_one_or_is_dropped(state: str, following: str | None) -> None:
    assert {move.target for move in MOVES[state]} - {DROPPED} == ({following} if following else set())


def test_what_was_sent_cannot_be_dropped_and_dropping_needs_a_reason() -> None:
    droppable = {state for state, steps in MOVES.items() if any(move.target == DROPPED for move in steps)}
    assert droppable == {"pre_signaal", "getoetst", "signaal", "gevalideerd"}
    for state in droppable:
        move = find_move(state, DROPPED, "vrijgever")
        with pytest.raises(MoveRefused) as refused:
            check_move(move, account="me", worked_on=(), values={"reason": "  "})
        assert refused.value.missing == ("reason",)
        check_move(move, account="me", worked_on=(), values={"reason": "Al opgelost."})


def test_only_known_roles_that_may_open_the_page_take_steps() -> None:
    roles = {role for steps in MOVES.values() for move in steps for role in move.roles}
    assert roles <= set(ROLES)
    assert roles <= ACCESS["signals.move"]
    assert {role for allowed in EDITORS.values() for role in allowed} <= ACCESS["signals.edit"]


def test_only_a_vrijgever_validates_and_never_the_own_work() -> None:
    move = find_move("signaal", "gevalideerd", "vrijgever")
    for role in set(ROLES) - {"vrijgever"}:
        with pytest.raises(MoveRefused, match="role"):
            find_move("signaal", "gevalideerd", role)
    with pytest.raises(MoveRefused, match="four_eyes"):
        check_move(move, account="me", worked_on={"me", "other"}, values=WHOLE)
    check_move(move, account="me", worked_on={"other"}, values=WHOLE)


@pytest.mark.parametrize("field", ["title", "finding", "ask"])
def test_a_signal_needs_title_finding_and_ask(field: str) -> None:
    move = find_move("getoetst", "signaal", "redacteur")
    with pytest.raises(MoveRefused) as refused:
        check_move(move, account="me", worked_on=(), values={**WHOLE, field: " \n"})
    assert (refused.value.reason, refused.value.missing) == ("fields", (field,))
    check_move(move, account="me", worked_on=(), values=WHOLE)


def test_a_signal_goes_nowhere_without_an_addressee() -> None:
    move = find_move("gevalideerd", "overgemaakt", "redacteur")
    with pytest.raises(MoveRefused) as refused:
        check_move(move, account="me", worked_on=(), values={**WHOLE, "addressee": ""})
    assert refused.value.missing == ("addressee",)


@pytest.mark.parametrize(
    ("state", "target"),
    [
        ("pre_signaal", "signaal"),
        ("signaal", "getoetst"),
        ("afgesloten", "signaal"),
        (DROPPED, "pre_signaal"),
    ],
)
def test_no_step_is_skipped_or_taken_back(state: str, target: str) -> None:
    with pytest.raises(MoveRefused, match="order"):
        find_move(state, target, "vrijgever")


def test_wording_is_open_until_validated() -> None:
    for state in STATES:
        editable = any(lifecycle.may_edit(state, role) for role in ROLES)
        assert editable == (state in {"pre_signaal", "getoetst", "signaal"}), state
    assert not lifecycle.may_edit("signaal", "netwerkmedewerker")
    assert "observation" not in WORDING, "what was first written is kept"


def test_codes_count_on_per_wave_and_never_return() -> None:
    assert lifecycle.next_code("2026-H1", []) == "S-2026-H1-01"
    assert lifecycle.next_code("2026-H1", ["S-2026-H1-01", "S-2026-H1-03"]) == "S-2026-H1-04"
    assert lifecycle.next_code("2026-H1", ["S-2025-H2-07"]) == "S-2026-H1-01"
    assert lifecycle.next_code("2026-H1", [f"S-2026-H1-{n:02d}" for n in range(1, 100)]) == "S-2026-H1-100"
