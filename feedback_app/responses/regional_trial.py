"""Trying out a region's question before anybody is asked it: its look, its weight, its Dutch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from feedback_app.languages import SOURCE, Language, language
from feedback_app.questionnaires.accepted import item_of, regional_items
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.loading import load_survey
from feedback_app.questionnaires.models import RegionalItem
from feedback_app.questionnaires.plain_language import findings, load_rules
from feedback_app.questionnaires.readiness import Why, survey_ready
from feedback_app.questionnaires.regional import MOST, Ground, alone, joined, regional_rules
from feedback_app.questionnaires.versions import texts_of_files, version_of, version_of_files
from feedback_app.responses.document import Asked, Kind, overweight, ready_languages
from feedback_app.settings import Settings
from feedback_app.web.locale import use_language


@dataclass(frozen=True)
class Shown:
    """Whether a region's edition comes in one language: why not, or how many signs it is too long there."""

    language: Language
    why: Why
    too_many: int = 0

    @property
    def offered(self) -> bool:
        """Whether people there get the region's questions."""
        return not self.why and not self.too_many


def core_page(settings: Settings, kind: str) -> Asked:
    """What everybody is asked, in Dutch, only to be looked at; the rest of the request speaks Dutch."""
    use_language(SOURCE)
    version = version_of_files(settings, "newcomer")
    return Asked(version, SOURCE, (SOURCE,), version.dutch, kind, Kind.PREVIEW)


class Trial:
    """The edition of a region as it would be with one more question."""

    def __init__(self, session: Session, settings: Settings, row: RegionalItem) -> None:
        """Join it to what the region asks already; a proposal that is accepted is there once."""
        self._settings = settings
        self._item = item_of(row)
        self._core = load_survey(settings.surveys_dir, row.survey_key)
        there = regional_items(session, settings.surveys_dir, row.survey_key).get(row.region_key, ())
        self._items: tuple[Item, ...] = (*(one for one in there if one.key != row.item_key), self._item)
        self._region = row.region_key

    @property
    def is_third(self) -> bool:
        """Whether the region asks its two questions already."""
        return len(self._items) > MOST

    @property
    def is_crowded(self) -> bool:
        """Whether another question of the region stands where this one has to."""
        places = [one.shown_if.item for one in self._items if one.shown_if]
        return len(set(places)) < len(places)

    @property
    def edition(self) -> Survey:
        """The whole questionnaire."""
        return joined(self._core, self._region, self._items)

    def faults(self) -> list[str]:
        """What the checks of files say of it, in English as there; the form refuses most of it before."""
        ground = Ground.of(self._settings.surveys_dir, self._core.key)
        return [
            f"{path}: {problem}" for path, problem, _fix in regional_rules(ground, self._region, self._items)
        ]

    def advice(self) -> list[tuple[str, str]]:
        """Sentences that could be plainer, each with the rule's reason; in Dutch as what they are about."""
        rules = load_rules(self._settings.surveys_dir)
        return [
            (one.sentence, getattr(rules, one.rule).why)
            for one in findings(alone(self._core, [self._item]), rules)
        ]

    def ask(self, kind: str) -> Asked:
        """The page in Dutch, from which nothing is stored; the rest of the request speaks Dutch."""
        use_language(SOURCE)
        version = version_of(self._settings, self.edition)
        return Asked(version, SOURCE, (SOURCE,), version.dutch, kind, Kind.PREVIEW)

    def answers_before(self) -> MultiDict[str, str]:
        """Answers after which the question is asked; nothing where everybody gets it."""
        found: MultiDict[str, str] = MultiDict()
        route = self._item.shown_if
        while route is not None:
            found.add(route.item, route.any_of[0])
            route = self.edition.item(route.item).shown_if
        return found

    def too_many(self, locale: str = SOURCE) -> int:
        """How many signs the page is too long in a language; 0 when it has room, or is not translated."""
        ready = ready_languages()
        version, core = (version_of(self._settings, one) for one in (self.edition, self._core))
        texts, without = (texts_of_files(self._settings, one, locale) for one in (version, core))
        if texts is None or without is None:
            return 0
        offered = tuple(key for key in core.languages if key in ready)
        over = overweight(version, texts, locale, offered)
        if over <= 0:
            return 0
        added = over - overweight(core, without, locale, offered)
        signs = sum(len(texts[one.context]) for one in alone(self._core, self._own()).source_texts())
        return math.ceil(over * signs / max(1, added))

    def languages(self) -> list[Shown]:
        """For each language in which people are asked at all: whether they get the region's questions too."""
        version, core = (version_of(self._settings, one) for one in (self.edition, self._core))
        ready = survey_ready(self._settings, version.survey)
        found = []
        for locale in core.languages:
            why = ready[locale].why
            found.append(Shown(language(locale), why, 0 if why else self.too_many(locale)))
        return found

    def _own(self) -> Sequence[Item]:
        return self._items
