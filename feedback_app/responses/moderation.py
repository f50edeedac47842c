"""Staff pages for remarks: give themes, propose a quote, release it as a second person.

GET   /staff/remarks                   one page of remarks in a state
*     /staff/remarks/<id>              themes and quote of one remark
POST  /staff/remarks/<id>/release      a second person releases the quote
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from feedback_app.database import db
from feedback_app.languages import GROUPS, language
from feedback_app.questionnaires.loading import load_themes
from feedback_app.responses import moderate
from feedback_app.responses.models import Remark
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("moderation", __name__, url_prefix="/staff/remarks")

STATES = {
    "new": _l("Nog te bekijken"),
    "coded": _l("Met thema"),
    "dismissed": _l("Opzij gezet"),
    "proposed": _l("Citaat voorgesteld"),
    "released": _l("Citaat vrijgegeven"),
}


class RemarkForm(FlaskForm):  # type: ignore[misc]
    """Themes of a remark, and the quote as it may be printed."""

    themes = SelectMultipleField(
        _l("Thema’s"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    quote = TextAreaField(_l("Citaat in het Nederlands"), validators=[Optional(), Length(max=600)])


@blueprint.get("/")
def overview() -> str:
    state = request.args.get("state", "new")
    if state not in STATES:
        abort(404)
    number = request.args.get("page", 1, type=int)
    found = moderate.remarks_in(db.session, current_account(), state, number)
    return render_template(
        "moderation/overview.html",
        remarks=found.rows,
        themes_of=moderate.themes_of(db.session, found.rows),
        themes=load_themes(current_settings().surveys_dir),
        state=state,
        states=STATES,
        page=found.page,
        pages=found.pages,
    )


@blueprint.route("/<remark_id>", methods=["GET", "POST"])
def edit(remark_id: str) -> ResponseReturnValue:
    remark = _remark(remark_id)
    form = RemarkForm(obj=None)
    form.themes.choices = list(load_themes(current_settings().surveys_dir).items())
    if request.method == "GET":
        form.themes.data = moderate.themes_of(db.session, [remark])[remark.id]
        form.quote.data = remark.quote
    elif form.validate():
        if "dismiss" in request.form:
            moderate.dismiss(db.session, remark)
        elif not form.themes.data:
            form.themes.errors = [_("Kies minstens één thema, of zet de opmerking opzij.")]
            return _edit_page(remark, form)
        else:
            quote = form.quote.data or ""
            moderate.code(db.session, remark, form.themes.data, quote, current_account().id)
        flash(_("Bewaard."), "good")
        return redirect(url_for("moderation.overview"))
    return _edit_page(remark, form)


@blueprint.post("/<remark_id>/release")
def release(remark_id: str) -> ResponseReturnValue:
    remark = _remark(remark_id)
    try:
        moderate.release(db.session, remark, current_account(), request.form.get("quote", ""))
    except moderate.ReleaseRefused as refused:
        flash(str(refused), "warning")
    else:
        flash(_("Het citaat is vrijgegeven."), "good")
    return redirect(url_for("moderation.overview", state="proposed"))


def _edit_page(remark: Remark, form: RemarkForm) -> str:
    spoken = language(remark.locale) if remark.locale in GROUPS else None
    return render_template("moderation/edit.html", remark=remark, form=form, spoken=spoken)


def _remark(remark_id: str) -> Remark:
    remark = moderate.find_remark(db.session, current_account(), remark_id)
    if remark is None:
        abort(404)
    return remark
