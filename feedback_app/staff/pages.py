"""Signing in, the first page for staff, accounts."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from feedback_app.database import db
from feedback_app.languages import STAFF
from feedback_app.regions import region_names
from feedback_app.staff import signin
from feedback_app.staff.account_pages import proves
from feedback_app.staff.accounts import (
    DEFAULT_ORDER,
    ORDERS,
    AccountRefused,
    add_account,
    comes_from_outside,
    deactivate,
    list_accounts,
    passwords,
    set_password,
    sign_out_everywhere,
)
from feedback_app.staff.entering import enter, proceed
from feedback_app.staff.forms import AccountForm, PasswordForm, SignInForm, explain, refusal_text
from feedback_app.staff.joining import make_link
from feedback_app.staff.models import Account
from feedback_app.staff.second_factor import clear_factor, has_factor
from feedback_app.staff.signin import current_account, safe_target
from feedback_app.staff.waiting import what_waits
from feedback_app.staff.work import find_work
from feedback_app.web.pages import asked_order, asked_page, current_settings

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    target = safe_target(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(target)
    form = SignInForm()
    status, fault = 200, ""
    if form.validate_on_submit():
        try:
            account = signin.check_credentials(
                db.session,
                passwords(),
                form.email.data,
                form.password.data,
                address=request.remote_addr or "",
                secret=current_settings().secret_key,
            )
        except signin.WrongCredentials:
            status, fault = 403, _("Dit e-mailadres en dit wachtwoord horen niet bij elkaar.")
        except signin.TooManyFailures:
            status, fault = 429, signin.too_many()
        else:
            return redirect(proceed(db.session, current_settings(), account, target))
    return render_template("staff/login.html", form=form, fault=fault, oidc=current_settings().oidc), status


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    signin.sign_out(db.session)
    return redirect(url_for("staff.login"))


@blueprint.get("/")
def home() -> str:
    return render_template("staff/home.html", waiting=what_waits(db.session, current_account()))


@blueprint.post("/language")
def set_language() -> ResponseReturnValue:
    chosen = request.form.get("locale", "")
    if chosen not in STAFF:
        abort(400)
    signin.speak(db.session, current_account(), chosen)
    return redirect(safe_target(request.form.get("back")))


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    form, account = PasswordForm(), current_account()
    if not account.password_hash:
        abort(404)  # who comes through the sign-in service has none here
    if form.validate_on_submit() and proves(form.current, account):
        try:
            set_password(db.session, passwords(), account, form.password.data, by=account)
        except AccountRefused as refusal:
            explain(form, refusal)
        else:
            enter(db.session, account, "password")
            flash(_("Je wachtwoord is vervangen. Je bent overal elders afgemeld."), "good")
            return redirect(url_for("staff.home"))
    return render_template("staff/password.html", form=form)


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> str:
    work = find_work(db.session, current_account(), job_id)
    if work is None:
        abort(404)
    return render_template("staff/work.html", work=work)


@blueprint.get("/accounts")
def accounts() -> str:
    order = asked_order(ORDERS, DEFAULT_ORDER)
    found = list_accounts(db.session, order=order, page=asked_page())
    return render_template("staff/accounts.html", found=found, order=order)


@blueprint.route("/accounts/new", methods=["GET", "POST"])
def new_account() -> ResponseReturnValue:
    form, names = AccountForm(), region_names(current_settings().surveys_dir)
    form.offer_regions(names)
    if form.validate_on_submit():
        try:
            account = add_account(
                db.session,
                passwords(),
                form.email.data,
                form.role.data,
                None,
                region=form.region.data or None,
                regions=names,
                by=current_account(),
            )
        except AccountRefused as refusal:
            explain(form, refusal)
        else:
            link = make_link(db.session, current_settings().base_url, current_account(), account)
            return render_template("staff/account_link.html", added=account, link=link, new=True)
    return render_template("staff/add_account.html", form=form)


@blueprint.get("/accounts/<account_id>")
def account(account_id: str) -> str:
    shown = _open_account(account_id)
    return render_template(
        "staff/manage_account.html",
        shown=shown,
        known=has_factor(db.session, shown),
        outside=comes_from_outside(db.session, shown),
    )


@blueprint.post("/accounts/<account_id>/link")
def invite(account_id: str) -> ResponseReturnValue:
    shown = _others_account(account_id)
    try:
        link = make_link(db.session, current_settings().base_url, current_account(), shown)
    except AccountRefused as refusal:
        flash(refusal_text(refusal), "danger")
        return redirect(url_for("staff.account", account_id=shown.id))
    return render_template("staff/account_link.html", added=shown, link=link, new=False)


@blueprint.post("/accounts/<account_id>/clear-app")
def clear_app(account_id: str) -> ResponseReturnValue:
    shown = _others_account(account_id)
    clear_factor(db.session, current_account(), shown)
    flash(_("De tweede stap van %(email)s is gewist.", email=shown.email), "good")
    return redirect(url_for("staff.account", account_id=shown.id))


@blueprint.post("/accounts/<account_id>/sign-out")
def sign_out_account(account_id: str) -> ResponseReturnValue:
    shown = _open_account(account_id)
    sign_out_everywhere(db.session, current_account(), shown)
    flash(_("%(email)s is overal afgemeld.", email=shown.email), "good")
    return redirect(url_for("staff.account", account_id=shown.id))


def _others_account(account_id: str) -> Account:
    """An account of somebody else: for the own one the password is asked, at Mijn account."""
    found = _open_account(account_id)
    if found.id == current_account().id:
        abort(404)
    return found


def _open_account(account_id: str) -> Account:
    found = db.session.get(Account, account_id)
    if found is None or not found.active:
        abort(404)
    return found


@blueprint.route("/accounts/<account_id>/deactivate", methods=["GET", "POST"])
def deactivate_account(account_id: str) -> ResponseReturnValue:
    closing = db.session.get(Account, account_id)
    if closing is None or not closing.active:
        abort(404)
    if request.method == "GET" or closing.id == g.account.id:
        return render_template("staff/deactivate_account.html", closing=closing)
    try:
        deactivate(db.session, closing, by=current_account())
    except AccountRefused as refusal:
        flash(refusal_text(refusal), "danger")
    else:
        flash(_("Het account %(email)s is gesloten.", email=closing.email), "good")
    return redirect(url_for("staff.accounts"))
