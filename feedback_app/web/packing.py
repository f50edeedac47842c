"""Pages made small for the wire: brotli or gzip, whichever the browser takes."""

import gzip
import re
from functools import lru_cache

import brotli

#: the two that every browser of the last ten years takes, the better one first
BROTLI, GZIP, PLAIN = "br", "gzip", ""

_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


@lru_cache(maxsize=256)
def encoding_for(accepted: str) -> str:
    """The encoding for an `Accept-Encoding` header; "" when the client takes neither.

    Preferences between the two are not looked at: whoever takes brotli is better off with it.
    """
    taken = {part.split(";")[0].strip().lower() for part in accepted.split(",") if not _REFUSED.search(part)}
    return next((one for one in (BROTLI, GZIP) if one in taken), PLAIN)


def pack(page: bytes, encoding: str, *, once: bool) -> bytes:
    """The page in this encoding; with `once` as small as can be, else quickly."""
    if encoding == BROTLI:
        packed: bytes = brotli.compress(page, mode=brotli.MODE_TEXT, quality=11 if once else 5)
        return packed
    if encoding == GZIP:
        return gzip.compress(page, 9 if once else 6, mtime=0)
    return page
