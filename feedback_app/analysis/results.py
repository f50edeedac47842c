"""A closed wave's results as tables: the words of its own questions, the figures that were published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.analysis.published import read_participation, read_statistics
from feedback_app.analysis.result_charts import result_chart
from feedback_app.analysis.statistic import FLANDERS, Band, Participation, State, Statistic
from feedback_app.analysis.then_and_now import CROSS, SHIFT, Pair, pairs_of
from feedback_app.invitations.models import AUDIENCES, Wave
from feedback_app.invitations.regional import edition
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.versions import VersionUnknown, load_texts, load_version
from feedback_app.web.locale import current_language

#: what moved, in words
MOVES = {
    "better": _l("Nu beter dan vroeger"),
    "same": _l("Nu hetzelfde als vroeger"),
    "worse": _l("Nu minder goed dan vroeger"),
    "neither": _l("Vroeger niet positief, nu ook niet"),
    "gained": _l("Vroeger niet positief, nu wel"),
    "lost": _l("Vroeger positief, nu niet meer"),
    "both": _l("Vroeger en nu positief"),
}


@dataclass(frozen=True)
class Row:
    """One line of a table: its name, and one text per column."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ItemTable:
    """The answers to one question; `notes` say what to be careful about."""

    question: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    drawings: tuple[tuple[str, Markup], ...] = ()  # a group's name, and its chart


@dataclass(frozen=True)
class AudienceResults:
    """Who answered, and the tables, of one side."""

    audience: str
    participation: tuple[Row, ...]
    columns: tuple[str, ...]
    tables: tuple[ItemTable, ...]
    own: tuple[ItemTable, ...] = ()  # of the region's own questions


def wave_results(session: Session, wave: Wave, region: str | None, region_name: str) -> list[AudienceResults]:
    """The published results of every questionnaire, for Flanders and (when given) one region beside it."""
    return [_audience(session, wave, audience, region, region_name) for audience in wave.surveys]


def _audience(
    session: Session, wave: Wave, audience: str, region: str | None, region_name: str
) -> AudienceResults:
    version = load_version(session, wave.fingerprint(audience))
    words = _words(session, version.fingerprint, version.dutch)
    groups = [("flanders", FLANDERS, _("Vlaanderen"))]
    if region is not None:
        groups.append(("region", region, region_name))
    found = [
        {one.item: one for one in read_statistics(session, wave.key, audience, cut=cut, member=member)}
        for cut, member, _name in groups
    ]
    taking_part = [
        next(
            (one for one in read_participation(session, wave.key, audience, cut=cut) if one.member == member),
            None,
        )
        for cut, member, _name in groups
    ]
    columns = tuple(str(name) for _cut, _member, name in groups)
    pairs = {pair.now.key: pair for pair in pairs_of(version.survey)}
    halves = {half.key for pair in pairs.values() for half in (pair.then, pair.now)}

    def say(key: str) -> str:
        return words[f"{audience}.{key}"]

    tables: list[ItemTable] = []
    for item in version.survey.core:
        answers = () if item.key in halves else item.substantive  # of halves only the positive end is printed
        tables.append(_table(item, answers, [one.get(item.key) for one in found], columns, say))
        if item.key in pairs:
            tables.append(_then_and_now(pairs[item.key], found, columns, say))
    own = _own_tables(session, wave, audience, region, columns[-1], found[-1])
    participation = _participation(taking_part, audience in AUDIENCES)
    return AudienceResults(audience, participation, columns, tuple(tables), own)


def _own_tables(
    session: Session,
    wave: Wave,
    audience: str,
    region: str | None,
    column: str,
    statistics: Mapping[str, Statistic],
) -> tuple[ItemTable, ...]:
    """What only this region asked, with no other group beside it."""
    version = edition(session, wave, audience, region)
    words = _words(session, version.fingerprint, version.dutch)

    def say(key: str) -> str:
        return words[f"{audience}.{key}"]

    return tuple(
        _table(item, item.substantive, [statistics.get(item.key)], (column,), say)
        for item in version.survey.regional
    )


def _words(session: Session, fingerprint: str, dutch: Mapping[str, str]) -> Mapping[str, str]:
    try:
        return {**dutch, **load_texts(session, fingerprint, current_language().key)}
    except VersionUnknown:
        return dutch


def _participation(groups: Sequence[Participation | None], invited: bool) -> tuple[Row, ...]:
    hidden = _("te weinig om te tonen")
    answered = Row(_("Antwoordde"), tuple((one and one.answered) or hidden for one in groups))
    if not invited:
        return (answered,)  # nobody knows how many were asked
    return (
        Row(_("Uitgenodigd"), tuple((one and one.invited) or hidden for one in groups)),
        answered,
        Row(_("Responsgraad (RR2)"), tuple(_percent(one.rr2 if one else None) for one in groups)),
    )


def _table(
    item: Item,
    answers: Sequence[str],
    groups: Sequence[Statistic | None],
    columns: tuple[str, ...],
    say: Callable[[str], str],
) -> ItemTable:
    rows = [Row(say(f"{item.key}.{value}"), tuple(_share(one, value) for one in groups)) for value in answers]
    if item.positive:
        rows.append(Row(_("Positief antwoord"), tuple(_positive(one) for one in groups)))
    rows.append(Row(_("Aantal antwoorden (n)"), tuple((one.base if one else "") or "–" for one in groups)))
    drawn = [
        (name, result_chart(item, one, say, _percent)) for name, one in zip(columns, groups, strict=True)
    ]
    drawings = tuple((name, drawing) for name, drawing in reversed(drawn) if answers and drawing)
    return ItemTable(say(item.key), columns, tuple(rows), tuple(_notes(groups, columns)), drawings)


def _then_and_now(
    pair: Pair,
    found: Sequence[Mapping[str, Statistic]],
    columns: tuple[str, ...],
    say: Callable[[str], str],
) -> ItemTable:
    """How the same people answered both questions, and who moved."""
    moved, crossed = ([one.get(key) for one in found] for key in (pair.shift, pair.cross))
    rows = [Row(str(MOVES[key]), tuple(_share(one, key) for one in moved)) for key in SHIFT]
    rows += [Row(str(MOVES[key]), tuple(_share(one, key) for one in crossed)) for key in CROSS]
    bases = [
        (one.base if one else "") or (other.base if other else "") or "–"
        for one, other in zip(moved, crossed, strict=True)
    ]
    rows.append(Row(_("Aantal antwoorden (n)"), tuple(bases)))
    title = _(
        "Vroeger en nu samen: “%(before)s” en “%(now)s”", before=say(pair.then.key), now=say(pair.now.key)
    )
    notes = [
        _("Alleen wie op beide vragen antwoordde. Mensen kijken zelf terug: dit is geen meting van toen."),
        *(note for note in _notes(moved, columns) if not any(one and one.base for one in crossed)),
    ]
    return ItemTable(str(title), columns, tuple(rows), tuple(map(str, notes)))


def _notes(groups: Sequence[Statistic | None], columns: Sequence[str]) -> list[str]:
    notes = []
    for one, name in zip(groups, columns, strict=True):
        if one is None or one.state is State.WITHHELD:
            notes.append(_("%(group)s: te weinig antwoorden om te tonen.", group=name))
        elif one.state is State.INDICATIVE:
            notes.append(_("%(group)s: weinig antwoorden, dus met voorzichtigheid te lezen.", group=name))
    return notes


def _share(one: Statistic | None, value: str) -> str:
    shares = {share.value: share.percent for share in one.shares} if one else {}
    return _percent(shares.get(value))


def _positive(one: Statistic | None) -> str:
    if one is None:
        return "–"
    if one.band is not None:
        return str(_("meer dan 80 %") if one.band is Band.ABOVE else _("minder dan 20 %"))
    if one.low is None or one.high is None:
        return _percent(one.positive)
    return f"{one.positive} % ({one.low}–{one.high} %)"


def _percent(value: int | None) -> str:
    return "–" if value is None else f"{value} %"
