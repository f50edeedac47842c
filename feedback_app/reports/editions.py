"""Which editions there are, who may see which, and what keeps one from becoming final."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, aliased, undefer

from feedback_app.invitations.models import Wave
from feedback_app.paging import PAGE_SIZE, Page, cut
from feedback_app.reports.arrangements import Which, arrangement_of, level_of
from feedback_app.reports.models import FINAL, Edition, EditionRelease
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

#: as lists and pages call it: not final yet, final, public, and replaced by one that is public
STATES = ("draft", FINAL, "released", "replaced")
_ZONE = ZoneInfo("Europe/Brussels")

_Replacing = aliased(Edition)


class FinalRefused(Exception):
    """A final edition cannot be made by this colleague now; the message says why."""


@dataclass(frozen=True)
class Filter:
    """Which editions to list; empty means any. `level` is `vlaanderen` or a region's key."""

    wave: str = ""
    level: str = ""
    locale: str = ""
    state: str = ""


@dataclass(frozen=True)
class Row:
    """One edition in a list, with its standing today."""

    edition: Edition
    state: str

    @property
    def which(self) -> Which:
        """Of which report this is an edition."""
        return which_of(self.edition)


def which_of(edition: Edition) -> Which:
    """Of which report this is an edition."""
    return Which(edition.wave_key, level_of(edition.region_key), edition.locale)


def printed_day(edition: Edition) -> str:
    """The day on which it was compiled, as the report itself prints it: in Flanders; ISO."""
    day = edition.compiled_at.astimezone(_ZONE).date().isoformat()
    return str(edition.content.get("compiled_on") or day)


def list_editions(session: Session, account: Account, wanted: Filter = Filter(), page: int = 1) -> Page[Row]:
    """The editions this colleague may read, newest wave first: readers only what was released."""
    query = readable_editions(account, wanted)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    place = cut(total, page)
    order = (Edition.wave_key.desc(), Edition.compiled_at.desc(), Edition.id)
    rows = session.execute(query.order_by(*order).limit(PAGE_SIZE).offset(place.start))
    return Page([Row(*one) for one in rows], place.page, place.pages, place.total)


def readable_editions(account: Account, wanted: Filter = Filter()) -> sa.Select[Any]:
    """The query of the editions this colleague may read, each with its standing today."""
    return _standing(*_visible(account), *_wanted(wanted))


def edition_for(
    session: Session, account: Account, edition_id: str, *parts: sa.orm.InstrumentedAttribute[Any]
) -> Row | None:
    """One edition, with these heavy columns of it, if this colleague may read it."""
    return _one(session, parts, Edition.id == edition_id, *_visible(account))


def released_edition(
    session: Session, edition_id: str, *parts: sa.orm.InstrumentedAttribute[Any]
) -> Row | None:
    """One edition that everybody may read."""
    return _one(session, parts, Edition.id == edition_id, EditionRelease.edition_id.is_not(None))


def current_edition(session: Session, which: Which, *parts: sa.orm.InstrumentedAttribute[Any]) -> Row | None:
    """The edition of a report that everybody reads today: released, and not replaced by another."""
    same = (*_same_report(which), EditionRelease.edition_id.is_not(None), ~_replaced())
    return _one(session, parts, *same)


def public_editions(session: Session) -> list[Row]:
    """Every edition that everybody may read, newest first, without those that were replaced."""
    query = _standing(EditionRelease.edition_id.is_not(None), ~_replaced())
    order = (Edition.wave_key.desc(), Edition.region_key.is_not(None), Edition.region_key, Edition.locale)
    return [Row(*one) for one in session.execute(query.order_by(*order))]


def is_corrected(session: Session, edition_id: str) -> bool:
    """Whether a final edition corrects this one, public or not."""
    return session.scalar(sa.select(sa.exists().where(_AFTER.c.old == edition_id))) or False


def successor(session: Session, account: Account | None, edition_id: str) -> Row | None:
    """The last of its corrections, and theirs, that this colleague (None: anybody) may read."""
    seen = _visible(account) if account else [EditionRelease.edition_id.is_not(None)]
    query = _standing(_AFTER.c.old == edition_id, *seen).join(_AFTER, _AFTER.c.new == Edition.id)
    found = session.execute(query.order_by(_AFTER.c.steps.desc()).limit(1)).first()
    return Row(*found) if found else None


def newest(session: Session, which: Which, *parts: sa.orm.InstrumentedAttribute[Any]) -> Edition | None:
    """The edition of a report that was compiled last, draft or final."""
    query = sa.select(Edition).where(*_same_report(which)).options(*map(undefer, parts))
    return session.scalar(query.order_by(Edition.compiled_at.desc(), Edition.id).limit(1))


def closed_waves(session: Session) -> list[str]:
    """Keys of the waves a report can be compiled of, newest first."""
    query = sa.select(Wave.key).where(Wave.state == "closed").order_by(Wave.key.desc())
    return list(session.scalars(query))


def waves_with_editions(session: Session, account: Account) -> list[str]:
    """The waves of which this colleague can read something, newest first."""
    shown = _standing(*_visible(account)).subquery()
    return list(session.scalars(sa.select(shown.c.wave_key).distinct().order_by(shown.c.wave_key.desc())))


def draft_for_final(session: Session, account: Account | None, which: Which) -> Edition:
    """The draft of a colleague that this releaser makes final; FinalRefused tells what is missing.

    Four eyes on the same text: a colleague compiled a draft with the arrangement as it is now. Where there is
    a final edition already, that draft has to be a correction of it.
    """
    if account is None or account.role != "vrijgever" or not account.active:
        raise FinalRefused(_("Enkel een vrijgever maakt een verslag definitief."))
    if visible_region(account) not in (None, which.region):
        raise FinalRefused(_("Je werkt voor één regio: enkel het verslag van die regio maak je definitief."))
    earlier = final_edition(session, which)
    same = (*_same_report(which), Edition.state == "draft", Edition.account_id != account.id)
    mine = Edition.replaces_id == earlier.id if earlier else Edition.replaces_id.is_(None)
    drafts = sa.select(Edition).where(*same, mine).order_by(Edition.compiled_at.desc(), Edition.id)
    found = session.scalar(drafts.limit(1))
    if found is None and earlier:
        raise FinalRefused(
            _(
                "Dit verslag is al definitief. Dat verandert niet meer. "
                "Een verbetering begint met een ontwerp waarin een collega schrijft waarom."
            )
        )
    if found is None:
        raise FinalRefused(
            _("Een verslag wordt pas definitief als een collega er eerst een ontwerp van maakte (vier ogen).")
        )
    arrangement = arrangement_of(session, which)
    if found.arrangement != (arrangement.revision if arrangement else 0):
        raise FinalRefused(
            _("De indeling veranderde na het ontwerp van je collega. Laat eerst een nieuw ontwerp opmaken.")
        )
    return found


def final_edition(session: Session, which: Which) -> Edition | None:
    """The final edition of a report that no other final one replaced, if there is one."""
    replacing = sa.select(_Replacing.id).where(
        _Replacing.replaces_id == Edition.id, _Replacing.state == FINAL
    )
    same = (*_same_report(which), Edition.state == FINAL, sa.not_(replacing.exists()))
    return session.scalar(sa.select(Edition).where(*same))


def _standing(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Editions with their state today: replaced means that everybody may read what replaced it."""
    state = sa.case(
        (_replaced(), "replaced"),
        (EditionRelease.edition_id.is_not(None), "released"),
        else_=Edition.state,
    )
    return (
        sa.select(Edition, state.label("standing"))
        .outerjoin(EditionRelease, EditionRelease.edition_id == Edition.id)
        .where(*conditions)
    )


def _corrections() -> sa.CTE:
    """Each final edition beside every final one that came after it, and by how many corrections."""
    one, next_one = aliased(Edition), aliased(Edition)
    first = sa.select(one.replaces_id.label("old"), one.id.label("new"), sa.literal(1).label("steps"))
    first = first.where(one.state == FINAL, one.replaces_id.is_not(None))
    after = first.cte("corrections", recursive=True)
    further = sa.and_(next_one.replaces_id == after.c.new, next_one.state == FINAL)
    return after.union(sa.select(after.c.old, next_one.id, after.c.steps + 1).join(next_one, further))


_AFTER = _corrections()


def _replaced() -> sa.ColumnElement[bool]:
    """Whether everybody may read a later one, also where the corrections between never became public."""
    public = sa.select(_AFTER.c.old).join(EditionRelease, EditionRelease.edition_id == _AFTER.c.new)
    return Edition.id.in_(public)


def _one(session: Session, parts: Any, *conditions: sa.ColumnElement[bool]) -> Row | None:
    query = _standing(*conditions).options(*map(undefer, parts))
    found = session.execute(query).first()
    return Row(*found) if found else None


def _wanted(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.wave:
        conditions.append(Edition.wave_key == wanted.wave)
    if wanted.level:
        region = Which("", wanted.level, "").region
        conditions.append(Edition.region_key == region if region else Edition.region_key.is_(None))
    if wanted.locale:
        conditions.append(Edition.locale == wanted.locale)
    if wanted.state:
        public, replaced = EditionRelease.edition_id.is_not(None), _replaced()
        states: dict[str, list[sa.ColumnElement[bool]]] = {
            "draft": [Edition.state == "draft"],
            FINAL: [Edition.state == FINAL, ~public],
            "released": [public, ~replaced],
            "replaced": [replaced],
        }
        conditions += states.get(wanted.state, [])
    return conditions


def _same_report(which: Which) -> tuple[sa.ColumnElement[bool], ...]:
    region = Edition.region_key == which.region if which.region else Edition.region_key.is_(None)
    return Edition.wave_key == which.wave, region, Edition.locale == which.locale


def _visible(account: Account) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if account.role == "lezer":
        conditions.append(EditionRelease.edition_id.is_not(None))
    region = visible_region(account)
    if region is not None:  # a draft of Flanders tells of other regions what nobody released
        final = sa.and_(Edition.region_key.is_(None), Edition.state == FINAL)
        conditions.append(sa.or_(final, Edition.region_key == region))
    return conditions
