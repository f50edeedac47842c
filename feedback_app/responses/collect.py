"""Taking in one response: exactly once, on disk before anyone is thanked, and linked to nobody.

The invitation is marked as answered and the response is stored in one transaction, but they share no
key, no time and no order: the response's key is a hash of an identifier that the phone made up.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.database import random_id, today
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.questionnaires.definition import NOT_SHOWN, SKIPPED, Item, Survey
from feedback_app.responses.models import Answer, Remark, Response

#: AAPOR complete: at least this share of the shown core items has an answer or an explicit code
COMPLETE_SHARE = 0.8

#: dispositions of an invitation that may still be answered
ANSWERABLE = ("unknown", "delivered", "bounced", "not_offered", "refused")


class LinkUsed(Exception):
    """This link already brought a response; another one is not taken."""


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


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Chosen = Mapping[str, tuple[str, ...]]


def answers_of(survey: Survey, chosen: Chosen) -> dict[str, tuple[str, ...]]:
    """Item key → option keys, or one nonresponse code, for every item with options.

    Answers to items that routing does not show are dropped: they are `not_shown`, whatever was sent.
    """
    answers: dict[str, tuple[str, ...]] = {}
    for item in survey.core:
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


def collect_invited(
    session: Session,
    invitation: Invitation,
    survey: Survey,
    chosen: Chosen,
    *,
    locale: str,
    client_id: str = "",
    mode: str = "phone",
) -> None:
    """Store the response to an invitation and mark that as answered, in one durable transaction.

    `client_id` is the UUID the phone gave this response: the same one again is the same response. Raises
    LinkUsed when another response came through this link before, WaveClosed after closing.
    """
    key = response_key(client_id)
    wave_key = invitation.wave_key
    group = group_of(invitation, mode)
    if _mark_answered(session, invitation.id, wave_key):
        try:
            store(session, group, survey, chosen, key=key, locale=locale)
            session.commit()
            return
        except IntegrityError:
            # somebody else's response bears this identifier: a broken phone must not cost an answer
            session.rollback()
        if _mark_answered(session, invitation.id, wave_key):
            store(session, group, survey, chosen, key=response_key(""), locale=locale)
            session.commit()
            return
    session.rollback()
    _say_why_not(session, invitation.id, key)


def begin_writing(session: Session) -> None:
    """Begin the transaction as one that writes responses, by a statement that changes nothing.

    What is read afterwards, such as whether the wave is open, holds until the commit: on PostgreSQL a
    closing wave waits for it. On SQLite only a write begins a transaction at all; a savepoint without one
    would be committed by its release.
    """
    session.execute(sa.delete(Response).where(sa.false()))


def refuse(session: Session, invitation: Invitation) -> None:
    """Note that someone does not take part; they may still change their mind. Nothing once it is over."""
    _mark(session, invitation.id, invitation.wave_key, "refused")
    session.commit()


def _say_why_not(session: Session, invitation_id: str, key: str) -> None:
    """Raise LinkUsed or WaveClosed; return when the response under this key is already stored."""
    disposition = session.scalar(sa.select(Invitation.disposition).where(Invitation.id == invitation_id))
    if disposition != "answered":
        raise WaveClosed
    if session.scalar(sa.select(sa.literal(1)).where(Response.id == key)) is None:
        raise LinkUsed


def group_of(invitation: Invitation, mode: str = "phone") -> Group:
    """The group a response to this invitation belongs to."""
    return Group(
        wave_key=invitation.wave_key,
        fingerprint=invitation.wave.fingerprint(invitation.audience),
        mode=mode,
        region_key=invitation.region_key,
        agency_key=invitation.agency_key,
        offer_type=invitation.offer_type,
    )


def _mark_answered(session: Session, invitation_id: str, wave_key: str) -> bool:
    """Mark an invitation of an open wave as answered; False when it cannot be answered (any more)."""
    return _mark(session, invitation_id, wave_key, "answered")


def _mark(session: Session, invitation_id: str, wave_key: str, disposition: str) -> bool:
    marked = session.execute(
        sa.update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.disposition.in_(ANSWERABLE),
            sa.exists().where(Wave.key == wave_key, Wave.state == "open"),
        )
        .values(disposition=disposition)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return marked.first() is not None


def store(session: Session, group: Group, survey: Survey, chosen: Chosen, *, key: str, locale: str) -> None:
    """Add one response with its answers and remarks to the transaction (flushes, does not commit)."""
    answers = answers_of(survey, chosen)
    session.execute(
        sa.insert(Response).values(
            id=key,
            wave_key=group.wave_key,
            survey_key=survey.key,
            fingerprint=group.fingerprint,
            mode=group.mode,
            region_key=group.region_key,
            agency_key=group.agency_key,
            offer_type=group.offer_type,
            locale=locale,
            week=iso_week(today()),
            complete=is_complete(survey, answers),
        )
    )
    rows = [
        {"response_id": key, "item_key": item_key, "value": value}
        for item_key, values in answers.items()
        for value in values
    ]
    session.execute(sa.insert(Answer), rows)
    for item in survey.items:
        text = clean(" ".join(chosen.get(item.key, ()))) if item.is_open and item.shown(answers) else ""
        if text:
            session.execute(sa.insert(Remark).values(_remark(group, survey, item, text, locale)))


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


def _remark(group: Group, survey: Survey, item: Item, text: str, locale: str) -> dict[str, str]:
    return {
        "id": random_id(),
        "wave_key": group.wave_key,
        "survey_key": survey.key,
        "item_key": item.key,
        "locale": locale,
        "region_key": group.region_key,
        "month": f"{today():%Y-%m}",
        "text": text,
    }
