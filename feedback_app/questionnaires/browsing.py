"""Finding one's way among the texts of a language: which there are, where they stand, what they were."""

import gettext
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from babel.messages import Catalog

from feedback_app.questionnaires.approval import State, comments, state_of
from feedback_app.questionnaires.audio import SPOKEN
from feedback_app.questionnaires.catalogues import STAFF_PLACES, SURVEYS, Entry
from feedback_app.questionnaires.review import Desk, name_of

#: the part of the house that texts of `messages` stand in → where their Dutch is
_PLACES = {
    "respond": (
        "feedback_app/templates/respond/",
        "feedback_app/responses/",
        "feedback_app/questionnaires/forms.py",
    ),
    "messages": (
        "feedback_app/templates/messages/",
        "feedback_app/invitations/messages.py",
        "feedback_app/invitations/partner_messages.py",
    ),
    "print": (
        "feedback_app/templates/cards/",
        "feedback_app/invitations/cards.py",
        "feedback_app/invitations/posters.py",
    ),
    "paper": ("feedback_app/templates/paper/",),
    "public": (
        "feedback_app/templates/public/",
        "feedback_app/templates/web/",
        "feedback_app/web/",
    ),
}
COLLEAGUES = "colleagues"

#: every part that can be looked at by itself, in the order of importance
PARTS = ("newcomer", "partner", "impact", "offer_type", *_PLACES, "staff", "theme", COLLEAGUES)

#: a choice of its own beside the states
WITH_COMMENT = "comment"

_RESPOND = "feedback_app/templates/respond"
_THANKS = tuple(f"{_RESPOND}/{name}.html" for name in ("thanks", "thanks_words"))
_PAGE = tuple(f"{_RESPOND}/{name}.html" for name in ("questionnaire", "item", "base"))
_OPEN = {
    "feedback_app/templates/web/home.html": "web.home",
    "feedback_app/templates/web/privacy.html": "web.privacy",
    "feedback_app/templates/web/accessibility.html": "web.accessibility",
    "feedback_app/templates/public/focus_door.html": "focus_door.ask",
    "feedback_app/templates/public/focus_thanks.html": "focus_door.thanks",
}
_PIECES = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Listed:
    """One entry of a list."""

    name: str
    domain: str
    entry: Entry

    @property
    def state(self) -> State:
        """How far it is."""
        return state_of(self.entry)

    @property
    def parts(self) -> list[str]:
        """Where it stands, for people."""
        return parts_of(self.domain, self.entry)


@dataclass(frozen=True)
class Choice:
    """Which texts somebody wants to see; what is "" leaves everything."""

    state: str = ""
    part: str = ""
    query: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """The same as part of an address."""
        given = {"state": self.state, "part": self.part, "q": self.query}
        return {name: value for name, value in given.items() if value}

    def fits(self, one: Listed) -> bool:
        """Whether a text is among them."""
        return self._in_state(one) and (not self.part or self.part in one.parts) and self._found(one)

    def _in_state(self, one: Listed) -> bool:
        if self.state == WITH_COMMENT:
            return bool(comments(one.entry))
        return not self.state or one.state == self.state

    def _found(self, one: Listed) -> bool:
        wanted, entry = self.query.casefold().strip(), one.entry
        texts = (*entry.source, *entry.target, entry.context or "", *comments(entry))
        return not wanted or any(wanted in text.casefold() for text in texts)


@dataclass(frozen=True)
class Neighbours:
    """The texts before and after one, of those that were chosen; the text itself need not be one of them."""

    before: str | None
    after: str | None


@dataclass(frozen=True)
class Shown:
    """A page on which a text stands: one of the preview, or else the endpoint of an open page."""

    survey: str = ""
    page: str = ""
    offer_type: str = ""
    endpoint: str = ""


def everything(desk: Desk) -> list[Listed]:
    """Every text of a language, in the order of the files."""
    return [Listed(name_of(domain, entry), domain, entry) for domain, entry in desk.entries()]


def neighbours(texts: Iterable[Listed], choice: Choice, name: str) -> Neighbours:
    """What one reads before and after a text."""
    before = after = None
    passed = False
    for one in texts:
        if one.name == name:
            passed = True
        elif choice.fits(one):
            if passed:
                after = one.name
                break
            before = one.name
    return Neighbours(before, after)


def parts_of(domain: str, entry: Entry) -> list[str]:
    """The parts of the house in which a text stands."""
    if domain == SURVEYS:
        return [(entry.context or "").split(".")[0]]
    for_all = [place for place in entry.places if not place.startswith(STAFF_PLACES)]
    found = [part for part, places in _PLACES.items() if any(one.startswith(places) for one in for_all)]
    return found or [COLLEAGUES]


def page_with(domain: str, entry: Entry) -> Shown | None:
    """Where a text can be looked at on its page; None where it cannot."""
    if domain == SURVEYS:
        survey, _, rest = (entry.context or "").partition(".")
        if survey == "offer_type":
            return Shown("newcomer", offer_type=rest)
        if survey not in SPOKEN:  # only what respondents see has a preview
            return None
        return Shown(survey, "thanks" if rest == "after" else "")
    if any(place in _PAGE for place in entry.places):
        return Shown("newcomer")
    if any(place in _THANKS for place in entry.places):
        return Shown("newcomer", "thanks")
    open_pages = [_OPEN[place] for place in entry.places if place in _OPEN]
    return Shown(endpoint=open_pages[0]) if open_pages else None


def difference(before: str, after: str) -> Iterator[tuple[str, str]]:
    """What became of a text, in pieces: ("same" | "gone" | "new", words)."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[a:b])
            continue
        if a < b:
            yield "gone", "".join(old[a:b])
        if c < d:
            yield "new", "".join(new[c:d])


@cache
def example_numbers(locale: str) -> list[list[int]]:
    """For each plural form the first numbers that take it."""
    catalogue = Catalog(locale=locale)
    form_of = gettext.c2py(catalogue.plural_expr)
    return [[n for n in range(1000) if form_of(n) == form][:6] for form in range(catalogue.num_plurals)]
