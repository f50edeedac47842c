"""Files to keep: with a name that every browser understands, and that go on where a line broke off."""

import hashlib
import re
import unicodedata
from urllib.parse import quote

from flask import Response, request

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
#: what no file system takes in a name, and what steers or hides
_FORBIDDEN = frozenset('<>:"/\\|?*')
_LONGEST = 120


def file_response(body: bytes, mimetype: str, name: str) -> Response:
    """A file as an answer: all of it, or the range that is asked for (RFC 9110, 14) while its tag holds."""
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = disposition(name)
    response.set_etag(hashlib.sha256(body).hexdigest())
    response.make_conditional(request, accept_ranges=_one_range(), complete_length=len(body))
    if response.status_code == 412:
        response.data = b""  # the file that was asked for is another one by now
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _one_range() -> bool:
    """Whether one range is asked for; unreadable, several, or one after a weak tag get the whole file."""
    if request.method != "GET":
        return False  # a range means something to GET alone
    asked, tag = request.range, request.headers.get("If-Range", "")
    readable = asked is not None and (asked.units, len(asked.ranges)) == ("bytes", 1)
    return readable and not tag.startswith("W/")


def disposition(name: str) -> str:
    """`Content-Disposition` of a file to keep (RFC 6266): a plain name for all, the real one for most."""
    real = _tame(name)
    return f"attachment; filename=\"{plain_name(real)}\"; filename*=UTF-8''{quote(real, safe='')}"


def plain_name(name: str) -> str:
    """A name in letters, digits, dots and dashes alone; with its kind, also where nothing else is left."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    stem, dot, kind = (part.strip("-") for part in _UNSAFE.sub("-", ascii_only).rpartition("."))
    if not dot or not kind:
        return stem.strip("-.") or kind or "bestand"
    return f"{stem.strip('-.') or 'bestand'}.{kind}"


def _tame(name: str) -> str:
    """The name without what steers, hides or means something to a file system, and not too long."""
    letters = (
        " " if one.isspace() or one in _FORBIDDEN or unicodedata.category(one)[0] == "C" else one
        for one in unicodedata.normalize("NFC", name)
    )
    stem, dot, kind = " ".join("".join(letters).split()).rpartition(".")
    return f"{stem[:_LONGEST].strip(' .') or 'bestand'}{dot}{kind}" if dot else kind
