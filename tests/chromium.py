"""Which Chromium the browser tests drive, and how it is started."""

import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

#: as Debian calls it
SHELL = "chromium-headless-shell"
#: nothing but this machine is found, and root (in a container) may run it
ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-dev-shm-usage",
    # A page lives for a second here: to optimise its scripts takes a fifth longer than to run them as they are.
    "--js-flags=--no-opt",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)


def start_chromium(playwright: Playwright, *, whole: bool = False) -> Browser:
    """A browser that the caller closes; `whole` with all of its profile and its services."""
    return playwright.chromium.launch(**launch_options(whole=whole))


def launch_options(*, whole: bool = False) -> dict[str, Any]:
    """What to launch: the distribution's program, or the one Playwright brought (see scripts/bootstrap).

    The headless shell is the same engine without a window around the page, and a window costs a second of a
    processor for each visitor; so it is used where it is installed. It has no Background Sync and no preferences.
    """
    program = _program(whole)
    named = {"executable_path": program} if program else {"channel": "chromium"} if whole else {}
    return {**named, "args": [*ARGUMENTS]}


def _program(whole: bool) -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named) or named
    for program in (*(() if whole else (SHELL,)), "chromium", "google-chrome", "google-chrome-stable"):
        found = shutil.which(program)
        # A snap is shut off from temporary folders, where tests keep the browser's profile.
        if found and not Path(found).is_relative_to("/snap"):
            return found
    return None
