""" "Gerichte vragen": what newcomers want to do next, by region and by kind of activity.

Reads what was published, wherever the question `next` was asked, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback_app.analysis.published import published_item, read_statistics
from feedback_app.analysis.statistic import FLANDERS, State, Statistic
from feedback_app.exchange.words import say
from feedback_app.questionnaires.catalogues import offer_type_context
from feedback_app.questionnaires.definition import Item, Option
from feedback_app.questionnaires.loading import SurveysRefused, load_codes, load_survey
from feedback_app.regions import region_names
from feedback_app.settings import Settings

#: the question's key in every questionnaire that asks it, and where it is asked first of all
ITEM, SURVEY = "next", "impact"

#: why there is nothing to show
NOT_ASKED, NOT_PUBLISHED, TOO_FEW, OTHER_THEME = "not_asked", "not_published", "too_few", "other_theme"


@dataclass(frozen=True)
class Group:
    """One line of a table: who, how many answered (printable), and a share for each option ("" withheld)."""

    key: str
    label: str
    base: str
    shares: tuple[str, ...]
    indicative: bool


@dataclass(frozen=True)
class Wishes:
    """What may be shown; with `reason` nothing may, and it says why. `hidden` names groups with too few."""

    reason: str = ""
    question: str = ""
    wave: str = ""
    options: tuple[str, ...] = ()
    flanders: Group | None = None
    regions: tuple[Group, ...] = ()
    types: tuple[Group, ...] = ()
    hidden: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether there is a figure to show."""
        return not self.reason


def newcomers_wishes(session: Session, settings: Settings, language: str, theme: str = "") -> Wishes:
    """The newest published answers to what newcomers want next; with a theme, only the answers about it."""
    where = published_item(session, ITEM, prefer=SURVEY)
    wave, survey = where or ("", SURVEY)
    item = _item(settings, survey)
    if item is None:
        return Wishes(NOT_ASKED)
    told = say(settings, language)
    question = told(f"{survey}.{ITEM}", item.text)
    options = {one.key: told(f"{survey}.{ITEM}.{one.key}", one.text) for one in _about(item, theme)}
    if not options:
        return Wishes(OTHER_THEME, question)
    if where is None:
        return Wishes(NOT_PUBLISHED, question)
    found = _Figures(session, wave, survey, tuple(options))
    flanders, _few = found.groups("flanders", {FLANDERS: ""})
    regions, few_regions = found.groups("region", region_names(settings.surveys_dir))
    types, few_types = found.groups("offer_type", _types(settings, language))
    if not (flanders or regions or types):
        return Wishes(TOO_FEW, question, wave)
    return Wishes(
        "",
        question,
        wave,
        tuple(options.values()),
        flanders[0] if flanders else None,
        tuple(regions),
        tuple(types),
        (*few_regions, *few_types),
        tuple(dict.fromkeys((*item.themes, *(key for one in item.options for key in one.themes or ())))),
    )


class _Figures:
    """The published figures of the question in one wave."""

    def __init__(self, session: Session, wave: str, survey: str, options: tuple[str, ...]) -> None:
        self._session, self._where, self._options = session, (wave, survey), options

    def groups(self, cut: str, labels: Mapping[str, str]) -> tuple[list[Group], list[str]]:
        """The groups of a cut that may be shown, and the names of those that may not, both in their order."""
        found = {
            one.member: one
            for one in read_statistics(self._session, *self._where, cut=cut)
            if one.item == ITEM
        }
        shown, hidden = [], []
        for key, label in labels.items():
            one = found.get(key)
            shares = self._shares(one) if one else ()
            if one and any(shares):
                shown.append(Group(key, label, one.base, shares, one.state is State.INDICATIVE))
            else:
                hidden.append(label)
        return shown, hidden

    def _shares(self, one: Statistic) -> tuple[str, ...]:
        percents = {share.value: share.percent for share in one.shares}
        return tuple("" if (share := percents.get(key)) is None else f"{share} %" for key in self._options)


def _item(settings: Settings, survey: str) -> Item | None:
    """The question as its file words it now: keys never change, so that older figures keep their names."""
    try:
        items = load_survey(settings.surveys_dir, survey).items
    except SurveysRefused:
        return None
    return next((one for one in items if one.key == ITEM), None)


def _about(item: Item, theme: str) -> list[Option]:
    """The answers that are about a theme: all where the question is, else those that name it themselves."""
    answers = [one for one in item.options if not one.is_code]
    if not theme or theme in item.themes:
        return answers
    return [one for one in answers if theme in (one.themes or ())]


def _types(settings: Settings, language: str) -> dict[str, str]:
    told = say(settings, language)
    codes = load_codes(settings.surveys_dir).offer_types
    return {code.key: told(offer_type_context(code.key), code.label) for code in codes}
