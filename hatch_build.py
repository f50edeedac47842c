"""What a wheel holds beside the package: the questionnaires, and the catalogues with what pages speak from.

A wheel is unpacked where no checkout stands, so both go inside `feedback_app/`. Compiled catalogues are
built, never committed; a wheel without them would speak Dutch alone, and nobody would notice until a
newcomer did.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("surveys", "translations")


class Shipped(BuildHookInterface):  # type: ignore[type-arg]
    """Adds these folders to a wheel, and refuses to build anything that others install without catalogues."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is `standard` for what is handed on, `editable` for a checkout, which has its own."""
        if version == "editable":
            return
        root = Path(self.root)
        sources = sorted(root.glob("translations/*/LC_MESSAGES/messages.po"))
        missing = [path.parts[-3] for path in sources if not path.with_suffix(".mo").is_file()]
        if missing or not sources:
            raise FileNotFoundError(
                f"catalogues are not compiled ({', '.join(missing) or 'none found'}): type `make wheel`, or"
                " `feedback-app translations compile` before building by hand"
            )
        if self.target_name == "wheel":
            for folder in SHIPPED:
                for path in sorted((root / folder).rglob("*")):
                    if path.is_file() and not path.name.startswith("."):
                        build_data["force_include"][str(path)] = f"feedback_app/{path.relative_to(root)}"
