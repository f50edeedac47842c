"""Every page that a colleague can open about one wave, as every role sees it, as text."""

import re
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from feedback_app.staff.models import ROLES
from feedback_app.staff.roles import ACCESS
from tests.staff import Browser, signed_in

_NEVER_THE_SAME = re.compile(r'name="(csrf_token|key)" [^>]*value="[^"]+"|/staff/digest/[^"]+')
#: pages of one's own account, of other colleagues and of what they did: these change with each visit
_OWN = (
    "staff.login",
    "staff.password",
    "account.",
    "second_step.",
    "oidc.",
    "audit.",
    "digest.",
    "staff.logout",
)


def pages_of(app: Flask, browsers: Mapping[str, Browser], values: Mapping[str, str]) -> dict[str, str]:
    """Role and address → the page, of all whose address can be made of these values; none may fail."""
    found = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not _is_walked(rule, values):
            continue
        address = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
        assert address
        for role in sorted(ACCESS[rule.endpoint]):
            for query in ("", "?region=limburg") if "results" in rule.rule else ("",):
                answer = browsers[role].get(address[1] + query)
                assert answer.status_code < 500, (role, address)
                if answer.mimetype == "text/html":
                    found[f"{role} {address[1]}{query}"] = _NEVER_THE_SAME.sub("", answer.text)
    return found


def colleagues(app: Flask) -> dict[str, Browser]:
    """One colleague of each role, with a browser that does not look at the markup: others do."""
    checking, app.test_client_class = app.test_client_class, FlaskClient
    found = {role: signed_in(app, role, email=f"{role}-loopt@voorbeeld.example") for role in ROLES}
    app.test_client_class = checking
    return found


def _is_walked(rule: Rule, values: Mapping[str, str]) -> bool:
    known = "GET" in (rule.methods or ()) and rule.endpoint in ACCESS and rule.arguments <= values.keys()
    return known and not rule.endpoint.startswith(_OWN)
