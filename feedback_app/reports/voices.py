"""What people wrote, as a report may print it: quotes, signals, practices, answers of addressees."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.disclosure import Policy
from feedback_app.analysis.proposal import from_stored
from feedback_app.analysis.publish import published_themes
from feedback_app.exchange.practices import released
from feedback_app.invitations.models import Wave
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.loading import load_survey
from feedback_app.remarks.quotes import SHARED_BY, respondents_in
from feedback_app.reports import content
from feedback_app.reports.labels import Labels
from feedback_app.responses.models import Remark, RemarkTheme
from feedback_app.settings import Settings
from feedback_app.signals.models import Signal, SignalEvidence

#: from here on people decided to raise it; before, it is a pre-signal
RAISED = ("signaal", "gevalideerd", "overgemaakt", "beantwoord", "teruggekoppeld", "afgesloten")
#: from here on a second person validated it: what a final edition may say
VALIDATED = RAISED[1:]
EARLY = ("pre_signaal", "getoetst")

#: a report is read when it is short (the field's own rule)
MOST_SIGNALS, MOST_QUOTES, QUOTES_EACH = 7, 12, 3


def remark_themes(
    session: Session, wave: Wave, region_key: str | None, policy: Policy
) -> tuple[content.RemarkTheme, ...]:
    """How many coded remarks touch each theme, as it may be printed; themes with too few are left out."""
    return tuple(
        content.RemarkTheme(audience, theme, int(text) if text.isdecimal() else text)
        for audience in wave.surveys
        for theme, text in published_themes(session, wave.key, audience, region_key, policy).items()
    )


@dataclass(frozen=True)
class Heard:
    """A released quote, and where it was said (only to choose by: it is not printed from here)."""

    quote: content.Quote
    region: str


def quotes(session: Session, wave: Wave, region_key: str | None, labels: Labels) -> tuple[Heard, ...]:
    """Quotes that a second person released: the edited Dutch, with what the quote may tell beside the side.

    A region's edition tells the region of each, so that those of a side are quoted there only where enough
    people of it answered. What was written in another language stands beside the Dutch in Flanders' only.
    """
    found = session.scalars(
        sa.select(Remark)
        .where(
            Remark.wave_key == wave.key,
            Remark.quote_state == "released",
            *_in_region(Remark, region_key),
            Remark.survey_key.in_(_quotable(session, wave, region_key)),
        )
        .order_by(Remark.id)
    ).all()
    themes = _themes_of_quotes(session, wave.key)
    _ = labels.translations.gettext
    said_by = {
        "newcomer": _("Nieuwkomer"),
        "partner": _("Aanbodpartner"),
        "impact": _("Nieuwkomer, enkele maanden later"),
    }
    return tuple(
        Heard(
            content.Quote(
                one.quote,
                SOURCE,
                _said_by(one, said_by[one.survey_key], region_key, labels),
                one.survey_key,
                tuple(themes[one.id]),
                *_original(one, region_key),
            ),
            one.region_key,
        )
        for one in found
    )


def _themes_of_quotes(session: Session, wave_key: str) -> defaultdict[str, list[str]]:
    """Remark → its themes, of those that are quoted."""
    themes: defaultdict[str, list[str]] = defaultdict(list)
    named = sa.select(RemarkTheme).join(Remark, Remark.id == RemarkTheme.remark_id)
    named = named.where(Remark.wave_key == wave_key, Remark.quote_state == "released")
    for row in session.scalars(named.order_by(RemarkTheme.theme_key)):
        themes[row.remark_id].append(row.theme_key)
    return themes


def shared_out(
    raised: tuple[content.Signal, ...], heard: tuple[Heard, ...]
) -> tuple[tuple[content.Signal, ...], tuple[content.Quote, ...]]:
    """Give each signal up to three quotes about its theme (of its region, where it has one), and the rest.

    Nothing is quoted twice.
    """
    left, told = list(heard), []
    for signal in raised:
        about = [
            one for one in left if signal.theme in one.quote.themes and signal.region in ("", one.region)
        ][:QUOTES_EACH]
        left = [one for one in left if one not in about]
        told.append(replace(signal, quotes=tuple(one.quote for one in about)))
    return tuple(told), tuple(one.quote for one in left[:MOST_QUOTES])


def _quotable(session: Session, wave: Wave, region_key: str | None) -> list[str]:
    """The sides that enough people in the region answered for; all of them in Flanders."""
    return [
        side
        for side in wave.surveys
        if region_key is None or respondents_in(session, wave.key, side, region_key) >= SHARED_BY
    ]


def _said_by(one: Remark, side: str, region_key: str | None, labels: Labels) -> str:
    if one.quote_shows != "region" or region_key:
        return side
    return f"{side}, {labels.regions.get(one.region_key, '')}".rstrip(", ")


def _original(one: Remark, region_key: str | None) -> tuple[str, str]:
    """What was written and in which language; nothing in a region's edition, nor of Dutch."""
    language = one.language or one.locale
    if one.quote_shows != "original" or region_key or language == SOURCE:
        return "", ""
    return one.quote_original, language


def signals(
    session: Session, wave: Wave, region_key: str | None, labels: Labels, states: tuple[str, ...] = RAISED
) -> tuple[content.Signal, ...]:
    """The fiches of this wave in these states, in the order of their codes."""
    found = _signals(Signal.wave_key == wave.key, region_key, states).limit(MOST_SIGNALS)
    raised = session.scalars(found.where(Signal.is_practice.is_(False)).order_by(Signal.code)).all()
    earlier = [one.earlier_id for one in raised if one.earlier_id]
    codes = dict(session.execute(sa.select(Signal.id, Signal.code).where(Signal.id.in_(earlier))).all())
    behind = _behind(session, wave.key, [one.id for one in raised])
    return tuple(
        replace(_fiche(one, codes.get(one.earlier_id or "") or "", labels), items=tuple(behind[one.id]))
        for one in raised
    )


def _behind(session: Session, wave_key: str, signal_ids: list[str]) -> defaultdict[str, list[str]]:
    """Signal → the questions of the patterns it rests on, as "audience.key", each once."""
    query = sa.select(SignalEvidence).where(
        SignalEvidence.signal_id.in_(signal_ids), SignalEvidence.wave_key == wave_key
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in session.scalars(query.order_by(SignalEvidence.id)):
        one = from_stored(row.proposal)
        names = [] if one.family is Family.THEME else [f"{one.audience}.{one.item}"]
        if one.family is Family.GAP:
            names.append(f"partner.{one.method}")
        if one.family is Family.CHANGE:
            names.append(f"{one.audience}.{one.method}")
        found[row.signal_id] += [name for name in names if name not in found[row.signal_id]]
    return found


def told(
    session: Session, wave: Wave, region_key: str | None, labels: Labels, states: tuple[str, ...]
) -> tuple[tuple[content.Signal, ...], tuple[content.Quote, ...]]:
    """The fiches with their quotes, and the quotes that none of them took."""
    raised = signals(session, wave, region_key, labels, states)
    return shared_out(raised, quotes(session, wave, region_key, labels))


def presignals(
    session: Session, wave_key: str, region_key: str | None, labels: Labels, settings: Settings
) -> tuple[content.Presignals, ...]:
    """How many pre-signals colleagues wrote per theme, and who they think can solve it."""
    survey = load_survey(settings.surveys_dir, "staff")
    names = {
        option.key: labels.text(f"staff.solver.{option.key}", option.text)
        for option in survey.item("solver").options
    }
    found = session.scalars(_signals(Signal.wave_key == wave_key, region_key, EARLY)).all()
    counts = Counter(one.theme_key for one in found)
    solvers: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for one in found:
        if one.solver in names:
            solvers[one.theme_key][names[one.solver]] = None
    return tuple(
        content.Presignals(theme, count, tuple(solvers[theme])) for theme, count in sorted(counts.items())
    )


def practices(
    session: Session, wave_key: str, region_key: str | None, labels: Labels
) -> tuple[content.Practice, ...]:
    """Practices meant for this wave's report that a second person released; their contact stays out."""
    return tuple(
        content.Practice(
            title=one.title,
            text=one.what,
            where=labels.regions.get(one.region_key or "", ""),
            themes=(one.theme_key,),
            place=one.place,
            why=one.why,
        )
        for one in released(session, wave=wave_key, region=region_key or "")
    )


def follow_ups(
    session: Session, wave_key: str, region_key: str | None, states: tuple[str, ...] = RAISED
) -> tuple[content.FollowUp, ...]:
    """What became of signals of earlier waves, of those in these states."""
    found = _signals(Signal.wave_key < wave_key, region_key, states)
    return tuple(
        content.FollowUp(
            code=one.code or "",
            title=one.title,
            state=one.state,
            addressee=one.addressee,
            answer=one.whole_answer,
            answered_on=one.answered_on.isoformat() if one.answered_on else "",
        )
        for one in session.scalars(found.where(Signal.is_practice.is_(False)).order_by(Signal.code))
    )


def _signals(
    which: sa.ColumnElement[bool], region_key: str | None, states: tuple[str, ...]
) -> sa.Select[Signal]:
    return sa.select(Signal).where(which, Signal.state.in_(states), *_in_region(Signal, region_key))


def _in_region(
    model: type[Remark] | type[Signal], region_key: str | None
) -> tuple[sa.ColumnElement[bool], ...]:
    return (model.region_key == region_key,) if region_key else ()


def _fiche(one: Signal, earlier: str, labels: Labels) -> content.Signal:
    return content.Signal(
        code=one.code or "",
        title=one.title,
        theme=one.theme_key,
        finding=one.finding,
        ask=one.ask,
        addressee=one.addressee,
        state=one.state,
        reading=one.reading,
        reading_by=one.reading_by,
        where=": ".join(filter(None, (labels.regions.get(one.region_key or "", ""), one.concerns))),
        region=one.region_key or "",
        causes=one.causes,
        consequence=one.consequence,
        own_action=one.own_action,
        evidence=one.evidence,
        earlier=earlier,
    )
