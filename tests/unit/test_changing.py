"""What the files would ask otherwise than an open wave does, line by line."""

from dataclasses import replace
from typing import Any

import pytest

from feedback_app.questionnaires.changing import changes
from feedback_app.questionnaires.declarations import Revision, same_question, words_of
from feedback_app.questionnaires.definition import Item, ItemType, Option, Survey
from feedback_app.questionnaires.versions import Version

TWO = (Option(key="yes", text="Ja", themes=()), Option(key="no", text="Nee", themes=()))
MATCH = Item(key="match", type=ItemType.SINGLE, text="Was dit iets voor jou?", options=TWO, positive=("yes",))
WISH = Item(key="wish", type=ItemType.OPEN, text="Wat wil je nu doen?", themes=("T01",))
TEXTS = {"title": "Jouw traject", "activity": "Over {type}", "after": "Bedankt!"}


def version(*items: Item, **texts: str) -> Version:
    survey = Survey(key="newcomer", audience="newcomer", level="A2", texts=TEXTS | texts, items=items)
    return Version("0", survey, {one.context: one.text for one in survey.source_texts()}, {})


ASKED = version(MATCH, WISH)


def test_files_that_ask_the_same_change_nothing() -> None:
    assert list(changes(ASKED, version(MATCH, WISH))) == []


def test_each_change_is_one_line_with_its_place() -> None:
    new = replace(WISH, key="more", text="Nog iets?")
    third = Option(key="bit", text="Een beetje", themes=())
    match = replace(
        MATCH, text="Paste dit bij jou?", options=(replace(TWO[0], text="Ja!"), third), hint="Kies er één."
    )
    found = list(changes(ASKED, version(match, new, after="Dank je wel!")))
    assert found == [
        "wish: is not asked any more",
        "match: says “Paste dit bij jou?” instead of “Was dit iets voor jou?”",
        "match: the answer “no” is gone",
        "match.yes: says “Ja!” instead of “Ja”",
        "match: the answer “bit” is new: “Een beetje”",
        "match.hint: says “Kies er één.”, and said nothing",
        "match: its course begins anew: no revision says that it goes on",
        "more: is new: “Nog iets?”",
        "newcomer.after: says “Dank je wel!” instead of “Bedankt!”",
    ]


def test_order_and_rules_are_told() -> None:
    assert list(changes(ASKED, version(WISH, MATCH))) == ["items: stand in another order"]
    counted = replace(MATCH, positive=("no",))
    assert list(changes(ASKED, version(counted, WISH))) == [
        "match: is shown, counted or compared by other rules",
        "match: its course begins anew: no revision says that it goes on",
    ]


def test_the_answers_in_another_order_are_told() -> None:
    found = changes(ASKED, version(replace(MATCH, options=TWO[::-1]), WISH))
    assert next(found) == "match: the answers stand in another order"


def test_what_pages_say_no_more_is_told() -> None:
    """A promise of the introduction, or a kind of activity, is not in the files to be looked at."""
    asked = version(MATCH, WISH)
    gone = {"newcomer.intro.1": "Je kiest zelf.", "offer_type.taal": "een taalactiviteit"}
    before = replace(asked, dutch={**asked.dutch, **gone})
    assert list(changes(before, asked)) == [
        f"{context}: says nothing any more, and said “{text}”" for context, text in gone.items()
    ]


REVISIONS = tuple(
    Revision(number=number, breaking=breaking, why="wie niet goed leest begreep het anders")
    for number, breaking in ((2, False), (3, True))
)


@pytest.mark.parametrize("changed", [{"text": "Paste dit?"}, {"options": TWO[::-1]}, {"positive": ("no",)}])
@pytest.mark.parametrize(
    ("now", "then", "told"),
    [
        ((), (), "its course begins anew: no revision says that it goes on"),
        (REVISIONS[:1], (), "its course goes on, as revision 2 says"),
        (REVISIONS, (), "its course begins anew, as a revision says"),
        (REVISIONS, REVISIONS[:1], "its course begins anew, as a revision says"),
        (REVISIONS[:1], REVISIONS, "its course begins anew: revision 3 is gone"),
    ],
)
def test_a_course_is_told_by_the_rule_that_draws_it(
    changed: dict[str, Any], now: tuple[Revision, ...], then: tuple[Revision, ...], told: str
) -> None:
    asked = version(replace(MATCH, revisions=then), WISH)
    files = version(replace(MATCH, revisions=now, **changed), WISH)
    lines = list(changes(asked, files))
    assert (lines[-1], len(lines)) == (f"match: {told}", 2)
    words = [words_of("newcomer", one.survey.item("match"), one.dutch) for one in (files, asked)]
    goes_on = same_question(files.survey.item("match"), words[0], asked.survey.item("match"), words[1])
    assert ("goes on, as" in told) == goes_on


def test_only_a_share_has_a_course() -> None:
    assert list(changes(ASKED, version(MATCH, replace(WISH, text="Wat nu?")))) == [
        "wish: says “Wat nu?” instead of “Wat wil je nu doen?”"
    ]


def test_a_question_of_one_region_is_no_change_of_the_core() -> None:
    own = replace(WISH, key="tram", region="kempen")
    assert list(changes(version(MATCH, WISH, own), ASKED)) == []
