"""What the text message gateway tells us: answers such as STOP, and what became of a message.

POST /webhooks/sms  signed by the gateway (see `webhook`); 204 once it is kept
"""

import logging

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from feedback_app.database import db, now
from feedback_app.gateways import webhook_template
from feedback_app.invitations.webhook import NotSigned, NotUnderstood, check_signature, read_message
from feedback_app.responses.stop_replies import hear
from feedback_app.web.pages import current_settings

LARGEST = 64 * 1024

blueprint = Blueprint("sms", __name__, url_prefix="/webhooks")

log = logging.getLogger(__name__)


@blueprint.post("/sms")
def receive() -> ResponseReturnValue:
    settings = current_settings()
    if not settings.sms_webhook_secret:
        abort(404)
    template = webhook_template(settings.sms_webhook_template)
    request.max_content_length = LARGEST
    body, headers = request.get_data(), request.headers
    timestamp = headers.get(template.timestamp_header, "")
    signature = headers.get(template.signature_header, "")
    try:
        check_signature(settings.sms_webhook_secret, timestamp, signature, body, now())
        hear(db.session, settings, read_message(template, request.mimetype, body))
    except NotSigned as refusal:
        return _refused(401, refusal)
    except NotUnderstood as refusal:
        return _refused(400, refusal)
    return Response(status=204, mimetype="text/plain")


def _refused(status: int, refusal: Exception) -> Response:
    """Plain words, for who sets up the gateway; nothing of the message is repeated."""
    log.warning("a message of the text message gateway is refused: %s", refusal)
    return Response(f"{refusal}\n", status, mimetype="text/plain")
