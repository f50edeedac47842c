"""How far colleagues agree on remarks that two of them coded: Cohen's kappa per theme and per language."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.policy import Policy, rounded
from feedback_app.questionnaires.loading import read_yaml
from feedback_app.remarks.kappa import crossed, kappa_of
from feedback_app.responses.models import Remark, RemarkCoding


@dataclass(frozen=True)
class Coded:
    """One remark that two colleagues coded, each without seeing the other's themes."""

    language: str
    first: frozenset[str]
    second: frozenset[str]


@dataclass(frozen=True)
class Agreement:
    """Kappa of one theme or language on `base` remarks, as they may be shown; base "": too few to say,
    altogether or in one of its cells.

    kappa None with a base: nobody, or everybody, used the theme, so that chance explains all.
    """

    key: str
    base: str
    kappa: str


@dataclass(frozen=True)
class Agreements:
    """All of it."""

    themes: tuple[Agreement, ...]
    languages: tuple[Agreement, ...]
    base: str


def read_agreements(session: Session, surveys_dir: Path, themes: Sequence[str]) -> Agreements:
    """Of all waves, all regions and both sides together: nothing finer is shown."""
    policy = Policy.from_mapping(read_yaml(surveys_dir / "publication.yaml"))
    return agreements(_coded_twice(session), policy, themes)


def agreements(coded: Sequence[Coded], policy: Policy, themes: Sequence[str]) -> Agreements:
    """Kappa per theme over all remarks, and per language over every theme of each of its remarks."""
    least = min(policy.minimum_base.values())
    least_language = policy.minimum_base_cut.get("language_group", least)
    by_language: defaultdict[str, list[Coded]] = defaultdict(list)
    for one in coded:
        by_language[one.language].append(one)
    return Agreements(
        themes=tuple(
            _agreement(
                theme, coded, [(theme in one.first, theme in one.second) for one in coded], policy, least
            )
            for theme in themes
        ),
        languages=tuple(
            _agreement(
                language,
                listed,
                [(theme in one.first, theme in one.second) for one in listed for theme in themes],
                policy,
                least_language,
            )
            for language, listed in sorted(by_language.items())
        ),
        base=_printed(len(coded), policy) if len(coded) >= least else "",
    )


def _agreement(
    key: str, coded: Sequence[Coded], said: Sequence[tuple[bool, bool]], policy: Policy, least: int
) -> Agreement:
    """Base as a range, kappa in two digits: about fewer remarks it would say nothing.

    Nor is it said where one of the four cells it is made of holds a few remarks: somebody who knows the base
    could compute them from it.
    """
    if len(coded) < least or any(0 < cell < policy.smallest_cell for cell in crossed(said)):
        return Agreement(key, "", "")
    found = kappa_of(said)
    return Agreement(key, _printed(len(coded), policy), "" if found is None else f"{found:.2f}")


def _printed(number: int, policy: Policy) -> str:
    """A range, or rounded as counts of remarks are: what one language lacks beside all must not be a few."""
    if number < policy.whole_percent_from:
        return policy.printed_base(number)
    return str(rounded(number, 1, policy.small_step))


def _coded_twice(session: Session) -> list[Coded]:
    rows = session.execute(
        sa.select(Remark.id, Remark.language, Remark.locale, RemarkCoding.position, RemarkCoding.themes)
        .join(RemarkCoding, RemarkCoding.remark_id == Remark.id)
        .where(RemarkCoding.position.in_(("first", "second")))
    )
    found: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    languages: dict[str, str] = {}
    for key, language, locale, position, themes in rows:
        found[key][position] = frozenset(themes.split())
        languages[key] = language or locale
    return [
        Coded(languages[key], said["first"], said["second"]) for key, said in found.items() if len(said) == 2
    ]
