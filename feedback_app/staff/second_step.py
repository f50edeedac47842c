"""Pages between the password and the session: /staff/login/code, /staff/login/app, /staff/invited/<key>."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.staff import signin
from feedback_app.staff.accounts import AccountRefused, passwords
from feedback_app.staff.entering import app_secret, enter, entering, forget_app, proceed
from feedback_app.staff.forms import CodeForm, JoinForm, explain
from feedback_app.staff.joining import LinkUnusable, accept, invited
from feedback_app.staff.second_factor import (
    CodeRefused,
    address_for_app,
    codes_left,
    has_factor,
    picture,
    set_factor,
)
from feedback_app.web.pages import current_settings

blueprint = Blueprint("second_step", __name__, url_prefix="/staff")


@blueprint.route("/login/code", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    form, now_entering = CodeForm(), entering(db.session, current_settings())
    if now_entering is None:
        return redirect(url_for("staff.login"))
    status, account = 200, now_entering.account
    if form.validate_on_submit():
        try:
            kind = signin.check_second_step(
                db.session,
                account,
                form.code.data,
                address=request.remote_addr or "",
                secret=current_settings().secret_key,
            )
        except signin.WrongCredentials:
            status, form.code.errors = 403, [_("Deze code past niet, of ze is al gebruikt.")]
        except signin.TooManyFailures:
            status, form.code.errors = 429, [signin.too_many()]
        else:
            enter(db.session, account, kind)
            if kind == "recovery":
                left = codes_left(db.session, account)
                flash(_("Je gebruikte een herstelcode. Je hebt er nog %(left)s.", left=left), "warning")
            return redirect(now_entering.target)
    return render_template("staff/second_step.html", form=form), status


@blueprint.route("/login/app", methods=["GET", "POST"])
def set_up() -> ResponseReturnValue:
    form, settings = CodeForm(), current_settings()
    now_entering = entering(db.session, settings)
    # who has an app already shows its code: this page never replaces one
    if now_entering is None or has_factor(db.session, now_entering.account):
        return redirect(url_for("staff.login"))
    account, secret = now_entering.account, app_secret(settings)
    if form.validate_on_submit():
        try:
            codes = set_factor(db.session, settings.secret_key, account, secret, form.code.data)
        except CodeRefused:
            form.code.errors = [_("Deze code past niet. Kijk of de klok van je toestel juist staat.")]
        else:
            enter(db.session, account, "app")
            return render_template("staff/recovery_codes.html", codes=codes, target=now_entering.target)
    drawn = picture(address_for_app(secret, account.email))
    return render_template(
        "staff/set_up_app.html", form=form, secret=secret, picture=drawn, first=True, current=None
    )


@blueprint.route("/invited/<key>", methods=["GET", "POST"])
def join(key: str) -> ResponseReturnValue:
    form, email = JoinForm(), ""
    try:
        email = invited(db.session, key).email
        if form.validate_on_submit():
            account = accept(db.session, passwords(), key, form.password.data)
            forget_app()
            return redirect(proceed(db.session, current_settings(), account, url_for("staff.home")))
    except LinkUnusable:
        return render_template("staff/link_unusable.html"), 404
    except AccountRefused as refusal:
        explain(form, refusal)
    return render_template("staff/join.html", form=form, email=email)
