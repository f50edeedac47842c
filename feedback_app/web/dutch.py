"""Dutch stands one tap away on every translated page, also on one that no link can bring up once more."""

from dataclasses import dataclass

from flask import request
from flask_babel import LazyString

from feedback_app.languages import SOURCE
from feedback_app.web.locale import speaking


@dataclass(frozen=True)
class Dutch:
    """The few words of a page, in Dutch."""

    title: str
    text: str


def dutch_stays_here() -> bool:
    """Whether the Dutch words stand on the page itself: no link gives an answer to a POST once more.

    Nor does a tablet follow one: it would stay in Dutch for whoever comes next.
    """
    return request.method not in ("GET", "HEAD") or request.path.startswith("/k/")


def said_in_dutch(title: str | LazyString, text: str | LazyString) -> Dutch:
    """Lazy texts as they are in the source."""
    with speaking(SOURCE):
        return Dutch(str(title), str(text))
