"""What the files would ask otherwise than an open wave does, line by line."""

from dataclasses import replace

from feedback_app.questionnaires.changing import changes
from feedback_app.questionnaires.declarations import Revision
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
        "match: says “Paste dit bij jou?” instead of “Was dit iets voor jou?”; no revision says so, and its course goes on",
        "match: the answer “no” is gone",
        "match.yes: says “Ja!” instead of “Ja”",
        "match: the answer “bit” is new: “Een beetje”",
        "match.hint: says “Kies er één.”, and said nothing",
        "more: is new: “Nog iets?”",
        "newcomer.after: says “Dank je wel!” instead of “Bedankt!”",
    ]


def test_order_and_rules_are_told_and_a_declared_break_begins_a_course_anew() -> None:
    assert list(changes(ASKED, version(WISH, MATCH))) == ["items: stand in another order"]
    counted = replace(MATCH, positive=("no",))
    assert list(changes(ASKED, version(counted, WISH))) == [
        "match: is shown, counted or compared by other rules"
    ]
    why = "wie niet goed leest begreep het anders"
    for breaking, told in ((True, "its course begins anew"), (False, "its course goes on")):
        revised = replace(
            MATCH, text="Paste dit?", revisions=(Revision(number=2, breaking=breaking, why=why),)
        )
        (line,) = changes(ASKED, version(revised, WISH))
        assert line.endswith(told)


def test_a_question_of_one_region_is_no_change_of_the_core() -> None:
    own = replace(WISH, key="tram", region="kempen")
    assert list(changes(version(MATCH, WISH, own), ASKED)) == []
