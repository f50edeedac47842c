"""One secret, many keys: each purpose gets its own; and the files that keys are kept in."""

import base64
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class SealBroken(Exception):
    """What was sealed cannot be opened: another secret, altered, or too old."""


@lru_cache(maxsize=32)
def derive(secret_key: str, purpose: str) -> bytes:
    """32 bytes that only the holder of the secret can make (HKDF-SHA-256; Krawczyk and Eronen, 2010).

    So many bytes are HKDF's first block: one extraction, one expansion (RFC 5869, sections 2.2 and 2.3).
    """
    extracted = hmac.digest(b"feedback-app", secret_key.encode("utf-8"), "sha256")
    return hmac.digest(extracted, purpose.encode("utf-8") + b"\x01", "sha256")


def seal(secret_key: str, purpose: str, content: bytes) -> str:
    """The content encrypted and signed, as text."""
    return _box(secret_key, purpose).encrypt(content).decode("ascii")


def unseal(secret_key: str, purpose: str, sealed: str, seconds: int | None = None) -> bytes:
    """What was sealed, at most so many seconds ago; raises SealBroken."""
    # here and below, not above: most web processes never seal anything, and it weighs 6 MB
    from cryptography.fernet import InvalidToken

    try:
        return _box(secret_key, purpose).decrypt(sealed.encode("utf-8"), ttl=seconds)
    except InvalidToken as error:
        raise SealBroken from error


def _box(secret_key: str, purpose: str) -> "Fernet":
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(derive(secret_key, purpose)))


def kept_in(path: Path) -> str:
    """What a file beside the database holds; made with a new key when it is not there."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_urlsafe(48))
        try:
            os.link(partial, path)  # the first of two processes wins, the second reads its key
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text().strip()


def put_in_front(path: Path, key: str) -> None:
    """Add a key that seals from now on; those that are there still open."""
    known = kept_in(path)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    partial.touch(mode=0o600)
    partial.write_text(f"{key}\n{known}\n")
    partial.replace(path)
