"""Cards for newcomers, printed by the worker.

GET  /staff/cards            which cards
POST /staff/cards            print them (a job)
GET  /staff/cards/<id>.pdf   fetch them, once they are printed; for who asked, during a day
"""

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedback_app.database import db
from feedback_app.invitations.card_prints import fetch_print
from feedback_app.invitations.cards import with_a_card
from feedback_app.invitations.forms import CardsForm
from feedback_app.invitations.listing import known_hashes
from feedback_app.invitations.waves import open_waves
from feedback_app.jobs import Job, enqueue
from feedback_app.regions import region_names
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.staff.work import Kind, names_work, waiting_job
from feedback_app.web.locale import current_language
from feedback_app.web.pages import current_settings

blueprint = Blueprint("cards", __name__, url_prefix="/staff/cards")


@blueprint.route("", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    account, waves = current_account(), [one.key for one in open_waves(db.session)]
    own = visible_region(account)
    form = CardsForm()
    form.offer(waves, region_names(current_settings().surveys_dir), own)
    if waves and form.validate_on_submit() and (hashes := _hashes(form, own)) is not None:
        arguments = {
            "wave_key": form.wave.data,
            "region_key": own or form.region.data,
            "size": form.size.data,
            "account_id": account.id,
            "hashes": hashes,
        }
        job = waiting_job(db.session, "print_cards", arguments)
        job = job or enqueue(db.session, "print_cards", arguments, account.id, current_language().key)
        return redirect(url_for("staff.job", job_id=job.id))
    return render_template("invitations/cards.html", form=form, waves=waves), 422 if form.errors else 200


@blueprint.get("/<print_id>.pdf")
def download(print_id: str) -> Response:
    found = fetch_print(db.session, current_settings(), current_account(), print_id)
    if found is None:
        abort(404)
    name, pdf = found
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _hashes(form: CardsForm, own: str | None) -> list[str] | None:
    """Of the file numbers that were filled in; None, with an error in the form, when one is not known."""
    numbers = form.numbers()
    wanted = with_a_card(form.wave.data, own or form.region.data)
    hashes, unknown = known_hashes(db.session, current_settings(), wanted, numbers) if numbers else ([], [])
    if unknown:
        fault = _("Hier staat geen nieuwkomer met dossiernummer %(refs)s.", refs=", ".join(unknown))
        form.refs.errors = [fault]
    return None if unknown else hashes


def _result_url(job: Job) -> str:
    return url_for("cards.download", print_id=job.result)


names_work(
    blueprint, "print_cards", Kind(_l("Kaarten afdrukken"), _l("Kaarten downloaden (PDF)"), _result_url)
)
