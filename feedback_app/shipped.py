"""What comes with this version of the software: questionnaires and catalogues; or where else to read them."""

import os
from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
#: the package itself where a wheel was installed, else the checkout
_SHIPPED_IN = _PACKAGE if (_PACKAGE / "surveys").is_dir() else _PACKAGE.parent
SHIPPED_SURVEYS, SHIPPED_TRANSLATIONS = _SHIPPED_IN / "surveys", _SHIPPED_IN / "translations"


def default_surveys_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where the questionnaires are, for commands that need nothing else."""
    return _named("FEEDBACK_SURVEYS_DIR", environ) or SHIPPED_SURVEYS


def default_translations_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where the catalogues are, for commands that need nothing else."""
    return _named("FEEDBACK_TRANSLATIONS_DIR", environ) or SHIPPED_TRANSLATIONS


def _named(setting: str, environ: Mapping[str, str] | None) -> Path | None:
    given = (os.environ if environ is None else environ).get(setting)
    return Path(given) if given else None
