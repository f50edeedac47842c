"""Figures in words, in Dutch as Flemish readers expect them and in another language."""

from gettext import NullTranslations

import pytest

from feedback_app.analysis.statistic import Band, Share, State, Statistic
from feedback_app.reports.content import ItemReport, Option
from feedback_app.reports.wording import NBSP, Wording, ordered

NL, EN = Wording("nl"), Wording("en")


def statistic(state: State, **figures: object) -> Statistic:
    return Statistic("newcomer", "match", "flanders", "vlaanderen", state, **figures)  # type: ignore[arg-type]


SHOWN = statistic(State.SHOWN, base="1843", positive=65, low=63, high=67)
INDICATIVE = statistic(State.INDICATIVE, base="20–29", positive=65, low=45, high=80)
ABOVE = statistic(State.BAND, base="15–19", band=Band.ABOVE)
BELOW = statistic(State.BAND, base="15–19", band=Band.BELOW)
WITHHELD = statistic(State.WITHHELD)
ITEM = ItemReport(
    "newcomer",
    "experience",
    "scale",
    "Hoe vond je de activiteit?",
    (
        Option("5", "Heel goed", 5),
        Option("4", "Goed", 4),
        Option("1", "Slecht", 1),
        Option("x", "Weet ik niet"),
    ),
    ("4", "5"),
    statistic(State.SHOWN, base="57", positive=77, shares=(Share("4", 41), Share("5", 36))),
)


class Shouting(NullTranslations):
    """A language in which everything is said in capitals, placeholders kept."""

    def gettext(self, message: str) -> str:
        return message.upper().replace("%(SHARE)S", "%(share)s").replace("%(ANSWER)S", "%(answer)s")


def test_counts_have_the_languages_separator() -> None:
    assert NL.number(1240) == "1.240"
    assert EN.number(1240) == "1,240"
    assert NL.number("10–14") == "10–14"
    assert NL.number(0) == "0"
    assert NL.number(None) == NL.number("") == "onvoldoende antwoorden"


@pytest.mark.parametrize(
    ("value", "base", "printed"),
    [
        (34.97, 5270, "35,0 %"),
        (34.97, 99, "35 %"),
        (34.97, "30–49", "35 %"),
        (34.97, None, "35 %"),
        (35.0, 5270, "35 %"),
    ],
)
def test_a_decimal_only_from_a_hundred_on(value: float, base: int | str | None, printed: str) -> None:
    assert NL.percent(value, base) == printed.replace(" ", NBSP)


def test_percent_signs_stand_as_the_language_wants() -> None:
    assert NL.percent(84) == f"84{NBSP}%"
    assert EN.percent(84) == "84%"
    assert EN.percent(84.25, 400) == "84.2%"


@pytest.mark.parametrize(
    ("percent", "said"),
    [(0, "minder dan 1 op de 10"), (4, "minder dan 1 op de 10"), (5, "1 op de 10"),
     (34, "3 op de 10"), (35, "35 %"), (36, "4 op de 10"), (85, "85 %"), (94, "9 op de 10"), (95, "bijna iedereen"), (100, "iedereen")],
)  # fmt: skip
def test_so_many_in_ten(percent: int, said: str) -> None:
    assert NL.out_of_ten(percent).replace(NBSP, " ") == said


def test_a_statistic_says_no_more_than_was_published() -> None:
    said = [NL.positive(s).replace(NBSP, " ") for s in (SHOWN, INDICATIVE, ABOVE, BELOW, WITHHELD, None)]
    assert said == [
        "65 %",
        "65 %",
        "meer dan 80 %",
        "minder dan 20 %",
        "onvoldoende antwoorden",
        "onvoldoende antwoorden",
    ]


def test_bases_carry_their_warning() -> None:
    assert [NL.base(s) for s in (SHOWN, INDICATIVE, WITHHELD)] == ["1.843", "20–29, indicatief", ""]
    assert NL.count_of(SHOWN) == f"n{NBSP}={NBSP}1.843"
    assert NL.count_of(WITHHELD) == ""


def test_intervals_in_a_sentence_and_in_a_table() -> None:
    assert NL.interval(SHOWN).replace(NBSP, " ") == "tussen 63 en 67 %"
    assert NL.limits(SHOWN).replace(NBSP, " ") == "63–67 %"
    assert NL.interval(ABOVE) == NL.limits(WITHHELD) == ""


def test_the_positive_end_is_quoted_in_scale_order() -> None:
    assert NL.positive_end(ITEM) == "“Goed” of “Heel goed”"
    assert [o.key for o in ordered(ITEM.options)] == ["1", "4", "5", "x"]


def test_findings_are_whole_sentences() -> None:
    assert NL.finding(ITEM, ITEM.flanders).replace(NBSP, " ") == "77 % antwoordde “Goed” of “Heel goed”."
    assert NL.finding(ITEM, ABOVE).replace(NBSP, " ") == "Meer dan 80 % antwoordde “Goed” of “Heel goed”."
    assert NL.finding(ITEM, WITHHELD) == "Onvoldoende antwoorden."


def test_dates_and_languages_are_named_in_the_reports_language() -> None:
    assert NL.day("2026-06-30") == "30 juni 2026"
    assert EN.day("2026-06-30") == "30 June 2026"
    assert NL.day("") == ""
    assert NL.language_name("ti") == "Tigrinya"
    assert NL.language_name("fa-AF").startswith("Perzisch")


def test_another_language_comes_from_the_translations_that_are_passed_in() -> None:
    words = Wording("en", Shouting())
    assert words.too_few == "ONVOLDOENDE ANTWOORDEN"
    assert words.finding(ITEM, ITEM.flanders) == "77% ANTWOORDDE “Goed” OF “Heel goed”."


@pytest.mark.parametrize("method", ["audience", "cut", "disposition", "evidence", "state"])
def test_an_unknown_code_is_printed_as_it_is(method: str) -> None:
    assert getattr(NL, method)("zz_nieuw") == "zz_nieuw"
