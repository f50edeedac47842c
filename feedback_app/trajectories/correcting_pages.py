"""Correcting single trajectories, until somebody is asked.

*    /staff/trajectories/<id>/correct           contact, language and end; what can be undone
GET  /staff/trajectories/<id>/undo?what=<part>  what undoing does
POST /staff/trajectories/<id>/undo?what=<part>  undo it

A look says nothing of who answered: only what was sent, or is over, is told beforehand.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.trajectories.afterwards import NOBODY_ASKED, Standing, after_intake, asking
from feedback_app.trajectories.contacts import mask
from feedback_app.trajectories.contradicting import contact_of
from feedback_app.trajectories.correcting import END, WHOLE, correct, undo_one, undoable
from feedback_app.trajectories.forms import CorrectionForm
from feedback_app.trajectories.listing import find_trajectory
from feedback_app.trajectories.models import RUNNING, Trajectory
from feedback_app.trajectories.one_row import EntryRefused, told_before
from feedback_app.trajectories.pages import names
from feedback_app.trajectories.undoing import UndoRefused
from feedback_app.web.pages import current_settings

blueprint = Blueprint("corrections", __name__, url_prefix="/staff/trajectories")


@blueprint.route("/<trajectory_id>/correct", methods=["GET", "POST"], endpoint="correct")
def correct_one(trajectory_id: str) -> ResponseReturnValue:
    found, settings = _found(trajectory_id), current_settings()
    form = CorrectionForm(data=told_before(found))
    if found.outcome == RUNNING:
        form.only_language()
    refusal = ""
    if form.validate_on_submit():
        try:
            changed = correct(
                *(db.session, settings, current_account(), found, form.values(), form.wiped()),
                asking(),
                after_intake(),
            )
        except EntryRefused as refused:
            form.explain(refused.faults)
        except UndoRefused as refused:
            refusal, found = str(refused), _found(trajectory_id)
        else:
            flash(_("Het traject is verbeterd.") if changed else _("Er is niets veranderd."), "good")
            return redirect(url_for("trajectories.overview"))
    page = render_template(
        "trajectories/correct.html",
        form=form,
        found=found,
        refusal=refusal,
        stands=_stands(found),
        masked={name: mask(contact_of(settings, found, name)) for name in ("phone", "email")},
        undoable=undoable(found),
        RUNNING=RUNNING,
        **names(),
    )
    return page, 409 if refusal else 422 if form.errors else 200


@blueprint.route("/<trajectory_id>/undo", methods=["GET", "POST"], endpoint="undo_one")
def undo(trajectory_id: str) -> ResponseReturnValue:
    found, what = _found(trajectory_id), request.args.get("what", "")
    if what not in undoable(found):
        abort(404)
    refusal = ""
    if request.method == "POST":
        try:
            undo_one(
                *(db.session, current_settings(), current_account(), found.id, what),
                asking(),
                after_intake(),
            )
        except UndoRefused as refused:
            refusal, found = str(refused), _found(trajectory_id)
        else:
            flash(_done(what), "good")
            return redirect(url_for("trajectories.overview"), 303)
    page = render_template(
        "trajectories/undo_one.html",
        found=found,
        part=what if what in (WHOLE, END) else "activity",
        activity=next((one for one in found.activities if one.id == what), None),
        refusal=refusal,
        stands=_stands(found),
        **names(),
    )
    return page, 409 if refusal else 200


def _found(trajectory_id: str) -> Trajectory:
    found = find_trajectory(db.session, trajectory_id, visible_region(current_account()))
    if found is None:
        abort(404)
    return found


def _stands(found: Trajectory) -> Standing:
    made = asking()
    return made.stands(db.session, found.id) if made else NOBODY_ASKED


def _done(what: str) -> str:
    if what == WHOLE:
        return str(_("Ongedaan gemaakt: dit traject is weer weg."))
    if what == END:
        return str(_("Ongedaan gemaakt: dit traject loopt weer."))
    return str(_("Ongedaan gemaakt: deze activiteit is weer weg."))
