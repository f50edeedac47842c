"""Waves: how many answered while one is open, what they said once it is closed.

GET  /staff/waves                  every wave, in short
*    /staff/waves/new              open one
GET  /staff/waves/<key>/response   who was invited, reached and answered while one is open
*    /staff/waves/<key>/impact     ask in an open one too how things are some months later
*    /staff/waves/<key>/close      close one (a job in the worker)
GET  /staff/waves/<key>/results    what may be shown of a closed one
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.analysis import monitor
from feedback_app.analysis.forms import CloseForm, ImpactForm, OpenForm, half_year
from feedback_app.analysis.results import wave_results
from feedback_app.database import db, today
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import (
    CLOSED_ORDERS,
    DEFAULT_CLOSED_ORDER,
    NotAddable,
    PeriodInvalid,
    WaveExists,
    closed_waves,
    open_waves,
)
from feedback_app.invitations.waves import add_impact as add_impact_to
from feedback_app.invitations.waves import open_wave as open_period
from feedback_app.jobs import Job, enqueue
from feedback_app.languages import GROUPS, language
from feedback_app.questionnaires.loading import SurveysRefused, load_codes
from feedback_app.regions import region_names
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.locale import current_language
from feedback_app.web.pages import asked_order, asked_page, current_settings

blueprint = Blueprint("analysis", __name__, url_prefix="/staff")

AUDIENCE_NAMES = {"newcomer": _l("Nieuwkomers"), "partner": _l("Aanbodpartners")}
SURVEY_NAMES = {**AUDIENCE_NAMES, "impact": _l("Nieuwkomers, enkele maanden later")}
_FAULTY = _l("De vragenlijsten bevatten een fout. Vraag de beheerder om “feedback-app surveys check”.")
CHANNELS = {
    "sms": _l("sms"),
    "email": _l("e-mail"),
    "whatsapp": _l("WhatsApp"),
    "card": _l("kaart, of nog geen bericht"),
}


@blueprint.get("/waves")
def waves() -> str:
    region, order = visible_region(current_account()), asked_order(CLOSED_ORDERS, DEFAULT_CLOSED_ORDER)
    collecting = list(reversed(open_waves(db.session)))
    return render_template(
        "analysis/waves.html",
        waves=collecting,
        closed=closed_waves(db.session, order=order, page=asked_page()),
        order=order,
        responses={one.key: monitor.response_counts(db.session, one.key, region) for one in collecting},
        audiences=AUDIENCE_NAMES,
        regions=region_names(current_settings().surveys_dir),
    )


@blueprint.route("/waves/new", methods=["GET", "POST"])
def open_wave() -> ResponseReturnValue:
    form = OpenForm()
    if not form.is_submitted():
        form.period.data = half_year(today())
    elif form.validate():
        try:
            wave = open_period(
                db.session,
                current_settings(),
                form.period.data,
                impact=form.impact.data,
                account=current_account(),
            )
        except (PeriodInvalid, WaveExists) as refused:
            form.period.errors = [str(refused)]
        except SurveysRefused:
            form.period.errors = [str(_FAULTY)]
        else:
            flash(_("Meetmoment %(wave)s is open.", wave=wave.key), "good")
            return redirect(url_for("analysis.waves"))
    return render_template("analysis/open_wave.html", form=form)


@blueprint.route("/waves/<wave_key>/impact", methods=["GET", "POST"])
def add_impact(wave_key: str) -> ResponseReturnValue:
    wave, form = _wave(wave_key), ImpactForm()
    if form.validate_on_submit():
        try:
            add_impact_to(db.session, current_settings(), wave.key, current_account())
        except (NotAddable, SurveysRefused) as refused:
            flash(str(refused) if isinstance(refused, NotAddable) else _FAULTY, "warning")
        else:
            flash(_("Meetmoment %(wave)s vraagt nu ook hoe het gaat. Maak een link.", wave=wave_key), "good")
        return redirect(url_for("analysis.waves"))
    return render_template("analysis/add_impact.html", wave=wave, form=form)


@blueprint.get("/waves/<wave_key>/response")
def response(wave_key: str) -> ResponseReturnValue:
    wave, settings = _wave(wave_key), current_settings()
    found = None
    if wave.state == "open":
        found = monitor.response_counts(db.session, wave.key, visible_region(current_account()))
    return render_template(
        "analysis/response.html",
        wave=wave,
        found=found,
        audiences=AUDIENCE_NAMES,
        regions=region_names(settings.surveys_dir),
        agencies={one.key: one.label for one in load_codes(settings.surveys_dir).agencies},
        channels=CHANNELS,
        tongues={
            group: [language(key) for key, own in GROUPS.items() if own == group] for group in GROUPS.values()
        },
        least={"groups": monitor.SMALL, "languages": monitor.SMALL_LANGUAGE},
    )


@blueprint.route("/waves/<wave_key>/close", methods=["GET", "POST"])
def close_wave(wave_key: str) -> ResponseReturnValue:
    wave = _wave(wave_key)
    if wave.state != "open":
        flash(_("Dit meetmoment is al gesloten."), "warning")
        return redirect(url_for("analysis.waves"))
    form = CloseForm()
    if form.validate_on_submit():
        arguments = {"wave_key": wave.key}
        job = waiting_job(db.session, "close_wave", arguments)
        job = job or enqueue(
            db.session, "close_wave", arguments, current_account().id, current_language().key
        )
        return redirect(url_for("staff.job", job_id=job.id))
    return render_template(
        "analysis/close_wave.html", wave=wave, form=form, too_early=today() <= wave.ends_on
    )


@blueprint.get("/waves/<wave_key>/results")
def results(wave_key: str) -> ResponseReturnValue:
    wave, names = _wave(wave_key), region_names(current_settings().surveys_dir)
    bound = visible_region(current_account())
    region = bound or request.args.get("region") or None
    if region is not None and region not in names:
        abort(404)
    found = []
    if wave.state == "closed":
        found = wave_results(db.session, wave, region, names.get(region or "", ""))
    return render_template(
        "analysis/results.html",
        wave=wave,
        results=found,
        region=region,
        regions={} if bound else names,
        audiences=SURVEY_NAMES,
    )


def _wave(wave_key: str) -> Wave:
    wave = db.session.get(Wave, wave_key)
    if wave is None:
        abort(404)
    return wave


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Waves whose half-year is over and that still collect."""
    if not may_open(account, "analysis.close_wave"):
        return []
    over = [one for one in open_waves(session) if one.ends_on < today()]
    if not over:
        return []
    number = len(over)
    text = ngettext(
        "meetmoment waarvan het halfjaar voorbij is", "meetmomenten waarvan het halfjaar voorbij is", number
    )
    return [Waiting(number, text, _("Naar de meetmomenten"), url_for("analysis.waves"))]


def _after_closing(job: Job) -> str:
    if may_open(current_account(), "analysis.results"):
        return url_for("analysis.results", wave_key=job.result)
    return url_for("analysis.waves")


tells_what_waits(blueprint, _what_waits)
names_work(
    blueprint,
    "close_wave",
    Kind(
        _l("Meetmoment sluiten"),
        _l("Verder"),
        _after_closing,
        shared=True,
    ),
)
