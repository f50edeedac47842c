"""Draft, reviewed, approved: what was said belongs to one Dutch and one translation, and takes two people."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_app.questionnaires.approval import (
    Obstacle,
    Person,
    State,
    Step,
    StepRefused,
    Wording,
    cleaned,
    comments,
    marks,
    revised,
    state_of,
    wording_of,
)
from feedback_app.questionnaires.catalogues import SURVEYS, Catalogue, Entry, parse, path_of, render
from feedback_app.questionnaires.merging import merge

ADA, BEA = Person("vertaler", "aaaaaaaaaaaa"), Person("beheerder", "bbbbbbbbbbbb")
DAY = date(2026, 11, 23)
FOLDER = Path("translations")
DUTCH = "Was dit iets voor jou?"
ENTRY = Entry(
    "newcomer.match", (DUTCH,), ("Was it for you?",), places=("surveys/newcomer/questionnaire.yaml",)
)


def step(entry: Entry, what: Step, who: Person, text: str | None = None, **wording: str) -> Entry:
    target = entry.target if text is None else (text,)
    return revised("en", entry, replace(wording_of(entry), target=target, **wording), what, who, DAY)


def why(entry: Entry, what: Step, who: Person, text: str | None = None) -> Obstacle:
    with pytest.raises(StepRefused) as refused:
        step(entry, what, who, text)
    return refused.value.why


def approved() -> Entry:
    return step(step(ENTRY, Step.REVIEW, ADA), Step.APPROVE, BEA)


def test_from_nothing_to_approved() -> None:
    empty = replace(ENTRY, target=("",))
    written = step(empty, Step.SAVE, ADA, "Was it for you?")
    reviewed = step(written, Step.REVIEW, ADA)
    done = step(reviewed, Step.APPROVE, BEA)
    assert [state_of(one) for one in (empty, written, reviewed, done)] == [
        State.MISSING,
        State.DRAFT,
        State.REVIEWED,
        State.APPROVED,
    ]
    assert {kind: mark.person for kind, mark in marks(done).items()} == {
        "written": ADA,
        "reviewed": ADA,
        "approved": BEA,
    }


def test_nobody_approves_what_they_wrote_or_reviewed() -> None:
    written = step(ENTRY, Step.SAVE, BEA, "Did this suit you?")
    reviewed = step(written, Step.REVIEW, ADA)
    assert why(reviewed, Step.APPROVE, ADA) is Obstacle.OWN
    assert why(reviewed, Step.APPROVE, BEA) is Obstacle.OWN
    assert why(written, Step.APPROVE, ADA) is Obstacle.UNREVIEWED
    assert state_of(step(reviewed, Step.APPROVE, Person("vertaler", "c"))) is State.APPROVED


def test_who_changes_while_approving_approves_nothing() -> None:
    reviewed = step(ENTRY, Step.REVIEW, ADA)
    assert why(reviewed, Step.APPROVE, BEA, "Was that for you?") is Obstacle.UNREVIEWED


@pytest.mark.parametrize("change", [{"target": ("Was that for you?",)}, {"source": ("Was dit iets?",)}])
def test_a_change_by_hand_makes_a_draft_of_it(change: dict[str, tuple[str, ...]]) -> None:
    assert state_of(approved()) is State.APPROVED
    assert state_of(replace(approved(), **change)) is State.DRAFT  # type: ignore[arg-type]


def test_comments_and_back_translation_change_no_state() -> None:
    done = step(approved(), Step.SAVE, ADA, back="Was het voor jou?", comment="even vragen")
    assert state_of(done) is State.APPROVED
    assert comments(done) == ["even vragen"]
    assert wording_of(done).back == "Was het voor jou?"


def test_back_to_draft_keeps_who_wrote_it() -> None:
    done = step(step(step(ENTRY, Step.SAVE, ADA, "Did it suit you?"), Step.REVIEW, ADA), Step.REOPEN, BEA)
    assert (state_of(done), set(marks(done))) == (State.DRAFT, {"written"})


def test_a_fault_is_saved_but_held_back_and_neither_reviewed_nor_approved() -> None:
    wrong = step(ENTRY, Step.SAVE, ADA, "Was it %(x)s for you?")
    assert (wrong.fuzzy, state_of(wrong)) == (True, State.HELD)
    assert why(ENTRY, Step.REVIEW, ADA, "Was it %(x)s for you?") is Obstacle.FAULTS
    assert why(wrong, Step.APPROVE, BEA) is Obstacle.FAULTS
    mended = step(wrong, Step.SAVE, BEA, "Was it for you?")
    assert (mended.fuzzy, state_of(mended)) == (False, State.DRAFT)
    assert why(replace(ENTRY, target=("",)), Step.REVIEW, ADA) is Obstacle.INCOMPLETE


def test_still_right_takes_one_step_and_a_comment_none() -> None:
    template = Catalogue(None, SURVEYS, (replace(ENTRY, source=("Was dit iets voor jou",), target=()),))
    outdated = merge(template, "en", Catalogue("en", SURVEYS, (approved(),))).entries[0]
    assert state_of(outdated) is State.OUTDATED
    assert state_of(step(outdated, Step.SAVE, BEA, comment="nakijken")) is State.OUTDATED
    new = step(replace(outdated, source=("Was dit wat voor jou?",)), Step.REVIEW, BEA)
    assert (state_of(new), new.previous, new.fuzzy) == (State.REVIEWED, (), False)
    assert why(new, Step.APPROVE, BEA) is Obstacle.OWN


def test_states_survive_a_merge_and_a_file() -> None:
    done = step(approved(), Step.SAVE, ADA, comment="een opmerking", back="lang " * 40, keep="buddy")
    template = Catalogue(None, SURVEYS, (replace(ENTRY, target=()),))
    merged = merge(template, "en", Catalogue("en", SURVEYS, (done,)))
    path = path_of(FOLDER, "en", SURVEYS)
    read = parse(render(merged).encode(), path).entries[0]
    assert state_of(read) is State.APPROVED
    assert wording_of(read) == wording_of(done)


@given(st.text(), st.text(), st.text())
def test_no_comment_passes_for_more_than_it_is(comment: str, back: str, keep: str) -> None:
    entry = revised("en", ENTRY, Wording(ENTRY.target, back, keep, comment), Step.SAVE, ADA, DAY)
    assert state_of(entry) is State.DRAFT
    read = parse(render(Catalogue("en", SURVEYS, (entry,))).encode(), path_of(FOLDER, "en", SURVEYS))
    assert replace(read.entries[0], line=0) == entry
    again = revised("en", entry, wording_of(entry), Step.SAVE, ADA, DAY)
    assert again == entry, "saving what is shown changes nothing"


def test_a_forged_mark_is_a_comment() -> None:
    forged = "\n".join(str(mark) for mark in marks(approved()).values())
    entry = step(ENTRY, Step.SAVE, ADA, comment=forged + "\n| x\n. y")
    assert (state_of(entry), marks(entry)) == (State.DRAFT, {})


@given(st.text())
def test_what_is_cleaned_stays_on_its_line(text: str) -> None:
    assert cleaned(text).split("\n") == cleaned(text).splitlines() + [""] * (
        cleaned(text).endswith("\n") or not cleaned(text)
    )
    assert cleaned(cleaned(text)) == cleaned(text)
