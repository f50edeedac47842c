"""How an agency's export is read: a YAML file with column names and spellings, checked before use."""

import unicodedata
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from feedback_app.languages import ENDONYMS, find
from feedback_app.questionnaires.loading import (
    Code,
    Fault,
    SurveysRefused,
    load_codes,
    load_regions,
    read_yaml,
    validated,
)
from feedback_app.regions import Region
from feedback_app.shape import Size
from feedback_app.trajectories.models import OUTCOMES

FOLDER = "mappings"
DEFAULT = "default"

FieldName = Literal[
    "ref",
    "agency",
    "region",
    "nis",
    "started_on",
    "ended_on",
    "hours",
    "offer_type",
    "offer_source",
    "partner_name",
    "partner_kbo",
    "partner_email",
    "contact_language",
    "phone",
    "email",
    "outcome",
]
CodedField = Literal["agency", "region", "offer_type", "offer_source", "contact_language", "outcome"]

#: fields that each row must fill; of region and nis one is enough, and what still runs has no end
REQUIRED: tuple[FieldName, ...] = (
    "ref",
    "agency",
    "started_on",
    "ended_on",
    "hours",
    "offer_type",
    "offer_source",
    "partner_name",
    "contact_language",
    "outcome",
)


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Column names, fixed values, ways of writing dates, and spellings of codes."""

    columns: dict[FieldName, Annotated[list[str], Size(1)]]
    fixed: dict[FieldName, str] = field(default_factory=dict)
    dates: Annotated[list[str], Size(1)] = field(default_factory=lambda: ["%d/%m/%Y", "%Y-%m-%d"])
    values: dict[CodedField, dict[str, list[str]]] = field(default_factory=dict)

    def rules(self) -> Iterator[tuple[str, str, str]]:
        """What is wrong with the mapping as a whole: path inside the file, problem, remedy."""
        given = {*self.columns, *self.fixed}
        for needed in REQUIRED:
            if needed not in given:
                yield "columns", f"{needed} is missing", "name its column, or give its value under fixed"
        if not given & {"region", "nis"}:
            yield "columns", "region and nis are missing", "name the column of at least one"
        names = [plain(name) for spellings in self.columns.values() for name in spellings]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield "columns", f"“{name}” stands twice", "a column can mean one thing: remove one"


@dataclass(frozen=True)
class Vocabulary:
    """Everything a code may be called: per field, spelling → key."""

    regions: AbstractMapping[str, Region]
    spellings: AbstractMapping[str, AbstractMapping[str, str]]

    def code(self, field: CodedField, text: str) -> str | None:
        """The key for what a file says, or None when nobody knows it."""
        known = self.spellings[field].get(plain(text))
        if known is None and field == "contact_language":
            known = find(text)
        return known


def plain(text: str) -> str:
    """A name as names are compared: without capitals, odd spaces or a byte-order mark."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\ufeff", "").casefold().split())


def mapping_names(surveys_dir: Path) -> list[str]:
    """The names of the mapping files an agency keeps, the default first."""
    found = sorted(path.stem for path in (surveys_dir / FOLDER).glob("*.yaml"))
    return sorted(found, key=lambda name: name != DEFAULT)


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file; SurveysRefused with every fault: file, place in it and remedy."""
    mapping = validated(Mapping, read_yaml(path), path)
    faults = [Fault(path, *rule) for rule in mapping.rules()]
    if faults:
        raise SurveysRefused(faults)
    return mapping


def load_vocabulary(surveys_dir: Path, mapping: Mapping) -> Vocabulary:
    """The code lists under `surveys/` with a mapping's own spellings on top.

    SurveysRefused when a list has faults, or when the mapping names a code that does not exist.
    """
    codes, regions = load_codes(surveys_dir), load_regions(surveys_dir)
    spellings = {
        "agency": _spellings(codes.agencies),
        "offer_type": _spellings(codes.offer_types),
        "offer_source": _spellings(codes.offer_sources),
        "region": {plain(name): one.key for one in regions.values() for name in (one.key, one.name)},
        "contact_language": {plain(name): key for key, name in ENDONYMS.items()},
        "outcome": {plain(key): key for key in OUTCOMES},
    }
    faults = []
    for coded, keys in mapping.values.items():
        known = {*spellings[coded].values()}
        for key, names in keys.items():
            spellings[coded].update({plain(name): key for name in names})
            if key not in known:
                remedy = f"use one of: {', '.join(sorted(known))}"
                faults.append(Fault(Path("mapping"), f"values.{coded}", f"there is no code “{key}”", remedy))
    if faults:
        raise SurveysRefused(faults)
    return Vocabulary(regions, spellings)


def _spellings(codes: Iterable[Code]) -> dict[str, str]:
    return {plain(name): code.key for code in codes for name in (code.key, code.label, *code.synonyms)}
