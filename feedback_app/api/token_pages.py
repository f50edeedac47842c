"""Tokens of programs, for colleagues: the own ones, and for who manages the service everybody's.

GET  /staff/account/tokens               the own tokens
*    /staff/account/tokens/new           make one; shown once
*    /staff/account/tokens/<id>/revoke   take one back
GET  /staff/tokens                       everybody's
*    /staff/tokens/<id>/revoke           take anybody's back
"""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from feedback_app.api.models import ApiToken
from feedback_app.api.scopes import SCOPE_NAMES
from feedback_app.api.token_forms import TokenForm
from feedback_app.api.tokens import (
    TokenRefused,
    Wanted,
    end_token,
    make_token,
    state_of,
    tokens_of,
)
from feedback_app.database import db, today
from feedback_app.regions import region_names
from feedback_app.staff.account_pages import proves
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("tokens", __name__, url_prefix="/staff")

#: state → name and pill
STATES = {
    "active": (_l("werkt"), "good"),
    "expired": (_l("vervallen"), "plain"),
    "revoked": (_l("ingetrokken"), "plain"),
    "owner": (_l("gestopt: de collega heeft die rol of regio niet meer"), "warning"),
}


@blueprint.get("/account/tokens")
def overview() -> str:
    return _list("tokens/overview.html", tokens_of(db.session, current_account()))


@blueprint.get("/tokens")
def everybody() -> str:
    return _list("tokens/everybody.html", tokens_of(db.session))


@blueprint.route("/account/tokens/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form, account, settings = TokenForm(), current_account(), current_settings()
    names = region_names(settings.surveys_dir)
    form.offer(account, names)
    if form.validate_on_submit() and ("current" not in form or proves(form.current, account)):
        wanted = Wanted(form.name.data, form.scopes.data, form.region.data or None, form.days.data)
        try:
            made = make_token(db.session, settings.secret_key, account, wanted, names)
        except TokenRefused as refusal:
            form.explain(refusal)
        else:
            return render_template("tokens/made.html", token=made.row, text=made.text, scopes=SCOPE_NAMES)
    return render_template("tokens/new.html", form=form)


@blueprint.route("/account/tokens/<token_id>/revoke", methods=["GET", "POST"])
def revoke(token_id: str) -> ResponseReturnValue:
    token = _token(token_id)
    if token.account_id != current_account().id:
        abort(404)
    return _revoke(token, url_for("tokens.overview"))


@blueprint.route("/tokens/<token_id>/revoke", methods=["GET", "POST"])
def revoke_any(token_id: str) -> ResponseReturnValue:
    return _revoke(_token(token_id), url_for("tokens.everybody"))


def _list(template: str, tokens: list[ApiToken]) -> str:
    day = today()
    states = {one.id: STATES[state_of(one, day)] for one in tokens}
    working = {one.id for one in tokens if state_of(one, day) == "active"}
    return render_template(template, tokens=tokens, states=states, working=working, scopes=SCOPE_NAMES)


def _revoke(token: ApiToken, back: str) -> ResponseReturnValue:
    form = FlaskForm()
    if form.validate_on_submit():
        end_token(db.session, token, current_account())
        flash(_("De sleutel is ingetrokken. Het programma kan er niets meer mee."), "good")
        return redirect(back)
    return render_template("tokens/revoke.html", token=token, back=back, form=form)


def _token(token_id: str) -> ApiToken:
    found = db.session.get(ApiToken, token_id)
    if found is None:
        abort(404)
    return found
