"""Good practices: the inspiration guide.

GET  /staff/practices                    what was released, and what waits
*    /staff/practices/new[?signal=<id>]  write one, or work out what a pre-signal began
GET  /staff/practices/<id>               one practice
*    /staff/practices/<id>/edit          reword it, until it is released
*    /staff/practices/<id>/release       let everybody read it, as a second person
*    /staff/practices/<id>/withdraw      take it back
*    /staff/practices/<id>/contact       ask who knows more
GET  /staff/practices/requests           what colleagues asked about mine
POST /staff/practices/requests/<id>      that was answered
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.database import db
from feedback_app.exchange import contact as contacts
from feedback_app.exchange import practices
from feedback_app.exchange.forms import FIELD_NAMES, STATE_NAMES, ContactForm, PracticeForm, StepForm
from feedback_app.exchange.models import STATES, Practice
from feedback_app.exchange.practices import AlreadyWritten, Filter, Outdated, PracticeUnknown, StepRefused
from feedback_app.exchange.words import theme_names
from feedback_app.invitations.waves import all_waves
from feedback_app.regions import region_names
from feedback_app.signals.edit import SignalUnknown, find_signal
from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.web.errors import error_page
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("practices", __name__, url_prefix="/staff/practices")


@blueprint.errorhandler(PracticeUnknown)
@blueprint.errorhandler(SignalUnknown)
def _unknown(error: LookupError) -> ResponseReturnValue:
    return error_page(404)


@blueprint.get("")
def overview() -> str:
    account = current_account()
    wanted = Filter(*(request.args.get(name, "") for name in ("theme", "region", "state")))
    writes = account.role in practices.WRITERS
    return render_template(
        "exchange/practices.html",
        found=practices.list_practices(db.session, account, wanted),
        counts=practices.count_by_state(db.session, account),
        reported=practices.reported(db.session, account) if writes else [],
        asked=contacts.requests_for(db.session, account),
        wanted=wanted,
        states=STATES,
        regions=region_names(current_settings().surveys_dir),
        **_words(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account = current_account()
    wanted = request.args.get("signal", "")
    signal = find_signal(db.session, account, wanted) if wanted else None
    form = _form(account, data=_begun(signal) if signal else _empty())
    late = signal and form.is_submitted() and practices.worked_out(db.session, signal.id)
    if signal and not late and signal not in practices.reported(db.session, account):
        abort(404)  # it is none, or was worked out already
    taken = False
    if form.validate_on_submit():
        try:
            made = practices.write_practice(db.session, account, form.values(), signal, form.key.data or "")
        except AlreadyWritten as before:
            made = before.practice
            taken = made.id != form.key.data
        if not taken:
            flash(_("De praktijk is bewaard. Iemand anders leest ze na en geeft ze vrij."), "good")
            return redirect(url_for("practices.detail", practice_id=made.id))
    page: dict[str, Any] = {"form": form, "practice": None, "signal": signal, "stored": {}, "taken": taken}
    return render_template("exchange/edit_practice.html", **page), 409 if taken else 200


@blueprint.get("/<practice_id>")
def detail(practice_id: str) -> str:
    account = current_account()
    practice = practices.find_practice(db.session, account, practice_id)
    refused = _why_not(practices.check_release, account, practice)
    return render_template(
        "exchange/practice.html",
        practice=practice,
        writes=account.role in practices.WRITERS,
        may_reword=not _why_not(practices.check_reword, account, practice),
        may_withdraw=not _why_not(practices.check_withdraw, account, practice),
        may_release=practice.state == "waiting" and may_open(account, "practices.release"),
        refused=refused,
        asked=contacts.asked_before(db.session, account, practice),
        emails=practices.emails_of(db.session, [one.account_id for one in practice.history]),
        **_words(),
    )


@blueprint.route("/<practice_id>/edit", methods=["GET", "POST"])
def edit(practice_id: str) -> ResponseReturnValue:
    account = current_account()
    practice = practices.find_practice(db.session, account, practice_id)
    if fault := _why_not(practices.check_reword, account, practice):
        flash(fault, "danger")
        return redirect(url_for("practices.detail", practice_id=practice.id))
    form = _form(account, obj=practice)
    stored: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            practices.reword_practice(db.session, account, practice, form.revision.data, form.values())
        except Outdated:
            stored = _meanwhile(practice, form)
        else:
            flash(_("Je tekst is bewaard. Iemand anders leest hem na en geeft hem vrij."), "good")
            return redirect(url_for("practices.detail", practice_id=practice.id))
    page = {"form": form, "practice": practice, "signal": None, "stored": stored}
    status = 409 if stored else 200
    return render_template("exchange/edit_practice.html", **page, field_names=FIELD_NAMES), status


@blueprint.route("/<practice_id>/release", methods=["GET", "POST"])
def release(practice_id: str) -> ResponseReturnValue:
    account = current_account()
    practice = practices.find_practice(db.session, account, practice_id)
    form = StepForm(obj=practice)
    del form.reason
    fault = _why_not(practices.check_release, account, practice)
    if form.validate_on_submit() and not fault:
        if _done(practices.release_practice, account, practice, form.revision.data):
            flash(_("De praktijk is vrijgegeven. Alle regio’s kunnen ze nu lezen."), "good")
        return redirect(url_for("practices.detail", practice_id=practice.id))
    return render_template(
        "exchange/release_practice.html", practice=practice, form=form, fault=fault, **_words()
    )


@blueprint.route("/<practice_id>/withdraw", methods=["GET", "POST"])
def withdraw(practice_id: str) -> ResponseReturnValue:
    account = current_account()
    practice = practices.find_practice(db.session, account, practice_id)
    if fault := _why_not(practices.check_withdraw, account, practice):
        flash(fault, "danger")
        return redirect(url_for("practices.detail", practice_id=practice.id))
    form = StepForm(obj=practice)
    if form.validate_on_submit():
        reason = form.reason.data.replace("\r\n", "\n")
        if _done(practices.withdraw_practice, account, practice, form.revision.data, reason):
            flash(_("De praktijk is ingetrokken."), "good")
        return redirect(url_for("practices.detail", practice_id=practice.id))
    return render_template("exchange/withdraw_practice.html", practice=practice, form=form)


@blueprint.route("/<practice_id>/contact", methods=["GET", "POST"])
def contact(practice_id: str) -> ResponseReturnValue:
    account = current_account()
    practice = practices.find_practice(db.session, account, practice_id)
    if practice.state != "released":
        abort(404)
    if contacts.who_answers(db.session, practice) is None:
        flash(
            _("Niemand kan nu op vragen over deze praktijk antwoorden. Vraag het aan de beheerder."),
            "warning",
        )
        return redirect(url_for("practices.detail", practice_id=practice.id))
    form = ContactForm()
    if form.validate_on_submit():
        message = form.message.data.replace("\r\n", "\n").strip()
        contacts.ask_for_contact(db.session, account, practice, message)
        flash(
            _("Je vraag is genoteerd voor wie er meer over weet. Het antwoord komt op jouw e-mailadres."),
            "good",
        )
        return redirect(url_for("practices.detail", practice_id=practice.id))
    asked = contacts.asked_before(db.session, account, practice)
    return render_template("exchange/ask_contact.html", practice=practice, form=form, asked=asked)


@blueprint.get("/requests")
def requests() -> str:
    asked = contacts.requests_for(db.session, current_account())
    return render_template("exchange/requests.html", asked=asked)


@blueprint.post("/requests/<request_id>")
def answered(request_id: str) -> ResponseReturnValue:
    if not contacts.mark_answered(db.session, current_account(), request_id):
        abort(404)
    flash(_("Genoteerd: beantwoord."), "good")
    return redirect(url_for("practices.requests"))


def _form(account: Account, **given: Any) -> PracticeForm:
    settings = current_settings()
    form = PracticeForm(**given)
    regions = {} if visible_region(account) else region_names(settings.surveys_dir)
    themes = theme_names(settings, current_language().key)
    form.offer(themes, regions, [wave.key for wave in all_waves(db.session)])
    return form


def _empty() -> dict[str, Any]:
    """A new practice goes into the newest report, unless its writer says otherwise."""
    waves = all_waves(db.session)
    return {"wave_key": waves[0].key if waves else "", "theme_key": request.args.get("theme", "")}


def _begun(signal: Signal) -> dict[str, Any]:
    """What a pre-signal said already."""
    return {
        "title": signal.title,
        "what": signal.finding or signal.observation,
        "theme_key": signal.theme_key,
        "region_key": signal.region_key or "",
        "wave_key": signal.wave_key,
    }


def _meanwhile(practice: Practice, form: PracticeForm) -> dict[str, str]:
    """What somebody else stored where that is not what was typed; the page carries the new revision."""
    db.session.refresh(practice)
    form.revision.data, form.revision.raw_data = practice.revision, None
    mine = form.values()
    texts = ("title", "what", "place", "why", "contact", "theme_key", "region_key", "wave_key")
    return {
        name: getattr(practice, name) or _("leeg")
        for name in texts
        if name in form and (getattr(practice, name) or "") != (mine[name] or "")
    } or {"title": practice.title}


def _done(step: Any, *arguments: Any) -> bool:
    """Whether a step was taken; else the page says why not."""
    try:
        step(db.session, *arguments)
    except StepRefused as refused:
        flash(_refusal(refused), "danger")
    except Outdated:
        flash(_("Een collega veranderde deze praktijk net. Kijk ze na en probeer opnieuw."), "warning")
    else:
        return True
    return False


def _why_not(check: Callable[[Account, Practice], None], account: Account, practice: Practice) -> str:
    """Why this colleague cannot take a step now; empty when they can."""
    try:
        check(account, practice)
    except StepRefused as refused:
        return _refusal(refused)
    return ""


def _refusal(refused: StepRefused) -> str:
    if refused.reason == "fields":
        missing = ", ".join(f"“{FIELD_NAMES[name]}”" for name in refused.missing)
        return str(_("Vul eerst in: %(fields)s.", fields=missing))
    texts = {
        "four_eyes": _("Je schreef hier zelf aan mee. Iemand anders geeft ze vrij."),
        "role": _("Deze stap is er niet voor jouw rol of jouw regio."),
        "state": _("Deze stap kan nu niet: kijk eerst in welke toestand de praktijk is."),
    }
    return str(texts[refused.reason])


def _words() -> dict[str, object]:
    names = theme_names(current_settings(), current_language().key)
    return {"themes": names, "state_names": STATE_NAMES, "field_names": FIELD_NAMES}


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """What a second person may release, and what colleagues asked."""
    found = []
    if may_open(account, "practices.release"):
        number = practices.count_by_state(session, account).get("waiting", 0)
        text = ngettext(
            "praktijk wacht op een tweede lezer", "praktijken wachten op een tweede lezer", number
        )
        url = url_for("practices.overview", state="waiting")
        found.append(Waiting(number, text, _("Bekijk deze praktijken"), url))
    if may_open(account, "practices.requests"):
        open_ones = [one for one in contacts.requests_for(session, account) if not one.request.answered]
        number = len(open_ones)
        text = ngettext(
            "vraag van een collega over een praktijk van jou",
            "vragen van collega’s over praktijken van jou",
            number,
        )
        found.append(Waiting(number, text, _("Bekijk de vragen"), url_for("practices.requests")))
    return [one for one in found if one.number]


tells_what_waits(blueprint, _what_waits)
