"""One secret, many keys: each purpose gets its own, so that none can stand in for another."""

from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@lru_cache(maxsize=32)
def derive(secret_key: str, purpose: str) -> bytes:
    """32 bytes that only the holder of the secret can make (HKDF-SHA-256; Krawczyk and Eronen, 2010)."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"feedback-app", info=purpose.encode("utf-8")).derive(
        secret_key.encode("utf-8")
    )
