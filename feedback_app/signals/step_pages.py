"""What a signal needs beside its text: the test list, patterns as evidence, who follows it up until when."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from feedback_app.analysis import pattern_wording
from feedback_app.database import db
from feedback_app.signals import checklist, edit, follow_up, labels, lifecycle, proposals, wording
from feedback_app.signals.criteria import Answer
from feedback_app.signals.edit import SignalUnknown
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import Signal
from feedback_app.signals.pages import evidence_words
from feedback_app.signals.proposals import PatternUnknown
from feedback_app.signals.saving import Outdated
from feedback_app.signals.step_forms import AttachForm, CheckForm, PlanForm, RevisionForm, check_form
from feedback_app.staff.models import Account
from feedback_app.staff.signin import current_account
from feedback_app.web.errors import error_page
from feedback_app.web.pages import current_settings

blueprint = Blueprint("signal_steps", __name__, url_prefix="/staff/signals/<signal_id>")


@blueprint.errorhandler(SignalUnknown)
@blueprint.errorhandler(PatternUnknown)
def _unknown(error: LookupError) -> ResponseReturnValue:
    return error_page(404)


@blueprint.route("/check", methods=["GET", "POST"])
def check(signal_id: str) -> ResponseReturnValue:
    account = current_account()
    signal = edit.find_signal(db.session, account, signal_id)
    fixed = not lifecycle.may_edit(signal.state, account.role)
    form = check_form(checklist.answers_of(db.session, signal))
    if fixed and not form.is_submitted():
        abort(403)
    stored: dict[str, Answer] | None = None
    if not form.is_submitted():
        form.renew(signal.revision)
    elif form.validate() and not fixed:
        try:
            checklist.save_answers(db.session, account, signal, form.revision.data, form.answers())
        except Outdated:
            stored = _stored_now(signal, form)
        except MoveRefused as refusal:
            for name in refusal.missing:
                form[name].errors = [wording.refused(refusal)]
        else:
            flash(_("De toetslijst is bewaard."), "good")
            return redirect(url_for("signals.detail", signal_id=signal.id))
    page = _check_page(account, signal, form, stored, fixed=fixed)
    return page, 200 if stored is None and not fixed else 409


def _check_page(
    account: Account, signal: Signal, form: CheckForm, stored: Mapping[str, Answer] | None, *, fixed: bool
) -> str:
    known = checklist.known_of(db.session, edit.visible_signals(account), signal)
    return render_template(
        "signals/check.html",
        signal=signal,
        form=form,
        stored=stored,
        fixed=fixed,
        known=wording.known_already(current_settings(), signal, known),
        labels=labels,
    )


def _stored_now(signal: Signal, form: CheckForm) -> dict[str, Answer]:
    """What is stored now where that is not what was typed; the form is based on it from here on."""
    db.session.refresh(signal)
    form.renew(signal.revision)
    mine = form.answers()
    return {
        one: answer
        for one, answer in checklist.answers_of(db.session, signal).items()
        if answer != mine[one] and (answer.why or answer.holds is not None)
    }


@blueprint.route("/evidence", methods=["GET", "POST"])
def evidence(signal_id: str) -> ResponseReturnValue:
    account = current_account()
    signal = edit.find_signal(db.session, account, signal_id)
    if not lifecycle.may_edit(signal.state, account.role):
        abort(403)
    found = {one.id: one for one in proposals.candidates(db.session, account, signal)}
    form = AttachForm()
    form.pattern.choices = [SelectChoice(key, key) for key in found]
    if not form.is_submitted():
        form.renew(signal.revision)
    elif form.validate():
        try:
            proposals.attach(db.session, account, signal, form.revision.data, found[form.pattern.data])
        except Outdated:
            return _changed_meanwhile(signal_id)
        flash(_("Het patroon ligt bij het signaal, met zijn cijfers van nu."), "good")
        return redirect(url_for("signals.detail", signal_id=signal.id))
    return render_template(
        "signals/evidence.html",
        signal=signal,
        form=form,
        found=found,
        meaning_of=pattern_wording.meaning,
        **evidence_words(signal),
    )


@blueprint.route("/evidence/<evidence_id>/detach", methods=["GET", "POST"])
def detach(signal_id: str, evidence_id: str) -> ResponseReturnValue:
    account = current_account()
    signal = edit.find_signal(db.session, account, signal_id)
    if not lifecycle.may_edit(signal.state, account.role):
        abort(403)
    words = evidence_words(signal)
    one = next((one for one in proposals.evidence_of(db.session, signal) if one.id == evidence_id), None)
    if one is None:
        raise PatternUnknown(evidence_id)
    form = RevisionForm()
    if not form.is_submitted():
        form.renew(signal.revision)
    elif form.validate():
        try:
            proposals.detach(db.session, account, signal, form.revision.data, evidence_id)
        except Outdated:
            return _changed_meanwhile(signal_id)
        flash(_("Het patroon ligt niet meer bij het signaal."), "good")
        return redirect(url_for("signals.detail", signal_id=signal.id))
    return render_template("signals/detach.html", signal=signal, form=form, one=one, **words)


@blueprint.route("/plan", methods=["GET", "POST"])
def plan(signal_id: str) -> ResponseReturnValue:
    account = current_account()
    signal = edit.find_signal(db.session, account, signal_id)
    over = not lifecycle.may_follow_up(signal.state, account.role)
    form = PlanForm(obj=signal)
    if over and not form.is_submitted():
        abort(403)
    able = follow_up.may_be_responsible(db.session, signal.region_key)
    form.responsible_id.choices = [SelectChoice(one.id, one.email) for one in able]
    fault = ""
    if form.validate_on_submit():
        try:
            follow_up.plan(
                db.session,
                account,
                signal,
                form.revision.data,
                due_on=form.due_on.data,
                responsible_id=form.responsible_id.data,
                note=(form.note.data or "").strip(),
            )
        except MoveRefused as refusal:
            fault = _plan_fault(form, refusal)
        except Outdated:
            db.session.refresh(signal)
            form.renew(signal.revision)
            fault = _("Een collega veranderde dit signaal net. Kijk na wat je invulde en bewaar opnieuw.")
        else:
            flash(_("Bewaard."), "good")
            return redirect(url_for("signals.detail", signal_id=signal.id))
    page = render_template("signals/plan.html", signal=signal, form=form, fault=fault, over=over)
    return page, 409 if fault and not form.errors else 200


def _plan_fault(form: PlanForm, refusal: MoveRefused) -> str:
    for name in refusal.missing:
        form[name].errors = [wording.refused(MoveRefused(refusal.reason, (name,)))]
    return "" if refusal.missing else wording.refused(refusal)


def _changed_meanwhile(signal_id: str) -> ResponseReturnValue:
    flash(_("Een collega veranderde dit signaal net. Kijk het na en probeer opnieuw."), "warning")
    return redirect(url_for("signals.detail", signal_id=signal_id))
