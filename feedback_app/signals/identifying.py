"""Finding in what colleagues type what points to one person, as certain as it can be.

Digits of any script count, and signs without width are looked through: they hide a number from us only. Names
are found by nobody but the reader.
"""

import re

from feedback_app.discretion import discreet
from feedback_app.remarks.plain import plain
from feedback_app.remarks.spellings import sure
from feedback_app.trajectories.national_number import holds_national_number

#: in the order in which they are told
KINDS = ("national_number", "phone", "email", "iban", "birth", "plate", "handle")
#: a Belgian mobile number as people say it, without the nought before it
_MOBILE = re.compile(r"(?<![\d.,])4[5-9]\d(?:[ ./-]?\d\d){3}(?![\d.,]?\d)")


def identifying(text: str) -> tuple[str, ...]:
    """What stands in a text that should not: kinds, in their order."""
    searched = plain(text).text
    places: list[tuple[int, int]] = []
    found: set[str] = set()
    for kind, start, end in sure(searched):
        if not any(start < ended and begun < end for begun, ended in places):
            found.add("national_number" if kind == "national" else kind)
            places.append((start, end))
    left = searched
    for start, end in sorted(places, reverse=True):
        left = f"{left[:start]} … {left[end:]}"
    shown = discreet(left)
    seen = {
        "national_number": holds_national_number(left),
        "phone": shown.count("[phone]") > left.count("[phone]") or bool(_MOBILE.search(left)),
        "email": shown.count("[e-mail]") > left.count("[e-mail]"),
    }
    found |= {kind for kind, there in seen.items() if there}
    return tuple(kind for kind in KINDS if kind in found)
