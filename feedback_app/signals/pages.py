"""Signals: list, form P, fiche, wording, steps."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from feedback_app.analysis import pattern_wording
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import all_waves
from feedback_app.regions import region_names
from feedback_app.signals import edit as editing
from feedback_app.signals import forms, history, lifecycle, proposals
from feedback_app.signals.edit import Filter, Outdated, SignalUnknown
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import STATES, Signal
from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open, visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.waiting import Waiting, tells_what_waits
from feedback_app.web.errors import error_page
from feedback_app.web.pages import current_settings

blueprint = Blueprint("signals", __name__, url_prefix="/staff")


@blueprint.errorhandler(SignalUnknown)
def _unknown(error: SignalUnknown) -> ResponseReturnValue:
    return error_page(404)


@blueprint.get("/signals")
def overview() -> str:
    account = current_account()
    wanted = Filter(*(request.args.get(name, "") for name in ("state", "theme", "wave")))
    return render_template(
        "signals/overview.html",
        signals=editing.list_signals(db.session, account, wanted),
        counts=editing.count_by_state(db.session, account),
        wanted=wanted,
        themes=forms.theme_names(current_settings()),
        waves=[wave.key for wave in all_waves(db.session)],
        states=STATES,
        state_names=forms.STATE_NAMES,
    )


@blueprint.route("/signals/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account, settings = current_account(), current_settings()
    waves = [wave.key for wave in all_waves(db.session)]
    regions = {} if visible_region(account) else region_names(settings.surveys_dir)
    form = forms.pre_signal_form(settings, waves, regions)
    if waves and form.validate_on_submit():
        signal = editing.write_signal(db.session, account, form.values())
        flash(_("Je pre-signaal is bewaard."), "good")
        return redirect(url_for("signals.detail", signal_id=signal.id))
    return render_template("signals/new.html", form=form, waves=waves, intro=forms.introduction(settings))


@blueprint.get("/signals/<signal_id>")
def detail(signal_id: str) -> str:
    account = current_account()
    signal = editing.find_signal(db.session, account, signal_id)
    return _fiche(signal, account)


@blueprint.route("/signals/<signal_id>/edit", methods=["GET", "POST"])
def edit(signal_id: str) -> ResponseReturnValue:
    account = current_account()
    signal = editing.find_signal(db.session, account, signal_id)
    if not lifecycle.may_edit(signal.state, account.role):
        abort(403)
    form = _wording_form(signal, account)
    stored: dict[str, str] | None = None
    if form.validate_on_submit():
        try:
            editing.reword(db.session, account, signal, form.revision.data, form.values())
        except Outdated:
            stored = _merge(account, signal, form)
        else:
            flash(_("Je tekst is bewaard."), "good")
            return redirect(url_for("signals.detail", signal_id=signal.id))
    elif not form.is_submitted():
        form.seen.data = history.prints(form.values())
    values = {"signal": signal, "form": form, "stored": stored, "field_names": forms.FIELD_NAMES}
    return render_template("signals/edit.html", **values), 200 if stored is None else 409


@blueprint.route("/signals/<signal_id>/move/<target>", methods=["GET", "POST"])
def move(signal_id: str, target: str) -> ResponseReturnValue:
    account = current_account()
    signal = editing.find_signal(db.session, account, signal_id)
    try:
        step = lifecycle.find_move(signal.state, target, account.role)
    except MoveRefused as refusal:
        flash(_refusal(refusal), "danger")
        return redirect(url_for("signals.detail", signal_id=signal.id))
    form = forms.MoveForm(obj=signal)
    form.keep(step.asks)
    fault = ""
    if form.validate_on_submit():
        try:
            editing.move_signal(db.session, account, signal, form.revision.data, target, form.given())
        except MoveRefused as refusal:
            fault = _refusal(refusal)
            for name in set(refusal.missing) & set(step.asks):
                form[name].errors = [_("Dit hebben we nodig.")]
        except Outdated:
            flash(_("Een collega veranderde dit signaal net. Kijk het na en probeer opnieuw."), "warning")
            return redirect(url_for("signals.detail", signal_id=signal.id))
        else:
            flash(_("De stap is gezet: %(state)s.", state=forms.STATE_NAMES[target]), "good")
            return redirect(url_for("signals.detail", signal_id=signal.id))
    button, meaning = forms.STEP_TEXTS[target]
    page = {"signal": signal, "form": form, "step": step, "button": button, "meaning": meaning}
    return render_template("signals/move.html", fault=fault, **page)


def _fiche(signal: Signal, account: Account) -> str:
    settings = current_settings()
    return render_template(
        "signals/detail.html",
        signal=signal,
        themes=forms.theme_names(settings),
        options={name: forms.words(settings, name) for name in ("frequency", "spread", "solver")},
        moves=lifecycle.moves(signal.state, account.role),
        editable=lifecycle.may_edit(signal.state, account.role),
        steps=history.steps(db.session, signal),
        earlier=editing.followed_up(db.session, account, signal),
        state_names=forms.STATE_NAMES,
        step_texts=forms.STEP_TEXTS,
        evidence_names=forms.EVIDENCE_NAMES,
        field_names=forms.FIELD_NAMES,
        **_evidence(signal),
    )


def _evidence(signal: Signal) -> dict[str, object]:
    """The patterns a signal was made from, and the words to say them with."""
    found = proposals.evidence_of(db.session, signal)
    if not found:
        return {"attached": []}
    settings, wave = current_settings(), db.session.get_one(Wave, signal.wave_key)
    words = proposals.names(db.session, wave, region_names(settings.surveys_dir), forms.theme_names(settings))
    say = {
        "say": pattern_wording.sentence,
        "facts": pattern_wording.facts,
        "meaning": pattern_wording.meaning,
    }
    return {"attached": found, "names": words, "verdicts": pattern_wording.VERDICT_NAMES, **say}


def _wording_form(signal: Signal, account: Account) -> forms.WordingForm:
    form = forms.WordingForm(obj=signal)
    earlier = {
        one.id: f"{one.code} {one.title}" for one in editing.earlier_signals(db.session, account, signal)
    }
    if signal.earlier_id:  # kept also where this colleague may not see it
        earlier.setdefault(signal.earlier_id, _("een signaal uit een andere regio"))
    form.offer(forms.theme_names(current_settings()), earlier)
    return form


def _merge(account: Account, signal: Signal, form: forms.WordingForm) -> dict[str, str]:
    """Take over what only the colleague changed; return what is stored where both changed the same field."""
    db.session.refresh(signal)
    mine, seen = form.values(), form.seen.data
    stored = {name: getattr(signal, name) for name in mine}
    untouched = history.untouched(mine, seen)
    for name in untouched:
        form[name].data = stored[name]
    form.revision.data, form.revision.raw_data = signal.revision, None  # the page carries the new revision
    form.seen.data = history.prints(stored)
    both = mine.keys() - untouched - history.untouched(stored, seen)
    return history.differences(
        signal, {name: mine[name] for name in mine if name in both}, _readable(account, signal)
    )


def _readable(account: Account, signal: Signal) -> dict[str, str]:
    themes = forms.theme_names(current_settings())
    evidence = forms.EVIDENCE_NAMES.get(signal.evidence, _("nog niet bepaald"))
    earlier = editing.followed_up(db.session, account, signal)
    return {
        "theme_key": themes.get(signal.theme_key, signal.theme_key),
        "evidence": str(evidence),
        "is_practice": _("ja") if signal.is_practice else _("nee"),
        "earlier_id": (earlier.code or "") if earlier else _("geen"),
    }


def _refusal(refusal: MoveRefused) -> str:
    if refusal.reason == "fields":
        missing = ", ".join(str(forms.FIELD_NAMES[name]).lower() for name in refusal.missing)
        return str(_("Vul eerst in: %(fields)s.", fields=missing))
    texts = {
        "four_eyes": _("Je werkte zelf aan dit signaal. Iemand anders moet het valideren."),
        "role": _("Deze stap is er niet voor jouw rol."),
        "order": _("Deze stap kan nu niet (meer)."),
    }
    return str(texts[refusal.reason])


def _what_waits(session: Session, account: Account) -> list[Waiting]:
    """Signals in a state from which this role takes the next step."""
    if not may_open(account, "signals.overview"):
        return []
    return [
        Waiting(
            number,
            ngettext(
                "signaal staat op “%(state)s” en wacht op de volgende stap",
                "signalen staan op “%(state)s” en wachten op de volgende stap",
                number,
                state=forms.STATE_NAMES[state],
            ),
            _("Bekijk deze signalen"),
            url_for("signals.overview", state=state),
        )
        for state, number in editing.count_by_state(session, account).items()
        if any(step.target != lifecycle.DROPPED for step in lifecycle.moves(state, account.role))
    ]


tells_what_waits(blueprint, _what_waits)
