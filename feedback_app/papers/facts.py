"""What is in force in this installation, as the papers tell it: from settings, files and code alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from feedback_app.analysis.publish import load_policy
from feedback_app.languages import Language, language
from feedback_app.papers.inventory import PERSONAL
from feedback_app.papers.measures import Measure, Risk, measures, risks
from feedback_app.papers.periods import PERIODS, Period
from feedback_app.papers.placeholders import open_places, servers_outside
from feedback_app.papers.words import ABOUT, KINDS, PURPOSES, Purpose
from feedback_app.questionnaires.loading import load_surveys
from feedback_app.questionnaires.readiness import Shelf, pages_readiness
from feedback_app.remarks.embed import is_installed
from feedback_app.reports.content import PolicyRule
from feedback_app.reports.labels import Labels
from feedback_app.settings import Settings


@dataclass(frozen=True)
class Outside:
    """A server outside this installation that gets something: what it does, which host, what it gets."""

    what: Any
    host: str
    gets: Any


@dataclass(frozen=True)
class Processing:
    """One purpose with everything in the tables that serves it."""

    purpose: Purpose
    about: tuple[Any, ...]
    kinds: tuple[Any, ...]
    tables: tuple[str, ...]
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class Spoken:
    """A language of the pages: whether it is offered, and whether somebody reviewed it."""

    language: Language
    offered: bool
    reviewed: bool


@dataclass(frozen=True)
class Asked:
    """One questionnaire: its key, how many questions, how many of them are free text."""

    key: str
    questions: tuple[str, ...]
    open: int


@dataclass(frozen=True)
class Facts:
    """Everything that a paper may name."""

    version: str
    missing: dict[str, str]
    outside: tuple[Outside, ...]
    processings: tuple[Processing, ...]
    languages: tuple[Spoken, ...]
    surveys: tuple[Asked, ...]
    policy_version: str
    rules: tuple[PolicyRule, ...]
    measures: tuple[Measure, ...]
    risks: tuple[Risk, ...]
    periods: dict[str, Period]
    suggests: bool


def facts(settings: Settings, locale: str) -> Facts:
    """What is in force, with names in one language of colleagues."""
    policy = load_policy(settings)
    return Facts(
        version=_version(),
        missing=open_places(settings),
        outside=tuple(_outside(settings)),
        processings=tuple(_processings()),
        languages=tuple(_languages(settings)),
        surveys=tuple(_surveys(settings)),
        policy_version=policy.version,
        rules=Labels(settings, locale).policy_rules(policy),
        measures=tuple(measures(settings)),
        risks=tuple(risks(settings)),
        periods=PERIODS,
        suggests=is_installed(),
    )


def _outside(settings: Settings) -> Iterator[Outside]:
    named = {
        "mail": (_l("verstuurt e-mail"), _l("e-mailadres en persoonlijke link")),
        "bounces": (_l("ontvangt teruggekomen e-mail"), _l("e-mailadres van wie onbereikbaar is")),
        "sms": (_l("verstuurt sms"), _l("telefoonnummer en persoonlijke link")),
        "translation": (_l("vertaalt opmerkingen"), _l("bewerkte opmerking, zonder kenmerken")),
        "sign-in": (_l("meldt collega’s aan"), _l("wie zich aanmeldt; geen rijksregisternummer gevraagd")),
    }
    for name, address in servers_outside(settings).items():
        what, gets = named[name]
        if address:
            yield Outside(what, urlsplit(address).hostname or "", gets)


def _processings() -> Iterator[Processing]:
    for key, purpose in PURPOSES.items():
        tables = [one for one in PERSONAL if one.purpose == key]
        yield Processing(
            purpose,
            about=tuple(ABOUT[name] for name in ABOUT if any(one.about == name for one in tables)),
            kinds=tuple(KINDS[name] for name in KINDS if any(name in one.kinds for one in tables)),
            tables=tuple(one.table for one in tables),
            periods=tuple(_periods({one.keep for one in tables}, key)),
        )


def _periods(kept: set[str], purpose: str) -> Iterator[Period]:
    """The periods of these tables; contact data of newcomers has one of its own in its table."""
    wanted = kept | ({"newcomer_contact"} if purpose == "asking" else set())
    yield from (period for name, period in PERIODS.items() if name in wanted)


def _languages(settings: Settings) -> Iterator[Spoken]:
    for key, ready in pages_readiness(Shelf.of(settings)).items():
        if ready.needed == ready.translated:
            yield Spoken(language(key), ready.offered, ready.review_state == "reviewed")


def _surveys(settings: Settings) -> Iterator[Asked]:
    for key, survey in load_surveys(settings.surveys_dir).items():
        texts = tuple(item.text for item in survey.items)
        yield Asked(key, texts, sum(item.is_open for item in survey.items))


def _version() -> str:
    try:
        return version("feedback-app")
    except PackageNotFoundError:
        return "unknown"
