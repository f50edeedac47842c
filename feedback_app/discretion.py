"""Log lines without anybody's number or address, whoever writes them.

A filter on our own loggers would miss libraries', and one on handlers those of the server. So every record of
the process is made discreet, also the traceback of what went wrong.
"""

import logging
import re
import traceback
from typing import Any

#: what is sealed tells nothing without its key, but a key may be lost later
_SEALED = re.compile(r"(?:\b[0-9a-f]{8}\.)?\bgAAAA[\w-]{60,}=*")
#: also with a quoted name, or an apostrophe in it; a name has bounds, so that no line takes minutes
_EMAIL = re.compile(r"(?:\"[^\"\n]{1,64}\"|[\w.+%-]{1,128}(?:'[\w.+%-]{1,128})?)(?:@|%40)[\w-]+(?:\.[\w-]+)+")
#: what stands between figures: spaces of every width and dashes too, also as an address or a repr has them
_BETWEEN = r"(?:[ ./()\u00a0\u2000-\u200b\u2010-\u2015\u202f\u2060-]|%20|%C2%A0|\\xa0|\\u20[0-9a-f]{2}){0,2}"
#: at least nine figures with the country or the nought before it; or a Belgian mobile number in figures
#: alone, as gateways write one. Not in a word or a decimal, behind a hexadecimal dash, nor where a day stands
_PHONE = re.compile(
    r"(?<![^\W_])(?<![0-9]\.)(?<![0-9A-Fa-f]-)"
    r"(?![0-9]{2}([./-])[0-9]{2}\1[0-9]{4}(?![0-9]))"
    rf"(?:(?:\+|%2B|00|0)[1-9](?:{_BETWEEN}[0-9]){{7,13}}|324[5-9][0-9]{{7}})(?![^\W_])",
    re.IGNORECASE,
)


def discreet(text: str) -> str:
    """The text with numbers, addresses and sealed contact data replaced by what they are."""
    if "gAAAA" in text:
        text = _SEALED.sub("[sealed]", text)
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("[e-mail]", text)
    return _PHONE.sub("[phone]", text)


class DiscreetRecord(logging.LogRecord):
    """A log record whose message and traceback name nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.exc_info and self.exc_info[0]:
            self.exc_text = discreet("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))

    def getMessage(self) -> str:  # noqa: N802 - logging calls it so
        """The message with its arguments, made discreet."""
        return discreet(super().getMessage())


def init_discretion() -> None:
    """Make every log record of this process discreet, from now on."""
    logging.setLogRecordFactory(DiscreetRecord)
