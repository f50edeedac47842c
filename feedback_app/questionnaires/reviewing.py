"""The page of one text: what was sent, and all that is shown beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from feedback_app.languages import SOURCE, Language, language
from feedback_app.questionnaires.accepted import edition_of, region_asking
from feedback_app.questionnaires.approval import (
    Mark,
    Obstacle,
    Person,
    State,
    Step,
    StepRefused,
    Wording,
    approval_obstacle,
    cleaned,
    marks,
    revised,
    state_of,
    wording_of,
)
from feedback_app.questionnaires.browsing import (
    PARTS,
    Choice,
    Neighbours,
    Shown,
    difference,
    everything,
    example_numbers,
    neighbours,
    page_with,
    parts_of,
)
from feedback_app.questionnaires.catalogues import MESSAGES, REVIEWED, SURVEYS, Entry, path_of
from feedback_app.questionnaires.compiling import goes_live
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.fault_words import faults_in_words
from feedback_app.questionnaires.loading import load_survey
from feedback_app.questionnaires.readiness import (
    EVERY_DRAFT,
    Shelf,
    Why,
    respondent_languages,
    survey_readiness,
    written_pages,
)
from feedback_app.questionnaires.review import Desk, can_undo, find_entry, name_of, seen_of
from feedback_app.questionnaires.reviewing_words import CHOICES, MARKS
from feedback_app.questionnaires.text_gates import longest
from feedback_app.settings import Settings
from feedback_app.staff.models import Account
from feedback_app.staff.roles import ROLE_NAMES

#: characters of a translation, and of what is written beside it
_TEXT, _NOTE = 5000, 2000
_NAME = 80


@dataclass(frozen=True)
class Sent:
    """What somebody's form holds; `seen` is what they saw, `theirs` what somebody else made of it since."""

    wording: Wording
    seen: str
    step: Step = Step.SAVE
    onward: bool = False
    theirs: Entry | None = None

    @classmethod
    def of(cls, entry: Entry, onward: bool = False) -> "Sent":
        """A form as it is first shown."""
        return cls(wording_of(entry), seen_of(entry), onward=onward)

    @classmethod
    def from_form(cls, form: MultiDict[str, str]) -> "Sent":
        """A form as it came back; a step that nobody knows only saves."""
        step = form.get("step", "")
        texts = [cleaned(text) for text in form.getlist("target")]
        beside = [cleaned(form.get(name, "")) for name in ("back", "keep", "comment")]
        known = Step(step) if step in {*Step} else Step.SAVE
        return cls(Wording(tuple(texts), *beside), form.get("seen", ""), known, "onward" in form)

    @property
    def fault(self) -> str:
        """Why it cannot be read at all; "" when it can."""
        beside = (self.wording.back, self.wording.keep, self.wording.comment)
        if any(len(text) > _TEXT for text in self.wording.target) or any(len(one) > _NOTE for one in beside):
            return str(_("Dit is te lang om te bewaren."))
        return ""

    def against(self, theirs: Entry) -> "Sent":
        """The same beside what somebody else made of it: who saves now has seen that.

        Where this form says nothing beside the text, what the other wrote there stays.
        """
        mine, other = self.wording, wording_of(theirs)
        wording = Wording(
            mine.target,
            back=mine.back or other.back,
            keep=mine.keep or other.keep,
            comment=mine.comment or other.comment,
        )
        return replace(self, wording=wording, seen=seen_of(theirs), theirs=theirs)

    @property
    def lost(self) -> Wording:
        """What somebody else wrote beside the text and saving this would overwrite."""
        if self.theirs is None:
            return Wording(())
        mine, other = self.wording, wording_of(self.theirs)
        return Wording(
            (),
            back=other.back if other.back != mine.back else "",
            keep=other.keep if other.keep != mine.keep else "",
            comment=other.comment if other.comment != mine.comment else "",
        )


@dataclass(frozen=True)
class Frame:
    """The page with the text on it: its address, its language, and what to look for there."""

    url: str
    tongue: Language
    find: tuple[str, ...]


@dataclass(frozen=True)
class ShownText:
    """One text with all that its page shows."""

    name: str
    entry: Entry
    state: State
    parts: list[str]
    choice: Choice
    around: Neighbours
    said: list[str]
    faults: list[tuple[str, str]]
    changes: list[list[tuple[str, str]]]
    numbers: list[list[int]]
    limit: int | None
    obstacle: Obstacle | None
    can_undo: bool
    writable: bool
    catalogue_reviewed: bool
    goes_live: bool
    frame: Frame | None


def choice_of(arguments: Mapping[str, str]) -> Choice:
    """Which texts an address asks for; what it does not know leaves everything."""
    state, part = arguments.get("state", ""), arguments.get("part", "")
    known = state if state in CHOICES else "", part if part in PARTS else ""
    return Choice(*known, arguments.get("q", "")[:200])


def person_of(account: Account) -> Person:
    """An account as a file may name it: its role, and a part of its key that leads nowhere else."""
    return Person(account.role, account.id[:12])


def reviewer_line(name: str, account: Account, on: date) -> str:
    """What the header says of who reviewed: the name they gave, if any, their role and the day."""
    chosen = " ".join(cleaned(name).split())[:_NAME]
    return ", ".join(part for part in (chosen, account.role, on.isoformat()) if part)


def shown_text(
    session: Session, settings: Settings, desk: Desk, name: str, sent: Sent, choice: Choice, person: Person
) -> ShownText:
    """All that the page of a text shows; raises EntryGone."""
    domain, entry = find_entry(desk, name)
    region = region_asking(session, settings.surveys_dir, entry.context or "") if domain == SURVEYS else ""
    edition = edition_of(session, settings.surveys_dir, (entry.context or "").split(".")[0], region)
    return ShownText(
        name=name,
        entry=entry,
        state=state_of(entry),
        parts=parts_of(domain, entry),
        choice=choice,
        around=neighbours(everything(desk), choice, name),
        said=[_in_words(mark, person) for mark in marks(entry).values()],
        faults=list(faults_in_words(desk.locale, _as_written(desk.locale, entry, sent.wording, person))),
        changes=[list(difference(*two)) for two in zip(entry.previous, entry.source, strict=False)],
        numbers=example_numbers(desk.locale),
        limit=longest(entry),
        obstacle=approval_obstacle(entry, person),
        can_undo=can_undo(desk, name, entry, person),
        writable=desk.writable,
        catalogue_reviewed=desk.catalogue(domain).state == REVIEWED,
        goes_live=domain == MESSAGES
        and desk.locale in respondent_languages(settings)
        and goes_live(path_of(desk.translations_dir, desk.locale, domain), entry),
        frame=_frame(settings, desk.locale, domain, entry, edition, region),
    )


def _as_written(locale: str, entry: Entry, wording: Wording, person: Person) -> Entry:
    """The entry with what the form holds, to say at once what is wrong with it."""
    try:
        return revised(locale, entry, wording, Step.SAVE, person, date.min)
    except StepRefused:
        return entry


def _in_words(mark: Mark, person: Person) -> str:
    role: Any = ROLE_NAMES.get(mark.person.role, _("iemand met een opdracht"))
    who = _("jou (%(role)s)", role=role) if mark.person == person else str(role)
    try:
        day = format_date(date.fromisoformat(mark.day), "long")
    except ValueError:  # written by hand
        day = mark.day
    return str(MARKS[mark.kind]) % {"who": who, "day": day}


def _frame(
    settings: Settings, locale: str, domain: str, entry: Entry, edition: Survey | None, region: str
) -> Frame | None:
    """The page in this language where it is whole, else in Dutch: never in two.

    A text of one region stands on the page of that region alone: its `edition`.
    """
    shown = page_with(domain, entry)
    if shown is None:
        return None
    there = bool(entry.complete) and _whole(settings, locale, shown, edition)
    tongue = language(locale if there else SOURCE)
    mark: dict[str, Any] = {"mark": name_of(domain, entry), "_anchor": "marked"}
    if shown.endpoint:
        name = shown.endpoint.removeprefix("web.")
        url = url_for("preview.open_page", lang=tongue.key, name=name, **mark)
    elif shown.page:
        url = url_for("preview.thanks", survey=shown.survey, lang=tongue.key, **mark)
    else:
        kind = shown.offer_type or None
        own = region or None
        url = url_for("preview.page", survey=shown.survey, lang=tongue.key, kind=kind, region=own, **mark)
    return Frame(url, tongue, entry.target if there else entry.source)


def _whole(settings: Settings, locale: str, shown: Shown, edition: Survey | None) -> bool:
    shelf = replace(Shelf.of(settings), draft_languages=frozenset({EVERY_DRAFT}))
    if shown.endpoint:
        return written_pages(shelf, locale).offered
    survey = edition or load_survey(settings.surveys_dir, shown.survey)
    ready = survey_readiness(shelf, survey).get(locale)
    asked = ready is not None and (ready.offered or ready.why is Why.PAGES_NOT_READY)
    return asked and written_pages(shelf, locale).offered
