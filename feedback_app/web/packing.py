"""Pages made small for the wire, and not sent again where a browser may keep them."""

import gzip
import hashlib
import re
from functools import lru_cache

import brotli
from flask import Flask, Response, request

from feedback_app.web.headers import NEVER_STORED, Ready

#: the two that every browser of the last ten years takes, the better one first
BROTLI, GZIP, PLAIN = "br", "gzip", ""

#: brotli looks back 2¹⁷ bytes, more than a page is long: farther would cost memory for nothing
_WINDOW = 17
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$", re.IGNORECASE)


def init_packing(app: Flask) -> None:
    """Pack pages that are the same for everybody, and tell browsers that have one that it is still good.

    A page that belongs to someone gets no entity tag: it would follow a visitor. Nor is a colleague's page
    packed, which holds a secret beside what others wrote: its length would tell of the secret (BREACH).
    """

    @app.after_request
    def _pack(response: Response) -> Response:
        if (
            response.mimetype == "text/html"
            and response.status_code == 200
            and not isinstance(response, Ready)
            and request.method in ("GET", "HEAD")
            and not request.path.startswith(NEVER_STORED)
        ):
            return _for_everybody(response)
        return response


def _for_everybody(response: Response) -> Response:
    page = response.get_data()
    encoding = response.headers.get("Content-Encoding", PLAIN)
    tag = hashlib.sha256(page).hexdigest()[:16]
    if not encoding and (encoding := encoding_for(request.headers.get("Accept-Encoding", ""))):
        response.set_data(pack(page, encoding, once=False))
        response.headers["Content-Encoding"] = encoding
    response.vary.update(("Accept-Encoding", "Accept-Language"))
    response.set_etag(f"{tag}-{encoding}")
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def unpack(body: bytes, encoding: str) -> bytes:
    """What was packed."""
    if encoding == BROTLI:
        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if encoding == GZIP else body


def encoding_for(accepted: str) -> str:
    """The encoding for an `Accept-Encoding` header; "" when the client takes neither.

    Preferences between the two are not looked at: whoever takes brotli is better off with it.
    """
    taken = {part.split(";")[0].strip().lower() for part in accepted.split(",") if not _REFUSED.search(part)}
    return next((one for one in (BROTLI, GZIP) if one in taken), PLAIN)


def pack(page: bytes, encoding: str, *, once: bool) -> bytes:
    """The page in this encoding; with `once` as small as can be, else quickly."""
    if encoding == BROTLI:
        packed: bytes = brotli.compress(page, brotli.MODE_TEXT, 11 if once else 5, _WINDOW)
        return packed
    if encoding == GZIP:
        return gzip.compress(page, 9 if once else 6, mtime=0)
    return page
