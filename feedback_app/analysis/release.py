"""Asking the ledger whether figures may go out once more, in an edition."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from feedback_app.analysis.audit_wave import Attack, Finding, attack_survey, everything_out
from feedback_app.analysis.counts import WaveCounts
from feedback_app.analysis.disclosure import ReleaseRefused
from feedback_app.analysis.ledger import Ledger, Printed, item_of, refusal, structure_of
from feedback_app.analysis.models import Release
from feedback_app.analysis.publish import load_policy, members
from feedback_app.questionnaires.definition import Survey
from feedback_app.settings import Settings

#: how many groups a refusal names, so that it stays readable
MOST_NAMED = 6


def release_edition(
    session: Session,
    settings: Settings,
    wave_key: str,
    survey: Survey,
    printed: Sequence[Printed],
    *,
    region_key: str | None = None,
    edition_id: str | None = None,
) -> Release:
    """Enter an edition's figures of one side into the ledger (flushes, does not commit).

    What is out already may go out again. Anything new is attacked together with all that is out; raises
    ReleaseRefused, with the reason and what could be released instead, when it opens a group.
    """
    policy = load_policy(settings)
    ledger = Ledger(session, wave_key, survey)
    new = ledger.new(printed)
    if new:
        counts = WaveCounts(session, wave_key, survey, members(settings), policy)
        _refuse_what_opens(session, ledger, survey, counts, new)
    noted = structure_of(session, wave_key, survey.key)
    return ledger.enter(
        "edition",
        printed,
        policy,
        rolled=noted["rolled"],
        blocks=noted["blocks"],
        region_key=region_key,
        edition_id=edition_id,
    )


def attack_wave(session: Session, settings: Settings, wave_key: str, survey: Survey) -> Attack:
    """Attack all that is out about one side of a closed wave."""
    counts = WaveCounts(session, wave_key, survey, members(settings), load_policy(settings))
    return attack_survey(session, wave_key, survey, counts, everything_out(session, wave_key, survey))


def _refuse_what_opens(
    session: Session, ledger: Ledger, survey: Survey, counts: WaveCounts, new: Sequence[Printed]
) -> None:
    only = {item_of(one) for one in new}

    def opened(extra: Sequence[Printed]) -> set[Finding]:
        out = [*ledger.out, *extra]
        return set(attack_survey(session, counts.wave_key, survey, counts, out, only).findings)

    before = opened(())
    found = sorted(opened(new) - before, key=str)
    if not found:
        return
    kept: list[Printed] = []
    dropped: list[str] = []
    for one in new:
        if opened([*kept, one]) - before:
            dropped.append(f"{one.cut} {one.member} ({item_of(one)})")
        else:
            kept.append(one)
    first = found[0]
    group = f"{first.cut} {first.member}".strip()
    raise ReleaseRefused(refusal(first.item, group, dropped[:MOST_NAMED] if kept else ()))
