"""The digest by e-mail: once a week or month, only when there is news, at most once whatever happens.

A period is claimed, and that is on disk, before a letter leaves; a process that dies in between loses that
one letter and never sends it twice. What the other side does not take now is tried again in the same period.
"""

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis import pattern_wording
from feedback_app.exchange.gather import Entry, Exchange, gather_exchange, news
from feedback_app.exchange.models import Practice, Subscription
from feedback_app.exchange.subscribe import period_of, stop_mark
from feedback_app.exchange.wishes import Wishes
from feedback_app.exchange.words import theme_names
from feedback_app.invitations.channel import Channel, Letter, TryAgain, channels_of
from feedback_app.invitations.colleague_letter import Said, letter_to_colleague
from feedback_app.invitations.pausing import paused_since
from feedback_app.jobs import alone
from feedback_app.keys import derive
from feedback_app.languages import SOURCE, STAFF
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.signals.labels import STATE_NAMES
from feedback_app.signals.models import Signal
from feedback_app.signals.proposals import Found
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One piece of news as the e-mail says it; what colleagues wrote (`theirs`) is Dutch."""

    kind: str
    said: str
    where: str
    url: str
    theirs: bool


def send_digests(session: Session, settings: Settings, day: date) -> int:
    """Send everybody whose week or month began what is new for them; how many letters. Commits as it goes."""
    with alone(session.get_bind().engine, settings, "digests") as mine:
        channel = channels_of(settings).get("email")
        if not mine or channel is None or paused_since(session):
            return 0
        return _Run(session, settings, day, channel).all_due()


class _Run:
    """One run over all subscriptions."""

    def __init__(self, session: Session, settings: Settings, day: date, channel: Channel) -> None:
        self._session, self._settings, self._day, self._channel = session, settings, day, channel

    def all_due(self) -> int:
        """Every subscription whose period was not looked at yet; those of closed accounts wait."""
        keys = self._session.scalars(sa.select(Subscription.id).order_by(Subscription.id)).all()
        sent = 0
        for key in keys:
            try:
                sent += self._one(key)
            except TryAgain as later:
                if not later.alone:
                    break
        self._session.rollback()
        return sent

    def _one(self, key: str) -> int:
        mine = self._session.get(Subscription, key, populate_existing=True)
        account = self._session.get(Account, mine.account_id) if mine else None
        if mine is None or account is None or not account.active:
            return 0
        period = period_of(mine.rhythm, self._day)
        if mine.period == period or not may_open(account, "themes.overview"):
            return 0
        tongue = account.locale if account.locale in STAFF else SOURCE
        exchange = gather_exchange(self._session, self._settings, tongue)
        chosen = exchange.chosen(mine.themes, mine.regions)
        fresh = news(chosen, mine.told)
        before = {"period": mine.period, "told": mine.told}
        letter = self._letter(mine.id, account, tongue, period, exchange, fresh) if fresh else None
        claimed = {"period": period, "told": sorted(one.key for one in chosen)}
        if not self._claim(key, mine.period, claimed) or letter is None:
            return 0
        return self._send(key, letter, period, before)

    def _claim(self, key: str, before: str, claimed: Mapping[str, object]) -> bool:
        """Take this period for us, unless somebody else did; on disk when this returns."""
        free = sa.update(Subscription).where(Subscription.id == key, Subscription.period == before)
        taken = self._session.execute(free.values(**claimed).returning(Subscription.id)).all()
        self._session.commit()
        return bool(taken)

    def _send(self, key: str, letter: Letter, period: str, before: Mapping[str, object]) -> int:
        try:
            outcome = self._channel.send(letter).disposition
        except TryAgain:
            held = sa.update(Subscription).where(Subscription.id == key, Subscription.period == period)
            self._session.execute(held.values(**before))
            self._session.commit()
            raise
        except Exception:
            log.exception("a digest failed in an unforeseen way: it is not sent again")
            outcome = "unknown"
        done = sa.update(Subscription).where(Subscription.id == key)
        self._session.execute(done.values(sent_on=self._day, outcome=outcome))
        self._session.commit()
        return 1

    def _letter(
        self,
        key: str,
        account: Account,
        tongue: str,
        period: str,
        exchange: Exchange,
        fresh: Sequence[Entry],
    ) -> Letter:
        base = self._settings.base_url
        stop_url = f"{base}/staff/digest/{account.id}/{stop_mark(self._settings, account.id)}"

        def say() -> Said:
            return _("Nieuw uit de regio’s"), {
                "lines": digest_lines(self._settings, exchange, fresh, tongue),
                "kinds": kind_names(),
                "stop_url": stop_url,
                "page": f"{base}/staff/themes",
            }

        stamp = hmac.digest(
            derive(self._settings.secret_key, "digest-key"), f"{key}:{period}".encode("ascii"), "sha256"
        )
        return letter_to_colleague(
            self._settings,
            stamp.hex()[:32],
            to=account.email,
            locale=tongue,
            template="exchange/digest_mail",
            say=say,
            stop_url=stop_url,
        )


def kind_names() -> dict[str, str]:
    """What the parts of a digest are called, in the language of the moment and the order of the letter."""
    return {
        "practice": _("Goede praktijken"),
        "signal": _("Signalen"),
        "pattern": _("Patronen"),
        "wishes": _("Gerichte vragen"),
    }


def digest_lines(settings: Settings, exchange: Exchange, entries: Sequence[Entry], tongue: str) -> list[Line]:
    """Each entry in one line, in the language of the moment."""
    regions, themes = region_names(settings.surveys_dir), theme_names(settings, tongue)
    made = []
    for one in entries:
        region = regions.get(one.region, one.region) if one.region in regions else _("Heel Vlaanderen")
        where = " · ".join((region, *(themes.get(theme, theme) for theme in one.themes)))
        theme_url = f"{settings.base_url}/staff/themes/{one.themes[0] if one.themes else ''}".rstrip("/")
        made.append(_line(one.about, where, theme_url, settings, exchange))
    return made


def _line(
    about: Found | Signal | Practice | Wishes,
    where: str,
    theme_url: str,
    settings: Settings,
    exchange: Exchange,
) -> Line:
    if isinstance(about, Practice):
        return Line("practice", about.title, where, f"{settings.base_url}/staff/practices/{about.id}", True)
    if isinstance(about, Signal):
        state = _("nu: %(state)s", state=STATE_NAMES[about.state])
        return Line("signal", f"{about.code}: {about.title}", f"{where} · {state}", theme_url, True)
    if isinstance(about, Wishes):
        text = _("Nieuwe antwoorden op “%(question)s” (%(wave)s)", question=about.question, wave=about.wave)
        return Line("wishes", text, where, f"{settings.base_url}/staff/themes/wishes", False)
    assert exchange.names is not None
    said = pattern_wording.sentence(about.proposal, exchange.names)
    verdict = pattern_wording.VERDICT_NAMES[about.proposal.verdict]
    return Line("pattern", said, f"{where} · {verdict}", theme_url, False)
