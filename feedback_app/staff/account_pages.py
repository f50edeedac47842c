"""What colleagues see to for their own account: /staff/account and what lies below it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field

from feedback_app.database import db
from feedback_app.staff import signin
from feedback_app.staff.accounts import passwords
from feedback_app.staff.entering import app_secret, forget_app
from feedback_app.staff.forms import ConfirmForm, ReplaceAppForm
from feedback_app.staff.models import Account
from feedback_app.staff.second_factor import (
    CodeRefused,
    address_for_app,
    codes_left,
    has_factor,
    picture,
    renew_codes,
    set_factor,
)
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("account", __name__, url_prefix="/staff/account")


@blueprint.get("")
def overview() -> str:
    account = current_account()
    return render_template(
        "staff/account.html",
        known=has_factor(db.session, account),
        codes=codes_left(db.session, account),
        sessions=signin.sessions_of(db.session, account),
    )


@blueprint.route("/app", methods=["GET", "POST"])
def app() -> ResponseReturnValue:
    form, account, settings = ReplaceAppForm(), _with_password(), current_settings()
    secret = app_secret(settings)
    if form.validate_on_submit() and proves(form.current, account):
        try:
            codes = set_factor(db.session, settings.secret_key, account, secret, form.code.data)
        except CodeRefused:
            form.code.errors = [_("Deze code past niet. Kijk of de klok van je toestel juist staat.")]
        else:
            forget_app()
            return render_template(
                "staff/recovery_codes.html", codes=codes, target=url_for("account.overview")
            )
    drawn = picture(address_for_app(secret, account.email))
    return render_template(
        "staff/set_up_app.html", form=form, secret=secret, picture=drawn, first=False, current=form.current
    )


@blueprint.route("/codes", methods=["GET", "POST"])
def codes() -> ResponseReturnValue:
    form, account = ConfirmForm(), _with_password()
    if not has_factor(db.session, account):
        return redirect(url_for("account.app"))
    if form.validate_on_submit() and proves(form.current, account):
        made = renew_codes(db.session, current_settings().secret_key, account)
        return render_template("staff/recovery_codes.html", codes=made, target=url_for("account.overview"))
    return render_template("staff/renew_codes.html", form=form)


@blueprint.post("/sessions/<handle>/end")
def end_session(handle: str) -> ResponseReturnValue:
    if signin.end_session(db.session, current_account(), handle):
        flash(_("Dat toestel is afgemeld."), "good")
    else:
        flash(_("Dat toestel was al afgemeld."), "plain")
    return redirect(url_for("account.overview"))


def _with_password() -> Account:
    """The account, if it signs in with a password here; others keep their second step elsewhere."""
    account = current_account()
    if not account.password_hash:
        abort(404)
    return account


def proves(field: Field, account: Account) -> bool:
    """Whether the password in the field is the account's; guesses count as at the sign-in page."""
    try:
        signin.check_credentials(
            db.session,
            passwords(),
            account.email,
            field.data,
            address=request.remote_addr or "",
            secret=current_settings().secret_key,
        )
    except signin.WrongCredentials:
        field.errors = [_("Dit is niet je huidige wachtwoord.")]
    except signin.TooManyFailures:
        field.errors = [signin.too_many()]
    return not field.errors
