"""The audit log: who of us did what, when and where, in a chain that shows when it was tampered with.

`record` is called beside the deed and becomes part of the same transaction: both are stored or neither.
Entries get their number and hash at the very end of that transaction, one transaction after the other, so
that the chain never forks and nobody who waits for a turn holds a lock that somebody else needs.

Where the chain begins and ends stands in one row, the head, with a seal of our key. Entries say by their
hash that the head was sealed from then on: only a log of before may still be without.

Nothing of respondents stands here, and nothing that could tell in which order answers came: no entry for
an answer, a sheet of paper or a remark. Facts are codes and counts.
"""

import hmac
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from feedback_app.database import now
from feedback_app.keys import derive
from feedback_app.staff.audit_actions import ACTIONS
from feedback_app.staff.models import Account, AuditEntry, AuditHead
from feedback_app.web.pages import current_settings

#: how long entries are kept
KEPT = timedelta(days=730)

_SUBJECT = re.compile(r"(?:[a-z_]{1,20}:[A-Za-z0-9_.-]{1,59})?")
_FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FACT = re.compile(r"(?!\+?[0-9]{6})[A-Za-z0-9_.:,+-]{0,80}")
_PENDING = "audit_pending"

#: makes the one row of heads when there is none, and in any case locks it: the turn
_TURN = sa.text(
    "INSERT INTO audit_heads (id, sequence, own_hash, anchor_sequence, anchor_hash, anchor_seal)"
    " VALUES (1, 0, '', 0, '', '') ON CONFLICT (id) DO UPDATE SET id = 1"
)


@dataclass(frozen=True)
class _Pending:
    """An entry that waits for the end of its transaction; `savepoint` is the one it was recorded in."""

    savepoint: SessionTransaction | None
    values: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole chain found.

    `fault` is empty when all is well, else one of altered, missing, order, end, head, emptied; `at` is the
    number of the entry where that showed. `last` and `last_hash` are the end of the chain: who notes them
    elsewhere can later tell whether the whole log was put back to what it was before.
    `sealed` is False for a log of an earlier release until its next entry. `untold` counts accounts that a
    log which was never shortened does not tell of: it is younger than they are, or was begun anew.
    """

    entries: int
    last: int
    last_hash: str
    fault: str = ""
    at: int = 0
    sealed: bool = True
    untold: int = 0


@dataclass
class _Walk:
    """How far a look at the chain came; `marked` when an entry said that the head is sealed."""

    last: int
    last_hash: str
    entries: int = 0
    marked: bool = False
    added: set[str] = field(default_factory=set)

    def step(self, key: bytes, entry: AuditEntry, ends: Mapping[int, set[str]]) -> str:
        """The fault of the entry that comes next; empty when it fits."""
        if entry.sequence != self.last + 1:
            return "missing"
        marked = _same(entry.own_hash, _hash(key, entry))
        if not marked and not _same(entry.own_hash, _hash(key, entry, marked=False)):
            return "altered"
        if entry.previous_hash != self.last_hash:
            return "order"
        if ends.get(entry.sequence, {entry.own_hash}) != {entry.own_hash}:
            return "end"
        self.last, self.last_hash = entry.sequence, entry.own_hash
        self.entries, self.marked = self.entries + 1, self.marked or marked
        if entry.action == "account.added":
            self.added.add(entry.subject)
        return ""

    def verdict(
        self, fault: str = "", *, at: int | None = None, sealed: bool = True, untold: int = 0
    ) -> Verdict:
        """What was found so far; a fault shows at the entry that comes next, unless told otherwise."""
        at = (self.last + 1 if at is None else at) if fault else 0
        return Verdict(self.entries, self.last, self.last_hash, fault, at, sealed, untold)


def record(
    session: Session,
    action: str,
    *,
    account: Account | None,
    subject: str = "",
    region: str | None = None,
    **facts: str | int,
) -> None:
    """Add one entry to the caller's transaction; the caller commits.

    `action` is a code of ACTIONS, `subject` is "<kind>:<random id>", `facts` are codes and counts only.
    `account` is None for what the service or somebody at its command line did. ValueError for anything
    that could be about a person: that is a fault in the caller.
    """
    if action not in ACTIONS:
        raise ValueError(f"no such action in the audit log: {action}")
    if not _SUBJECT.fullmatch(subject):
        raise ValueError("the subject of an entry is <kind>:<random id>")
    for name, value in facts.items():
        fits = type(value) is int or (isinstance(value, str) and _FACT.fullmatch(value))
        if not fits or not _FACT_NAME.fullmatch(name):
            raise ValueError(f"the fact “{name}” of {action} is neither a code nor a count")
    if not session.in_transaction():
        session.begin()  # so that there is something to roll back
    if _PENDING not in session.info:
        session.info[_PENDING] = []
        event.listen(session, "before_commit", _append)
        event.listen(session, "after_soft_rollback", _forget)
    values = {
        "account_id": account.id if account else None,
        "role": account.role if account else "",
        "action": action,
        "subject": subject,
        "region_key": region,
        "facts": facts,
    }
    session.info[_PENDING].append(_Pending(session.get_nested_transaction(), values))


def verify(session: Session, expect: tuple[int, str] | None = None) -> Verdict:
    """Look at every entry, from the anchor to the end of the chain.

    `expect` is number and hash of an end that somebody noted: unless retention removed it, it must be there.
    """
    noted, noted_hash = expect or (0, "")
    accounts = _accounts(session)  # before the head: who is added meanwhile is told of behind it
    head = session.get(AuditHead, 1)
    if head is not None:
        session.refresh(head)  # this moment's, not what an earlier look left behind
    if head is None or not head.sequence:
        return _verify_nothing(session, used=bool(noted or accounts))
    ends: dict[int, set[str]] = {head.sequence: {head.own_hash}}
    ends.setdefault(noted, set()).add(noted_hash)
    key, walk = _key(), _Walk(head.anchor_sequence, head.anchor_hash)
    query = sa.select(AuditEntry).where(AuditEntry.sequence <= max(ends)).order_by(AuditEntry.sequence)
    with closing(session.scalars(query.execution_options(yield_per=500))) as entries:
        for entry in entries:
            if fault := walk.step(key, entry, ends):
                return walk.verdict(fault)
            session.expunge(entry)
    if walk.last < max(ends):
        return walk.verdict("missing")
    sealed = _same(head.anchor_seal, _seal(key, head))
    if walk.last != head.sequence or not (sealed or (not walk.marked and _as_before(key, head))):
        return walk.verdict("head", at=head.sequence)
    untold = 0 if head.anchor_sequence else len(accounts - walk.added)
    return walk.verdict(sealed=sealed, untold=untold)


def _verify_nothing(session: Session, *, used: bool) -> Verdict:
    """Of a log that says it is empty, which it cannot be once there is an account: `used`."""
    nothing = _Walk(0, "")
    if session.scalar(sa.select(AuditEntry.sequence).limit(1)):
        return nothing.verdict("end", at=0)
    return nothing.verdict("emptied" if used else "", at=0)


def shorten(session: Session, moment: datetime) -> int:
    """Remove entries older than KEPT and seal where they ended, so that the rest can still be verified.

    Gives how many; an entry tells of it. Does not commit."""
    head, key = _take_turn(session), _key()
    first_kept = session.scalar(
        sa.select(sa.func.min(AuditEntry.sequence)).where(AuditEntry.at >= moment - KEPT)
    )
    until = (first_kept or head.sequence + 1) - 1
    last = session.get(AuditEntry, until)
    if last is None:
        return 0
    sound = _is_sound(session, head, key)
    head.anchor_sequence, head.anchor_hash = last.sequence, last.own_hash
    if sound:
        head.anchor_seal = _seal(key, head)
    gone = session.execute(
        sa.delete(AuditEntry).where(AuditEntry.sequence <= until).returning(AuditEntry.sequence)
    )
    removed = len(gone.all())
    record(session, "audit.shortened", account=None, removed=removed, up_to=until)
    return removed


def _append(session: Session) -> None:
    """Give what waits its number and hash, after everything else of the transaction was written.

    A head that somebody else wrote is not sealed again: what they hid would be forgotten with the next entry.
    """
    pending: list[_Pending] = session.info[_PENDING]
    if not pending or session.in_nested_transaction():
        return
    session.flush()
    head, key = _take_turn(session), _key()
    sound = _is_sound(session, head, key)
    for one in pending:
        entry = AuditEntry(sequence=head.sequence + 1, at=now(), previous_hash=head.own_hash, **one.values)
        entry.own_hash = _hash(key, entry)
        session.add(entry)
        head.sequence, head.own_hash = entry.sequence, entry.own_hash
    if sound:
        head.anchor_seal = _seal(key, head)
    pending.clear()


def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back did not happen; a savepoint takes only what was recorded in it."""
    kept = [one for one in session.info[_PENDING] if transaction.nested and one.savepoint is not transaction]
    session.info[_PENDING][:] = kept


def _take_turn(session: Session) -> AuditHead:
    """The head of the chain, ours until the transaction ends: on SQLite the write lock, else the row's."""
    session.execute(_TURN)
    return session.get_one(AuditHead, 1, populate_existing=True)


def _is_sound(session: Session, head: AuditHead, key: bytes) -> bool:
    """Whether the head is as we wrote it: sealed, or of a time when heads were not sealed yet."""
    if _same(head.anchor_seal, _seal(key, head)):
        return True
    if not _as_before(key, head):
        return False
    if not head.sequence:
        return True  # the first entry of all
    last = session.get(AuditEntry, head.sequence)
    return last is not None and _same(last.own_hash, _hash(key, last, marked=False))


def _as_before(key: bytes, head: AuditHead) -> bool:
    """Whether this is a head of an earlier release: those sealed what retention removed, never the end."""
    anchor = f"anchor {head.anchor_sequence} {head.anchor_hash}"
    return _same(head.anchor_seal, _mac(key, anchor) if head.anchor_sequence else "")


def _accounts(session: Session) -> set[str]:
    """Every account, as entries name it."""
    return {f"account:{key}" for key in session.scalars(sa.select(Account.id))}


def _key() -> bytes:
    return derive(current_settings().secret_key, "audit log")


def _hash(key: bytes, entry: AuditEntry, *, marked: bool = True) -> str:
    """A keyed hash of a row: who can write in the database but has no key cannot make one that fits.

    `marked` says that the head is sealed; earlier releases wrote entries without.
    """
    content = [
        entry.sequence,
        entry.at.isoformat(timespec="microseconds"),
        entry.account_id,
        entry.role,
        entry.action,
        entry.subject,
        entry.region_key,
        entry.facts,
        entry.previous_hash,
        *(["head sealed"] if marked else []),
    ]
    return _mac(key, json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True))


def _seal(key: bytes, head: AuditHead) -> str:
    """A keyed hash of where the chain begins and ends, and so of how many entries there are."""
    return _mac(key, f"head {head.anchor_sequence} {head.anchor_hash} {head.sequence} {head.own_hash}")


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))
