"""What is declared of an item before anybody answers: how it may be compared, and over which wordings.

It is frozen with the questionnaire, so that nobody can choose afterwards what to test.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from feedback_app.shape import Between, Size, Trimmed

if TYPE_CHECKING:
    from feedback_app.questionnaires.definition import Item

Rule = tuple[str, str, str]  # path, fault, remedy


class Family(StrEnum):
    """The comparisons that belong together; false alarms are kept down within each."""

    LEVEL = "level"  # do too many people answer negatively, or nearly all positively?
    REGION = "region"  # does a region differ from Flanders?
    GAP = "gap"  # do newcomers and partners see it differently?
    TREND = "trend"  # did it change since earlier waves?
    CHANGE = "change"  # is it different now from before, according to the same people?
    THEME = "theme"  # does a theme turn up in the remarks?


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """How an item may become a pattern.

    direction: whether a higher `value` is better. points: the smallest difference of shares that matters,
    in percentage points; delta: the smallest Cliff's delta that does.
    """

    direction: Literal["higher", "lower"] = "higher"
    families: Annotated[tuple[Family, ...], Size(1)]
    points: Annotated[int, Between(1, 50)] = 10
    delta: Annotated[float, Between(0, 1, inside=True)] = 0.147


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One later wording of an item; `breaking` when answers to it cannot be compared with earlier ones."""

    number: Annotated[int, Between(2)]
    breaking: bool
    why: Annotated[str, Trimmed(10, 300)]


def current(revisions: Collection[Revision]) -> int:
    """The number of the wording that is asked: 1 until there was a second."""
    return max((one.number for one in revisions), default=1)


def comparable(now: Collection[Revision], then: Collection[Revision]) -> bool:
    """Whether answers to an earlier wording may be put beside those to this one, by what was declared."""
    since = [one for one in now if one.number > current(then)]
    return current(now) >= current(then) and not any(one.breaking for one in since)


def words_of(audience: str, item: "Item", dutch: Mapping[str, str]) -> tuple[str, ...]:
    """The Dutch of a question and its answers, by name."""
    names = [item.key, f"{item.key}.hint", *(f"{item.key}.{one.key}" for one in item.options)]
    return tuple(f"{name}={dutch.get(f'{audience}.{name}', '')}" for name in names)


def same_question(now: "Item", words: tuple[str, ...], then: "Item", earlier_words: tuple[str, ...]) -> bool:
    """Whether answers to an earlier wording may be put beside those to this one.

    A wording that changed without a word about it in `revisions` is not comparable.
    """
    if not comparable(now.revisions, then.revisions):
        return False
    unchanged = (earlier_words, then.positive) == (words, now.positive)
    return unchanged or current(now.revisions) > current(then.revisions)


def declaration_rules(path: str, item: "Item", audience: str) -> Iterator[Rule]:
    """What is wrong with an item's declarations."""
    yield from _revision_rules(path, item)
    if item.patterns is None:
        return
    families = item.patterns.families
    place = f"{path}.patterns.families"
    if len(set(families)) < len(families):
        yield place, "a family stands twice", "name each once"
    if Family.THEME in families and not item.is_open:
        yield place, "themes are found in remarks, and this is no open question", "remove `theme`"
    if item.is_open and set(families) - {Family.THEME}:
        yield place, "an open question has no shares to compare", "keep `theme` only"
    elif not item.is_open and not item.positive:
        yield place, "without `positive` there is no share to compare", "add `positive`, or remove `patterns`"
    if Family.GAP in families:
        yield from _gap_rules(place, item, audience)
    if Family.CHANGE in families and item.before is None:
        yield place, "`change` needs an item about the time before", "add `before`, or remove `change`"
    yield from _direction_rules(path, item)


def before_rules(path: str, item: "Item", earlier: Sequence["Item"]) -> Iterator[Rule]:
    """What is wrong with a pair that asks about before and now: people answer both with the same words.

    earlier: the items before this one.
    """
    if item.before is None:
        return
    place, then = f"{path}.before", earlier[-1] if earlier else None
    if then is None or then.key != item.before:
        yield (
            place,
            f"“{item.before}” does not stand directly before this item",
            "put the two one after the other",
        )
        return
    if item.type not in ("single", "scale") or item.shown_if or then.shown_if or then.before:
        remedy = "both are a single choice or a scale, and asked of everybody"
        yield place, "this question cannot be one of a pair", remedy
    if [(one.key, one.value) for one in item.options] != [(one.key, one.value) for one in then.options]:
        yield f"{path}.options", f"they are not those of “{then.key}”", "give both the same keys and values"
    elif any(one.value is None for one in item.options if not one.is_code):
        yield f"{path}.options", "before and now compare by order", "give every answer a `value`"
    if not item.positive or set(item.positive) != set(then.positive):
        yield f"{path}.positive", "both need the same positive end", "give both the same `positive`"
    if item.exclude_modes != then.exclude_modes:
        yield f"{path}.exclude_modes", "the two do not count the same people", "give both the same"


def _gap_rules(place: str, item: "Item", audience: str) -> Iterator[Rule]:
    if audience != "newcomer":
        yield place, "`gap` stands on the side of the newcomers", "declare it there, and remove it here"
    elif item.pair is None:
        yield place, "`gap` needs an item of the other side", "add `pair`, or remove `gap`"
    elif any(option.value is None for option in item.options if not option.is_code):
        yield place, "`gap` compares by order, and an answer has no `value`", "give every answer a `value`"


def _direction_rules(path: str, item: "Item") -> Iterator[Rule]:
    """The declared direction has to be that of the positive end."""
    values = {option.key: option.value for option in item.options if option.value is not None}
    good = [values[key] for key in item.positive if key in values]
    rest = [value for key, value in values.items() if key not in item.positive]
    if not good or not rest or item.patterns is None:
        return
    up, down = min(good) > max(rest), max(good) < min(rest)
    if (item.patterns.direction == "higher" and not up) or (item.patterns.direction == "lower" and not down):
        remedy = "correct `direction`, `positive` or the values: the positive end is one end of the scale"
        yield f"{path}.patterns.direction", "the positive answers are not at that end", remedy


def _revision_rules(path: str, item: "Item") -> Iterator[Rule]:
    numbers = [one.number for one in item.revisions]
    if numbers != list(range(2, len(numbers) + 2)):
        remedy = "number them 2, 3, 4 … in the order in which they came, and leave none out"
        yield f"{path}.revisions", f"the wordings are numbered {numbers}", remedy
