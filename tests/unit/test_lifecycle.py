"""The life of a signal as a table: every role, every step, forward and back, and what a step needs."""

import re
from datetime import date
from pathlib import Path

import pytest

from feedback_app.signals import criteria, lifecycle
from feedback_app.signals.criteria import CRITERIA, Answer
from feedback_app.signals.edit import WORDING
from feedback_app.signals.identifying import identifying
from feedback_app.signals.labels import BACK_TEXTS, CRITERIA_TEXTS, REMINDER_NAMES, STATE_NAMES, STEP_TEXTS
from feedback_app.signals.lifecycle import (
    DROPPED,
    EDITORS,
    MOVES,
    TOLD,
    Hands,
    MoveRefused,
    check_move,
    find_move,
)
from feedback_app.signals.models import REMINDER_STEPS, STATES
from feedback_app.staff.models import ROLES
from feedback_app.staff.roles import ACCESS

DOCS = Path(__file__).parents[2] / "docs" / "roles.md"
#: the line of `pre_signaal` to `afgesloten`, in order
LINE = STATES[:-1]
WHOLE = {"title": "t", "finding": "f", "ask": "a", "addressee": "x"}
YES = {one: Answer(True, "want") for one in CRITERIA}
#: a row of the table in the docs: from, to, then a mark for each role that may
ROW = re.compile(r"^\| ([a-z -]+) → ([a-z -]+) \|(.+)\|$", re.M)


def documented() -> dict[tuple[str, str, str], bool]:
    """(from, to, role) → whether the table of the docs says that this role may."""
    text = DOCS.read_text(encoding="utf-8")
    (head,) = re.findall(r"^\| step \|(.+)\|$", text, re.M)
    roles = [one.strip(" `") for one in head.split("|")]
    keys = {str(name): key for key, name in STATE_NAMES.items()}
    return {
        (keys[before], keys[after], role): "✓" in cell
        for before, after, cells in ROW.findall(text)
        for role, cell in zip(roles, cells.split("|"), strict=True)
    }


def test_every_cell_of_the_documented_table_is_what_the_code_does() -> None:
    table = documented()
    assert {(before, after) for before, after, _role in table} == {
        (before, move.target) for before, moves in MOVES.items() for move in moves
    }
    assert {role for _before, _after, role in table} == {
        "netwerkmedewerker",
        "analist",
        "redacteur",
        "vrijgever",
    }
    for before in STATES:
        for after in STATES:
            for role in ROLES:
                said = "may"
                try:
                    find_move(before, after, role)
                except MoveRefused as refused:
                    said = refused.reason
                known = any(key[:2] == (before, after) for key in table)
                wanted = "may" if table.get((before, after, role)) else "role" if known else "order"
                assert said == wanted, (before, after, role)


def test_the_table_and_its_words_know_every_state_step_and_question() -> None:
    assert set(MOVES) == set(STATES) == set(STATE_NAMES)
    steps = {(before, move) for before, moves in MOVES.items() for move in moves}
    assert {move.target for _before, move in steps} <= set(STATES)
    assert {move.target for _before, move in steps if not move.back} == set(STEP_TEXTS)
    assert {(before, move.target) for before, move in steps if move.back} == set(BACK_TEXTS)
    assert (set(CRITERIA_TEXTS), set(REMINDER_NAMES)) == (set(CRITERIA), set(REMINDER_STEPS))


@pytest.mark.parametrize(("state", "following"), list(zip(LINE, (*LINE[1:], None), strict=True)))
def test_each_state_leads_to_the_next_one_back_or_is_dropped(state: str, following: str | None) -> None:
    targets = {move.target for move in MOVES[state] if not move.back} - {DROPPED}
    assert targets == ({following} if following else set())
    back = [move.target for move in MOVES[state] if move.back]
    assert back == ([] if state in ("pre_signaal", "afgesloten") else [LINE[LINE.index(state) - 1]])


def test_what_was_sent_cannot_be_dropped_and_dropping_and_going_back_need_a_reason() -> None:
    droppable = {state for state, steps in MOVES.items() if any(move.target == DROPPED for move in steps)}
    assert droppable == {"pre_signaal", "getoetst", "signaal", "gevalideerd"}
    for moves in MOVES.values():
        for move in moves:
            if not (move.back or move.target == DROPPED):
                continue
            (asked,) = move.asks
            with pytest.raises(MoveRefused) as refused:
                check_move(move, account="me", values={asked: "  "})
            assert refused.value.missing == (asked,)
            check_move(move, account="me", values={asked: "Al opgelost."})


def test_only_roles_that_may_open_the_pages_take_steps() -> None:
    roles = {role for steps in MOVES.values() for move in steps for role in move.roles}
    assert roles <= ACCESS["signals.move"]
    assert {role for allowed in EDITORS.values() for role in allowed} <= ACCESS["signals.edit"]
    assert ACCESS["signals.edit"] == ACCESS["signal_steps.check"] == ACCESS["signal_steps.evidence"]
    assert ACCESS["signal_steps.plan"] == lifecycle.SENDERS


def test_two_steps_ask_for_a_second_pair_of_eyes() -> None:
    eyes = {
        (state, one.target): one.four_eyes for state, moves in MOVES.items() for one in moves if one.four_eyes
    }
    assert eyes == {("signaal", "gevalideerd"): "text", ("beantwoord", "teruggekoppeld"): "answer"}
    validate = find_move("signaal", "gevalideerd", "vrijgever")
    with pytest.raises(MoveRefused, match="four_eyes"):
        check_move(validate, account="me", hands=Hands(frozenset({"me"})), values=WHOLE, answers=YES)
    check_move(validate, account="me", hands=Hands(frozenset({"other"}), "me"), values=WHOLE, answers=YES)
    tell = find_move("beantwoord", "teruggekoppeld", "redacteur")
    with pytest.raises(MoveRefused, match="four_eyes_answer"):
        check_move(tell, account="me", hands=Hands(answered="me"), values={})
    told = dict.fromkeys(TOLD, "tekst")
    check_move(tell, account="me", hands=Hands(frozenset({"me"}), "other"), values=told)
    with pytest.raises(MoveRefused, match="fields"):
        check_move(tell, account="me", hands=Hands(answered="other"), values={**told, "told_when": " "})


@pytest.mark.parametrize("field", ["title", "finding", "ask"])
def test_a_signal_needs_title_finding_and_ask(field: str) -> None:
    move = find_move("getoetst", "signaal", "redacteur")
    with pytest.raises(MoveRefused) as refused:
        check_move(move, account="me", values={**WHOLE, field: " \n"}, answers=YES)
    assert (refused.value.reason, refused.value.missing) == ("fields", (field,))
    check_move(move, account="me", values=WHOLE, answers=YES)


def test_an_interpretation_is_always_somebodys() -> None:
    move = find_move("getoetst", "signaal", "redacteur")
    with pytest.raises(MoveRefused) as refused:
        check_move(move, account="me", values={**WHOLE, "reading": "Omdat."}, answers=YES)
    assert refused.value.missing == ("reading_by",)


def test_a_signal_goes_nowhere_without_an_addressee_a_date_and_who_follows_it_up() -> None:
    move = find_move("gevalideerd", "overgemaakt", "redacteur")
    with pytest.raises(MoveRefused) as refused:
        check_move(move, account="me", values={**WHOLE, "addressee": ""})
    assert refused.value.missing == ("addressee", "handed_on", "due_on", "responsible_id")


def test_days_follow_each_other_and_do_not_lie_ahead() -> None:
    day = date(2026, 9, 1)
    asked = ("handed_on", "due_on", "answered_on")
    good = {"handed_on": date(2026, 8, 1), "due_on": date(2026, 8, 1), "answered_on": day}
    assert lifecycle.wrong_days(good, asked, day) == ()
    for name, wrong in (("handed_on", date(2026, 9, 2)), ("answered_on", date(2026, 9, 2))):
        assert name in lifecycle.wrong_days({**good, name: wrong}, asked, day)
    for name in ("due_on", "answered_on"):
        assert lifecycle.wrong_days({**good, name: date(2026, 7, 31)}, asked, day) == (name,)
        assert lifecycle.wrong_days({**good, name: date(2026, 7, 31)}, ("handed_on",), day) == ()


def test_an_answer_is_expected_within_two_years() -> None:
    day, handed = date(2026, 9, 1), date(2025, 1, 1)
    for due, wrong in ((date(2028, 8, 31), ()), (date(2028, 9, 2), ("due_on",)), (date.max, ("due_on",))):
        assert lifecycle.wrong_days({"handed_on": handed, "due_on": due}, ("due_on",), day) == wrong


# --- the test list ----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", CRITERIA)
def test_each_question_needs_a_yes_or_no_and_a_why(question: str) -> None:
    move = find_move("pre_signaal", "getoetst", "netwerkmedewerker")
    for left in (Answer(None, "want"), Answer(True, "  ")):
        with pytest.raises(MoveRefused) as refused:
            check_move(move, account="me", values={}, answers={**YES, question: left})
        assert (refused.value.reason, refused.value.missing) == ("unanswered", (question,))
    check_move(move, account="me", values={}, answers=YES)


@pytest.mark.parametrize(
    ("question", "problem", "practice"),
    [
        ("recurring", True, True),
        ("beyond_one", True, True),
        ("neutral", True, True),
        ("unrecognisable", True, True),
        ("not_own_level", True, False),
        ("spread", False, False),
        ("second_source", False, False),
    ],
)
def test_which_no_stops_a_problem_and_which_a_practice(question: str, problem: bool, practice: bool) -> None:
    answers = {**YES, question: Answer(False, "want")}
    assert criteria.stopping(answers, practice=False) == ((question,) if problem else ())
    assert criteria.stopping(answers, practice=True) == ((question,) if practice else ())
    move = find_move("pre_signaal", "getoetst", "analist")
    if problem:
        with pytest.raises(MoveRefused, match="stopped"):
            check_move(move, account="me", values={}, answers=answers)
    else:
        check_move(move, account="me", values={}, answers=answers)


@pytest.mark.parametrize("question", ["spread", "second_source"])
def test_a_no_that_may_pass_has_its_price(question: str) -> None:
    move = find_move("getoetst", "signaal", "analist")
    answers = {**YES, question: Answer(False, "want")}
    with pytest.raises(MoveRefused) as refused:
        check_move(move, account="me", values={**WHOLE, "evidence": "sterk"}, answers=answers)
    assert (refused.value.reason, refused.value.missing) == ("weak", (question,))
    values = {**WHOLE, "evidence": "mogelijk"}
    check_move(move, account="me", values=values, answers=answers, verdicts=["mogelijk"])


@pytest.mark.parametrize(
    ("said", "verdicts", "passes"),
    [
        ("sterk", [], False),
        ("sterk", ["mogelijk", "focusgroep"], False),
        ("sterk", ["mogelijk", "sterk"], True),
        ("mogelijk", [], False),
        ("mogelijk", ["focusgroep"], False),
        ("mogelijk", ["mogelijk"], True),
        ("mogelijk", ["sterk"], True),
        ("focusgroep", [], True),
        ("", [], True),
    ],
)
def test_evidence_is_called_no_more_than_a_pattern_beside_it_says(
    said: str, verdicts: list[str], passes: bool
) -> None:
    for state, target in (("getoetst", "signaal"), ("signaal", "gevalideerd")):
        move = find_move(state, target, "vrijgever")
        given = {"values": {**WHOLE, "evidence": said}, "answers": YES, "verdicts": verdicts}
        if passes:
            check_move(move, account="me", **given)
        else:
            with pytest.raises(MoveRefused, match="unsupported"):
                check_move(move, account="me", **given)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bel 0470 12 34 56", ("phone",)),
        ("+32 (0)470 12 34 56", ("phone",)),
        ("470 12 34 56", ("phone",)),
        ("٠٤٧٠١٢٣٤٥٦", ("phone",)),
        ("0470\u200b123456", ("phone",)),
        ("jan@voorbeeld.be", ("email",)),
        ("rijksregister 85.07.30-033.28", ("national_number",)),
        ("Fatima El Amrani, geboren 12/03/1988", ("birth",)),
        ("BE68 5390 0754 7034", ("iban",)),
        ("@fatima_h op insta", ("handle",)),
        ("haar auto 1-ABC-234", ("plate",)),
        ("fatima [at] voorbeeld.be", ("email",)),
        ("tel0470123456 of a.b @ voorbeeld.be", ("phone", "email")),
        ("Het besluit van 7 juni 2013, van 01.09.2024-30.06.2025, 09:00-17:00, BUS 123", ()),
        ("n = 120 (45 %) op 12/03/2026, van 2026-01-01 tot 2026-12-31", ()),
        ("3 organisaties in 9000 Gent en 3500 Hasselt, 1.000.000 keer", ()),
    ],
)
def test_what_could_point_to_one_person_is_seen_in_every_script(text: str, found: tuple[str, ...]) -> None:
    assert identifying(text) == found


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
