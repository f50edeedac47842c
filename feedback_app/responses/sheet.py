"""One questionnaire on paper: which version, in which language, what stands on which side of the sheet.

The typist's screen reads the same signs and codes from here, so that what is printed beside a box is the
key to press. Knows no renderer: web processes use it too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Wave
from feedback_app.invitations.regional import coming_edition, edition
from feedback_app.invitations.waves import wave_that_asks
from feedback_app.languages import PARTNER, Language, all_languages, find, language
from feedback_app.questionnaires.catalogues import offer_type_context
from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.readiness import Why, survey_ready, ui_ready
from feedback_app.questionnaires.versions import (
    Version,
    load_texts,
    texts_of_files,
)
from feedback_app.settings import Settings
from feedback_app.web.faces import MOUTHS
from feedback_app.web.formats import one_of
from feedback_app.web.locale import use_language
from feedback_app.web.marking import is_marked

#: keys of a keyboard, in the order of a question's options
_SIGNS = "1234567890abcdefghijklmnopqrstuvwxyz"

#: millimetres: what a side holds, and what each piece takes with the space round it
_SIDE, _START, _SENTENCE, _QUESTION, _NOTE, _OPTION, _WRITING, _END = 274, 34, 5.3, 9.2, 4.8, 7.1, 38, 32
#: letters on one line of a promise, of a question, and of an option
_PROMISE_LINE, _QUESTION_LINE, _OPTION_LINE = 68, 60, 80


class WaveUnknown(LookupError):
    """There is no wave of this period."""


@dataclass(frozen=True)
class Asking:
    """What is asked on paper now: the wave it counts for (None: no wave asks yet) and the version."""

    wave_key: str | None
    version: Version
    offered: tuple[str, ...]
    closed: bool = False  # nothing can be typed in for this wave any more
    region: str = ""  # whose own questions are asked too


class LanguageNotOffered(LookupError):
    """What is asked does not come in this language; `why` is the reason when the files give one."""

    def __init__(self, asked: Asking, why: Why | None) -> None:
        super().__init__(why)
        self.asked, self.why = asked, why


@dataclass(frozen=True)
class Sheet:
    """One version in one language, and the kind of activity when it is known beforehand."""

    version: Version
    language: Language
    texts: Mapping[str, str]
    offer_type: str = ""
    help_addresses: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """The survey's own text of this name (`intro.1`, `experience.hint`), "" when it has none."""
        return self.texts.get(f"{self.version.survey.key}.{name}", "")

    @property
    def code(self) -> str:
        """What the typist reads off the sheet: version and language."""
        return form_code(self.version.fingerprint, self.language.key)

    @property
    def activity(self) -> str:
        """The sentence that says what the person took part in; a line to write on when that is open."""
        kind = self.texts[offer_type_context(self.offer_type)] if self.offer_type else "…" * 20
        return self.text("activity").replace("{type}", kind)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Item key → the question's number, also of a question that not everybody answers."""
        return {item.key: number for number, item in enumerate(self.version.survey.items, 1)}

    def only_if(self, item: Item) -> str:
        """Who answers this question, in words; "" when everybody does."""
        if item.shown_if is None:
            return ""
        earlier = self.version.survey.item(item.shown_if.item)
        chosen = [one.key for one in earlier.options if one.key in item.shown_if.any_of]
        answers = one_of([f"“{self.text(f'{earlier.key}.{key}')}”" for key in chosen])
        number = self.numbers[earlier.key]
        return str(_("Alleen als je %(answers)s koos bij vraag %(number)s.", answers=answers, number=number))

    @cached_property
    def in_columns(self) -> bool:
        """Whether long lists of answers stand in two columns, because one sheet would not hold them else."""
        return len(self._sides(in_columns=False)) > 2

    @cached_property
    def sides(self) -> tuple[tuple[Item, ...], ...]:
        """The questions on each side of the paper; none is torn apart."""
        return self._sides(self.in_columns)

    def _sides(self, in_columns: bool) -> tuple[tuple[Item, ...], ...]:
        sides: list[list[Item]] = [[]]
        survey = self.version.survey
        promises = [self.text(f"intro.{number}") for number in range(1, len(survey.intro) + 1)]
        room = _SIDE - _START - sum(_SENTENCE + _more(text, _PROMISE_LINE) for text in promises)
        for item in survey.items:
            height = self._height(item, in_columns) + (_END if item == survey.items[-1] else 0)
            if height > room and sides[-1]:
                sides.append([])
                room = _SIDE
            sides[-1].append(item)
            room -= height
        return tuple(map(tuple, sides))

    def _height(self, item: Item, in_columns: bool) -> float:
        """About how many millimetres a question takes."""
        words = [self.text(f"{item.key}.{option.key}") for option in item.options]
        rows = [_OPTION + _more(text, _OPTION_LINE) for text in words]
        answer = _WRITING if item.is_open else sum(rows) / (2 if in_columns and is_long(item) else 1)
        notes = _NOTE * (bool(item.hint) + bool(item.shown_if))
        help_note = (2 + len(self.help_addresses)) * _NOTE if item.help_if else 0
        return _QUESTION + _more(self.text(item.key), _QUESTION_LINE) + notes + answer + help_note


def asking(
    session: Session, settings: Settings, survey_key: str, wave_key: str | None = None, region: str = ""
) -> Asking:
    """What is asked on paper: in this wave, else in the newest open one, else as the files stand.

    A survey that the wave does not ask is as the files stand. In a region that asks nothing of its own it is
    what everybody is asked. Raises WaveUnknown, and SurveysRefused when a file has faults.
    """
    wave = session.get(Wave, wave_key) if wave_key else wave_that_asks(session, survey_key)
    if wave_key and wave is None:
        raise WaveUnknown(wave_key)
    if wave is None or survey_key not in wave.surveys:
        wave, version = None, coming_edition(session, settings, survey_key, region)
    else:
        version = edition(session, wave, survey_key, region)
    region = region if version.survey.regional else ""
    ready = ui_ready(settings)
    offered = tuple(key for key in version.languages if key in ready)
    if wave is None:
        return Asking(None, version, offered, region=region)
    return Asking(wave.key, version, offered, closed=wave.state != "open", region=region)


def make_sheet(session: Session, settings: Settings, asked: Asking, tag: str, offer_type: str = "") -> Sheet:
    """The sheet of what is asked in the language of a tag or key; raises LanguageNotOffered."""
    key = find(tag) or tag
    if key not in asked.offered:
        raise LanguageNotOffered(asked, _why_not(settings, asked.version.survey, key))
    if asked.wave_key:
        texts = load_texts(session, asked.version.fingerprint, key)
    else:
        texts = texts_of_files(settings, asked.version, key) or {}
    return Sheet(asked.version, language(key), texts, offer_type, settings.help_addresses)


def _why_not(settings: Settings, survey: Survey, key: str) -> Why | None:
    """Why the files do not offer a language; None for one that this questionnaire does not come in."""
    if ready := survey_ready(settings, survey).get(key):
        return ready.why
    meant = PARTNER if survey.audience == "partner" else all_languages()
    return Why.NO_CATALOGUE if key in meant else None


def form_code(fingerprint: str, locale: str) -> str:
    """Version and language as they stand on the sheet: `9F3A-ti`."""
    return f"{fingerprint[:4].upper()}-{language(locale).tag}"


def is_long(item: Item) -> bool:
    """Whether a question has so many answers that they may stand in two columns."""
    return len(item.options) > 5


def signs(item: Item) -> dict[str, str]:
    """Option key → what is printed beside its box, which is the key the typist presses."""
    return {option.key: sign for option, sign in zip(item.options, _SIGNS, strict=False)}


def paper_html(sheet: Sheet, settings: Settings, screen: Mapping[str, Any] | None = None) -> str:
    """The sheet as one HTML document, the same for the PDF and for printing from a browser.

    `screen`: what stands above it in a browser only, in the colleague's `language`: `advice`, `print` (the
    button), `back` (an address) and `back_label`.
    """
    use_language(sheet.language.key)
    template = current_app.jinja_env.get_template("paper/sheet.html")
    return template.render(
        sheet=sheet,
        survey=sheet.version.survey,
        host=settings.base_url.partition("://")[2],
        example=is_marked(),
        signs=signs,
        is_long=is_long,
        face=paper_face,
        screen=screen,
    )


def _more(text: str, letters: int) -> float:
    """Millimetres for the lines of a text after its first."""
    return len(text) // letters * _NOTE


def paper_face(value: int) -> Markup:
    """One of the five faces for paper; drawn without a style sheet, which does not reach it in a PDF."""
    return Markup(
        '<svg class="face" viewBox="0 0 48 48" width="26" height="26" fill="none" stroke="#22262b"'
        ' stroke-width="2.6" stroke-linecap="round" aria-hidden="true" focusable="false">'
        '<circle cx="24" cy="24" r="21"/><path d="M17 17v4M31 17v4"/><path d="{}"/></svg>'
    ).format(MOUTHS[value])
