"""Who wants a digest: choosing, changing and ending it; and the link in the e-mail that ends it."""

import hmac
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import insert_into, random_id, today
from feedback_app.exchange.gather import Exchange
from feedback_app.exchange.models import Subscription
from feedback_app.keys import derive
from feedback_app.settings import Settings
from feedback_app.staff.models import Account


def subscription_of(session: Session, account: Account) -> Subscription | None:
    """This account's subscription; None when it has none."""
    return session.scalar(sa.select(Subscription).where(Subscription.account_id == account.id))


def subscribe(
    session: Session,
    account: Account,
    exchange: Exchange,
    *,
    rhythm: str,
    themes: Sequence[str],
    regions: Sequence[str],
) -> Subscription:
    """Store and commit a choice, new or changed.

    What is there already is no news. Who changes a choice still gets the news of what stays in it.
    """
    now_chosen = {one.key for one in exchange.chosen(themes, regions)}
    new: dict[str, object] = {"id": random_id(), "account_id": account.id, "rhythm": rhythm, "outcome": ""}
    new |= {"themes": list(themes), "regions": list(regions), "told": sorted(now_chosen)}
    first = insert_into(session, Subscription).values(**new, period=period_of(rhythm, today()))
    made = session.execute(first.on_conflict_do_nothing().returning(Subscription.id)).first()
    mine = session.scalars(sa.select(Subscription).where(Subscription.account_id == account.id)).one()
    if made is None:
        before = {one.key for one in exchange.chosen(mine.themes, mine.regions)}
        mine.told = sorted({*mine.told, *(now_chosen - before)})
        if mine.rhythm != rhythm:
            mine.rhythm, mine.period = rhythm, period_of(rhythm, today())
        mine.themes, mine.regions = list(themes), list(regions)
    session.commit()
    return mine


def unsubscribe(session: Session, account_id: str) -> None:
    """End the subscription an account has and commit; again is the same."""
    session.execute(sa.delete(Subscription).where(Subscription.account_id == account_id))
    session.commit()


def period_of(rhythm: str, day: date) -> str:
    """The week (`2026-W49`, ISO 8601) or month (`2026-12`) a day lies in."""
    if rhythm == "monthly":
        return f"{day:%Y-%m}"
    year, week, _day = day.isocalendar()
    return f"{year}-W{week:02}"


def stop_mark(settings: Settings, account_id: str) -> str:
    """What proves that a link came from a digest to this account; nothing of it is stored.

    Of the account and not of its subscription: who subscribed anew can stop with an older e-mail too.
    """
    key = derive(settings.secret_key, "digest-stop")
    return hmac.digest(key, account_id.encode("utf-8"), "sha256").hex()[:32]


def is_stop_mark(settings: Settings, account_id: str, mark: str) -> bool:
    """Whether a link is one of ours, also when the account has no subscription by now."""
    ours = stop_mark(settings, account_id)
    return hmac.compare_digest(ours.encode("ascii"), mark.encode("utf-8", "surrogatepass"))
