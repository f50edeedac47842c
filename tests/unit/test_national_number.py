"""National numbers are found wherever they stand, and phone and company numbers are not taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_app.trajectories.national_number import holds_national_number, is_national_number


def number(birth: str, serial: int, *, after_2000: bool = False) -> str:
    """A made-up national number with the right check digits, worked out apart from the code under test."""
    nine = f"{birth}{serial:03}"
    rest = int(("2" if after_2000 else "") + nine) % 97
    return f"{nine}{97 - rest:02}"


@pytest.mark.parametrize(
    "text",
    [
        "85073000457",
        "85.07.30-004.57",
        "85 07 30 004 57",
        "85/07/30-004-57",
        "85.07.30 - 004.57",
        "850730-00457",
        "850730 004 57",
        "INSZ: 85.07.30-004.57 (nagekeken)",
        "dossier 12 85073000457",
        "85073000457@voorbeeld.example",
        "８５０７３０００４５７",
        "85\u00a007\u00a030\u00a0004\u00a057",
        "85·07·30·004·57",
        "85,07,30,004,57",
        "85:07:30:004:57",
        "850730\u2011004\u201157",  # hyphens that do not break
        "85.07.30\u2014004.57",
        "85.07.30\u2212004.57",
        "85\u200b07\u200b30\u200b004\u200b57",  # spaces without width
        "(850730)00457",
        "850730*00457",
        number("100115", 12, after_2000=True),
        number("852730", 7),  # bis number, sex unknown
        number("854730", 7),  # bis number, sex known
        number("000000", 5, after_2000=True),  # birth date unknown
    ],
)
def test_a_national_number_is_found(text: str) -> None:
    assert holds_national_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A5830794",
        "85073000458",  # check digits wrong
        "850730004570",  # twelve digits
        "185073000457",
        "0032 470 123 456",
        "+32 470 12 34 56",
        "0470/12.34.56",
        "0400.397.390",
        "BE 0400.397.390",
        "06/01/2026",
        "2026-01-06 00:00:00",
        "BE68 5390 0754 7034",
        number("851330", 4),  # there is no thirteenth month
        number("850732", 4),  # nor a thirty-second day
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not holds_national_number(text)


@given(
    year=st.integers(0, 99),
    month=st.sampled_from([m + extra for m in range(13) for extra in (0, 20, 40)]),
    day=st.integers(0, 31),
    serial=st.integers(1, 998),
    after_2000=st.booleans(),
    marks=st.sampled_from(["", ".", " ", "-", "/"]),
)
def test_every_national_number_is_found(
    year: int, month: int, day: int, serial: int, after_2000: bool, marks: str
) -> None:
    found = number(f"{year:02}{month:02}{day:02}", serial, after_2000=after_2000)
    assert is_national_number(found)
    groups = [found[:2], found[2:4], found[4:6], found[6:9], found[9:]]
    assert holds_national_number(f"nr {marks.join(groups)}, nagekeken")
    assert holds_national_number(marks.join(found) if len(marks) else found)


@given(st.integers(0, 10**11 - 1))
def test_few_numbers_of_eleven_digits_are_taken_for_one(value: int) -> None:
    digits = f"{value:011}"
    rest = int(digits[9:])
    fits = rest in {97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97}
    assert fits or not is_national_number(digits)
