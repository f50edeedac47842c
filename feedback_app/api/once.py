"""Requests that are done once although they come twice: the same key gives the same answer for a day.

The claim stands in the database before anything is done, so that of two at the same moment, in whatever
process, one does it and the other is told to wait. A process that dies at it leaves a claim that is taken
over after some minutes: what it did is whole or not there, and doing it again stores nothing twice.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Response
from sqlalchemy.orm import Session

from feedback_app.api.models import ApiRequest
from feedback_app.api.problems import Problem, json_response
from feedback_app.clock import APART
from feedback_app.database import insert_into, now
from feedback_app.keys import derive, seal, unseal

KEPT = timedelta(hours=24)
#: a claim older than this belongs to a process that died: no request takes so long. So does one of a moment
#: that is to come: a clock went back meanwhile
TAKEN_OVER = timedelta(minutes=5)
_KEY = re.compile(r"[\x21-\x7e]{8,100}")
_SEAL = "api-answer"
_AGAIN = {"Retry-After": "5"}


def checked_key(given: str) -> str:
    """The key that a request gave; Problem when there is none, or it is none."""
    if not _KEY.fullmatch(given):
        raise Problem("key-missing")
    return given


def once(
    session: Session,
    secret_key: str,
    token_id: str,
    key: str,
    request: bytes,
    work: Callable[[], Response],
) -> Response:
    """What `work` answers, or answered before to the same request under this key.

    `request` is all that makes a request what it is. Problem when the key was used for another, or when it is
    being worked on. What fails is not kept, so that it can be tried again.
    """
    marks = [derive(secret_key, f"api-once {what}") for what in ("key", "request")]
    key_hash = hmac.digest(marks[0], key.encode("ascii"), hashlib.sha256).hex()
    fingerprint = hmac.digest(marks[1], request, hashlib.sha256).hex()
    if not _claim(session, token_id, key_hash, fingerprint):
        return _again(session, secret_key, token_id, key_hash, fingerprint)
    try:
        response = work()
    except BaseException:
        session.rollback()
        session.execute(sa.delete(ApiRequest).where(*_is(token_id, key_hash)))
        session.commit()
        raise
    values = {
        "state": "done",
        "status": response.status_code,
        "answer_sealed": seal(secret_key, _SEAL, response.get_data()),
    }
    session.execute(sa.update(ApiRequest).where(*_is(token_id, key_hash)).values(**values))
    session.commit()
    return response


def forget_answers(session: Session, moment: datetime) -> None:
    """Remove what is older than a day; the caller commits."""
    session.execute(sa.delete(ApiRequest).where(ApiRequest.begun_at < moment - KEPT))


def _claim(session: Session, token_id: str, key_hash: str, fingerprint: str) -> bool:
    """Whether this request is ours to do; commits."""
    moment = now()
    long_ago, to_come = ApiRequest.begun_at < moment - TAKEN_OVER, ApiRequest.begun_at > moment + APART
    dead = (ApiRequest.state == "running") & (long_ago | to_come)
    same = ApiRequest.fingerprint == fingerprint
    over = (ApiRequest.begun_at < moment - KEPT) | (dead & same)
    session.execute(sa.delete(ApiRequest).where(*_is(token_id, key_hash), over))
    claim = insert_into(session, ApiRequest).values(
        token_id=token_id, key_hash=key_hash, fingerprint=fingerprint, state="running", begun_at=moment
    )
    mine = session.execute(claim.on_conflict_do_nothing().returning(ApiRequest.token_id)).first()
    session.commit()
    return mine is not None


def _again(session: Session, secret_key: str, token_id: str, key_hash: str, fingerprint: str) -> Response:
    row = session.scalar(
        sa.select(ApiRequest).where(*_is(token_id, key_hash)).execution_options(populate_existing=True)
    )
    if row is None:  # whoever did it failed just now
        raise Problem("request-in-progress", headers=_AGAIN)
    if not hmac.compare_digest(row.fingerprint, fingerprint):
        raise Problem("key-reused")
    if row.status is None or row.answer_sealed is None:
        raise Problem("request-in-progress", headers=_AGAIN)
    response = json_response(json.loads(unseal(secret_key, _SEAL, row.answer_sealed)), row.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _is(token_id: str, key_hash: str) -> tuple[sa.ColumnElement[bool], ...]:
    return ApiRequest.token_id == token_id, ApiRequest.key_hash == key_hash
