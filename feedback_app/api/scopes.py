"""What a token may be allowed to do: each scope stands for a staff page that its role may open.

So the one table of roles (`staff/roles.py`) decides about programs too: what a colleague cannot open, a token
of theirs cannot ask.
"""

from flask_babel import lazy_gettext as _l

from feedback_app.staff.models import Account
from feedback_app.staff.roles import may_open

#: scope → the endpoint whose roles may have it
ENDPOINTS = {
    "write:trajectories": "imports.confirm_import",
    "read:imports": "imports.overview",
    "read:invitations": "analysis.response",
    "read:tables": "analysis.results",
    "read:editions": "reports.download",
    "read:signals": "signals.detail",
}

#: scope → what it lets a program do, for people
SCOPE_NAMES = {
    "write:trajectories": _l("trajecten insturen"),
    "read:imports": _l("zien wat er van ingestuurde trajecten geworden is"),
    "read:invitations": _l("tellen hoeveel mensen uitgenodigd zijn en antwoordden, in stappen"),
    "read:tables": _l("gepubliceerde cijfers lezen"),
    "read:editions": _l("verslagen lezen en ophalen"),
    "read:signals": _l("signalen lezen"),
}


def scopes_of(account: Account) -> list[str]:
    """The scopes that a token of this account can have."""
    return [scope for scope, endpoint in ENDPOINTS.items() if may_open(account, endpoint)]
