"""What is declared of an item decides what is compared, and over which wordings."""

from feedback_app.questionnaires.declarations import Revision, comparable, current


def wordings(*breaking: bool) -> tuple[Revision, ...]:
    return tuple(
        Revision(number=number, breaking=one, why="andere woorden (voorbeeld)")
        for number, one in enumerate(breaking, 2)
    )


def test_a_breaking_wording_stops_the_line() -> None:
    first, second, third = wordings(), wordings(False), wordings(False, True)
    assert [current(one) for one in (first, second, third)] == [1, 2, 3]
    assert comparable(first, first) and comparable(second, first)
    assert not comparable(third, second) and not comparable(third, first)
    assert comparable(wordings(False, True, False), third), "what broke before the earlier wave is past"
    assert not comparable(wordings(True, False), first), "also when a wave was skipped in between"
    assert not comparable(first, second), "an older wording that came back was not declared"
