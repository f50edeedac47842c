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
_EMAIL = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
#: as people and messages write one: with its country, or with the nought before it; at least nine figures
_PHONE = re.compile(r"(?<![\w.,-])(?:\+|%2B|00|0)[1-9](?:[ ./()-]{0,2}[0-9]){7,13}(?![\w])")


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
