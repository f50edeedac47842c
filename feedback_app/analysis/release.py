"""Asking the ledger whether figures may go out once more, in an edition."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from feedback_app.analysis.audit_wave import Attack, Finding, attack_survey, everything_out
from feedback_app.analysis.counts import WaveCounts
from feedback_app.analysis.disclosure import ReleaseRefused
from feedback_app.analysis.ledger import Ledger, Printed, group_name, item_of, refusal, releases, structure_of
from feedback_app.analysis.models import Release
from feedback_app.analysis.publish import load_policy, members
from feedback_app.invitations.regional import own_items
from feedback_app.questionnaires.definition import Survey
from feedback_app.settings import Settings

#: how many groups a refusal names, so that it stays readable
MOST_NAMED = 6


class Entering:
    """An edition's figures of one side on their way into the ledger.

    What is out already may go out again. Anything new is attacked together with all that is out; raises
    ReleaseRefused, with the reason and what could be released instead, when it opens a group. That is looked
    at when this is made, and only reads: who writes the edition holds others up for as short as can be.
    """

    def __init__(
        self, session: Session, settings: Settings, wave_key: str, survey: Survey, printed: Sequence[Printed]
    ) -> None:
        self._session, self._settings, self._wave_key = session, settings, wave_key
        self._survey, self._printed = survey, printed
        self._look()

    def _look(self) -> None:
        session, key, survey = self._session, self._wave_key, self._survey
        self._seen = releases(session, key, survey.key)
        self._ledger = Ledger(session, key, survey)
        self._new = self._ledger.new(self._printed)
        if self._new:
            every = _every(session, self._settings, key, survey)
            _refuse_what_opens(session, self._ledger, survey, every, self._new)
        self._noted = structure_of(session, key, survey.key)

    def enter(self, *, region_key: str | None = None, edition_id: str | None = None) -> Release:
        """Write them (flushes, does not commit); looks again should something have gone out meanwhile.

        Whoever calls lets others wait who release figures of this wave.
        """
        if releases(self._session, self._wave_key, self._survey.key) != self._seen:
            self._look()
        return self._ledger.enter(
            "edition",
            self._printed,
            load_policy(self._settings),
            new=self._new,
            rolled=self._noted["rolled"],
            blocks=self._noted["blocks"],
            region_key=region_key,
            edition_id=edition_id,
        )


def attack_wave(session: Session, settings: Settings, wave_key: str, survey: Survey) -> Attack:
    """Attack all that is out about one side of a closed wave, and about what regions asked beside."""
    out, every = everything_out(session, wave_key, survey), _every(session, settings, wave_key, survey)
    found = [attack_survey(session, wave_key, survey, counts, out) for counts in every]
    return Attack(
        sum(one.figures for one in found),
        sum(one.secrets for one in found),
        tuple(finding for one in found for finding in one.findings),
    )


def _every(session: Session, settings: Settings, wave_key: str, survey: Survey) -> list[WaveCounts]:
    """The counts of what everybody is asked, and of each region's own questions."""
    policy = load_policy(settings)
    found = [WaveCounts(session, wave_key, survey, members(settings), policy)]
    for region, items in own_items(session, wave_key, survey.key).items():
        found.append(WaveCounts(session, wave_key, survey, {"region": (region,)}, policy, items))
    return found


def _refuse_what_opens(
    session: Session, ledger: Ledger, survey: Survey, every: Sequence[WaveCounts], new: Sequence[Printed]
) -> None:
    only = {item_of(one) for one in new}

    def opened(extra: Sequence[Printed]) -> set[Finding]:
        out = [*ledger.out, *extra]
        attacks = (attack_survey(session, one.wave_key, survey, one, out, only) for one in every)
        return {finding for one in attacks for finding in one.findings}

    before = opened(())
    found = sorted(opened(new) - before, key=str)
    if not found:
        return
    kept: list[Printed] = []
    dropped: list[str] = []
    for one in new:
        if opened([*kept, one]) - before:
            dropped.append(f"{group_name(one.cut, one.member)} ({item_of(one)})")
        else:
            kept.append(one)
    first = found[0]
    groups = [(first.cut, first.member)] if first.cut else []
    raise ReleaseRefused(refusal(first.item, groups, dropped[:MOST_NAMED] if kept else ()))
