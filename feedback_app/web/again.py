"""What somebody sent and could not be taken now: kept on the page that says so, to be sent again as it was.

Browsers keep no page of ours, so without a script "back" may give an empty form.
"""

from flask import request

_FORM = "application/x-www-form-urlencoded"
#: fields that are never written back into a page
SECRET = frozenset({"password", "current", "again", "code"})


def typed() -> list[tuple[str, str]]:
    """The fields of the form that this request brought; none where a page must not hold them."""
    if request.method != "POST" or request.mimetype != _FORM:
        return []
    fields = list(request.form.items(multi=True))
    return [] if SECRET & {name for name, _value in fields} else fields
