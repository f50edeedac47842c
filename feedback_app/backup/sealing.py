"""The sealed file: two readable lines, then encrypted pieces that cannot be cut, swapped or left out.

The pieces are AES-256-GCM with a key of this file's own, derived from `FEEDBACK_SECRET_KEY` and the salt in
the readable lines. Each piece's nonce is its number and whether it is the last (the STREAM construction:
Hoang, Reyhanitabar, Rogaway and Vizár, 2015), and the readable lines are authenticated with every piece. So a
damaged, truncated or rearranged file is found out at the first wrong piece, and who has the file without the
key has nothing but its size. Memory stays constant, however large the file is.
"""

import hmac
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, BinaryIO

from feedback_app.keys import derive

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

#: the first line of every file; a later format gets another number
MAGIC = b"feedback-app backup 1\n"
_FAMILY = b"feedback-app backup "
_PURPOSE = "backup"
_PIECE, _TAG = 64 * 1024, 16
_LONGEST_HEADER = 64 * 1024


class NoBackup(Exception):
    """The file is not a backup that this version can read; the message says why."""


class BackupDamaged(Exception):
    """The file was a backup, but is not whole any more."""


@dataclass(frozen=True)
class Header:
    """What anybody may read of a backup: when and by what it was made, and which keys it needs.

    `structure` is the database's revision; keys stand here by name only, signs that tell nothing of
    them.
    """

    made_at: str
    software: str
    structure: str
    secret_key: str
    contact_keys: tuple[str, ...]
    salt: str


def secret_name(secret_key: str) -> str:
    """What a backup says about the secret key that opens it."""
    return hmac.digest(derive(secret_key, _PURPOSE), b"name", "sha256").hex()[:8]


def new_salt() -> str:
    """A salt for one file, so that no two files share a key."""
    return secrets.token_hex(32)


class _Pieces:
    """Encrypts and decrypts the pieces of one file, in their order."""

    def __init__(self, secret_key: str, header: Header, readable: bytes) -> None:
        # here, not above: it weighs 6 MB, and reading which keys a file needs takes none of it
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = hmac.digest(derive(secret_key, _PURPOSE), b"file " + bytes.fromhex(header.salt), "sha256")
        self._cipher, self._readable, self._number = AESGCM(key), readable, 0
        self.wrong = InvalidTag

    def _nonce(self, last: bool) -> bytes:
        nonce = self._number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
        self._number += 1
        return nonce

    def seal(self, piece: bytes, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), piece, self._readable)

    def open(self, sealed: bytes, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last), sealed, self._readable)
        except self.wrong:
            raise BackupDamaged from None


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into a file; without `finish` what was written is no backup."""

    def __init__(self, file: BinaryIO, secret_key: str, header: Header) -> None:
        readable = MAGIC + json.dumps(asdict(header), sort_keys=True).encode("ascii") + b"\n"
        self._file, self._pieces = file, _Pieces(secret_key, header, readable)
        self._waiting = bytearray()
        file.write(readable)

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        self._waiting += data
        while len(self._waiting) > _PIECE:  # not at the very edge: the last piece is never empty for nothing
            self._file.write(self._pieces.seal(bytes(self._waiting[:_PIECE]), last=False))
            del self._waiting[:_PIECE]
        return memoryview(data).nbytes

    def finish(self) -> None:
        """Seal the last piece, which says that it is the last."""
        self._file.write(self._pieces.seal(bytes(self._waiting), last=True))
        self._waiting.clear()


class SealedReader(io.RawIOBase):
    """Reads what a SealedWriter sealed; raises BackupDamaged at the first piece that is different."""

    def __init__(self, file: BinaryIO, secret_key: str) -> None:
        header, readable = _read_lines(file)
        self._file, self._pieces = file, _Pieces(secret_key, header, readable)
        self._next: bytes | None = file.read(_PIECE + _TAG)
        self._opened = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if not self._opened and self._next is not None:
            sealed, self._next = self._next, self._file.read(_PIECE + _TAG)
            last = not self._next
            self._opened = memoryview(self._pieces.open(sealed, last))
            if last:
                self._next = None
        room = memoryview(buffer).cast("B")
        length = min(len(room), len(self._opened))
        room[:length] = self._opened[:length]
        self._opened = self._opened[length:]
        return length


def read_header(file: BinaryIO) -> Header:
    """The readable lines of a backup, from its beginning; raises NoBackup."""
    return _read_lines(file)[0]


def _read_lines(file: BinaryIO) -> tuple[Header, bytes]:
    file.seek(0)
    first = file.readline(len(MAGIC))
    if first != MAGIC:
        newer = first.startswith(_FAMILY)
        raise NoBackup(
            "was made by a newer version; install that one" if newer else "is no backup of this service"
        )
    line = file.readline(_LONGEST_HEADER)
    try:
        given: Mapping[str, Any] = json.loads(line)
        header = Header(**{one.name: given[one.name] for one in fields(Header)})
        bytes.fromhex(header.salt)
    except (ValueError, KeyError, TypeError):
        raise BackupDamaged from None
    return header, first + line
