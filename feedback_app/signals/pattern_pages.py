"""Patterns: what a closed wave shows, and from one of them to a signal draft.

GET  /staff/patterns                      what was found, a chart and a sentence each
GET  /staff/patterns/tests/<wave>/<family>  every test of a family, also those that found nothing
*    /staff/patterns/<id>/signal          make a signal draft of one
POST /staff/patterns/again/<wave>         look again (a job), once remarks were coded after closing
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.analysis import pattern_wording
from feedback_app.analysis.pattern_charts import pattern_chart
from feedback_app.analysis.pattern_wording import Names
from feedback_app.analysis.proposal import Verdict
from feedback_app.analysis.published_patterns import read_run
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import all_waves
from feedback_app.jobs import Job, enqueue
from feedback_app.questionnaires.declarations import Family
from feedback_app.regions import region_names
from feedback_app.signals import forms, proposals
from feedback_app.signals.pattern_form import PatternSignalForm
from feedback_app.signals.proposals import AlreadyRaised, PatternUnknown
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.errors import error_page
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("patterns", __name__, url_prefix="/staff/patterns")
# the pages of signals and of themes show patterns too
blueprint.add_app_template_global(pattern_chart)

#: evidence → how its pill looks
PILLS = {Verdict.STRONG: "brand", Verdict.POSSIBLE: "warning"}


@blueprint.errorhandler(PatternUnknown)
def _unknown(error: PatternUnknown) -> ResponseReturnValue:
    return error_page(404)


@blueprint.get("")
def overview() -> str:
    account = current_account()
    waves = [wave for wave in all_waves(db.session) if wave.state == "closed"]
    wanted = request.args.get("wave")
    wave = next((one for one in waves if one.key == wanted), None)
    if wanted and wave is None:
        abort(404)
    wave = wave or next(iter(waves), None)
    found = proposals.found_in(db.session, wave.key, visible_region(account)) if wave else []
    return render_template(
        "patterns/overview.html",
        waves=waves,
        wave=wave,
        run=read_run(db.session, wave.key) if wave else None,
        proposed=proposals.proposed(found),
        families={family: [one for one in found if one.proposal.family == family] for family in Family},
        raised=proposals.raised(db.session, account, wave.key) if wave else {},
        may_raise=lambda one: proposals.may_raise(account, one),
        names=_names(wave) if wave else None,
        **_words(),
    )


@blueprint.get("/tests/<wave_key>/<family>")
def tests(wave_key: str, family: str) -> str:
    wave = db.session.get(Wave, wave_key)
    if wave is None or family not in set(Family):
        abort(404)
    found = proposals.found_in(db.session, wave.key, visible_region(current_account()))
    return render_template(
        "patterns/tests.html",
        wave=wave,
        family=Family(family),
        found=[one for one in found if one.proposal.family == family],
        names=_names(wave),
        **_words(),
    )


@blueprint.route("/<test_id>/signal", methods=["GET", "POST"])
def make_signal(test_id: str) -> ResponseReturnValue:
    account = current_account()
    found = proposals.find_one(db.session, account, test_id)
    wave = db.session.get_one(Wave, found.wave_key)
    words = _names(wave)
    form = PatternSignalForm(data=proposals.draft_of(found, words))
    form.offer(forms.theme_names(current_settings()))
    if form.validate_on_submit():
        try:
            signal = proposals.raise_signal(db.session, account, found, **form.values())
        except AlreadyRaised as before:
            signal = before.signal
            flash(
                _("Van dit patroon was al een signaal gemaakt: dit hier. Er kwam geen tweede bij."), "warning"
            )
        return redirect(url_for("signals.detail", signal_id=signal.id))
    return render_template(
        "patterns/make_signal.html",
        one=found,
        wave=wave,
        form=form,
        made=proposals.raised(db.session, account, wave.key).get(found.proposal.key),
        names=words,
        **_words(),
    )


@blueprint.post("/again/<wave_key>")
def search_again(wave_key: str) -> ResponseReturnValue:
    wave = db.session.get(Wave, wave_key)
    if wave is None or wave.state != "closed":
        abort(404)
    arguments = {"wave_key": wave.key}
    job = waiting_job(db.session, "find_patterns", arguments)
    job = job or enqueue(db.session, "find_patterns", arguments, current_account().id, current_language().key)
    return redirect(url_for("staff.job", job_id=job.id))


def _names(wave: Wave) -> Names:
    settings = current_settings()
    regions, themes = region_names(settings.surveys_dir), forms.theme_names(settings)
    return proposals.names(db.session, wave, regions, themes)


def _words() -> dict[str, object]:
    """What the templates say things with."""
    return {
        "say": pattern_wording.sentence,
        "meaning": pattern_wording.meaning,
        "facts": pattern_wording.facts,
        "verdicts": pattern_wording.VERDICT_NAMES,
        "family_names": pattern_wording.FAMILY_NAMES,
        "pills": PILLS,
    }


def _after_search(job: Job) -> str:
    return url_for("patterns.overview", wave=job.result)


names_work(
    blueprint,
    "find_patterns",
    Kind(_l("Opnieuw naar patronen zoeken"), _l("Naar de patronen"), _after_search),
)
