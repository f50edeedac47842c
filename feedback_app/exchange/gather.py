"""What there is about a theme, over all regions: published patterns, raised signals, released practices.

Only what may be read by every region stands here: figures as the policy let them out, signals that a second
person validated, practices that a second person released. In geographical order, never by a figure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.models import PatternRun
from feedback_app.analysis.pattern_wording import Names
from feedback_app.analysis.statistic import FLANDERS
from feedback_app.exchange.models import Practice
from feedback_app.exchange.practices import released
from feedback_app.exchange.wishes import Wishes, newcomers_wishes
from feedback_app.exchange.words import in_order, theme_names
from feedback_app.invitations.models import Wave
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.signals import proposals
from feedback_app.signals.models import STATES, Signal
from feedback_app.signals.proposals import Found

#: from here on a second person has read it; before, it is work in progress of one region
PUBLIC = STATES[STATES.index("gevalideerd") : STATES.index("afgesloten") + 1]
EARLY = STATES[: STATES.index("gevalideerd")]


@dataclass(frozen=True)
class Entry:
    """One thing that may be news: `key` names it as it stands now, so that a change makes it news again.

    region: "vlaanderen" where it is about more than one; about: the pattern, signal, practice or wishes.
    """

    key: str
    themes: tuple[str, ...]
    region: str
    about: Found | Signal | Practice | Wishes


@dataclass(frozen=True)
class Exchange:
    """All that may be read by every region now; `early` counts signals per theme that are in the making."""

    patterns: tuple[Entry, ...]
    signals: tuple[Entry, ...]
    practices: tuple[Entry, ...]
    wishes: tuple[Entry, ...]
    early: dict[str, int]
    wave: str
    names: Names | None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything, kind after kind."""
        return (*self.patterns, *self.signals, *self.practices, *self.wishes)

    def about(self, theme: str) -> "Exchange":
        """The part about one theme."""
        return replace(
            self,
            patterns=tuple(one for one in self.patterns if theme in one.themes),
            signals=tuple(one for one in self.signals if theme in one.themes),
            practices=tuple(one for one in self.practices if theme in one.themes),
            wishes=tuple(one for one in self.wishes if theme in one.themes),
        )

    def chosen(self, themes: Collection[str], regions: Collection[str]) -> list[Entry]:
        """What somebody follows; an empty choice means all."""
        return [
            one
            for one in self.entries
            if (not themes or set(themes) & set(one.themes)) and (not regions or one.region in regions)
        ]


def gather_exchange(session: Session, settings: Settings, language: str) -> Exchange:
    """What every region may read now."""
    wave = _newest(session)
    return Exchange(
        patterns=_patterns(session, settings, wave),
        signals=_signals(session, settings),
        practices=tuple(
            Entry(f"practice:{one.id}:{one.revision}", (one.theme_key,), one.region_key or FLANDERS, one)
            for one in released(session)
        ),
        wishes=_wishes(newcomers_wishes(session, settings, language)),
        early=_early(session),
        wave=wave.key if wave else "",
        names=_names(session, settings, wave, language) if wave else None,
    )


def _newest(session: Session) -> Wave | None:
    """The newest closed wave that was searched for patterns."""
    query = sa.select(Wave).join(PatternRun, PatternRun.wave_key == Wave.key).where(Wave.state == "closed")
    return session.scalar(query.order_by(Wave.starts_on.desc()).limit(1))


def _names(session: Session, settings: Settings, wave: Wave, language: str) -> Names:
    return proposals.names(session, wave, region_names(settings.surveys_dir), theme_names(settings, language))


def _patterns(session: Session, settings: Settings, wave: Wave | None) -> tuple[Entry, ...]:
    """What was proposed of a wave, of every region; each question once."""
    if wave is None:
        return ()
    found = proposals.proposed(proposals.found_in(session, wave.key))
    order = in_order({one.proposal.member for one in found}, settings)
    found.sort(key=lambda one: (one.proposal.audience, one.proposal.item, order[one.proposal.member]))
    return tuple(
        Entry(
            f"pattern:{one.wave_key}:{':'.join(one.proposal.key)}:{one.proposal.verdict}",
            one.proposal.themes,
            one.proposal.member or FLANDERS,
            one,
        )
        for one in found
    )


def _signals(session: Session, settings: Settings) -> tuple[Entry, ...]:
    query = sa.select(Signal).where(Signal.state.in_(PUBLIC))
    found = session.scalars(query.order_by(Signal.wave_key.desc(), Signal.code)).all()
    return tuple(
        Entry(f"signal:{one.id}:{one.state}", (one.theme_key,), one.region_key or FLANDERS, one)
        for one in found
    )


def _wishes(found: Wishes) -> tuple[Entry, ...]:
    """One for Flanders and each region whose figures may be shown; new with each wave that publishes them."""
    groups = (*((found.flanders,) if found.flanders else ()), *found.regions)
    return tuple(Entry(f"wishes:{found.wave}:{one.key}", found.themes, one.key, found) for one in groups)


def _early(session: Session) -> dict[str, int]:
    query = sa.select(Signal.theme_key, sa.func.count()).where(Signal.state.in_(EARLY))
    return dict(session.execute(query.group_by(Signal.theme_key)).all())


def news(entries: Sequence[Entry], told: Collection[str]) -> list[Entry]:
    """The entries that somebody was not told of."""
    known = set(told)
    return [one for one in entries if one.key not in known]
