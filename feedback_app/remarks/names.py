"""Names of our own organisations, their contact persons and colleagues, as far as a remark holds them."""

import re
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.remarks.personal import WORD, Known, names_to_look_for, words_in
from feedback_app.remarks.plain import folded
from feedback_app.staff.models import Account
from feedback_app.trajectories.models import Partner, PartnerContact

#: forms of organisations, which people leave out
_FORMS = frozenset(("vzw", "asbl", "bv", "bvba", "nv", "cv", "sa", "srl", "npo", "aisbl", "vsw"))
#: what an organisation is, before what it is called
_TYPES = frozenset(
    (
        *(
            "buurthuis",
            "buurtcentrum",
            "wijkcentrum",
            "wijkhuis",
            "dienstencentrum",
            "lokaal",
            "vrijwilligerswerk",
        ),
        *("vereniging", "stichting", "club", "voetbalclub", "sportclub", "bibliotheek", "ontmoetingscentrum"),
        *(
            "jeugdhuis",
            "buurtwerking",
            "inloophuis",
            "huis",
            "centrum",
            "cafe",
            "organisatie",
            "dienst",
            "school",
        ),
        *("afdeling", "werking", "gemeenschapscentrum", "basisschool", "kringwinkel", "woonzorgcentrum"),
    )
)
_SHORTEST = 3
#: words with which a short name begins and that alone mean nothing
_ARTICLES = frozenset(("de", "het", "den", "t", "van", "in", "la", "le", "les", "l", "en", "voor"))


def known_in(session: Session, text: str) -> Known:
    """What of our names stands in this text. Reads every name once, keeps only those that are there."""
    return known_among(session.scalars(sa.select(Partner.name)), _people(session), text)


def known_among(organisations: Iterable[str], people: Iterable[str], text: str) -> Known:
    """Which of these names stand in a text, as words in a row whatever stands between them."""
    words = words_in(text)
    whole = f" {' '.join(WORD.findall(folded(text).text))} "
    bare = re.sub(r" [وفبل](?=\w)", " ", whole)  # without what Arabic writes on to a word
    called = (name for written in organisations for name in spoken(written))
    return Known(
        frozenset(name for name in called if f" {name} " in whole or f" {name} " in bare),
        frozenset(word for name in people for word in names_to_look_for(name) if word in words),
    )


def spoken(name: str) -> set[str]:
    """What people call an organisation: its name without its form, what is in brackets, what it is."""
    simple = folded(name).text
    found = set()
    for one in (simple, re.sub(r"\([^)]*\)", " ", simple), re.sub(r",.*", " ", simple)):
        words = [word for word in WORD.findall(re.sub(r"\bv\.z\.w\.?", " ", one)) if word not in _FORMS]
        found.add(" ".join(words))
        while words and words[0] in _TYPES:
            words = words[1:]
            if len(words) > 1 or (words and len(words[0]) > _SHORTEST):
                found.add(" ".join(words))
    return {one for one in found if len(one) >= _SHORTEST and not set(one.split()) <= _ARTICLES | _TYPES}


def _people(session: Session) -> list[str]:
    """Names of contact persons; of colleagues what their address says, before a number."""
    contacts = session.scalars(sa.select(PartnerContact.name).where(PartnerContact.name != ""))
    addresses = session.scalars(sa.select(Account.email))
    return [*contacts, *(re.sub(r"[._\d]+", " ", one.partition("@")[0]) for one in addresses)]
