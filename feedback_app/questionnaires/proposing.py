"""A region's question from proposal to decision: who may take which step, and what each step leaves behind.

Whoever accepts is somebody else than who proposed: the two roles have no step in common.
"""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.questionnaires.accepted import regional_items
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.models import RegionalItem, RegionalItemEvent
from feedback_app.questionnaires.regional import MOST, SURVEYS, load_regional
from feedback_app.settings import Settings
from feedback_app.shape import as_json
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

#: step → the state it begins in, the state it leads to, and whether it needs a reason
STEPS = {
    "withdraw": ("proposed", "withdrawn", False),
    "accept": ("proposed", "accepted", False),
    "refuse": ("proposed", "refused", True),
    "retire": ("accepted", "retired", True),
}


class NoRoom(ValueError):
    """The region has its two questions already."""


class DoesNotFit(ValueError):
    """The question does not go together with what the region asks already; the message is in English."""


class AlreadyDecided(ValueError):
    """Somebody took another step meanwhile."""


class ProposalUnknown(LookupError):
    """There is no such proposal, or not for this account."""


def proposals(session: Session, account: Account) -> list[RegionalItem]:
    """Every proposal this account may see, the regions in order, the newest question of each first."""
    query = sa.select(RegionalItem).order_by(RegionalItem.region_key, RegionalItem.item_key.desc())
    if (own := visible_region(account)) is not None:
        query = query.where(RegionalItem.region_key == own)
    return list(session.scalars(query))


def find_proposal(session: Session, account: Account, item_id: str) -> RegionalItem:
    """One proposal; raises ProposalUnknown."""
    found = session.get(RegionalItem, item_id)
    if found is None or visible_region(account) not in (None, found.region_key):
        raise ProposalUnknown(item_id)
    return found


def emails(session: Session, row: RegionalItem) -> dict[str, str]:
    """Account → address of everybody in a proposal's history."""
    ids = {one.account_id for one in row.history if one.account_id}
    return dict(session.execute(sa.select(Account.id, Account.email).where(Account.id.in_(ids))).all())


def room(session: Session, settings: Settings, survey_key: str, region: str) -> int:
    """How many more questions a region may propose; what waits for a decision takes up room too."""
    waiting = session.scalars(
        sa.select(RegionalItem.item_key).where(
            RegionalItem.survey_key == survey_key,
            RegionalItem.region_key == region,
            RegionalItem.state == "proposed",
        )
    )
    asked = regional_items(session, settings.surveys_dir, survey_key).get(region, ())
    return max(0, MOST - len({*waiting, *(item.key for item in asked)}))


def next_key(session: Session, settings: Settings, region: str) -> str:
    """A key that no question of the region ever had: answers are stored under it for good."""
    used = set(session.scalars(sa.select(RegionalItem.item_key).filter_by(region_key=region)))
    for survey_key in SURVEYS:
        used |= {item.key for item in load_regional(settings.surveys_dir, survey_key).get(region, ())}
    number = 1
    while f"{region}_{number}" in used:
        number += 1
    return f"{region}_{number}"


def as_row(region: str, survey_key: str, item: Item, why: str = "") -> RegionalItem:
    """An item as a proposal that is not stored yet."""
    return RegionalItem(
        region_key=region,
        survey_key=survey_key,
        item_key=item.key,
        definition=as_json(item, defaults=False),
        why=why,
        state="proposed",
    )


def propose(
    session: Session, settings: Settings, account: Account, survey_key: str, item: Item, why: str
) -> RegionalItem:
    """Store a proposal of the account's own region, and commit; raises NoRoom."""
    region = account.region_key
    assert region is not None  # the page is for who works for one region
    _one_at_a_time(session, survey_key, region)
    if not room(session, settings, survey_key, region):
        session.rollback()
        raise NoRoom
    row = as_row(region, survey_key, item, why)
    row.history.append(RegionalItemEvent(state="proposed", account_id=account.id))
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody of the same region was a moment earlier
        session.rollback()
        raise NoRoom from error
    _note(session, account, row, "proposed")
    session.commit()
    return row


def take_step(
    session: Session, settings: Settings, account: Account, row: RegionalItem, step: str, reason: str
) -> None:
    """Move a proposal on, and commit. Raises AlreadyDecided; DoesNotFit, and NoRoom when it would be a third.

    An accepted question joins the next wave that opens; a wave that is open keeps what it asks.
    """
    before, after, _needs_reason = STEPS[step]
    _one_at_a_time(session, row.survey_key, row.region_key)
    session.refresh(row)
    if row.state != before:
        session.rollback()
        raise AlreadyDecided
    if step == "accept":
        try:
            regional_items(session, settings.surveys_dir, row.survey_key, [row])
        except SurveysRefused as refused:
            session.rollback()
            asked = regional_items(session, settings.surveys_dir, row.survey_key).get(row.region_key, ())
            raise NoRoom if len(asked) >= MOST else DoesNotFit(str(refused)) from refused
    row.state, row.reason = after, reason
    row.history.append(RegionalItemEvent(state=after, account_id=account.id, reason=reason))
    _note(session, account, row, after)
    session.commit()


def _one_at_a_time(session: Session, survey_key: str, region: str) -> None:
    """Let whoever decides about a region's questions wait for who is doing so, by changing nothing."""
    session.execute(
        sa.update(RegionalItem)
        .where(RegionalItem.survey_key == survey_key, RegionalItem.region_key == region)
        .values(survey_key=survey_key)
        .execution_options(synchronize_session=False)
    )


def _note(session: Session, account: Account, row: RegionalItem, state: str) -> None:
    record(
        session,
        f"regional_item.{state}",
        account=account,
        subject=f"regional_item:{row.id}",
        region=row.region_key,
        survey=row.survey_key,
        item=row.item_key,
    )
