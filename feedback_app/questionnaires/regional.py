"""Room for a region on a locked core: at most two questions of its own, beside a core that nobody can touch.

A file `surveys/<survey>/regions/<region>.yaml` and a proposal that was accepted give the same definition, a
tuple of items; `joined` puts it into the core. Knows neither Flask nor the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from feedback_app.questionnaires.declarations import Rule
from feedback_app.questionnaires.definition import Item, Key, Survey
from feedback_app.questionnaires.loading import (
    Fault,
    SurveysRefused,
    load_regions,
    load_survey,
    load_themes,
    read_yaml,
    validated,
)
from feedback_app.questionnaires.waivers import without_waivers
from feedback_app.shape import Size

#: surveys in which a region has room: those that a wave asks of people
SURVEYS = ("newcomer", "partner")
#: questions of one region in one survey, from files and proposals together
MOST = 2
FOLDER = "regions"

_FIELDS = ("region", "survey", "items")
#: what belongs to comparisons, which are about the core
_OF_THE_CORE = {
    "patterns": "comparisons",
    "pair": "comparisons",
    "before": "comparisons",
    "revisions": "trends",
}
_LOCKED = "keep region, survey and items only; what the core says and in which order is the same everywhere"


@dataclass(frozen=True, kw_only=True)
class RegionalFile:
    """`surveys/<survey>/regions/<region>.yaml`."""

    region: Key
    survey: Literal["newcomer", "partner"]
    items: Annotated[tuple[Item, ...], Size(1)]


@dataclass(frozen=True)
class Ground:
    """What a region's questions stand on: the core, and the keys that there are."""

    core: Survey
    regions: tuple[str, ...]
    themes: frozenset[str]

    @classmethod
    def of(cls, surveys_dir: Path, survey_key: str) -> "Ground":
        """As the files stand; raises SurveysRefused."""
        return cls(
            load_survey(surveys_dir, survey_key),
            tuple(load_regions(surveys_dir)),
            frozenset(load_themes(surveys_dir)),
        )


def joined(core: Survey, region: str, items: Sequence[Item]) -> Survey:
    """The edition of one region: the core as it is, in its order, with the region's items in their places.

    An item that depends on an answer stands right after the question it depends on; any other after the last
    question of the core with options, before what people may write in their own words.
    """
    found = list(core.items)
    for item in items:
        own = replace(item, region=region)
        found.insert(_place(found, own), own)
    return replace(core, items=tuple(found))


def _place(items: Sequence[Item], new: Item) -> int:
    if new.shown_if is not None:
        for number, item in enumerate(items):
            if item.key == new.shown_if.item:
                return number + 1
    end = len(items)
    while end and items[end - 1].is_open and items[end - 1].shown_if is None:
        end -= 1
    return end


def alone(core: Survey, items: Sequence[Item]) -> Survey:
    """Only what a region adds, to read its words by themselves."""
    return replace(core, texts={}, intro=(), items=tuple(items))


def regional_rules(ground: Ground, region: str, items: Sequence[Item]) -> list[Rule]:
    """What is wrong with a region's items: (path, fault, remedy) each; nothing where they may be asked."""
    if region not in ground.regions:
        return [("region", f"there is no region “{region}”", "use a key of surveys/regions.csv")]
    found = list(_number_rules(items))
    for number, item in enumerate(items):
        path = f"items[{number}]"
        found += _core_rules(path, ground, item)
        found += _key_rules(path, ground, region, item)
        found += _own_rules(path, ground, item)
    if found:
        return found
    return list(_joined_rules(ground, region, items))


def _number_rules(items: Sequence[Item]) -> Iterator[Rule]:
    if len(items) > MOST:
        keys = ", ".join(item.key for item in items)
        remedy = f"keep {MOST}; files and accepted proposals count together"
        yield "items", f"a region has room for {MOST} questions, and these are {len(items)}: {keys}", remedy


def _core_rules(path: str, ground: Ground, item: Item) -> Iterator[Rule]:
    if item.key in {one.key for one in ground.core.items}:
        problem = f"“{item.key}” is a question of the core, which no region changes or replaces"
        yield f"{path}.key", problem, "give a question of the region a key of its own"
    if item.region is not None:
        yield f"{path}.region", "the file's own `region` says that", "remove it"
    for field, what in _OF_THE_CORE.items():
        if getattr(item, field):
            yield f"{path}.{field}", f"{what} are made with questions of the core only", "remove it"


def _key_rules(path: str, ground: Ground, region: str, item: Item) -> Iterator[Rule]:
    """A key says whose it is, so that no two regions mean something else by one."""
    owner = max((one for one in ground.regions if item.key.startswith(f"{one}_")), key=len, default=None)
    if owner != region and item.key not in {one.key for one in ground.core.items}:
        problem = f"the key “{item.key}” does not say that it is of {region}"
        yield f"{path}.key", problem, f"begin it with {region}_"


def _own_rules(path: str, ground: Ground, item: Item) -> Iterator[Rule]:
    if item.is_open:
        problem = "what somebody writes to a question of one region would keep telling the region"
        yield f"{path}.type", problem, "give options; every questionnaire has an open question for the rest"
    if item.help_if and "help" not in ground.core.texts:
        yield f"{path}.help_if", "the core of this questionnaire has no note on where help is", "remove it"
    named = [*item.themes, *(key for option in item.options for key in option.themes or ())]
    for theme in sorted(set(named) - ground.themes):
        remedy = "use a theme of surveys/themes.yaml, or add it there"
        yield path, f"there is no theme “{theme}”", remedy


def _joined_rules(ground: Ground, region: str, items: Sequence[Item]) -> Iterator[Rule]:
    """The rules that hold for every item, said of the place where the region wrote it.

    A fault of a core item can only come from what was put before it: the core by itself was checked.
    """
    edition = joined(ground.core, region, items)
    place = {item.key: number for number, item in enumerate(items)}
    for path, problem, remedy in edition.rules():
        number, _bracket, rest = path.removeprefix("items[").partition("]")
        if not path.startswith("items[") or not number.isdecimal():
            yield "items", problem, remedy
            continue
        at = int(number)
        if edition.items[at].region is not None:
            yield f"items[{place[edition.items[at].key]}]{rest}", problem, remedy
            continue
        before = next(one for one in reversed(edition.items[:at]) if one.region is not None)
        yield (
            f"items[{place[before.key]}].shown_if.item",
            f"“{edition.items[at].key}” of the core is asked right after “{_asked_after(edition, at)}”, "
            "and nothing may come between: the order of the core stays",
            "let it depend on another question, or ask it of everybody",
        )


def _asked_after(edition: Survey, at: int) -> str:
    item = edition.items[at]
    route = item.shown_if
    return route.item if route else item.before or edition.items[at - 1].key


def load_regional(surveys_dir: Path, survey_key: str) -> dict[str, tuple[Item, ...]]:
    """Region → its items, as the files say; raises SurveysRefused with every fault in them."""
    found: dict[str, tuple[Item, ...]] = {}
    paths = regional_paths(surveys_dir, survey_key)
    if not paths:
        return found
    ground = Ground.of(surveys_dir, survey_key)
    faults: list[Fault] = []
    for path in paths:
        try:
            found[path.stem] = _load(path, survey_key, ground)
        except SurveysRefused as refused:
            faults += refused.faults
    if faults:
        raise SurveysRefused(faults)
    return found


def own_parts(surveys_dir: Path) -> Iterator[Survey]:
    """What each region adds to each survey by file, as a survey of that alone; raises SurveysRefused."""
    for survey_key in SURVEYS:
        for items in load_regional(surveys_dir, survey_key).values():
            yield alone(load_survey(surveys_dir, survey_key), items)


def regional_paths(surveys_dir: Path, survey_key: str) -> list[Path]:
    """The files of regions, in the order of their names."""
    return sorted((surveys_dir / survey_key / FOLDER).glob("*.yaml"))


def check_regional(surveys_dir: Path) -> Iterator[Fault]:
    """Everything wrong in regions' files; a fault of the core itself is said elsewhere."""
    for survey_key in SURVEYS:
        try:
            ground = Ground.of(surveys_dir, survey_key)
        except SurveysRefused:
            continue
        for path in regional_paths(surveys_dir, survey_key):
            try:
                _load(path, survey_key, ground)
            except SurveysRefused as refused:
                yield from refused.faults


def _load(path: Path, survey_key: str, ground: Ground) -> tuple[Item, ...]:
    data = without_waivers(read_yaml(path))
    faults = [Fault(path, *rule) for rule in _shape_rules(data)]
    if faults:
        raise SurveysRefused(faults)
    file = validated(RegionalFile, data, path)
    if file.region != path.stem:
        faults.append(Fault(path, "region", f"“{file.region}” is not the file's name", f"write {path.stem}"))
    if file.survey != survey_key:
        faults.append(Fault(path, "survey", f"“{file.survey}” is not the folder's", f"write {survey_key}"))
    faults += [Fault(path, *rule) for rule in regional_rules(ground, file.region, file.items)]
    if faults:
        raise SurveysRefused(faults)
    return file.items


def _shape_rules(data: Any) -> Iterator[Rule]:
    """What a file says beyond its own items: an attempt at the core, whatever the word for it."""
    if isinstance(data, Mapping):
        for key in data:
            if key not in _FIELDS:
                yield str(key), "a region adds questions and changes nothing of the core", _LOCKED
