"""Counting the parts of a text message, held against what the standards say."""

import pytest

from feedback_app.sms import is_gsm, parts, units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # two septets each
        ("€" * 81, 2),
        ("€" * 153, 3),  # 306 septets, but a pair is not torn in two: 76 pairs a part
        ("é" * 160, 1),
        ("ê" * 70, 1),  # not in the alphabet of 7 bits
        ("ê" * 71, 2),
        ("ش" * 134, 2),
        ("ش" * 135, 3),
        ("😀" * 35, 1),  # two units of UTF-16 each
        ("😀" * 36, 2),
        ("a" + "😀" * 66, 2),
        ("😀" * 67, 3),  # 33 of them fill 66 of 67 units
    ],
)
def test_parts(text: str, expected: int) -> None:
    assert parts(text) == expected


def test_one_letter_outside_the_alphabet_makes_the_whole_text_long() -> None:
    assert is_gsm("Hé, à bientôt".replace("ô", "o"))
    assert not is_gsm("à bientôt")
    assert (units("[ok]"), units("ok"), units("😀ş")) == (6, 2, 3)
