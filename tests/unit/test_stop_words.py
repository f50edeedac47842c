"""STOP in every language, as people type it, and what is no STOP."""

import pytest

from feedback_app.invitations.stop_words import STOP_WORDS, wants_to_stop
from feedback_app.languages import all_languages


def test_every_language_has_its_own() -> None:
    assert STOP_WORDS.keys() == all_languages().keys()
    for words in STOP_WORDS.values():
        for word in words.split():
            assert wants_to_stop(word) and wants_to_stop(f"  {word.upper()}!\n"), word


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "«Stop».",
        "stop aub, ik wil niets meer",
        "please stop",
        "Арret STOP",
        "arret",
        "İPTAL stop",
        "تَوَقُّف",
        "توقـــف",
        "\u200fقف\u200f",
        "إيقاف",
        "ايقاف",
        "ＳＴＯＰ",
        "Стоп!!",
        "ስቶፕ።",
        "ڕاگره",
    ],
)
def test_however_it_is_written(text: str) -> None:
    assert wants_to_stop(text)


@pytest.mark.parametrize(
    "text", ["", "…", "Ja", "Het was non-stop leuk", "Stopcontact", "de bushalte stop ik niet", "شكرا", "👍"]
)
def test_anything_else_is_no_stop(text: str) -> None:
    assert not wants_to_stop(text)
