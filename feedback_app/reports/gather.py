"""Gathering a report's content: published figures, released quotes, and what staff wrote.

Reads `published_*` and what `analysis.publish` lets out of coded remarks, never a count; the result is plain
frozen data (`reports.content`).
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import version as package_version

from sqlalchemy.orm import Session

from feedback_app.analysis.earlier import courses
from feedback_app.analysis.policy import Policy as Rules
from feedback_app.analysis.publish import load_policy
from feedback_app.analysis.published import policy_version, read_participation, read_statistics
from feedback_app.analysis.statistic import FLANDERS, State, Statistic
from feedback_app.analysis.then_and_now import CROSS, SHIFT, pairs_of
from feedback_app.analysis.trend_chart import half_years
from feedback_app.database import today
from feedback_app.invitations.models import AUDIENCES, OPEN_MODES, Wave
from feedback_app.invitations.regional import edition
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.versions import Version, VersionUnknown, load_texts, load_version
from feedback_app.rendering.theme import house_style
from feedback_app.reports import voices
from feedback_app.reports.content import (
    AskedQuestion,
    AskedQuestionnaire,
    Disposition,
    ItemReport,
    Option,
    Pair,
    Policy,
    Rate,
    ReportContent,
    Step,
)
from feedback_app.reports.labels import Labels
from feedback_app.settings import Settings
from feedback_app.web.marking import example_state

#: cuts of which a report shows groups beside Flanders
_GROUP_CUTS = ("agency", "offer_type", "language_group")
_RATE_CUTS = ("agency", "language_group", "mode")


def gather(
    session: Session, settings: Settings, wave: Wave, *, region_key: str | None, locale: str, draft: bool
) -> ReportContent:
    """Everything the report of a closed wave says, for Flanders or for one region."""
    labels, style = Labels(settings, locale), house_style(settings.theme_dir, locale)
    policy = load_policy(settings)
    versions = {key: load_version(session, wave.fingerprint(key)) for key in wave.surveys}
    states = voices.RAISED if draft else voices.VALIDATED
    signals, quotes = voices.told(session, wave, region_key, labels, states)
    return ReportContent(
        wave=wave.key,
        period=labels.period(wave.key),
        starts_on=wave.starts_on.isoformat(),
        ends_on=wave.ends_on.isoformat(),
        closed_on=wave.closed_on.isoformat() if wave.closed_on else "",
        compiled_on=today().isoformat(),
        language=locale,
        publisher=style.publisher or settings.responsible,
        software_version=package_version("feedback-app"),
        policy=_policy_in_force(session, wave.key, policy, labels),
        level=region_key or FLANDERS,
        level_label=labels.regions[region_key] if region_key else labels.translations.gettext("Vlaanderen"),
        example=settings.example or example_state(session) != "",
        draft=draft,
        groups=labels.groups(),
        themes=labels.themes(),
        rates=_rates(session, wave.key, region_key),
        dispositions=_dispositions(session, wave.key),
        items=_every_item(session, wave, versions.values(), labels, region_key),
        own=_own_items(session, wave, labels, region_key),
        pairs=_pairs(versions["newcomer"]),
        remark_themes=voices.remark_themes(session, wave, region_key, policy),
        quotes=quotes,
        signals=signals,
        presignals=voices.presignals(session, wave.key, region_key, labels, settings),
        practices=voices.practices(session, wave.key, region_key, labels),
        follow_ups=voices.follow_ups(session, wave.key, region_key, states),
        questionnaires=_questionnaires(session, wave, region_key, labels),
        style=style,
    )


def _policy_in_force(session: Session, wave_key: str, policy: Rules, labels: Labels) -> Policy:
    """The policy these figures were published under; its values only when it is still the one on file."""
    published = policy_version(session, wave_key)
    return Policy(published, labels.policy_rules(policy) if published == policy.version else ())


def _every_item(
    session: Session, wave: Wave, versions: Iterable[Version], labels: Labels, region_key: str | None
) -> tuple[ItemReport, ...]:
    return tuple(one for side in versions for one in _items(session, wave, side, labels, region_key))


def _items(
    session: Session, wave: Wave, version: Version, labels: Labels, region_key: str | None
) -> list[ItemReport]:
    """What was said to each question; of one region, no other region or group beside Flanders."""
    survey = version.survey
    found = {
        cut: read_statistics(session, wave.key, survey.key, cut=cut)
        for cut in ("flanders", "region", *_GROUP_CUTS)
    }
    order = {(group.cut, group.key): number for number, group in enumerate(labels.groups())}

    def own(key: str) -> tuple[Statistic, ...]:
        return tuple(one for one in of(key, "region") if region_key in (None, one.member))

    def of(key: str, *cuts: str) -> tuple[Statistic, ...]:
        statistics = [one for cut in cuts for one in found[cut] if one.item == key]
        return tuple(sorted(statistics, key=lambda one: order.get((one.cut, one.member), 0)))

    texts, steps = (
        _texts(session, version, labels.locale),
        _courses(session, wave, survey.key, labels, region_key),
    )
    grouped = survey.key in AUDIENCES and region_key is None
    items = [
        _item(
            survey,
            item,
            texts,
            of(item.key, "flanders")[0],
            regions=own(item.key),
            groups=of(item.key, *_GROUP_CUTS) if grouped else (),
            course=steps.get(item.key, ()),
        )
        for item in survey.core
    ]
    moved = _moved(version)
    return items + [_paired(version, texts, labels, one, of(one, "flanders")[0], own(one)) for one in moved]


def _courses(
    session: Session, wave: Wave, audience: str, labels: Labels, region_key: str | None
) -> dict[str, tuple[Step, ...]]:
    """Question → what earlier waves published: of the region with Flanders behind it, or of Flanders."""
    whole = courses(session, wave, audience, cut="flanders", member=FLANDERS)
    if region_key is None:
        own, frames = whole, {}
    else:
        own, frames = courses(session, wave, audience, cut="region", member=region_key), whole
    return {
        key: tuple(
            Step(
                one.wave_key,
                half_years(one.wave_key),
                labels.moment(one.wave_key),
                one.statistic,
                frames[key][number].statistic if frames else None,
                one.broken,
            )
            for number, one in enumerate(steps)
        )
        for key, steps in own.items()
    }


def _moved(version: Version) -> list[str]:
    return [key for pair in pairs_of(version.survey) for key in (pair.shift, pair.cross)]


def _paired(
    version: Version,
    texts: Mapping[str, str],
    labels: Labels,
    key: str,
    flanders: Statistic,
    regions: tuple[Statistic, ...],
) -> ItemReport:
    """What the same people say of then and now, as a question of its own."""
    survey = version.survey
    pair = next(one for one in pairs_of(survey) if key in one.keys)
    asked = (texts[f"{survey.key}.{item.key}"] for item in (pair.then, pair.now))
    return ItemReport(
        audience=survey.key,
        key=key,
        kind="paired",
        question=labels.then_and_now(*asked),
        options=tuple(Option(name, labels.move(name)) for name in (SHIFT if key == pair.shift else CROSS)),
        positive=(),
        flanders=flanders,
        themes=pair.now.themes,
        regions=regions,
    )


def _item(
    survey: Survey,
    item: Item,
    texts: Mapping[str, str],
    flanders: Statistic,
    *,
    regions: tuple[Statistic, ...],
    groups: tuple[Statistic, ...] = (),
    course: tuple[Step, ...] = (),
    lang: str = "",
) -> ItemReport:
    """One question in its words, with its figures."""
    return ItemReport(
        audience=survey.key,
        key=item.key,
        kind=str(item.type),
        question=texts[f"{survey.key}.{item.key}"],
        options=tuple(
            Option(option.key, texts[f"{survey.key}.{item.key}.{option.key}"], option.value)
            for option in item.options
            if not option.is_code
        ),
        positive=item.positive,
        flanders=flanders,
        themes=item.themes,
        regions=regions,
        groups=groups,
        course=course,
        lang=lang,
    )


def _own_items(
    session: Session, wave: Wave, labels: Labels, region_key: str | None
) -> tuple[ItemReport, ...]:
    """What only this region asked, and what was said there; nothing for Flanders."""
    reports = []
    for audience in AUDIENCES:
        version = edition(session, wave, audience, region_key)
        if not version.survey.regional:
            continue
        texts, spoken = _texts(session, version, labels.locale), _spoken(version, labels.locale)
        found = read_statistics(session, wave.key, audience, cut="region", member=region_key)
        for item in version.survey.regional:
            nothing = Statistic(audience, item.key, "flanders", FLANDERS, State.WITHHELD)
            own = tuple(one for one in found if one.item == item.key)
            reports.append(_item(version.survey, item, texts, nothing, regions=own, lang=spoken))
    return tuple(reports)


def _questionnaires(
    session: Session, wave: Wave, region_key: str | None, labels: Labels
) -> tuple[AskedQuestionnaire, ...]:
    """What was asked: everywhere, or in one region with its own questions."""
    return tuple(
        _asked(
            session,
            load_version(session, wave.fingerprint(audience)),
            edition(session, wave, audience, region_key),
            labels,
        )
        for audience in wave.surveys
    )


def _rates(session: Session, wave_key: str, region_key: str | None) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            one.audience,
            one.cut,
            one.member,
            _count(one.invited),
            _count(one.answered),
            one.rr1,
            one.rr2,
        )
        for audience in AUDIENCES
        for cut in ("flanders", "region", *(_RATE_CUTS if region_key is None else ()))
        for one in read_participation(session, wave_key, audience, cut=cut)
        if (cut != "mode" or one.member in OPEN_MODES)
        and (cut != "region" or region_key in (None, one.member))
    )


def _dispositions(session: Session, wave_key: str) -> tuple[Disposition, ...]:
    return tuple(
        Disposition(audience, code, count)
        for audience in AUDIENCES
        for one in read_participation(session, wave_key, audience, cut="flanders")
        for code, count in one.outcomes
    )


def _count(printed: str) -> int | str | None:
    return int(printed) if printed.isdecimal() else printed or None


def _pairs(newcomer: Version) -> tuple[Pair, ...]:
    return tuple(Pair(item.key, item.pair) for item in newcomer.survey.items if item.pair)


def _asked(session: Session, version: Version, asked: Version, labels: Labels) -> AskedQuestionnaire:
    """What was asked: of everybody (`version`), or in one region, with its own questions (`asked`)."""
    survey = asked.survey
    texts = {**_texts(session, asked, labels.locale), **_texts(session, version, labels.locale)}

    def text(*names: str) -> str:
        return texts.get(".".join((survey.key, *names)), "")

    questions = [
        AskedQuestion(
            key=item.key,
            lang=_spoken(asked, labels.locale) if item.region else "",
            text=text(item.key),
            options=tuple(text(item.key, option.key) for option in item.options),
            hint=text(item.key, "hint"),
            condition=""
            if item.shown_if is None
            else labels.condition(
                text(item.shown_if.item), [text(item.shown_if.item, key) for key in item.shown_if.any_of]
            ),
        )
        for item in survey.items
    ]
    return AskedQuestionnaire(
        audience=survey.key,
        title=text("title"),
        fingerprint=asked.fingerprint,
        intro=" ".join(text("intro", str(number)) for number, _ in enumerate(survey.intro, 1)),
        questions=tuple(questions),
        languages=version.languages,
    )


def _spoken(version: Version, locale: str) -> str:
    """The language of a version's words in a report of this language: "" for the report's own, else Dutch."""
    return "" if locale == SOURCE or locale in version.languages else SOURCE


def _texts(session: Session, version: Version, locale: str) -> dict[str, str]:
    """The questions as they were asked in this language; as they were asked in Dutch where it was not."""
    try:
        return dict(load_texts(session, version.fingerprint, locale))
    except VersionUnknown:
        return dict(version.dutch)
