"""Finding in what colleagues type what points to one person: national and telephone numbers, e-mail.

Digits of any script count, and signs without width are looked through: they hide a number from us only.
"""

import re
import unicodedata

from feedback_app.discretion import discreet
from feedback_app.trajectories.national_number import holds_national_number

#: a Belgian mobile number as people say it, without the nought before it
_MOBILE = re.compile(r"(?<![\d.,])4[5-9]\d(?:[ ./-]?\d\d){3}(?![\d.,]?\d)")


def identifying(text: str) -> tuple[str, ...]:
    """What stands in a text that should not: national_number, phone, email, in this order."""
    plain = _plain(text)
    shown = discreet(plain)
    found = {
        "national_number": holds_national_number(plain),
        "phone": shown.count("[phone]") > plain.count("[phone]") or bool(_MOBILE.search(plain)),
        "email": shown.count("[e-mail]") > plain.count("[e-mail]"),
    }
    return tuple(kind for kind, there in found.items() if there)


def _plain(text: str) -> str:
    """The text with every digit as 0 to 9, and without what has no width."""
    signs = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in signs)
