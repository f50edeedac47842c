"""Finding Belgian national numbers (INSZ, bis numbers included) in any text, so that none comes in.

Eleven digits: birth date as yymmdd, a serial number, and 97 minus the first nine modulo 97; for people
born from 2000 on a 2 goes before the nine (royal decree of 3 April 1984). A bis number has 20 or 40 added
to its month; unknown parts of a birth date are zero. The check on the date keeps file numbers and phone
numbers of eleven digits, of which one in fifty has a fitting check number, from being taken for one.
"""

import re
import unicodedata
from collections.abc import Iterator

#: whatever may stand between digits: no letter, no digit, and no + since that begins a phone number
_MARK = r"(?:[^\w+]|_)"
_BOUNDS = r"(?<![\d+])(?=({}))"
#: 85.07.30-004.57 in its usual groups, with room for " - " between them …
_GROUPS = rf"\d\d{_MARK}{{0,3}}\d\d{_MARK}{{0,3}}\d\d{_MARK}{{0,3}}\d{{3}}{_MARK}{{0,3}}\d\d(?!\d)"
#: … and any other grouping with one mark at a time
_LOOSE = rf"\d(?:{_MARK}?\d){{10}}(?!\d)"
_CANDIDATES = (re.compile(_BOUNDS.format(_GROUPS)), re.compile(_BOUNDS.format(_LOOSE)))


def is_national_number(digits: str) -> bool:
    """Whether eleven digits are a national number or a bis number, of either century."""
    if len(digits) != 11 or not digits.isdecimal():
        return False
    month, day, serial = int(digits[2:4]), int(digits[4:6]), int(digits[6:9])
    if month % 20 > 12 or month > 52 or day > 31 or serial == 0:
        return False
    number, check = int(digits[:9]), int(digits[9:])
    return check in (97 - number % 97, 97 - (2_000_000_000 + number) % 97)


def holds_national_number(text: str) -> bool:
    """Whether a national number stands anywhere in a text, with whatever marks between its digits."""
    if len(text) < 11:
        return False
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf"
    )  # signs without width hide a number from us, not from a reader
    return any(
        is_national_number("".join(str(int(sign)) for sign in found if sign.isdecimal()))
        for pattern in _CANDIDATES
        for found in pattern.findall(plain)
    )


def national_numbers_in(plain: str) -> Iterator[tuple[int, int]]:
    """Where national numbers stand in a text whose digits are those of ASCII: start and end of each."""
    for pattern in _CANDIDATES:
        for found in pattern.finditer(plain):
            if is_national_number("".join(sign for sign in found[1] if sign.isdecimal())):
                yield found.span(1)
