"""Everything a signal report holds, as frozen data: the one thing that goes into the HTML and the PDF.

An edition stores the JSON of this and can be compiled again from it, to the same bytes. Texts are in the
report's language, numbers are published figures, dates are ISO strings; nothing here knows Flask or a
database. Groups stand in one fixed (geographical) order and are never sorted by a figure.
"""

import hashlib
import json
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

from feedback_app.analysis.statistic import Statistic
from feedback_app.rendering.style import OURS, HouseStyle
from feedback_app.shape import read

FLANDERS = "vlaanderen"
NEWCOMER, PARTNER = "newcomer", "partner"
#: newcomers again, some months later
LATER = "impact"

T = TypeVar("T")


def later(default: T) -> T:
    """A field that came later: JSON leaves it out while it is empty, so older contents keep their hash."""
    return field(default=default, metadata={"later": True})


# A printable count: a number, a range ("10–14"), or None for too few to say.
Count = int | str | None


@dataclass(frozen=True)
class Theme:
    """One entry of the codebook."""

    key: str
    label: str


@dataclass(frozen=True)
class Group:
    """A member of a published cut; `cut` and `key` as in `Statistic.cut` and `Statistic.member`.

    `lang` is the language of a name that stays as it is in a report of another language.
    """

    cut: str
    key: str
    label: str
    lang: str = later("")


@dataclass(frozen=True)
class Rate:
    """Response of one audience in one group; `rr1` and `rr2` in percents, None where withheld.

    `cut` is flanders, region, agency or language_group; or mode, for open links and kiosks, of which there
    is only a number of answers.
    """

    audience: str
    cut: str
    member: str
    invited: Count
    answered: Count
    rr1: float | None = None
    rr2: float | None = None

    def __post_init__(self) -> None:
        """Make whole rates floats too: 50 and 50.0 are written differently, and so would be the hash."""
        for name in ("rr1", "rr2"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else float(value))


@dataclass(frozen=True)
class Disposition:
    """How many invitations of an audience ended with an AAPOR outcome (I, P, R, NC, O, UH, UO, NE)."""

    audience: str
    code: str
    count: Count


@dataclass(frozen=True)
class Option:
    """An answer option; `value` orders it from the negative to the positive end (None: outside the scale)."""

    key: str
    label: str
    value: int | None = None


@dataclass(frozen=True)
class Step:
    """One wave of a question's course at the report's level; `frame` is Flanders beside a region.

    `place` counts half-years, `label` names the wave in words. `broken`: the question was another one in the
    wave before, so that the two may not be compared.
    """

    wave: str
    place: int
    label: str
    statistic: Statistic
    frame: Statistic | None = None
    broken: bool = False


@dataclass(frozen=True)
class ItemReport:
    """One question with its published figures.

    `kind` is scale, single or multiple; or paired, for what the same people say of then and now. `positive`
    are the option keys of the positive end, empty for multiple choice. `regions` and `groups` hold one
    Statistic per group that the policy lets out. `course` is what earlier waves published, this one last;
    empty where the question is asked for the first time. `lang`: the language of its words where it is not
    the report's.
    """

    audience: str
    key: str
    kind: str
    question: str
    options: tuple[Option, ...]
    positive: tuple[str, ...]
    flanders: Statistic
    themes: tuple[str, ...] = ()
    regions: tuple[Statistic, ...] = ()
    groups: tuple[Statistic, ...] = ()
    course: tuple[Step, ...] = later(())
    lang: str = later("")


@dataclass(frozen=True)
class Pair:
    """Two item keys that ask newcomers and partners the same thing."""

    newcomer: str
    partner: str


@dataclass(frozen=True)
class Quote:
    """A released remark. `text` is what is printed, in `lang`; `original` may stand beside a translation."""

    text: str
    lang: str
    attribution: str
    audience: str = NEWCOMER
    themes: tuple[str, ...] = ()
    original: str = ""
    original_lang: str = ""


@dataclass(frozen=True)
class RemarkTheme:
    """How many coded remarks of an audience touch a theme."""

    audience: str
    theme: str
    count: Count


@dataclass(frozen=True)
class KeyMessage:
    """One message of the one-page core: a figure in words, what it says, one ask, and its signal's code."""

    figure: str
    title: str
    text: str
    ask: str = ""
    signal: str = ""


@dataclass(frozen=True)
class Signal:
    """A fiche. Finding (vaststelling), reading (duiding, and whose) and ask (vraag) stay apart.

    `evidence` is sterk, mogelijk or focusgroep; `state` a state of `signals.models`. `items` are
    "audience.key" of the questions behind the finding, `region` the region's key where it is about one.
    """

    code: str
    title: str
    theme: str
    finding: str
    ask: str
    addressee: str
    state: str
    reading: str = ""
    reading_by: str = ""
    where: str = ""
    causes: str = ""
    consequence: str = ""
    own_action: str = ""
    evidence: str = ""
    earlier: str = ""
    items: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    region: str = later("")


@dataclass(frozen=True)
class Presignals:
    """How many pre-signals colleagues wrote on a theme, and who they think can solve it."""

    theme: str
    count: Count
    solvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Practice:
    """Something that works and may be done elsewhere; `where` is its region, `place` says where in it."""

    title: str
    text: str
    where: str = ""
    themes: tuple[str, ...] = ()
    place: str = ""
    why: str = ""


@dataclass(frozen=True)
class FollowUp:
    """What became of a signal of an earlier report."""

    code: str
    title: str
    state: str
    addressee: str = ""
    answer: str = ""
    answered_on: str = ""


@dataclass(frozen=True)
class NextStep:
    """One agreed step; `when` is free text."""

    text: str
    who: str = ""
    when: str = ""


@dataclass(frozen=True)
class PolicyRule:
    """One value of the publication policy in force, in words."""

    label: str
    value: str


@dataclass(frozen=True)
class Policy:
    """The publication policy in force when the wave closed."""

    version: str
    rules: tuple[PolicyRule, ...] = ()


@dataclass(frozen=True)
class AskedQuestion:
    """A question as respondents saw it; `condition` says when it is asked, `lang` is as in ItemReport."""

    key: str
    text: str
    options: tuple[str, ...] = ()
    hint: str = ""
    condition: str = ""
    lang: str = later("")


@dataclass(frozen=True)
class AskedQuestionnaire:
    """A frozen questionnaire version with its fingerprint and the languages (keys) it was offered in."""

    audience: str
    title: str
    fingerprint: str
    intro: str = ""
    questions: tuple[AskedQuestion, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class SectionText:
    """What editors wrote beneath the heading of a section."""

    section: str
    text: str


@dataclass(frozen=True)
class Correction:
    """Which final edition (its id) this one replaces, of which day, and why."""

    replaces: str
    compiled_on: str
    reason: str


@dataclass(frozen=True)
class ReportContent:
    """One report: a wave at one level (Flanders or a region) in one language.

    `level` is "vlaanderen" or a region key; `period` is in words ("eerste halfjaar van 2026"). `example`
    and `draft` mark every page. `groups` label and order every group that statistics or rates name;
    `written_in` is the language of what colleagues wrote.
    """

    wave: str
    period: str
    starts_on: str
    ends_on: str
    closed_on: str
    compiled_on: str
    language: str
    publisher: str
    software_version: str
    policy: Policy
    level: str = FLANDERS
    level_label: str = "Vlaanderen"
    example: bool = False
    draft: bool = False
    foreword: str = ""
    groups: tuple[Group, ...] = ()
    themes: tuple[Theme, ...] = ()
    messages: tuple[KeyMessage, ...] = ()
    rates: tuple[Rate, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    items: tuple[ItemReport, ...] = ()
    own: tuple[ItemReport, ...] = ()  # what only the region of this report asked; compared with nothing
    pairs: tuple[Pair, ...] = ()
    remark_themes: tuple[RemarkTheme, ...] = ()
    quotes: tuple[Quote, ...] = ()
    signals: tuple[Signal, ...] = ()
    presignals: tuple[Presignals, ...] = ()
    practices: tuple[Practice, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    questionnaires: tuple[AskedQuestionnaire, ...] = ()
    written_in: str = "nl"
    # the house style in force, by value; as `later` makes it
    style: HouseStyle = field(default=OURS, metadata={"later": True})
    texts: tuple[SectionText, ...] = later(())  # of editors, in the report's own language, as the foreword
    order: tuple[str, ...] = later(())  # sections that stand elsewhere than usual
    left_out: tuple[str, ...] = later(())  # sections that editors left out
    supersedes: Correction | None = field(default=None, metadata={"later": True})

    def to_json(self) -> str:
        """Write the content as JSON with sorted keys: equal contents give equal text."""
        return json.dumps(_data(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "ReportContent":
        """Read what `to_json` wrote; ValueError when it is anything else."""
        return read(ReportContent, json.loads(text))

    @property
    def content_hash(self) -> str:
        """SHA-256 of the JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode("utf-8", "surrogatepass")).hexdigest()


def _data(value: Any) -> Any:
    """A value as JSON has it; of fields that came later only those that say something."""
    if isinstance(value, tuple):
        return [_data(one) for one in value]
    if not is_dataclass(value):
        return value
    named = ((one, getattr(value, one.name)) for one in fields(value))
    return {
        one.name: _data(held) for one, held in named if not one.metadata.get("later") or held != one.default
    }
