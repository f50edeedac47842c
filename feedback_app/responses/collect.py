"""Taking in one response: exactly once, on disk before anyone is thanked, and linked to nobody.

The invitation is marked as answered and the response is stored in one transaction, but they share no
key, no time and no order: the response's key is a hash of an identifier that the phone made up.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import random_id, today
from feedback_app.invitations.models import Wave
from feedback_app.questionnaires.definition import NOT_SHOWN, SKIPPED, Item, Survey
from feedback_app.responses.insert import Pairs, insert_answered, insert_response
from feedback_app.responses.link import Link
from feedback_app.responses.models import Response
from feedback_app.responses.stored_answers import as_stored
from feedback_app.statements import Channel, writing_once

#: AAPOR complete: at least this share of the shown core items has an answer or an explicit code
COMPLETE_SHARE = 0.8


class WaveClosed(Exception):
    """The wave is closed; answers are not taken any more."""


@dataclass(frozen=True)
class Group:
    """Where a response belongs: the only features it is ever counted by."""

    wave_key: str
    fingerprint: str
    mode: str
    region_key: str
    agency_key: str
    offer_type: str


_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Chosen = Mapping[str, tuple[str, ...]]


def answers_of(survey: Survey, chosen: Chosen) -> dict[str, tuple[str, ...]]:
    """Item key → option keys, or one nonresponse code, for every item with options.

    Answers to items that routing does not show are dropped: they are `not_shown`, whatever was sent.
    """
    answers: dict[str, tuple[str, ...]] = {}
    for item in survey.closed:
        if not item.shown(answers):
            answers[item.key] = (NOT_SHOWN,)
        else:
            answers[item.key] = _in_order(item, chosen.get(item.key, ())) or (SKIPPED,)
    return answers


def is_complete(survey: Survey, answers: Chosen) -> bool:
    """Whether at least 80 % of the shown core items have an answer or an explicit code (AAPOR I, else P)."""
    shown = [item.key for item in survey.core if answers[item.key] != (NOT_SHOWN,)]
    given = sum(1 for key in shown if answers[key] != (SKIPPED,))
    return given >= COMPLETE_SHARE * len(shown)


def collect(
    engine: sa.Engine,
    token_hash: str,
    fingerprint: str,
    survey: Survey,
    chosen: Chosen,
    *,
    locale: str,
    client_id: str = "",
) -> Link | None:
    """Store a response and mark its link as answered: when this returns, both are on disk, else neither.

    None when the link cannot be answered with this questionnaire (any more): `look_up` says why. Of two
    phones with one link the second waits, and then comes too late.

    `client_id` is the UUID the phone gave this response. Where another link's response bears it already, a
    broken phone must not cost an answer: this one gets a key of its own.
    """
    columns, remarks = _rows(survey, chosen, locale)
    columns |= {"fingerprint": fingerprint, "mode": "phone"}

    def insert(key: str) -> Link | None:
        with writing_once(engine) as channel:
            link = insert_answered(channel, token_hash, {**columns, "id": key}, remarks)
            if link:
                channel.commit()
            return link

    try:
        return insert(response_key(client_id))
    except sa.exc.IntegrityError:
        return insert(response_key(""))


def collect_open(
    session: Session, group: Group, survey: Survey, chosen: Chosen, *, locale: str, client_id: str = ""
) -> None:
    """Store a response that came without an invitation (open link, kiosk, paper), and commit.

    The same `client_id` again is the same response. Raises WaveClosed.
    """
    if store(Channel.within(session), group, survey, chosen, key=response_key(client_id), locale=locale):
        session.commit()
        return
    still_open = session.scalar(sa.select(Wave.state).where(Wave.key == group.wave_key)) == "open"
    session.rollback()
    if not still_open:
        raise WaveClosed


def open_wave_key(session: Session) -> str | None:
    """The newest open wave, to which responses without an invitation go."""
    newest = sa.select(Wave.key).where(Wave.state == "open").order_by(Wave.starts_on.desc()).limit(1)
    return session.scalar(newest)


def begin_writing(session: Session) -> None:
    """Begin the transaction as one that writes responses, by a statement that changes nothing.

    What is read afterwards, such as whether the wave is open, holds until the commit: on PostgreSQL a
    closing wave waits for it. On SQLite only a write begins a transaction at all; a savepoint without one
    would be committed by its release.
    """
    session.execute(sa.delete(Response).where(sa.false()))


def store(channel: Channel, group: Group, survey: Survey, chosen: Chosen, *, key: str, locale: str) -> bool:
    """Add one response with its remarks to the transaction; the caller commits.

    False, and nothing added, when its wave is not open or a response with this key is there already.
    """
    columns, remarks = _rows(survey, chosen, locale)
    return insert_response(channel, {**columns, **asdict(group), "id": key}, remarks)


def _rows(survey: Survey, chosen: Chosen, locale: str) -> tuple[dict[str, Any], Pairs]:
    """A response's own columns, as they are stored, and its remarks."""
    answers = answers_of(survey, chosen)
    columns = {
        "survey_key": survey.key,
        "locale": locale,
        "week": iso_week(today()),
        "complete": is_complete(survey, answers),
        "answers": as_stored(answers),
    }
    remarks = [(item.key, text) for item in survey.open_items if (text := _remark(item, chosen, answers))]
    return columns, remarks


def response_key(client_id: str) -> str:
    """The key under which a response is stored: says nothing, and is in no order, whatever the phone sent.

    What is no UUID (a page without script sends none) gets a random key.
    """
    if not _UUID.fullmatch(client_id):
        return random_id()
    return hashlib.sha256(b"response:" + client_id.lower().encode()).hexdigest()[:32]


def clean(text: str) -> str:
    """A remark without what no database or page can hold: control characters, halves of characters."""
    return _UNPRINTABLE.sub("", text).strip()


def iso_week(day: date) -> str:
    """The ISO week, the finest time that is kept: `2026-W23`."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def _in_order(item: Item, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(option.key for option in item.options if option.key in values)


def _remark(item: Item, chosen: Chosen, answers: Chosen) -> str:
    if not item.shown(answers):
        return ""
    return clean(" ".join(chosen.get(item.key, ())))
