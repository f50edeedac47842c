"""Patterns put before people: what was found in a wave, what colleagues say too, and the way to a signal."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.analysis.pattern_wording import Names, sentence
from feedback_app.analysis.proposal import PROPOSED, Proposal, as_stored, confirmed_by, from_stored
from feedback_app.analysis.published_patterns import read_run, read_test, read_tests
from feedback_app.database import random_id
from feedback_app.invitations.models import Wave
from feedback_app.keys import derive
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.versions import load_version
from feedback_app.signals import lifecycle
from feedback_app.signals.edit import visible_signals, write_signal
from feedback_app.signals.lifecycle import DROPPED, MoveRefused
from feedback_app.signals.models import Signal, SignalEvidence
from feedback_app.signals.saving import Outdated, save
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.web.pages import current_settings


class PatternUnknown(LookupError):
    """There is no such pattern, or it lies in a region this account may not see."""


class AlreadyRaised(Exception):
    """A signal draft was made of this pattern before: `signal`."""

    def __init__(self, signal: Signal) -> None:
        super().__init__(signal.id)
        self.signal = signal


@dataclass(frozen=True)
class Found:
    """One test of a wave with its key."""

    id: str
    wave_key: str
    snapshot: str
    proposal: Proposal


@dataclass(frozen=True)
class Attached(Found):
    """A pattern as it stood when it was attached to a signal.

    `intact`: it is still what was attached then, and `marked`: that was kept track of; `newer`: patterns of
    its wave were searched again since, on other counts.
    """

    intact: bool
    marked: bool
    newer: bool


def found_in(session: Session, wave_key: str, region: str | None = None) -> list[Found]:
    """Every test of a wave (of Flanders and one region, where given), with what colleagues say too."""
    run = read_run(session, wave_key)
    if run is None:
        return []
    said = _said_by_staff(session, wave_key)
    return [
        Found(key, wave_key, run.snapshot, _with_staff(one, said))
        for key, one in read_tests(session, wave_key)
        if region is None or one.member in ("", region)
    ]


def proposed(found: Sequence[Found]) -> list[Found]:
    """What is put before people: the strongest first; a region once, in this wave or several together."""
    best: dict[tuple[str, ...], Found] = {}
    for one in found:
        if not one.proposal.proposed:
            continue
        question = (one.proposal.family, one.proposal.audience, one.proposal.item, one.proposal.member)
        if question not in best or _rank(one) < _rank(best[question]):
            best[question] = one
    return sorted(best.values(), key=lambda one: (_rank(one), one.proposal.key))


def _rank(one: Found) -> int:
    return PROPOSED.index(one.proposal.verdict)


def find_one(session: Session, account: Account, test_id: str) -> Found:
    """A pattern that may be made into a signal by this account; else PatternUnknown."""
    row = read_test(session, test_id)
    region = visible_region(account)
    if row is None or not row[2].proposed or (region is not None and row[2].member != region):
        raise PatternUnknown(test_id)
    wave_key, snapshot, one = row
    return Found(test_id, wave_key, snapshot, _with_staff(one, _said_by_staff(session, wave_key)))


def may_raise(account: Account, one: Proposal) -> bool:
    """Whether this account may make a signal of it: who is bound to a region, of that region's only."""
    region = visible_region(account)
    return one.proposed and (region is None or one.member == region)


def raise_signal(
    session: Session, account: Account, found: Found, *, theme: str, title: str, finding: str
) -> Signal:
    """Store and commit a signal draft with the pattern attached as evidence, as it stands now.

    Raises AlreadyRaised when there is one, also when two colleagues press at the same moment.
    """
    if (first := _made_of(session, found)) is not None:
        raise AlreadyRaised(first)
    signal_id = random_id()
    values = {
        "id": signal_id,
        "wave_key": found.wave_key,
        "region_key": found.proposal.member or None,
        "theme_key": theme,
        "title": title,
        "finding": finding,
        "evidence": str(found.proposal.verdict),
        "is_practice": found.proposal.tone == "better",
    }
    evidence = _frozen(found, signal_id)
    evidence.id = _once(found)
    try:
        return write_signal(session, account, values, evidence, _mark(evidence))
    except IntegrityError:
        session.rollback()
        if (first := _made_of(session, found)) is None:
            raise
        raise AlreadyRaised(first) from None


def candidates(session: Session, account: Account, signal: Signal) -> list[Found]:
    """Patterns that may be attached: of the signal's wave, its region or Flanders, its theme first."""
    there = {one.proposal.key for one in evidence_of(session, signal)}
    region = visible_region(account)
    found = [
        one
        for one in proposed(found_in(session, signal.wave_key, region))
        if one.proposal.key not in there
        and one.proposal.member in ("", signal.region_key or one.proposal.member)
    ]
    return sorted(found, key=lambda one: signal.theme_key not in one.proposal.themes)


def attach(session: Session, account: Account, signal: Signal, revision: int, found: Found) -> None:
    """Attach a pattern to a signal, frozen as it stands now, and commit; MoveRefused("role"), Outdated."""
    _check_open(account, signal, revision)
    evidence = _frozen(found, signal.id)
    session.add(evidence)
    save(session, account, signal, "attached", {}, _mark(evidence))


def detach(session: Session, account: Account, signal: Signal, revision: int, evidence_id: str) -> None:
    """Take a pattern off a signal again and commit; PatternUnknown, MoveRefused("role"), Outdated."""
    evidence = session.get(SignalEvidence, evidence_id)
    if evidence is None or evidence.signal_id != signal.id:
        raise PatternUnknown(evidence_id)
    _check_open(account, signal, revision)
    session.delete(evidence)
    save(session, account, signal, "detached", {}, _mark(evidence))


def evidence_of(session: Session, signal: Signal) -> list[Attached]:
    """The patterns a signal rests on, as they stood when they were attached."""
    query = sa.select(SignalEvidence).where(SignalEvidence.signal_id == signal.id)
    found = []
    for one in session.scalars(query.order_by(SignalEvidence.id)):
        run = read_run(session, one.wave_key)
        found.append(
            Attached(
                one.id,
                one.wave_key,
                one.snapshot,
                from_stored(one.proposal),
                intact=hmac.compare_digest(
                    one.digest.encode(), digest(signal.id, one.wave_key, one.snapshot, one.proposal).encode()
                ),
                marked=bool(one.digest),
                newer=run is not None and run.snapshot != one.snapshot,
            )
        )
    return found


def digest(signal_id: str, wave_key: str, snapshot: str, proposal: Mapping[str, Any]) -> str:
    """What only this installation can make of a pattern beside a signal: HMAC-SHA-256, in hexadecimal."""
    content = json.dumps([signal_id, wave_key, snapshot, proposal], sort_keys=True, separators=(",", ":"))
    key = derive(current_settings().secret_key, "signal evidence")
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def raised(session: Session, account: Account, wave_key: str) -> dict[tuple[str, ...], Signal]:
    """Pattern → the signal that was made of it, among those this account may see."""
    query = visible_signals(account).add_columns(SignalEvidence.proposal)
    query = query.join(SignalEvidence, SignalEvidence.signal_id == Signal.id)
    rows = session.execute(query.where(SignalEvidence.wave_key == wave_key))
    return {from_stored(proposal).key: signal for signal, proposal in rows}


def names(session: Session, wave: Wave, regions: Mapping[str, str], themes: Mapping[str, str]) -> Names:
    """Words for everything a wave's patterns speak of: its own questions, in Dutch as they were asked."""
    questions = {}
    for audience in wave.surveys:
        version = load_version(session, wave.fingerprint(audience))
        for item in version.survey.items:
            questions[audience, item.key] = version.dutch[f"{audience}.{item.key}"]
    return Names(questions, regions, themes)


def draft_of(found: Found, words: Names) -> dict[str, Any]:
    """What the signal's form begins with: in Dutch, as signals are written."""
    with force_locale(SOURCE):
        said = sentence(found.proposal, words)
    return {"title": said[:200], "finding": said, "theme": next(iter(found.proposal.themes), "")}


def _frozen(found: Found, signal_id: str) -> SignalEvidence:
    stored = as_stored(found.proposal)
    return SignalEvidence(
        signal_id=signal_id,
        wave_key=found.wave_key,
        snapshot=found.snapshot,
        proposal=stored,
        digest=digest(signal_id, found.wave_key, found.snapshot, stored),
    )


def _once(found: Found) -> str:
    """The key of the evidence a draft is made from: of one pattern there is one, the database sees to it."""
    content = json.dumps([found.wave_key, *found.proposal.key])
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _made_of(session: Session, found: Found) -> Signal | None:
    """The signal draft that was made of a pattern and still has it."""
    evidence = session.get(SignalEvidence, _once(found))
    return session.get(Signal, evidence.signal_id) if evidence else None


def _check_open(account: Account, signal: Signal, revision: int) -> None:
    if not lifecycle.may_edit(signal.state, account.role):
        raise MoveRefused("role")
    if signal.revision != revision:
        raise Outdated


def _mark(evidence: SignalEvidence) -> str:
    """How the history names a pattern: its wave and the beginning of its snapshot and own hash."""
    return f"{evidence.wave_key} {evidence.snapshot[:12]} {evidence.digest[:12]}"


def _said_by_staff(session: Session, wave_key: str) -> set[tuple[str, str, bool]]:
    """(theme, region or "", is it a practice) of what colleagues noticed: they wrote an observation."""
    query = sa.select(Signal.theme_key, Signal.region_key, Signal.is_practice).where(
        Signal.wave_key == wave_key, Signal.state != DROPPED, Signal.observation != ""
    )
    return {(theme, region or "", practice) for theme, region, practice in session.execute(query)}


def _with_staff(one: Proposal, said: set[tuple[str, str, bool]]) -> Proposal:
    """A colleague's word confirms what goes worse, a practice what goes better; Flanders from any region."""
    if one.tone not in ("worse", "better") or one.family is Family.GAP:
        return one
    heard = any(
        theme in one.themes
        and practice == (one.tone == "better")
        and (not one.member or region == one.member)
        for theme, region, practice in said
    )
    return confirmed_by(one, "staff") if heard else one
