"""A questionnaire as a file describes it, checked in every part before anyone is asked anything.

Knows neither Flask nor the database. Texts here are Dutch, the source; `texts()` gives them with the
context under which translators find them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from feedback_app.questionnaires.declarations import Patterns, Revision, before_rules, declaration_rules
from feedback_app.shape import Between, Size, Trimmed, Written, as_json

#: option keys that say why there is no answer (`responses.models.NONRESPONSE` without what only we can say)
EXPLICIT_CODES = frozenset({"dont_know", "prefer_not", "not_applicable"})

#: codes that the software gives
SKIPPED, NOT_SHOWN = "skipped", "not_shown"

Key = Annotated[str, Written(r"[a-z0-9][a-z0-9_]{0,39}")]
OptionKey = Annotated[str, Written(r"[A-Za-z0-9][A-Za-z0-9_]{0,39}")]
Text = Annotated[str, Trimmed(1, 500)]
ThemeKey = Annotated[str, Written(r"T[0-9][0-9]")]

#: what a field, a button or a part of the form's own is already called
_RESERVED = {"intro", "offer_type", "lang", "refuse", "response_id", "main", SKIPPED, NOT_SHOWN} | {
    "chosen",
    "data",
    "errors",
    "form_errors",
    "meta",
    "populate_obj",
    "post_process",
    "process",
    "survey",
    "validate",
}

#: survey → whom it asks, where its key does not say so
_ASKS = {"impact": "newcomer"}

#: the survey's own texts: those that every respondent's page needs, and those of the help note
_PAGE_TEXTS, _HELP_TEXTS = ("title", "activity", "after"), ("help_title", "help")


class ItemType(StrEnum):
    """The kinds of question there are."""

    SINGLE = "single"
    SCALE = "scale"
    MULTIPLE = "multiple"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to choose; `value` orders options for comparison, `themes` None means: not stated."""

    key: OptionKey
    text: Text
    value: int | None = None
    themes: tuple[ThemeKey, ...] | None = None

    @property
    def is_code(self) -> bool:
        """Whether choosing it is a reason for having no answer, such as "don't know"."""
        return self.key in EXPLICIT_CODES


@dataclass(frozen=True, kw_only=True)
class Route:
    """Show an item only when an earlier one was answered so."""

    item: Key
    any_of: Annotated[tuple[OptionKey, ...], Size(1)]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question."""

    key: Key
    type: ItemType
    text: Text
    hint: Text | None = None
    options: tuple[Option, ...] = ()
    themes: tuple[ThemeKey, ...] = ()
    positive: tuple[OptionKey, ...] = ()
    pair: Key | None = None
    before: Key | None = None
    shown_if: Route | None = None
    help_if: tuple[OptionKey, ...] = ()
    faces: bool = False
    max_choices: Annotated[int, Between(1)] | None = None
    max_length: Annotated[int, Between(1, 5000)] = 2000
    exclude_modes: tuple[Literal["kiosk", "paper", "assisted", "open"], ...] = ()
    patterns: Patterns | None = None
    revisions: tuple[Revision, ...] = ()
    region: Key | None = None  # a region's own item, set where it joins the core; no file says it

    @property
    def is_open(self) -> bool:
        """Whether the answer is free text."""
        return self.type is ItemType.OPEN

    @cached_property
    def option_keys(self) -> frozenset[str]:
        """Every key that may be chosen."""
        return frozenset(option.key for option in self.options)

    @cached_property
    def substantive(self) -> tuple[str, ...]:
        """Keys of the options that are answers, in order."""
        return tuple(option.key for option in self.options if not option.is_code)

    def shown(self, answers: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether this item is asked of someone with these earlier answers (item key → chosen keys)."""
        if self.shown_if is None:
            return True
        return bool(set(answers.get(self.shown_if.item, ())) & set(self.shown_if.any_of))


@dataclass(frozen=True)
class SourceText:
    """A Dutch text and the context under which it is translated: survey.item[.option]."""

    context: str
    text: str
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A whole questionnaire: what is said first, and the items in the order in which they are asked."""

    key: Key
    audience: Literal["newcomer", "partner", "staff"]
    level: Literal["A2", "B1"]
    texts: dict[Key, Text]
    intro: tuple[Text, ...] = ()
    items: Annotated[tuple[Item, ...], Size(1)]

    def item(self, key: str) -> Item:
        """The item with this key; KeyError when there is none."""
        return {item.key: item for item in self.items}[key]

    @cached_property
    def closed(self) -> tuple[Item, ...]:
        """Items with options, a region's own included."""
        return tuple(item for item in self.items if not item.is_open)

    @cached_property
    def core(self) -> tuple[Item, ...]:
        """Items with options that everybody is asked: they count for completeness and are compared."""
        return tuple(item for item in self.closed if item.region is None)

    @cached_property
    def regional(self) -> tuple[Item, ...]:
        """A region's own items, where this is that region's edition."""
        return tuple(item for item in self.items if item.region is not None)

    @cached_property
    def then_and_now(self) -> tuple[tuple[Item, Item], ...]:
        """The pairs of items that ask the same about the time before and about now."""
        return tuple((self.item(item.before), item) for item in self.items if item.before)

    @cached_property
    def open_items(self) -> tuple[Item, ...]:
        """Items that ask for free text."""
        return tuple(item for item in self.items if item.is_open)

    def source_texts(self) -> Iterator[SourceText]:
        """Every Dutch text, in the order of the page."""
        for name, text in self.texts.items():
            yield SourceText(f"{self.key}.{name}", text)
        for number, text in enumerate(self.intro, 1):
            yield SourceText(f"{self.key}.intro.{number}", text)
        for item in self.items:
            yield SourceText(f"{self.key}.{item.key}", item.text, f"vraag ({item.type})")
            if item.hint:
                yield SourceText(f"{self.key}.{item.key}.hint", item.hint, "uitleg bij de vraag")
            for option in item.options:
                comment = f"antwoord op: {item.text}"
                yield SourceText(f"{self.key}.{item.key}.{option.key}", option.text, comment)

    def rules(self) -> Iterator[tuple[str, str, str]]:
        """What is wrong beyond the shape of single fields: (path, fault, remedy) each."""
        yield from _text_rules(self)
        earlier: dict[str, Item] = {}
        for number, item in enumerate(self.items):
            path = f"items[{number}]"
            if item.key in earlier:
                yield f"{path}.key", f"“{item.key}” is used twice", "give every item its own key"
            if item.key in self.texts or item.key in _RESERVED:
                yield f"{path}.key", f"“{item.key}” is taken by another text", "choose another key"
            yield from _item_rules(path, item)
            yield from declaration_rules(path, item, self.audience)
            yield from _route_rules(path, item, earlier, {one.key for one in self.items})
            yield from before_rules(path, item, list(earlier.values()))
            earlier[item.key] = item
        if not any(True for item in self.items if not item.is_open):
            yield "items", "there is no question with options", "add at least one"


def _text_rules(survey: Survey) -> Iterator[tuple[str, str, str]]:
    needed = list(_PAGE_TEXTS if survey.audience != "staff" else _PAGE_TEXTS[:1])
    if any(item.help_if for item in survey.items):
        needed += _HELP_TEXTS
    for name in needed:
        if name not in survey.texts:
            yield f"texts.{name}", "this text is missing", "add it: a page would have a gap there"
    for name, text in survey.texts.items():
        if name not in (*_PAGE_TEXTS, *_HELP_TEXTS):
            remedy = f"remove it, or use one of: {', '.join((*_PAGE_TEXTS, *_HELP_TEXTS))}"
            yield f"texts.{name}", "no page shows this text", remedy
        if name == "activity" and "{type}" not in text:
            yield "texts.activity", "{type} is missing", "write {type} where the kind of activity belongs"
    audience = _ASKS.get(survey.key, survey.key)
    if survey.audience != audience:
        yield "audience", f"“{survey.audience}” does not go with {survey.key}", f"write {audience}"


def _item_rules(path: str, item: Item) -> Iterator[tuple[str, str, str]]:
    yield from _key_rules(path, item)
    yield from _type_rules(path, item)
    for field in ("positive", "help_if"):
        for key in getattr(item, field):
            if key not in item.substantive:
                remedy = f"use one of: {', '.join(item.substantive)}"
                yield f"{path}.{field}", f"“{key}” is no answer of this item", remedy
    for number, option in enumerate(item.options):
        if not item.themes and option.themes is None and not option.is_code:
            remedy = "add `themes: [T..]` (or `themes: []` where none fits), or give the item themes"
            yield f"{path}.options[{number}].themes", f"option “{option.key}” has no theme", remedy


def _key_rules(path: str, item: Item) -> Iterator[tuple[str, str, str]]:
    keys = [option.key for option in item.options]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            yield f"{path}.options[{number}].key", f"“{key}” is used twice", "give every option its own key"
        if key in (SKIPPED, NOT_SHOWN, "hint"):
            yield f"{path}.options[{number}].key", f"“{key}” is reserved", "choose another key"


def _type_rules(path: str, item: Item) -> Iterator[tuple[str, str, str]]:
    if item.is_open and item.options:
        yield f"{path}.options", "an open question has no options", "remove them or change `type`"
    if not item.is_open and len(item.substantive) < 2:
        yield f"{path}.options", "fewer than two answers to choose from", "add options"
    if item.max_choices is not None and item.type is not ItemType.MULTIPLE:
        yield f"{path}.max_choices", "only a multiple choice has a maximum", "remove it or change `type`"
    if item.type is ItemType.SCALE:
        yield from _scale_rules(path, item)
    if item.faces and (item.type is not ItemType.SCALE or len(item.options) != 5):
        yield f"{path}.faces", "faces go with a scale of five options", "remove `faces` or give five options"


def _scale_rules(path: str, item: Item) -> Iterator[tuple[str, str, str]]:
    values = [option.value for option in item.options if not option.is_code]
    if None in values or len(set(values)) < len(values):
        yield f"{path}.options", "a scale needs another `value` for each answer", "number them: 1, 2, 3 …"
    elif item.faces and set(values) != {1, 2, 3, 4, 5}:
        yield f"{path}.options", "faces go with the values 1 to 5", "give the worst answer 1, the best 5"


def _route_rules(
    path: str, item: Item, earlier: Mapping[str, Item], every_key: set[str]
) -> Iterator[tuple[str, str, str]]:
    route = item.shown_if
    if route is None:
        return
    if route.item not in every_key:
        yield f"{path}.shown_if.item", f"there is no item “{route.item}”", "name an earlier item"
    elif not earlier or route.item != list(earlier)[-1]:
        where = "before" if route.item not in earlier else "directly before"
        yield (
            f"{path}.shown_if.item",
            f"“{route.item}” is not asked {where} this item",
            "put this item right after the one it depends on, so that it also works without script",
        )
    else:
        for key in route.any_of:
            if key not in earlier[route.item].option_keys:
                remedy = f"use one of: {', '.join(sorted(earlier[route.item].option_keys))}"
                yield f"{path}.shown_if.any_of", f"“{key}” is no option of “{route.item}”", remedy


def as_data(survey: Survey) -> dict[str, Any]:
    """The survey as plain data, the same for the same content, for fingerprints and storage."""
    found: dict[str, Any] = as_json(survey, defaults=False)
    return found
