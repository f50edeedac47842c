"""Finding patterns when a wave closes: every declared test is run once, judged, and kept, significant or not.

Runs in the worker or on the command line, in the transaction that closes the wave, on frozen counts.
"""

import hmac
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis.draft import Draft
from feedback_app.analysis.drafting import draft_all
from feedback_app.analysis.evidence import Outcome, judge
from feedback_app.analysis.models import PatternRun, PatternTest
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.printed import q_value
from feedback_app.analysis.proposal import FLAGS, Proposal, as_stored
from feedback_app.analysis.publish import load_policy
from feedback_app.analysis.published_patterns import read_tests
from feedback_app.analysis.wave_figures import WaveFigures, read_wave
from feedback_app.database import db, today
from feedback_app.invitations.models import Wave
from feedback_app.jobs import JobRefused, Progress
from feedback_app.keys import derive
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.loading import load_regions
from feedback_app.settings import Settings
from feedback_app.web.pages import current_settings

#: how many earlier waves are looked at: four years of half-years
EARLIER = 8

#: a finding of an earlier wave: family, audience, item, member → its tone
Found = Mapping[tuple[str, ...], str]


def find_patterns(session: Session, settings: Settings, wave: Wave, policy: Policy) -> None:
    """Run every declared test on a closed wave and store all, in place of those stored before (no commit)."""
    regions = tuple(load_regions(settings.surveys_dir))
    now = read_wave(session, wave, regions, policy)
    before = [read_wave(session, one, regions, policy) for one in _earlier(session, wave)]
    drafts = draft_all(now, before, policy)
    found = [_found(session, one.key) for one in before]
    tests = [
        one
        for family in drafts
        for one in settle(drafts[family], policy, [_kept(found, now, before)], _heard(now))
    ]
    session.execute(sa.delete(PatternTest).where(PatternTest.wave_key == wave.key))
    session.execute(sa.delete(PatternRun).where(PatternRun.wave_key == wave.key))
    snapshot = snapshot_of(settings, wave, policy, [now, *before])
    run = {"wave_key": wave.key, "snapshot": snapshot, "policy_version": policy.version, "found_on": today()}
    session.execute(sa.insert(PatternRun), [run])
    rows = [{"wave_key": wave.key, "verdict": one.verdict, "proposal": as_stored(one)} for one in tests]
    if rows:
        session.execute(sa.insert(PatternTest), rows)


def find_job(progress: Progress, wave_key: str) -> str:
    """The worker's job `find_patterns`: look again at a closed wave, once more remarks were coded."""
    wave = db.session.get(Wave, wave_key)
    if wave is None or wave.state != "closed":
        raise JobRefused(_("Meetmoment %(wave)s is niet gesloten.", wave=wave_key))
    settings = current_settings()
    progress(0, 1, _("Patronen zoeken"))
    find_patterns(db.session, settings, wave, load_policy(settings))
    db.session.commit()
    return wave_key


def settle(
    drafts: Sequence[Draft], policy: Policy, earlier: Sequence[Found], heard: Collection[tuple[str, str]]
) -> list[Proposal]:
    """One family's drafts as proposals: adjusted together, judged, confirmed where something else says so.

    heard: (audience, theme) pairs that enough remarks are about; they confirm what goes worse.
    """
    witnesses = [_witnesses(one.proposal, earlier, heard) for one in drafts]
    outcomes = [
        Outcome(one.p_value, one.relevant, one.few, bool(seen), one.sure)
        for one, seen in zip(drafts, witnesses, strict=True)
    ]
    number = sum(one.p_value is not None for one in drafts)
    found = []
    for draft, seen, (verdict, q) in zip(drafts, witnesses, judge(outcomes), strict=True):
        one = draft.proposal
        figures = [figure for figure in (one.here, one.there) if figure.n]
        printed = None if q is None else q_value(q, figures, policy)
        confirmed = seen if verdict in FLAGS else ()
        found.append(replace(one, verdict=verdict, q=printed, tests=number, confirmed=confirmed))
    return found


def _witnesses(
    one: Proposal, earlier: Sequence[Found], heard: Collection[tuple[str, str]]
) -> tuple[str, ...]:
    repeated = any(found.get(_question(one)) == one.tone != "" for found in earlier)
    said = one.tone == "worse" and any((one.audience, theme) in heard for theme in one.themes)
    return ("waves",) * repeated + ("remarks",) * said


def _question(one: Proposal) -> tuple[str, ...]:
    """What is asked, whatever the method: a region over several waves is the same region."""
    return (one.family, one.audience, one.item, one.member)


def _found(session: Session, wave_key: str) -> Found:
    return {_question(one): one.tone for _id, one in read_tests(session, wave_key) if one.verdict in FLAGS}


def _kept(found: Sequence[Found], now: WaveFigures, before: Sequence[WaveFigures]) -> Found:
    """What was found in any earlier wave whose wording can still be compared, the latest finding first."""
    items = {
        (audience, item.key): (item, now.words(audience, item))
        for audience, survey in now.surveys.items()
        for item in survey.items
    }
    kept: dict[tuple[str, ...], str] = {}
    for wave, one in zip(before, found, strict=True):
        for question, tone in one.items():
            family, audience, key, _member = question
            item, words = items.get((audience, key), (None, ()))
            same = item is not None and wave.earlier_item(audience, item, words) is not None
            if same or family == Family.THEME:
                kept.setdefault(question, tone)
    return kept


def _heard(now: WaveFigures) -> set[tuple[str, str]]:
    return {(audience, theme) for audience, heard in now.heard.items() for theme in heard.enough}


def _earlier(session: Session, wave: Wave) -> list[Wave]:
    query = sa.select(Wave).where(Wave.state == "closed", Wave.starts_on < wave.starts_on)
    return list(session.scalars(query.order_by(Wave.starts_on.desc()).limit(EARLIER)))


def snapshot_of(settings: Settings, wave: Wave, policy: Policy, waves: Sequence[WaveFigures]) -> str:
    """A name for everything the tests were made on: counts, coded remarks, questionnaires and policy.

    Keyed, because a plain hash of small counts could be tried out until it fits.
    """
    content = [
        [wave.key, policy.version, *sorted(one.fingerprint for one in wave.questionnaires)],
        [
            [
                one.key,
                sorted(
                    [*group, value, count]
                    for group, values in one.counts.items()
                    for value, count in values.items()
                ),
                sorted([side, sorted(heard.counts.items())] for side, heard in one.heard.items()),
            ]
            for one in waves
        ],
    ]
    key = derive(settings.secret_key, "pattern snapshot")
    return hmac.new(key, json.dumps(content).encode(), "sha256").hexdigest()
