"""Dates, numbers and lists in every language: its own words, and the digits that everybody knows."""

from collections.abc import Iterator
from datetime import date

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import Flask, g

from feedback_app.languages import ENDONYMS, language
from feedback_app.questionnaires.letters import is_of_script, is_strange_digit, script_of
from feedback_app.web.formats import one_of

DAYS = [date(2026, month, 30 if month != 2 else 28) for month in range(1, 13)]


@pytest.fixture(params=ENDONYMS)
def key(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language, spoken by a request."""
    with Flask("tests").app_context():
        g.language = language(request.param)
        yield request.param


def foreign_letters(text: str, key: str) -> set[str]:
    return {letter for letter in text if not is_of_script(letter, script_of(key))}


@pytest.mark.parametrize("form", ["full", "long", "medium", "short"])
def test_dates_have_our_digits_and_the_languages_own_words(key: str, form: str) -> None:
    for day in DAYS:
        text = format_date(day, form, locale=key)
        assert "26" in text and str(day.day) in text
        assert not foreign_letters(text, key), text
        assert not any(map(is_strange_digit, text))


def test_numbers_have_our_digits(key: str) -> None:
    texts = (format_decimal(1234567.89, locale=key), format_percent(0.8, locale=key))
    assert not any(is_strange_digit(one) or one.isalpha() for text in texts for one in text), texts
    assert "567" in texts[0] and "80" in texts[1]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_choice_is_said_in_the_languages_own_words(key: str, count: int) -> None:
    words = [str(number) for number in range(1, count + 1)]
    text = one_of(words)
    assert [one for one in text if one.isdigit()] == words
    assert not foreign_letters(text, key), text
    assert (any(map(str.isalpha, text))) == (count > 1), "the last two stand apart by a word"
    assert (" or " in text) == (key == "en" and count > 1)


def test_english_is_written_as_in_europe() -> None:
    english = language("en")
    day = date(2026, 7, 29)
    assert format_date(day, "short", locale=english.locale) == "29/07/2026"
    assert format_date(day, "long", locale=english.locale) == "29 July 2026"
    with Flask("tests").app_context():
        g.language = english
        assert one_of(["a", "b", "c"]) == "a, b or c"


def test_these_are_the_words() -> None:
    found = {}
    with Flask("tests").app_context():
        for key in ("nl", "ar", "ps", "ckb", "ti", "ku"):
            g.language = language(key)
            found[key] = one_of(["1", "2", "3"])
    assert found == {
        "nl": "1, 2 of 3",
        "ar": "1 أو 2 أو 3",
        "ps": "1، 2 یا 3",
        "ckb": "1، 2 یان 3",
        "ti": "1፣ 2 ወይ 3",
        "ku": "1, 2 an 3",
    }
