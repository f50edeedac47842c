"""Loading responses that did not come through a link: paper that was typed in, or an older system.

One JSON object a line, checked exactly as the respondent's page checks; all lines or none.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from feedback_app.invitations.models import Wave
from feedback_app.invitations.regional import edition
from feedback_app.questionnaires.forms import make_form
from feedback_app.questionnaires.loading import load_codes, load_regions
from feedback_app.questionnaires.versions import Version, load_texts, load_version
from feedback_app.responses.collect import Group, begin_writing, response_key, store
from feedback_app.settings import Settings
from feedback_app.shape import Misshapen, Size, dotted, read
from feedback_app.statements import Channel


@dataclass(frozen=True, kw_only=True)
class Line:
    """One response as a line holds it."""

    survey: Literal["newcomer", "partner", "impact"]
    mode: Literal["paper", "assisted", "kiosk", "open"] = "paper"
    region: str
    agency: str
    offer_type: str
    locale: str = "nl"
    response_id: Annotated[str, Size(most=64)] = ""
    answers: dict[str, str | list[str]]


class LoadRefused(ValueError):
    """Nothing was loaded; `faults` names each line at fault and why."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Loaded:
    """How many responses were stored, and how many were known already by their `response_id`."""

    stored: int
    known: int


def load_responses(session: Session, settings: Settings, wave_key: str, lines: Iterable[str]) -> Loaded:
    """Store every line's response in an open wave, in one transaction; raises LoadRefused."""
    begin_writing(session)
    wave = session.get(Wave, wave_key, populate_existing=True)
    if wave is None or wave.state != "open":
        session.rollback()
        raise LoadRefused([f"wave {wave_key} is not open"])
    codes = load_codes(settings.surveys_dir)
    known = {
        "region": set(load_regions(settings.surveys_dir)),
        "agency": {code.key for code in codes.agencies},
        "offer_type": {code.key for code in codes.offer_types},
    }
    faults: list[str] = []
    stored = repeated = 0
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            new = _load_line(session, wave, known, text)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
        else:
            stored, repeated = stored + new, repeated + (not new)
    if faults:
        session.rollback()
        raise LoadRefused(faults)
    session.commit()
    return Loaded(stored, repeated)


def _load_line(session: Session, wave: Wave, known: dict[str, set[str]], text: str) -> bool:
    line = _parsed(text)
    for field, keys in known.items():
        if getattr(line, field) not in keys:
            raise ValueError(f"{field}: unknown “{getattr(line, field)}”")
    if line.survey not in wave.surveys:
        raise ValueError(f"survey: wave {wave.key} does not ask “{line.survey}”")
    version = edition(session, wave, line.survey, line.region)
    if line.locale not in version.locales:  # what the region asks comes in fewer languages
        version = load_version(session, wave.fingerprint(line.survey))
    chosen = _checked(session, version, line)
    key = response_key(line.response_id)
    group = Group(wave.key, version.fingerprint, line.mode, line.region, line.agency, line.offer_type)
    return store(Channel.within(session), group, version.survey, chosen, key=key, locale=line.locale)


def _parsed(text: str) -> Line:
    try:
        return read(Line, json.loads(text))
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON ({error.msg})") from None
    except Misshapen as refused:
        first = refused.faults[0]
        place = f"{dotted(first.place)}: " if first.place else ""
        raise ValueError(f"{place}{first.problem}") from None


def _checked(session: Session, version: Version, line: Line) -> dict[str, tuple[str, ...]]:
    if line.locale not in version.languages:
        raise ValueError(f"locale: “{line.locale}” is not offered in this wave")
    unknown = sorted(set(line.answers) - {item.key for item in version.survey.items})
    if unknown:
        raise ValueError(f"answers: there is no item “{unknown[0]}”")
    texts = load_texts(session, version.fingerprint, line.locale)
    data: MultiDict[str, Any] = MultiDict(line.answers)
    form = make_form(version.survey, texts)(formdata=data)
    if not form.validate():
        item, errors = next(iter(form.errors.items()))
        raise ValueError(f"{f'answers.{item}' if item else 'answers'}: {errors[0]}")
    return form.chosen()
