"""Names of our own organisations, their contact persons and colleagues, as far as a remark holds them."""

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.remarks.personal import Known, names_to_look_for, words_in
from feedback_app.remarks.plain import folded
from feedback_app.staff.models import Account
from feedback_app.trajectories.models import Partner, PartnerContact

#: forms of organisations, which people leave out
_FORMS = frozenset(("vzw", "asbl", "bv", "nv", "cv", "sa", "srl", "npo", "aisbl"))
_SHORTEST = 4


def known_in(session: Session, text: str) -> Known:
    """What of our names stands in this text. Reads every name once, keeps only those that are there."""
    words = words_in(text)
    whole = f" {' '.join(re.findall(_WORD, folded(text).text))} "
    organisations = {
        name
        for name in map(_organisation, session.scalars(sa.select(Partner.name)))
        if len(name) >= _SHORTEST and f" {' '.join(re.findall(_WORD, name))} " in whole
    }
    people = {word for name in _people(session) for word in names_to_look_for(name) if word in words}
    return Known(frozenset(organisations), frozenset(people))


_WORD = r"[\w'-]+"


def _organisation(name: str) -> str:
    return " ".join(word for word in folded(name).text.split() if word.strip(".") not in _FORMS)


def _people(session: Session) -> list[str]:
    """Names of contact persons; of colleagues what their address says, before a number."""
    contacts = session.scalars(sa.select(PartnerContact.name).where(PartnerContact.name != ""))
    addresses = session.scalars(sa.select(Account.email))
    return [*contacts, *(re.sub(r"[._\d]+", " ", one.partition("@")[0]) for one in addresses)]
