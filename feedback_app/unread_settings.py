"""Settings that somebody gave and nothing reads: a slip of the pen, or a name of an earlier version."""

import difflib
from collections.abc import Mapping

from feedback_app.settings import PREFIX, Settings, given_settings


class _Noting(dict[str, str]):
    """Settings as given, noting which names are looked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.sought: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.sought.add(name)
        return super().get(name, default)


def unread_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Each name that nothing reads, and the nearest that something does (or nothing).

    Raises SettingsError where the others cannot be used.
    """
    given = _Noting(given_settings(environ))
    Settings.from_given(given)
    return {
        PREFIX + name: next((PREFIX + one for one in difflib.get_close_matches(name, given.sought, 1)), "")
        for name in sorted(given.keys() - given.sought)
    }
