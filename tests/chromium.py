"""Which Chromium the browser tests drive, and how it is started."""

import os
import shutil
from pathlib import Path

#: nothing but this machine is found, and root (in a container) may run it
ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-dev-shm-usage",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)


def chromium_path() -> str | None:
    """The distribution's Chromium or Chrome; None for the one Playwright brought (see scripts/bootstrap)."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named) or named
    for program in ("chromium", "google-chrome", "google-chrome-stable"):
        found = shutil.which(program)
        # A snap is shut off from temporary folders, where tests keep the browser's profile.
        if found and not Path(found).is_relative_to("/snap"):
            return found
    return None
