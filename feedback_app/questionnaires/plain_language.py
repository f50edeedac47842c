"""Is a questionnaire's Dutch plain enough for who reads it? Rules, limits and words stand in a file.

A text that breaks a rule is a warning with the sentence and a better example. A waiver beside the text
silences it; one without a reason, for no rule, or no longer needed, is a fault.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from feedback_app.questionnaires import dutch
from feedback_app.questionnaires.definition import Survey, Text
from feedback_app.questionnaires.loading import SURVEY_KEYS, Fault, SurveysRefused, read_yaml, validated
from feedback_app.questionnaires.regional import RegionalFile, alone, regional_paths
from feedback_app.questionnaires.waivers import Misplaced, Waiver, waivers, without_waivers
from feedback_app.shape import Between, Checked

FILE = "plain_language.yaml"

Level = Literal["A2", "B1"]
_PHRASE_WORD = r"(?:[^\W_]+\*?|\*)"
_PHRASE = re.compile(rf"{_PHRASE_WORD}(?:[ ’'./-]{_PHRASE_WORD})*")


def _phrase(written: str) -> str:
    if not written.strip(" *") or written != written.lower() or not _PHRASE.fullmatch(written):
        raise ValueError("write small letters, one space between words, and * only at the end of a word")
    return written


#: a word or expression as it is looked for
Phrase = Annotated[str, Checked(_phrase)]


class Part(StrEnum):
    """What a text is to who reads it."""

    QUESTION = "question"
    HINT = "hint"
    OPTION = "option"
    TITLE = "title"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Example:
    """How not to write, and how to."""

    avoid: Text
    better: Text


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: at which levels and for which parts it holds, why (in Dutch), and an example."""

    why: Text
    example: Example
    levels: tuple[Level, ...] = ("A2", "B1")
    parts: tuple[Part, ...] = tuple(Part)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that each level allows."""

    A2: Annotated[int, Between(1)]
    B1: Annotated[int, Between(1)]


@dataclass(frozen=True, kw_only=True)
class Limited(Rule):
    """A rule that counts; `allowed` are words that may be longer than the limit."""

    limit: Limits
    allowed: tuple[Phrase, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Avoided(Rule):
    """Words to avoid; `fixed` are expressions in which they are plain."""

    words: tuple[Phrase, ...] = ()
    fixed: tuple[Phrase, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Replaced(Rule):
    """Words to avoid, each with what to write in its place."""

    words: dict[Phrase, Text]


@dataclass(frozen=True, kw_only=True)
class Passive(Rule):
    """`look_alikes` are no participles, `active` are those that go with "zijn" without being passive."""

    look_alikes: tuple[Phrase, ...] = ()
    active: tuple[Phrase, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`plain_language.yaml`: every rule by its name."""

    question_length: Limited
    sentence_length: Limited
    long_word: Limited
    passive: Passive
    negation: Avoided
    double: Avoided
    agreement: Rule
    abstract: Replaced
    idiom: Replaced
    officialese: Replaced
    formal: Replaced


RULES = tuple(one.name for one in fields(Rules))


@dataclass(frozen=True)
class Passage:
    """A text of a questionnaire where it stands; `answers` are those that go with a question."""

    path: str
    part: Part
    text: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A sentence that breaks a rule: `what` in it, and perhaps what to write `instead`."""

    path: str
    rule: str
    what: str
    sentence: str
    instead: str = ""


def load_rules(surveys_dir: Path) -> Rules:
    """The rules as the agency set them; raises SurveysRefused."""
    path = surveys_dir / FILE
    return validated(Rules, read_yaml(path), path)


def check_plain_language(surveys_dir: Path) -> Iterator[Fault]:
    """A warning for each text that breaks a rule without a waiver, a fault for each idle waiver.

    A questionnaire that cannot be read is passed over: `check_surveys` says what is wrong with it.
    """
    try:
        rules = load_rules(surveys_dir)
    except SurveysRefused as refused:
        yield from refused.faults
        return
    for key in SURVEY_KEYS:
        path = surveys_dir / key / "questionnaire.yaml"
        try:
            data = read_yaml(path)
            survey = validated(Survey, without_waivers(data), path)
        except SurveysRefused:
            continue
        if survey.audience == "newcomer" and survey.level != "A2":
            yield Fault(path, "level", f"newcomers do not read {survey.level}", "write A2")
        yield from _faults(path, list(findings(survey, rules)), list(waivers(data)), rules)
        yield from _regional_faults(surveys_dir, survey, rules)


def _regional_faults(surveys_dir: Path, core: Survey, rules: Rules) -> Iterator[Fault]:
    """The same of what regions add to this questionnaire."""
    for path in regional_paths(surveys_dir, core.key):
        try:
            data = read_yaml(path)
            items = validated(RegionalFile, without_waivers(data), path).items
        except SurveysRefused:
            continue
        yield from _faults(path, list(findings(alone(core, items), rules)), list(waivers(data)), rules)


def _faults(
    path: Path, found: list[Finding], given: list[Waiver | Misplaced], rules: Rules
) -> Iterator[Fault]:
    broken = {(one.path, one.rule) for one in found}
    waived = {(one.text_path, one.rule) for one in given if isinstance(one, Waiver)}
    for one in found:
        if (one.path, one.rule) not in waived:
            problem = f"{one.rule}: {one.what} in “{one.sentence}”"
            yield Fault(path, one.path, problem, _remedy(getattr(rules, one.rule), one), warning=True)
    for waiver in given:
        if isinstance(waiver, Misplaced):
            yield Fault(path, waiver.path, waiver.problem, waiver.remedy)
        elif waiver.rule not in RULES:
            yield Fault(
                path, waiver.path, f"there is no rule “{waiver.rule}”", f"use one of: {', '.join(RULES)}"
            )
        elif (waiver.text_path, waiver.rule) not in broken:
            yield Fault(path, waiver.path, "the text does not break this rule", "remove the waiver")


def _remedy(rule: Rule, finding: Finding) -> str:
    instead = f"Liever “{finding.instead}”. " if finding.instead else ""
    return f"{instead}{rule.why} Niet: “{rule.example.avoid}” Wel: “{rule.example.better}”"


def passages(survey: Survey) -> Iterator[Passage]:
    """Every text of a questionnaire, in the order of the page, with its path inside the file."""
    for name, text in survey.texts.items():
        part = Part.TITLE if name.endswith("title") else Part.TEXT
        yield Passage(f"texts.{name}", part, text)
    for number, text in enumerate(survey.intro):
        yield Passage(f"intro[{number}]", Part.TEXT, text)
    for number, item in enumerate(survey.items):
        path = f"items[{number}]"
        yield Passage(f"{path}.text", Part.QUESTION, item.text, tuple(one.text for one in item.options))
        if item.hint:
            yield Passage(f"{path}.hint", Part.HINT, item.hint)
        for place, option in enumerate(item.options):
            yield Passage(f"{path}.options[{place}].text", Part.OPTION, option.text)


def findings(survey: Survey, rules: Rules) -> Iterator[Finding]:
    """Whatever breaks a rule that holds at the questionnaire's level, once per text, rule and sentence."""
    for passage in passages(survey):
        for name, detect in _DETECTORS.items():
            rule = getattr(rules, name)
            if survey.level in rule.levels and passage.part in rule.parts:
                grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
                for sentence, what, instead in detect(rules, passage, survey.level):
                    grouped[sentence, instead].append(what)
                for (sentence, instead), seen in grouped.items():
                    yield Finding(passage.path, name, ", ".join(seen), sentence, instead)


#: (sentence, what is wrong in it, what to write instead)
Seen = tuple[str, str, str]


def _question_length(rules: Rules, passage: Passage, level: Level) -> Iterator[Seen]:
    question = dutch.outside_brackets(passage.text)
    yield from _too_many(question, getattr(rules.question_length.limit, level))


def _sentence_length(rules: Rules, passage: Passage, level: Level) -> Iterator[Seen]:
    question = dutch.outside_brackets(passage.text) if passage.part is Part.QUESTION else ""
    for sentence in dutch.sentences(passage.text):
        if sentence not in question:  # questions have a limit of their own
            yield from _too_many(sentence, getattr(rules.sentence_length.limit, level))


def _too_many(sentence: str, limit: int) -> Iterator[Seen]:
    count = len(dutch.words(sentence))
    if count > limit:
        yield sentence, f"{count} words, at most {limit},", ""


def _long_word(rules: Rules, passage: Passage, level: Level) -> Iterator[Seen]:
    limit = getattr(rules.long_word.limit, level)
    for sentence in dutch.sentences(passage.text):
        for word in dutch.long_words(sentence, limit, rules.long_word.allowed):
            yield sentence, f"“{word}” (more than {limit} letters)", ""


def _passive(rules: Rules, passage: Passage, _level: Level) -> Iterator[Seen]:
    for sentence in dutch.sentences(passage.text):
        verbs = dutch.passive(sentence, rules.passive.look_alikes, rules.passive.active)
        if verbs:
            yield sentence, f"“{verbs}”", ""


def _negation(rules: Rules, passage: Passage, _level: Level) -> Iterator[Seen]:
    for sentence in dutch.sentences(dutch.outside_brackets(passage.text)):
        plain = dutch.without(rules.negation.fixed, sentence)
        for _, written in dutch.found(rules.negation.words, plain):
            yield sentence, f"“{written}”", ""


def _double(rules: Rules, passage: Passage, _level: Level) -> Iterator[Seen]:
    question = dutch.outside_brackets(passage.text)
    for joined in (
        *dutch.joined(question, rules.double.words, rules.double.fixed),
        *dutch.either(question, passage.answers, rules.double.fixed),
    ):
        yield question, f"“{joined}”", ""


def _agreement(_rules: Rules, passage: Passage, _level: Level) -> Iterator[Seen]:
    words = dutch.agreement(passage.text, passage.answers)
    if words:
        yield passage.text, f"“{words}”", ""


def _replaced(name: str) -> Callable[[Rules, Passage, Level], Iterator[Seen]]:
    def detect(rules: Rules, passage: Passage, _level: Level) -> Iterator[Seen]:
        replacements: Mapping[str, str] = getattr(rules, name).words
        for sentence in dutch.sentences(passage.text):
            text = dutch.without_times(sentence) if name == "formal" else sentence
            for phrase, written in dutch.found(replacements, text):
                yield sentence, f"“{written}”", replacements[phrase]

    return detect


_DETECTORS: Mapping[str, Callable[[Rules, Passage, Level], Iterator[Seen]]] = {
    "question_length": _question_length,
    "sentence_length": _sentence_length,
    "long_word": _long_word,
    "passive": _passive,
    "negation": _negation,
    "double": _double,
    "agreement": _agreement,
    **{name: _replaced(name) for name in ("abstract", "idiom", "officialese", "formal")},
}
