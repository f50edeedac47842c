"""`feedback-app patterns`: what was found in a closed wave, as published."""

import json
from collections import Counter
from typing import Any

import click

from feedback_app.analysis import pattern_wording
from feedback_app.analysis.pattern_wording import Names
from feedback_app.analysis.published_patterns import read_run
from feedback_app.command import Refused, in_app
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.loading import load_themes
from feedback_app.regions import region_names
from feedback_app.signals import proposals
from feedback_app.signals.proposals import Found
from feedback_app.web.pages import current_settings


@click.command()
@click.option("--wave", "period", required=True, help="A closed wave, like 2026-H1.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with every test that was run.")
@in_app
def patterns(period: str, as_json: bool) -> None:
    """Print the patterns of a closed wave: a sentence each, with how strong the evidence is.

    Example: feedback-app patterns --wave 2026-H1 --json
    """
    wave = db.session.get(Wave, period)
    if wave is None:
        raise Refused(f"there is no wave {period}; see: feedback-app wave status")
    if wave.state != "closed":
        raise Refused(f"wave {period} is still open; patterns are looked for once it is closed")
    run = read_run(db.session, period)
    if run is None:
        raise Refused(
            f"wave {period} was closed before patterns were looked for; an analist can have that done"
        )
    surveys = current_settings().surveys_dir
    words = proposals.names(db.session, wave, region_names(surveys), load_themes(surveys))
    found = proposals.found_in(db.session, period)
    tests_run = Counter(str(one.proposal.family) for one in found if one.proposal.q is not None)
    if as_json:
        content = {
            "wave": period,
            "snapshot": run.snapshot,
            "policy": run.policy_version,
            "tests_run": dict(sorted(tests_run.items())),
            "patterns": [_as_json(one, words) for one in proposals.proposed(found)],
            "tests": [_as_json(one, words) for one in found],
        }
        click.echo(json.dumps(content, indent=1, ensure_ascii=False))
        return
    for one in proposals.proposed(found):
        verdict = pattern_wording.VERDICT_NAMES[one.proposal.verdict]
        click.echo(f"{verdict}: {pattern_wording.sentence(one.proposal, words)}")
    ran = ", ".join(f"{family} {number}" for family, number in sorted(tests_run.items())) or "none"
    click.echo(f"tests run: {ran}; --json shows them all")


def _as_json(found: Found, words: Names) -> dict[str, Any]:
    one = found.proposal
    return {
        "family": str(one.family),
        "method": one.method,
        "audience": one.audience,
        "item": one.item,
        "region": one.member or None,
        "evidence": str(one.verdict),
        "sentence": pattern_wording.sentence(one, words),
        "tone": one.tone,
        "share": one.here.percent,
        "compared_with": one.there.percent,
        "band": one.here.band or one.there.band,
        "waves": list(one.against),
        "effect": one.effect,
        "effect_at_least": one.at_least,
        "minimal_effect": one.minimum,
        "delta": one.delta,
        "delta_interval": None if one.delta_low is None else [one.delta_low, one.delta_high],
        "interval": None if one.low is None else [one.low, one.high],
        "n": one.here.n,
        "n_compared": one.there.n,
        "q": one.q,
        "tests_run": one.tests,
        "shrunken": one.shrunken,
        "detectable_drop": None if one.family is Family.LEVEL else one.detectable,
        "detectable_excess": one.detectable if one.family is Family.LEVEL else None,
        "confirmed_by": list(one.confirmed),
        "not_tested": one.reason,
        "themes": list(one.themes),
    }
