"""The secret in an invitation's link: derived, so it can be shown again though only its hash is kept."""

import base64
import hashlib
import hmac

from feedback_app.keys import derive

#: 22 signs of 6 bits: 132 bits that nobody can guess
LENGTH = 22


def token_for(secret_key: str, invitation_id: str) -> str:
    """The token of an invitation: the first 132 bits of HMAC-SHA-256 over its id, in base64url."""
    code = hmac.digest(derive(secret_key, "invitation-token"), invitation_id.encode("ascii"), "sha256")
    return base64.urlsafe_b64encode(code).decode("ascii")[:LENGTH]


def token_hash(token: str) -> str:
    """What the database keeps of a token: SHA-256 in hexadecimal; the token has too many bits to be tried."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
