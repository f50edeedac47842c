"""`feedback-app wave`, `rates` and `tables`: open and close a wave, and take out what was published."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
import sqlalchemy as sa

from feedback_app.analysis.close import WaveNotOpen, close_wave
from feedback_app.analysis.export import FORMATS, ParquetMissing, written
from feedback_app.analysis.monitor import response_counts
from feedback_app.analysis.published import read_participation, read_statistics
from feedback_app.analysis.release import attack_wave
from feedback_app.command import Refused, in_app, progress_on_terminal, write_file
from feedback_app.database import db
from feedback_app.invitations.models import AUDIENCES, Wave
from feedback_app.invitations.regional import editions
from feedback_app.invitations.waves import NotAddable, PeriodInvalid, WaveExists, add_impact, open_wave
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.versions import join_languages, load_version
from feedback_app.web.pages import current_settings

CUTS = ("flanders", "region", "agency", "offer_type", "language_group", "mode")


@click.group()
def wave() -> None:
    """Measuring moments: half-years in which both sides are asked."""


@wave.command("open")
@click.argument("period")
@click.option("--impact", is_flag=True, help="Ask too how things are some months later.")
@in_app
def open_(period: str, impact: bool) -> None:
    """Freeze the questionnaires and invite for a half-year.

    Example: feedback-app wave open 2026-H1
    """
    try:
        opened = open_wave(db.session, current_settings(), period, impact=impact)
    except (PeriodInvalid, WaveExists, SurveysRefused) as refused:
        raise Refused(str(refused)) from refused
    click.echo(f"wave {opened.key} is open, for trajectories that end {opened.starts_on} – {opened.ends_on}")
    _echo_counts([_status(opened)])


@wave.command("impact")
@click.argument("period")
@in_app
def impact_(period: str) -> None:
    """Ask in an open wave too how things are some months later, by links, tablets and paper.

    It cannot be taken back for that wave.

    Example: feedback-app wave impact 2026-H1
    """
    try:
        add_impact(db.session, current_settings(), period)
    except (NotAddable, SurveysRefused) as refused:
        raise Refused(str(refused)) from refused
    click.echo(f"wave {period} asks impact too; make a link for it at /staff/open-links")


@wave.command()
@click.argument("period")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation (on a terminal).")
@in_app
def close(period: str, yes: bool) -> None:
    """Close a wave for good: links stop working, counts are frozen, results become visible.

    Example: feedback-app wave close 2026-H1
    """
    if not yes and sys.stdin.isatty():
        click.confirm(f"Close wave {period}? Links stop working and this cannot be undone.", abort=True)
    try:
        close_wave(db.session, current_settings(), period, progress_on_terminal(f"closing {period}"))
    except (WaveNotOpen, SurveysRefused, ValueError) as refused:
        raise Refused(str(refused)) from refused
    click.echo(f"wave {period} is closed; see: feedback-app rates --wave {period}")


@wave.command()
@click.argument("period")
@in_app
def languages(period: str) -> None:
    """Let languages that have become ready join an open wave's questionnaires.

    Example: feedback-app wave languages 2026-H1
    """
    found = _wave(period)
    if found.state != "open":
        raise Refused(f"wave {period} is closed")
    asked = {one.survey_key: one.fingerprint for one in found.questionnaires}
    for key in list(asked):
        own = editions(db.session, period, key)
        asked |= {f"{key} in {region}": version.fingerprint for region, version in own.items()}
    for name, fingerprint in asked.items():
        joined = join_languages(db.session, current_settings(), fingerprint)
        click.echo(f"{name}: {', '.join(joined) or 'no new language'}")
    db.session.commit()


@wave.command()
@click.argument("period", required=False)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@in_app
def status(period: str | None, as_json: bool) -> None:
    """Say for each wave whether it is open, and how many were invited and answered.

    Of an open wave in steps and fives, like the page; – stands for few or none.

    Example: feedback-app wave status 2026-H1 --json
    """
    waves = [_wave(period)] if period else list(db.session.scalars(sa.select(Wave).order_by(Wave.key)))
    found = [_status(one) for one in waves]
    if as_json:
        click.echo(json.dumps(found, indent=2))
    elif not found:
        click.echo("there is no wave yet; open one with: feedback-app wave open 2026-H1")
    else:
        _echo_counts(found)


@click.command()
@click.option("--wave", "period", required=True, help="A closed wave, like 2026-H1.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@in_app
def rates(period: str, as_json: bool) -> None:
    """Print the published response rates (AAPOR RR1 and RR2, in percent) of a closed wave.

    Example: feedback-app rates --wave 2026-H1
    """
    wave = _closed(period)
    found = [one for key in wave.surveys for one in read_participation(db.session, period, key)]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    click.echo(f"{'audience':10}{'cut':16}{'member':26}{'invited':>9}{'answered':>9}{'RR1':>5}{'RR2':>5}")
    for one in found:
        rr1, rr2 = ("–" if rate is None else str(rate) for rate in (one.rr1, one.rr2))
        line = f"{one.audience:10}{one.cut:16}{one.member:26}"
        click.echo(f"{line}{one.invited or '–':>9}{one.answered or '–':>9}{rr1:>5}{rr2:>5}")


@click.command()
@click.option("--wave", "period", required=True, help="A closed wave, like 2026-H1.")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder.")
@in_app
def tables(period: str, kind: str, out: Path) -> None:
    """Write every published figure of a closed wave, one file per questionnaire.

    Example: feedback-app tables --wave 2026-H1 --format csv --out tables
    """
    wave = _closed(period)
    for audience in wave.surveys:
        found = [
            statistic for cut in CUTS for statistic in read_statistics(db.session, period, audience, cut=cut)
        ]
        path = out / f"{period}-{audience}.{kind}"
        try:
            write_file(path, written(found, kind))
        except ParquetMissing as missing:
            raise Refused(str(missing)) from missing
        click.echo(str(path))


@click.command()
@click.option("--wave", "period", required=True, help="A closed wave, like 2026-H1.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@in_app
def attack(period: str, as_json: bool) -> None:
    """Try to compute small groups back from all that was ever published of a closed wave.

    Exit code 0: no group can be computed. 1: at least one can; it says which, not how many people.

    Example: feedback-app attack --wave 2026-H1
    """
    found, progress = _closed(period), progress_on_terminal(f"attacking {period}")
    attacks = {}
    for number, audience in enumerate(found.surveys):
        progress(number, len(found.surveys), audience)
        survey = load_version(db.session, found.fingerprint(audience)).survey
        attacks[audience] = attack_wave(db.session, current_settings(), period, survey)
    progress(1, 1, period)
    if as_json:
        click.echo(
            json.dumps({"wave": period, **{key: asdict(one) for key, one in attacks.items()}}, indent=2)
        )
    for audience, one in attacks.items() if not as_json else ():
        opened = len(one.findings)
        secrets = f"{one.secrets} groups that must stay unknown"
        click.echo(f"{audience:10} {one.figures} figures, {secrets}, {opened} opened")
    opened_groups = [finding for one in attacks.values() for finding in one.findings]
    if opened_groups:
        listed = "; ".join(
            f"{one.audience} {one.item} {one.cut} {one.member} ({one.answer})" for one in opened_groups
        )
        raise Refused(
            f"a reader can compute: {listed}. Withdraw what was released last, and tell the analyst."
        )


def _wave(period: str) -> Wave:
    found = db.session.get(Wave, period)
    if found is None:
        raise Refused(f"there is no wave {period}; see: feedback-app wave status")
    return found


def _closed(period: str) -> Wave:
    found = _wave(period)
    if found.state != "closed":
        raise Refused(f"wave {period} is still open; results exist once it is closed")
    return found


def _status(found: Wave) -> dict[str, object]:
    counts = _published_counts(found) if found.state == "closed" else _collected(found)
    return {
        "wave": found.key,
        "state": found.state,
        "starts_on": str(found.starts_on),
        "ends_on": str(found.ends_on),
        **{audience: counts.get(audience, {"invited": 0, "answered": 0}) for audience in AUDIENCES},
    }


def _collected(found: Wave) -> dict[str, dict[str, object]]:
    """How far an open wave is, as the page tells it: in steps, in fives, and None below ten."""
    total = response_counts(db.session, found.key, None).total
    return {
        audience: {"invited": group.invited.shown, "answered": group.answered.shown}
        for audience, group in total.items()
    }


def _published_counts(found: Wave) -> dict[str, dict[str, object]]:
    """What was published of a closed wave: a number, a range like "10–14", or None when withheld."""
    return {
        one.audience: {"invited": _number(one.invited), "answered": _number(one.answered)}
        for audience in AUDIENCES
        for one in read_participation(db.session, found.key, audience, cut="flanders")
    }


def _number(printed: str) -> int | str | None:
    return int(printed) if printed.isdecimal() else printed or None


def _echo_counts(found: list[dict[str, object]]) -> None:
    for one in found:
        click.echo(f"{one['wave']}  {one['state']}")
        for audience in AUDIENCES:
            counts = one[audience]
            assert isinstance(counts, dict)
            invited, answered = (
                "–" if n is None else str(n) for n in (counts["invited"], counts["answered"])
            )
            click.echo(f"  {audience:10} invited {invited:>6}  answered {answered:>6}")
