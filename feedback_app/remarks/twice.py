"""Which remarks two colleagues code, and what follows when they differ."""

import hashlib
from collections.abc import Collection

#: one remark in so many is coded twice
ONE_IN = 5


def coded_twice(remark_id: str) -> bool:
    """Whether a remark is one of the one in five: its random key decides, so nobody can choose."""
    digest = hashlib.sha256(b"coded twice:" + remark_id.encode()).digest()
    return int.from_bytes(digest[:8]) % ONE_IN == 0


def waits_after(position: str, *, twice: bool, agreed: bool) -> str:
    """Whom a remark waits for once somebody coded it as `position`: `second`, `third`, or nobody ("")."""
    if position == "first":
        return "second" if twice else ""
    if position == "second":
        return "" if agreed else "third"
    return ""


def as_stored(themes: Collection[str]) -> str:
    """Themes in order, with spaces between; empty for a remark that was set aside."""
    return " ".join(sorted(set(themes)))
