"""Links that hang somewhere instead of being sent: making, listing, stopping and taking up again.

A code is no secret, it stands on a wall. It is random so that nobody who read one can guess another, and
it has no signs that look alike, so that one can type it from a poster. With 23^8 codes, somebody who
tries a thousand a second meets one of a hundred links once in nine days, and may then answer as anyone
who passes that poster.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.invitations.models import CODE_LENGTH, OPEN_SURVEYS, OpenLink
from feedback_app.paging import Page, in_order, paged
from feedback_app.questionnaires.loading import load_codes
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

#: no vowels (they make words), and of each pair that looks alike (0O, 1I, 2Z, 5S, 6G, 8B, VU) one or none
ALPHABET = "23456789CDFHJKMNPRTVWXY"
LABEL_LENGTH = 80
#: what newcomers are asked who were invited, and through a link of which nothing else was said
SURVEY = "newcomer"

#: name in the address → column
ORDERS: Mapping[str, Any] = {
    "label": sa.func.lower(OpenLink.label),
    "mode": OpenLink.mode,
    "region": OpenLink.region_key,
    "made": OpenLink.made_on,
    "state": OpenLink.active,
}
#: those in use first
DEFAULT_ORDER = "-state"

#: what someone may type for it
_TYPED = str.maketrans({"Z": "2", "S": "5", "G": "6", "B": "8", "U": "V", " ": None, "-": None})
#: mode → first part of the address
_PATHS = {"open": "o", "kiosk": "k"}


class LinkRefused(ValueError):
    """This link cannot be made; `field` names what is wrong with it."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class NewLink:
    """What a colleague says of a link: its use, its questions, the groups of its answers, where it hangs."""

    mode: str
    region_key: str
    agency_key: str
    offer_type: str
    label: str
    survey_key: str = SURVEY


def make_link(
    session: Session,
    settings: Settings,
    wanted: NewLink,
    *,
    region: str | None,
    account: Account | None = None,
) -> OpenLink:
    """Store a new link with a random code and commit; with `region`, only there. Raises LinkRefused."""
    _refuse(settings, wanted, region)
    while True:
        link = OpenLink(code=_code(), made_on=today(), active=True, **_columns(wanted))
        session.add(link)
        where = {"subject": f"link:{link.code}", "region": link.region_key, "mode": link.mode}
        where["asks"] = link.survey_key
        record(session, "link.made", account=account, **where)
        try:
            session.commit()
        except IntegrityError:  # the code is taken: as likely as meeting one by guessing
            session.rollback()
            if session.get(OpenLink, link.code) is None:
                raise
        else:
            return link


def list_links(session: Session, *, region: str | None, order: str, page: int) -> Page[OpenLink]:
    """Links, the latest of what sorts alike first; with `region`, only those of that region."""
    query = sa.select(OpenLink)
    if region:
        query = query.where(OpenLink.region_key == region)
    by = in_order(ORDERS, order, DEFAULT_ORDER)
    return paged(session, query, (*by, OpenLink.made_on.desc(), OpenLink.label, OpenLink.code), page)


def find_link(session: Session, typed: str, *, region: str | None = None) -> OpenLink | None:
    """The link somebody means by a code, however they typed it; with `region`, only one of that region."""
    link = session.get(OpenLink, code_of(typed))
    return None if link is None or (region and link.region_key != region) else link


def set_active(session: Session, link: OpenLink, active: bool, account: Account | None = None) -> None:
    """Stop a link or take it up again, and commit."""
    link.active = active
    done = "link.resumed" if active else "link.stopped"
    record(session, done, account=account, subject=f"link:{link.code}", region=link.region_key)
    session.commit()


def code_of(typed: str) -> str:
    """A code as it is stored, from one as typed: small letters, space, hyphen, look-alike; "" for no code."""
    code = typed.upper().translate(_TYPED)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def spaced(code: str) -> str:
    """A code in two halves, as people read it: `K7M4-X9TW`."""
    return f"{code[:4]}-{code[4:]}"


def address_of(settings: Settings, link: OpenLink) -> str:
    """The whole address of a link."""
    return f"{settings.base_url}/{_PATHS[link.mode]}/{link.code}"


def _code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _refuse(settings: Settings, wanted: NewLink, region: str | None) -> None:
    codes, regions = load_codes(settings.surveys_dir), region_names(settings.surveys_dir)
    known: Mapping[str, bool] = {
        "mode": wanted.mode in _PATHS,
        "survey": wanted.survey_key in OPEN_SURVEYS,
        "region": wanted.region_key in regions and region in (None, wanted.region_key),
        "agency": wanted.agency_key in {one.key for one in codes.agencies},
        "offer_type": wanted.offer_type in {one.key for one in codes.offer_types},
        "label": 0 < len(wanted.label.strip()) <= LABEL_LENGTH,
    }
    for field, right in known.items():
        if not right:
            raise LinkRefused(field)


def _columns(wanted: NewLink) -> dict[str, str]:
    return {**asdict(wanted), "label": wanted.label.strip()}
