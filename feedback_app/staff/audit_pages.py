"""The audit log for administrators: /staff/audit, and the same as CSV."""

from datetime import date

from flask import Blueprint, Response, render_template, request, stream_with_context

from feedback_app.database import db
from feedback_app.regions import region_names
from feedback_app.staff.audit import record
from feedback_app.staff.audit_actions import ACTIONS
from feedback_app.staff.audit_list import DEFAULT_ORDER, ORDERS, Wanted, as_csv, list_entries, people
from feedback_app.staff.signin import current_account
from feedback_app.web.pages import asked_order, asked_page, current_settings

blueprint = Blueprint("audit", __name__, url_prefix="/staff/audit")

_FILTERS = ("action", "account", "region", "since", "until")


@blueprint.get("")
def overview() -> str:
    wanted, order = _wanted(), asked_order(ORDERS, DEFAULT_ORDER)
    return render_template(
        "staff/audit.html",
        found=list_entries(db.session, wanted, order=order, page=asked_page()),
        order=order,
        wanted=wanted,
        chosen={name: request.args[name] for name in _FILTERS if request.args.get(name)},
        actions=sorted(ACTIONS.items(), key=lambda one: str(one[1])),
        people=people(db.session),
        regions=region_names(current_settings().surveys_dir),
    )


@blueprint.get("/csv")
def download() -> Response:
    record(db.session, "audit.exported", account=current_account())
    db.session.commit()
    answer = Response(stream_with_context(as_csv(db.session, _wanted())), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="logboek.csv"'
    return answer


def _wanted() -> Wanted:
    """What the address asks for; a day that is none asks for nothing."""
    return Wanted(
        action=request.args.get("action", ""),
        account_id=request.args.get("account", ""),
        region=request.args.get("region", ""),
        since_on=request.args.get("since", type=date.fromisoformat),
        until_on=request.args.get("until", type=date.fromisoformat),
    )
