"""Passwords that are tried first, and a file of leaked ones that is searched where it lies."""

import hashlib
from pathlib import Path

import pytest

from feedback_app.guessable import is_expected, is_leaked, leaked_list

EXPECTED = (
    *("Welkom2026!!", "wachtwoord123", "W@chtw00rd1234", "P4ssw0rd2026", "zomer2026zomer", "aaaaaaaaaaaa"),
    *("123456789012", "azertyuiop123", "qwertyuiop[]", "abcdefghijkl", "feedback-feedback", "Inburgering1!"),
    *("1qaz1qaz1qaz", "ananananananan", "België-2026-!!", "Antwerpen1985!", "0987654321poiuyt"),
)
CHOSEN = (
    *("een lang voorbeeldwachtwoord", "correct horse battery staple", "paarden lezen nooit", "Rk7#pw-2vLx9"),
    *("welkom in het huis van oma", "የኔ ረጅም የይለፍ ቃል ነው", "كلمة سر طويلة جدا", "739104628517"),
)


def test_what_everybody_would_try_is_expected() -> None:
    assert [one for one in EXPECTED if not is_expected(one)] == []
    assert [one for one in CHOSEN if is_expected(one)] == []


def test_the_own_name_is_expected_of_nobody_else() -> None:
    assert is_expected("kristoffel2026!", "kristoffel.voorbeeld@netwerk.example")
    assert not is_expected("kristoffel2026!", "anna@netwerk.example")


@pytest.mark.parametrize("ending", [":7\r\n", ":1\n", "\n"])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 100])
def test_each_leaked_password_is_found_and_no_other(tmp_path: Path, number: int, ending: str) -> None:
    leaked = [f"uitgelekt {one}" for one in range(number)]
    hashes = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in leaked)
    file = tmp_path / "leaked"
    file.write_text("".join(one + ending for one in hashes), newline="")
    assert all(is_leaked(one, file) for one in leaked)
    assert not any(is_leaked(f"niet uitgelekt {one}", file) for one in range(200))


@pytest.mark.parametrize("text", ["", "wachtwoord\n", "a" * 41 + "\n"])
def test_what_is_no_list_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "leaked"
    with pytest.raises(ValueError, match="cannot be read"):
        leaked_list(str(file))
    file.write_text(text)
    with pytest.raises(ValueError, match="one SHA-1"):
        leaked_list(str(file))
