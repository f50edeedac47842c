"""Questions of one region beside the core: proposed there, looked at in a phone, decided by an analyst.

GET  /staff/regiovragen                     every proposal, and what files ask
*    /staff/regiovragen/nieuw               propose one; `?from=` begins with an earlier one
POST /staff/regiovragen/voorbeeld           the page in the phone with what stands in the form; keeps nothing
GET  /staff/regiovragen/<id>                one proposal: the page, its languages, its history
GET  /staff/regiovragen/<id>/voorbeeld      the page inside the phone
*    /staff/regiovragen/<id>/intrekken      take the own proposal back
*    /staff/regiovragen/<id>/<step>         accept, refuse or retire one
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.database import db
from feedback_app.questionnaires import proposing
from feedback_app.questionnaires.accepted import item_of
from feedback_app.questionnaires.loading import SurveysRefused, load_codes, load_survey, load_themes
from feedback_app.questionnaires.models import RegionalItem
from feedback_app.questionnaires.proposing import AlreadyDecided, DoesNotFit, NoRoom, ProposalUnknown
from feedback_app.questionnaires.regional import MOST, SURVEYS, load_regional
from feedback_app.regions import region_names
from feedback_app.responses import document
from feedback_app.responses.preview_pages import WHY
from feedback_app.responses.regional_form import DecisionForm, RegionalForm
from feedback_app.responses.regional_trial import Trial, core_page
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.web.errors import error_page
from feedback_app.web.headers import allow_own_frame
from feedback_app.web.pages import current_settings

blueprint = Blueprint("regional", __name__, url_prefix="/staff/regiovragen")

SURVEY_NAMES = {"newcomer": _l("Nieuwkomers"), "partner": _l("Aanbodpartners")}
STATE_NAMES = {
    "proposed": _l("voorgesteld"),
    "withdrawn": _l("ingetrokken"),
    "refused": _l("geweigerd"),
    "accepted": _l("aanvaard"),
    "retired": _l("gestopt"),
}
PILLS = {"proposed": "warning", "accepted": "good", "refused": "danger"}
_ALIVE = ("proposed", "accepted")
#: what a button says, and what will happen
STEP_WORDS = {
    "accept": (
        _l("Aanvaarden"),
        _l(
            "De vraag komt in het volgende meetmoment, alleen in deze regio. "
            "Een meetmoment dat al open is, verandert niet."
        ),
    ),
    "refuse": (
        _l("Weigeren"),
        _l("De vraag komt er niet. De regio leest je reden en kan een nieuw voorstel doen."),
    ),
    "retire": (
        _l("Laten stoppen"),
        _l(
            "Vanaf het volgende meetmoment wordt de vraag niet meer gesteld. "
            "Antwoorden die er al zijn, blijven."
        ),
    ),
    "withdraw": (_l("Intrekken"), _l("Het voorstel gaat niet door. Je kan er later opnieuw mee beginnen.")),
}


@blueprint.errorhandler(ProposalUnknown)
def _unknown(_error: ProposalUnknown) -> ResponseReturnValue:
    return error_page(404)


@blueprint.errorhandler(SurveysRefused)
def _files_at_fault(_error: SurveysRefused) -> ResponseReturnValue:
    command = "feedback-app surveys check"
    return error_page(
        409, _("Er staat een fout in een vragenlijst. Zo vind je ze: %(command)s.", command=command)
    )


@blueprint.get("")
def overview() -> str:
    account, settings = current_account(), current_settings()
    own = visible_region(account)
    written = [
        (key, region, items)
        for key in SURVEYS
        for region, items in load_regional(settings.surveys_dir, key).items()
        if own in (None, region)
    ]
    return render_template(
        "regional/overview.html",
        found=[(row, item_of(row)) for row in proposing.proposals(db.session, account)],
        written=written,
        most=MOST,
        **_words(),
    )


@blueprint.route("/nieuw", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account, settings = current_account(), current_settings()
    form, region = _form(), _region(account)
    if not form.is_submitted():
        _begin(form, account)
    elif form.validate():
        row, trial = _tried(form, region)
        if not _explain(form, trial):
            try:
                row = proposing.propose(
                    db.session, settings, account, row.survey_key, item_of(row), form.why.data.strip()
                )
            except NoRoom:
                form.form_errors.append(_no_room())
            else:
                flash(_("Je voorstel is ingediend. Een analist beslist."), "good")
                return redirect(url_for("regional.detail", item_id=row.id), 303)
    rooms = {key: proposing.room(db.session, settings, key, region) for key in SURVEYS}
    key = proposing.next_key(db.session, settings, region)
    page = render_template("regional/new.html", form=form, rooms=rooms, region=region, key=key, **_words())
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/voorbeeld")
def show() -> ResponseReturnValue:
    """The page with what stands in the form; what is answered there comes here too, and is forgotten."""
    allow_own_frame()
    account = current_account()
    if "answers" not in request.form:
        return _thanks()
    form = _form(csrf=False)
    if not form.validate():
        return render_template("regional/not_yet.html", form=form)
    _row, trial = _tried(form, _region(account))
    if _explain(form, trial):
        return render_template("regional/not_yet.html", form=form)
    return _questionnaire(trial)


@blueprint.get("/<item_id>")
def detail(item_id: str) -> str:
    account = current_account()
    row = proposing.find_proposal(db.session, account, item_id)
    try:
        trial = Trial(db.session, current_settings(), row)
        advice, languages = trial.advice(), trial.languages() if row.state in _ALIVE else []
        fits = not trial.faults() or row.state not in _ALIVE
    except (SurveysRefused, LookupError):  # the core changed since
        advice, languages, fits = [], [], False
    return render_template(
        "regional/detail.html",
        row=row,
        item=item_of(row),
        advice=advice,
        languages=languages,
        fits=fits,
        steps=[step for step in proposing.STEPS if _may(account, row, step)],
        emails=proposing.emails(db.session, row),
        core=load_survey(current_settings().surveys_dir, row.survey_key),
        why=WHY,
        themes=load_themes(current_settings().surveys_dir),
        **_words(),
    )


@blueprint.route("/<item_id>/voorbeeld", methods=["GET", "POST"])
def page(item_id: str) -> ResponseReturnValue:
    row = proposing.find_proposal(db.session, current_account(), item_id)
    allow_own_frame()
    if request.method == "POST":
        return _thanks()
    return _questionnaire(Trial(db.session, current_settings(), row))


@blueprint.route("/<item_id>/intrekken", methods=["GET", "POST"])
def withdraw(item_id: str) -> ResponseReturnValue:
    return _step(item_id, "withdraw")


@blueprint.route("/<item_id>/<step>", methods=["GET", "POST"])
def decide(item_id: str, step: str) -> ResponseReturnValue:
    if step not in proposing.STEPS or step == "withdraw":
        abort(404)
    return _step(item_id, step)


def _step(item_id: str, step: str) -> ResponseReturnValue:
    account = current_account()
    row = proposing.find_proposal(db.session, account, item_id)
    back = redirect(url_for("regional.detail", item_id=row.id), 303)
    if row.state != proposing.STEPS[step][0]:
        flash(_("Intussen is er al beslist. Kijk hoe het nu staat."), "warning")
        return back
    form = DecisionForm()
    if proposing.STEPS[step][2]:
        form.ask_why()
    if form.validate_on_submit():
        reason = (form.reason.data or "").replace("\r\n", "\n").strip()
        try:
            proposing.take_step(db.session, current_settings(), account, row, step, reason)
        except NoRoom:
            form.form_errors.append(_no_room())
        except DoesNotFit:
            form.form_errors.append(_same_place())
        except AlreadyDecided:
            flash(_("Intussen is er al beslist. Kijk hoe het nu staat."), "warning")
            return back
        else:
            flash(_("Bewaard: %(state)s.", state=STATE_NAMES[row.state]), "good")
            return back
    words = _words()
    content = render_template(
        "regional/decide.html", row=row, item=item_of(row), step=step, form=form, **words
    )
    return content, 422 if form.is_submitted() else 200


def _form(csrf: bool = True) -> RegionalForm:
    settings = current_settings()
    form = RegionalForm(meta={"csrf": csrf})
    surveys = {key: load_survey(settings.surveys_dir, key) for key in SURVEYS}
    form.offer(surveys, SURVEY_NAMES, load_themes(settings.surveys_dir))
    return form


def _begin(form: RegionalForm, account: Account) -> None:
    """Fill in an earlier proposal of the region, when the address names one."""
    if earlier := request.args.get("from"):
        row = proposing.find_proposal(db.session, account, earlier)
        form.fill(row.survey_key, item_of(row), row.why)


def _tried(form: RegionalForm, region: str) -> tuple[RegionalItem, Trial]:
    settings, survey_key = current_settings(), form.survey.data
    item = form.item(proposing.next_key(db.session, settings, region))
    row = proposing.as_row(region, survey_key, item)
    return row, Trial(db.session, settings, row)


def _questionnaire(trial: Trial) -> ResponseReturnValue:
    """The page, with what has to be answered for the question to be asked at all."""
    asked = trial.ask(_some_activity())
    return document.questionnaire(asked, document.fill_in(asked, trial.answers_before()))


def _thanks() -> ResponseReturnValue:
    """What follows on a page that was only looked at."""
    return document.thanks(core_page(current_settings(), _some_activity()), needs_help=False)


def _explain(form: RegionalForm, trial: Trial) -> bool:
    """Say beside the form what the checks refuse; whether there is anything."""
    if trial.is_third:
        form.form_errors.append(_no_room())
    elif trial.is_crowded:
        form.form_errors.append(_same_place())
    else:
        form.form_errors += trial.faults()
    if not form.form_errors and (number := trial.too_many()):
        text = ngettext(
            "De pagina is %(num)d teken te lang. Maak de vraag of de antwoorden korter.",
            "De pagina is %(num)d tekens te lang. Maak de vraag of de antwoorden korter.",
            number,
        )
        form.form_errors.append(text)
    return bool(form.form_errors)


def _same_place() -> str:
    return str(
        _(
            "Een andere vraag van deze regio komt al na dezelfde vraag. "
            "Kies antwoorden op een andere vraag, of stel ze aan iedereen."
        )
    )


def _no_room() -> str:
    return str(
        _(
            "Deze regio heeft al %(most)d eigen vragen in deze vragenlijst, ook met wat nog wacht op een "
            "beslissing. Trek een voorstel in, of vraag een analist om een vraag te laten stoppen.",
            most=MOST,
        )
    )


def _region(account: Account) -> str:
    if account.region_key is None:
        abort(403)
    return account.region_key


def _some_activity() -> str:
    return load_codes(current_settings().surveys_dir).offer_types[0].key


def _may(account: Account, row: RegionalItem, step: str) -> bool:
    endpoint = "regional.withdraw" if step == "withdraw" else "regional.decide"
    return row.state == proposing.STEPS[step][0] and may_open(account, endpoint)


def _words() -> dict[str, object]:
    """What the templates say things with."""
    return {
        "survey_names": SURVEY_NAMES,
        "state_names": STATE_NAMES,
        "pills": PILLS,
        "step_words": STEP_WORDS,
        "regions": region_names(current_settings().surveys_dir),
    }


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Proposals on which nobody decided yet."""
    if not may_open(account, "regional.decide"):
        return []
    number = sum(row.state == "proposed" for row in proposing.proposals(session, account))
    if not number:
        return []
    text = ngettext(
        "vraag van een regio om over te beslissen", "vragen van regio’s om over te beslissen", number
    )
    return [Waiting(number, text, _("Naar de regiovragen"), url_for("regional.overview"))]


tells_what_waits(blueprint, _what_waits)
