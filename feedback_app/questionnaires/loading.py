"""Reading `surveys/`: every fault with its file, the path inside it, and what to do about it."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.definition import Item, Survey, Text, ThemeKey
from feedback_app.questionnaires.waivers import without_waivers
from feedback_app.regions import Region, RegionsRefused, read_regions
from feedback_app.shape import NO_TEXT, Misfit, Misshapen, read

Kind = TypeVar("Kind")

SURVEY_KEYS = ("newcomer", "partner", "impact", "staff")
#: those that every wave freezes
WAVE_KEYS = ("newcomer", "partner", "staff")
#: those that a wave asks only where somebody switched them on for it
OPTIONAL_KEYS = ("impact",)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong (or, as a warning, doubtful) in a file."""

    file: Path
    path: str
    problem: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        return f"{self.file}: {self.path}: {kind}{self.problem} → {self.remedy}"


class SurveysRefused(ValueError):
    """A file under `surveys/` cannot be used; `faults` says all that is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class _UniqueKeys(yaml.CSafeLoader):
    """YAML where a key that stands twice in one mapping is a fault, not a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.MarkedYAMLError(problem="a list cannot be a key", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key “{key}” stands twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises SurveysRefused naming the line."""
    try:
        text = path.read_text(encoding="utf-8")
        _refuse_names(text)
        return yaml.load(text, Loader=_UniqueKeys)  # noqa: S506
    except FileNotFoundError:
        fault = Fault(path, "(file)", "the file does not exist", "create it, or give another folder")
    except OSError as error:
        fault = Fault(path, "(file)", f"it cannot be read: {error.strerror}", "make it a readable file")
    except UnicodeDecodeError:
        fault = Fault(path, "(file)", "the file is not UTF-8", "save it as UTF-8")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}" if mark else "(file)"
        fault = Fault(path, line, error.problem or "this is not YAML", "correct the line")
    except RecursionError:
        fault = Fault(path, "(file)", "it is nested too deep", "write it flatter")
    except (ValueError, OverflowError) as error:  # a day or a number that YAML reads and Python has not
        fault = Fault(path, "(file)", f"a value cannot be read: {error}", "put it between quotation marks")
    except yaml.YAMLError as error:
        fault = Fault(path, "(file)", f"this is not YAML: {error}", "remove what YAML does not allow")
    raise SurveysRefused([fault])


def _refuse_names(text: str) -> None:
    """Nothing stands for another part of its file: a few lines of names for names unfold without end."""
    for event in yaml.parse(text, Loader=_UniqueKeys):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem=f"*{event.anchor} stands for another part; write that out",
                problem_mark=event.start_mark,  # type: ignore[arg-type]  # C's mark stands for Python's
            )


def load_survey(surveys_dir: Path, key: str) -> Survey:
    """One checked questionnaire; raises SurveysRefused with every fault in it."""
    path = surveys_dir / key / "questionnaire.yaml"
    survey = validated(Survey, without_waivers(read_yaml(path)), path)
    faults = [Fault(path, *rule) for rule in survey.rules()]
    if survey.key != key:
        faults.append(Fault(path, "key", f"“{survey.key}” is not the folder's name", f"write {key}"))
    if faults:
        raise SurveysRefused(faults)
    return survey


def load_surveys(surveys_dir: Path) -> dict[str, Survey]:
    """Every questionnaire by its key."""
    return {key: load_survey(surveys_dir, key) for key in SURVEY_KEYS}


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of a code list, its Dutch label, and how other systems write it."""

    key: str
    label: Text
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CodeLists:
    """`offer_types.yaml`."""

    offer_types: tuple[Code, ...]
    offer_sources: tuple[Code, ...]
    agencies: tuple[Code, ...]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """One theme of the codebook."""

    key: ThemeKey
    label: Text


@dataclass(frozen=True, kw_only=True)
class Codebook:
    """`themes.yaml`."""

    themes: tuple[Theme, ...]


def load_codes(surveys_dir: Path) -> CodeLists:
    """Offer types, sources and agencies."""
    path = surveys_dir / "offer_types.yaml"
    lists = validated(CodeLists, read_yaml(path), path)
    _refuse_twice(path, "offer_types", lists.offer_types)
    _refuse_twice(path, "offer_sources", lists.offer_sources)
    _refuse_twice(path, "agencies", lists.agencies)
    return lists


def load_themes(surveys_dir: Path) -> dict[str, str]:
    """Theme key → Dutch label."""
    path = surveys_dir / "themes.yaml"
    themes = validated(Codebook, read_yaml(path), path).themes
    _refuse_twice(path, "themes", themes)
    return {theme.key: theme.label for theme in themes}


def _refuse_twice(path: Path, name: str, entries: Sequence[Code | Theme]) -> None:
    """Refuse a key that two entries bear, or a spelling that could mean two of them."""
    meant: dict[str, str] = {}
    faults = []
    for number, entry in enumerate(entries):
        spellings = {
            entry.key,
            *(one.casefold() for one in (entry.synonyms if isinstance(entry, Code) else ())),
        }
        for spelling in sorted(spellings):
            if meant.setdefault(spelling, f"{name}[{number}]") != f"{name}[{number}]":
                problem = f"“{spelling}” already means {meant[spelling]}"
                faults.append(Fault(path, f"{name}[{number}]", problem, "remove one of the two"))
    if faults:
        raise SurveysRefused(faults)


def load_regions(surveys_dir: Path) -> dict[str, Region]:
    """Region key → region, in geographical order."""
    try:
        return read_regions(surveys_dir)
    except RegionsRefused as refused:
        path = surveys_dir / "regions.csv"
        faults = [Fault(path, f"line {line}", problem, remedy) for line, problem, remedy in refused.faults]
        raise SurveysRefused(faults) from None


def check_surveys(surveys_dir: Path) -> Iterator[Fault]:
    """Everything wrong or doubtful under `surveys/`."""
    surveys: dict[str, Survey] = {}
    for key in SURVEY_KEYS:
        try:
            surveys[key] = load_survey(surveys_dir, key)
        except SurveysRefused as refused:
            yield from refused.faults
    themes: dict[str, str] = {}
    for load in (load_codes, load_regions, load_themes):
        try:
            loaded = load(surveys_dir)
        except SurveysRefused as refused:
            yield from refused.faults
        else:
            themes = loaded if load is load_themes else themes  # type: ignore[assignment]
    for key, survey in surveys.items():
        path = surveys_dir / key / "questionnaire.yaml"
        yield from _cross_checks(path, survey, surveys, themes)


def _cross_checks(
    path: Path, survey: Survey, surveys: dict[str, Survey], themes: dict[str, str]
) -> Iterator[Fault]:
    other = surveys.get({"newcomer": "partner", "partner": "newcomer"}.get(survey.key, ""))
    for number, item in enumerate(survey.items):
        named = [*item.themes, *(key for option in item.options for key in option.themes or ())]
        for theme in sorted(set(named) - set(themes)):
            if themes:
                remedy = "use a theme of surveys/themes.yaml, or add it there"
                yield Fault(path, f"items[{number}]", f"there is no theme “{theme}”", remedy)
        if item.pair and other and item.pair not in {one.key for one in other.items}:
            remedy = f"name an item of surveys/{other.key}"
            yield Fault(path, f"items[{number}].pair", f"there is no item “{item.pair}”", remedy)
        elif item.pair and other and item.patterns and Family.GAP in item.patterns.families:
            yield from _gap_check(path, number, other.item(item.pair))


def _gap_check(path: Path, number: int, pair: Item) -> Iterator[Fault]:
    """The other half of a gap has to be comparable too."""
    if not pair.positive or any(option.value is None for option in pair.options if not option.is_code):
        problem = f"“{pair.key}” of the other side has no `positive`, or an answer without `value`"
        yield Fault(path, f"items[{number}].patterns.families", problem, "add them there, or remove `gap`")


def validated(kind: type[Kind], data: Any, path: Path) -> Kind:
    """`data` as what the class says; raises SurveysRefused with path and remedy for every fault."""
    try:
        return read(kind, data)
    except Misshapen as refused:
        raise SurveysRefused([_fault(path, one) for one in refused.faults]) from None


_REMEDIES = {
    "unknown": "remove it, or correct its spelling",
    "missing": "add it",
    "pattern": "use small letters, digits and _ only (themes: T01)",
    "choice": "use one of those",
}


def _fault(path: Path, misfit: Misfit) -> Fault:
    inside = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in misfit.place)
    remedy = _REMEDIES.get(misfit.kind, "correct the value")
    if misfit.problem == NO_TEXT:
        remedy = "put the value between quotation marks"
    return Fault(path, inside.lstrip(".") or "(file)", misfit.problem, remedy)
