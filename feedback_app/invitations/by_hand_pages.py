"""A message to a newcomer by WhatsApp, which a colleague sends from their own phone.

GET  /staff/invitations/<invitation_id>/whatsapp  the text, and a link that opens WhatsApp with it,
                                                  or that this person gets no messages
POST /staff/invitations/<invitation_id>/whatsapp  note that it was sent
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.invitations.by_hand import InvitationGone, NoMessages, message_by_hand, note_by_hand
from feedback_app.questionnaires.loading import load_codes
from feedback_app.staff.roles import visible_region
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import current_settings

blueprint = Blueprint("by_hand", __name__, url_prefix="/staff/invitations")


@blueprint.route("/<invitation_id>/whatsapp", methods=["GET", "POST"])
def whatsapp(invitation_id: str) -> ResponseReturnValue:
    settings, account = current_settings(), current_account()
    try:
        message = message_by_hand(db.session, settings, invitation_id, visible_region(account))
    except InvitationGone:
        abort(404)
    except NoMessages:
        return render_template("invitations/no_whatsapp.html")
    if request.method == "POST":
        if request.form.get("step") == message.step:  # else it was noted meanwhile: the next is not sent yet
            try:
                note_by_hand(db.session, settings, account, message)
            except InvitationGone:
                abort(404)
        flash(_("Genoteerd: dit bericht stuurde je zelf. Wij sturen het niet nog eens."), "good")
        return redirect(url_for("invitations.overview"))
    offer_types = {one.key: one.label for one in load_codes(settings.surveys_dir).offer_types}
    return render_template("invitations/whatsapp.html", message=message, offer_types=offer_types)
