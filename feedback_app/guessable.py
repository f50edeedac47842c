"""Passwords that are tried first: known from a leak, expected of somebody here, or a pattern on a keyboard.

OWASP ASVS 5.0, 6.2.4, 6.2.11 and 6.2.12. Leaked ones stand in a file that who runs the service keeps, because
nothing is asked over the network: one SHA-1 in hexadecimal a line, in order, with `:` and how often or
without, as "Pwned Passwords" gives them ordered by hash. It may be of any size: it is searched where it lies.
"""

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import BinaryIO

#: what is left of a password without all that is expected must have so many different characters
DIFFERENT = 5
#: what people begin with in this country, in this work, and everywhere
_WORDS = (
    *("wachtwoord", "paswoord", "password", "welkom", "welcome", "bienvenue", "geheim", "secret", "login"),
    *(
        "admin",
        "administrator",
        "beheerder",
        "beheer",
        "gebruiker",
        "user",
        "letmein",
        "iloveyou",
        "changeme",
    ),
    *("feedback", "inburgering", "participatie", "traject", "netwerk", "agentschap", "vlaanderen", "vlaams"),
    *("belgie", "belgium", "brussel", "antwerpen", "gent", "limburg", "integratie", "voorbeeld", "example"),
    *("lente", "zomer", "herfst", "winter", "spring", "summer", "autumn", "januari", "februari", "maart"),
    *("april", "juni", "juli", "augustus", "september", "oktober", "november", "december"),
    *("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
)
#: keys that lie beside each other, and characters that follow each other
_ROWS = (
    *("1234567890", "azertyuiop", "qwertyuiop", "qwertzuiop", "qsdfghjklm", "asdfghjkl", "wxcvbn"),
    *("zxcvbnm", "yxcvbnm", "abcdefghijklmnopqrstuvwxyz"),
)
_LINES = tuple(line for row in _ROWS for line in (row, row[::-1]))
_RUN, _YEAR = 3, re.compile(r"(?:19|20)[0-9]{2}")
_WRITTEN_AS = str.maketrans("4@310$57", "aaeiosst")
_HASH = re.compile(rb"([0-9A-Fa-f]{40})(?::[0-9]+)?\r?\n?")
#: no line of such a file is longer
_LINE = 80


def is_expected(password: str, email: str = "") -> bool:
    """Whether little is left of it without known words, the account's own name, years and runs of keys."""
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", password.casefold()) if not unicodedata.combining(one)
    )
    own = [part for part in re.split(r"[^a-z]+", email.casefold()) if len(part) > _RUN]
    words = re.compile("|".join(sorted((*_WORDS, *map(re.escape, own)), key=len, reverse=True)))
    ways = (plain, plain.translate(_WRITTEN_AS))
    left = min((_without_runs(_YEAR.sub("", words.sub("", one))) for one in ways), key=_different)
    return _different(left) < DIFFERENT


def is_leaked(password: str, file: Path) -> bool:
    """Whether it stands in a file of leaked ones. Raises OSError, and ValueError when it is no such file."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            begins, line = _line_from(lines, middle)
            if begins >= high or (line and _hash_in(line) >= wanted):
                high = middle
            else:
                low = max(middle + 1, begins + len(line))
        _begins, line = _line_from(lines, low)
        return bool(line) and _hash_in(line) == wanted


def leaked_list(given: str) -> Path | None:
    """The file a setting names, if it names one; ValueError, in words, unless it begins with a hash."""
    try:
        if given:
            with Path(given).open("rb") as lines:
                _hash_in(lines.readline(_LINE))
    except OSError as error:
        raise ValueError(f"LEAKED_PASSWORDS cannot be read: {error.strerror}.") from error
    return Path(given) if given else None


def _line_from(lines: BinaryIO, place: int) -> tuple[int, bytes]:
    """The first whole line that begins at a place or after it, and where; empty at the end."""
    begins = 0
    if place:
        lines.seek(place - 1)
        begins = place - 1 + len(lines.readline(_LINE))
    lines.seek(begins)
    return begins, lines.readline(_LINE)


def _hash_in(line: bytes) -> bytes:
    found = _HASH.fullmatch(line)
    if not found:
        raise ValueError("LEAKED_PASSWORDS holds something else than one SHA-1 in hexadecimal a line.")
    return found[1].upper()


def _without_runs(text: str) -> str:
    """Without three or more that are the same, or follow each other on a keyboard or in the alphabet."""
    text = re.sub(r"(.)\1{2,}", "", text)
    found, at = [], 0
    while at < len(text):
        length = next(
            (
                size
                for size in range(len(text) - at, _RUN - 1, -1)
                if any(text[at : at + size] in line for line in _LINES)
            ),
            0,
        )
        found.append("" if length else text[at])
        at += length or 1
    return "".join(found)


def _different(text: str) -> int:
    return len(set(text) - set(" "))
