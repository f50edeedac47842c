"""Text as it is searched: without capitals or accents, numbers without what people write between digits.

SQLite folds the letters of ASCII only, and no database knows that 0470 26 14 64 is +32470261464. So what is
searched is stored beside what is shown.
"""

import re
import unicodedata

_NUMBER = re.compile(r"[0-9./()-]{6,}|\+[0-9./()-]+")


def fold(text: str) -> str:
    """The text without capitals, accents and odd spaces."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign)).replace("’", "'")
    return " ".join(bare.casefold().split())


def fold_organisation(name: str, kbo: str | None, email: str | None) -> str:
    """What an organisation is found by."""
    return fold(" ".join(filter(None, (name, email, kbo))))


def fold_person(name: str, function: str, email: str | None, phone: str | None) -> str:
    """What a contact person is found by: a telephone number with its country's and as within Belgium.

    Nothing for who was erased and opted out: that address is kept for not writing to it.
    """
    if not name:
        return ""
    abroad = f"00{phone[1:]}" if phone else ""
    national = f"0{phone[3:]}" if phone and phone.startswith("+32") else ""
    return fold(" ".join(filter(None, (name, function, email, abroad, national))))


def words(text: str) -> list[str]:
    """The words to search for, each as it stands in what was folded."""
    return [_bare(word) for word in fold(text).split()]


def _bare(word: str) -> str:
    digits = re.sub("[^0-9]", "", word)
    return digits if digits and _NUMBER.fullmatch(word) else word
