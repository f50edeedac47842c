"""Keeps an uploaded file between preview and confirmation, without leaving it on any server.

The page itself carries it, encrypted and signed, so that only we can open it, only for the colleague
who sent it, and only for an hour; no machine has to remember anything, and nobody has to clean up.
"""

import json
import zlib
from dataclasses import dataclass

from feedback_app.keys import SealBroken, seal, unseal

_PURPOSE = "import-upload"
LIFETIME_SECONDS = 3600
#: what fits in a form beside its other fields (MAX_FORM_MEMORY_SIZE)
MAXIMUM_LENGTH = 240_000


class UploadTooLarge(Exception):
    """The file does not fit in the page, even compressed; the command line has no such limit."""


class UploadExpired(Exception):
    """The preview is older than an hour, belongs to a colleague, or was altered."""


@dataclass(frozen=True)
class Upload:
    """A file on its way in, and how it is to be read."""

    file_name: str
    mapping: str
    data: bytes


def seal_upload(secret_key: str, account_id: str, upload: Upload) -> str:
    """The file as text for a hidden field; UploadTooLarge when it does not fit."""
    head = json.dumps([account_id, upload.file_name, upload.mapping]).encode("utf-8")
    sealed = seal(secret_key, _PURPOSE, zlib.compress(head + b"\n" + upload.data, 9))
    if len(sealed) > MAXIMUM_LENGTH:
        raise UploadTooLarge
    return sealed


def open_upload(secret_key: str, account_id: str, sealed: str) -> Upload:
    """The file that was sealed for this account; UploadExpired when it cannot be used any more."""
    try:
        content = unseal(secret_key, _PURPOSE, sealed, LIFETIME_SECONDS)
    except SealBroken as error:
        raise UploadExpired from error
    head, _newline, data = zlib.decompress(content).partition(b"\n")
    owner, file_name, mapping = json.loads(head)
    if owner != account_id:
        raise UploadExpired
    return Upload(file_name, mapping, data)
