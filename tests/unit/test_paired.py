"""Before and now: published tables of paired answers, and what follows from the square."""

import math

import pytest

from feedback_app.analysis.paired import mcnemar, paired_delta, paired_difference
from feedback_app.analysis.then_and_now import (
    CROSS,
    REST,
    SHIFT,
    TOP,
    Pair,
    cell,
    pairs_of,
    summed,
    with_halves,
)
from feedback_app.questionnaires.declarations import Family, Patterns
from feedback_app.questionnaires.definition import Item, ItemType, Option, Survey

#: airway hyper-responsiveness before and after (Bentur et al., 2009), as in Fagerland, Lydersen and Laake (2013)
BENTUR = {"both": 1, "lost": 1, "gained": 7, "neither": 12}
#: complete response before and after (Cavo et al., 2012), as in Fagerland, Lydersen and Laake (2017), chapter 8
CAVO = {"both": 59, "lost": 6, "gained": 16, "neither": 80}
#: opinions on premarital (rows) and extramarital sex, General Social Survey 1989 (Agresti, 1990, table 10.5)
AGRESTI = ((144, 2, 0, 0), (33, 4, 2, 0), (84, 14, 6, 1), (126, 29, 25, 5))


def item(key: str, **more: object) -> Item:
    options = tuple(Option(key=str(value), text=f"voorbeeld {value}", value=value) for value in range(1, 5))
    return Item(key=key, type=ItemType.SCALE, text="Voorbeeld?", options=options, positive=("3", "4"), **more)


PAIR = Pair(item("then"), item("now", before="then"))
SQUARE = {
    cell(str(a), str(b)): AGRESTI[a - 1][b - 1]
    for a in range(1, 5)
    for b in range(1, 5)
    if AGRESTI[a - 1][b - 1]
}


def test_mcnemar_gives_the_published_p_values() -> None:
    found = mcnemar(BENTUR["gained"], BENTUR["lost"])
    assert found == pytest.approx((0.0703, 0.0391, 4.5, 0.0339), abs=5e-5)
    found = mcnemar(CAVO["gained"], CAVO["lost"])
    assert (found.exact, found.mid_p, found.p_value) == pytest.approx(
        (0.052479, 0.034690, 0.033006), abs=5e-7
    )
    assert math.sqrt(found.statistic) == pytest.approx(2.132, abs=5e-4)
    # approval of a prime minister, asked twice (Agresti, 1990): 794 and 570 the same, 150 and 86 changed
    assert mcnemar(86, 150).statistic == pytest.approx(17.36, abs=5e-3)


def test_who_changed_both_ways_alike_or_not_at_all_shows_nothing() -> None:
    assert mcnemar(0, 0) == (1, 1, 0, 1)
    # 1 − P(half) / 2, as the supplement of Fagerland, Lydersen and Laake (2013) has it
    assert mcnemar(4, 4).mid_p == pytest.approx(1 - math.comb(8, 4) / 2**8 / 2)
    assert mcnemar(7, 1) == mcnemar(1, 7)
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 2)


def test_the_interval_of_a_paired_difference_is_the_published_one() -> None:
    assert paired_difference(CAVO["gained"], CAVO["lost"], 161) == pytest.approx((0.0032, 0.1195), abs=5e-5)
    low, high = paired_difference(BENTUR["lost"], BENTUR["gained"], 21)
    assert (low, high) == pytest.approx((-0.5084, -0.0133), abs=5e-4)
    assert paired_difference(40, 0, 40).high == 1
    for up, down, base in ((1, 0, 0), (3, 3, 5), (-1, 0, 4)):
        with pytest.raises(ValueError, match="do not fit"):
            paired_difference(up, down, base)


def test_order_counts_in_a_table_with_more_than_two_answers() -> None:
    moved = PAIR.told(SQUARE)[PAIR.shift]
    assert (sum(moved.values()), moved["better"], moved["worse"]) == (475, 5, 311)
    # the conditional symmetry model says log(5 / 311) = −4.130 (Agresti, 1990, section 10.4.5)
    assert math.log(moved["better"] / moved["worse"]) == pytest.approx(-4.130, abs=5e-4)
    assert paired_delta(moved["better"], moved["worse"], 475) == pytest.approx(-306 / 475)
    crossed = PAIR.told(SQUARE)[PAIR.cross]
    assert paired_difference(moved["better"], moved["worse"], 475).high < 0
    assert mcnemar(crossed["gained"], crossed["lost"]).mid_p < 1e-20


def test_everything_printed_of_a_pair_is_a_sum_of_the_square() -> None:
    told, folded = PAIR.told(SQUARE), PAIR.folded(SQUARE)
    assert told["then"] == {"1": 146, "2": 39, "3": 105, "4": 185}
    assert told["now"] == {"1": 387, "2": 49, "3": 33, "4": 6}
    assert set(folded) <= set(PAIR.options) and sum(folded.values()) == 475
    then, now, moved, crossed = PAIR.views
    assert summed(then, folded) == {TOP: 290, REST: 185}
    assert summed(now, folded) == {TOP: 39, REST: 436}
    assert summed(moved, folded) == {name: told[PAIR.shift][name] for name in SHIFT}
    assert summed(crossed, folded) == {name: told[PAIR.cross][name] for name in CROSS}
    for view in PAIR.views:
        behind = [one for _answer, cells in view.answers for one in cells]
        assert sorted(behind) == sorted(PAIR.options), f"{view.key} counts somebody twice or not at all"


def test_where_lower_is_better_better_is_lower() -> None:
    lower = Patterns(direction="lower", families=(Family.CHANGE,))
    turned = Pair(PAIR.then, item("now", before="then", patterns=lower))
    assert turned.told(SQUARE)[turned.shift]["better"] == 311


def test_a_questionnaire_without_a_pair_keeps_its_counts() -> None:
    texts = {"title": "a", "activity": "{type}", "after": "b"}
    one = Survey(key="impact", audience="newcomer", level="A2", texts=texts, items=(item("then"),))
    assert pairs_of(one) == () and with_halves(one, {"then": {"1": 4}}) == {"then": {"1": 4}}
