"""Questions of one region, as tests write them; the places in them are real, the questions made up."""

import json
from pathlib import Path
from typing import Any

import yaml

#: depends on an answer of the core
BUS: dict[str, Any] = {
    "key": "kempen_bus",
    "type": "single",
    "text": "Voorbeeld: hoe was de bus?",
    "options": [{"key": "easy", "text": "Makkelijk"}, {"key": "hard", "text": "Moeilijk"}],
    "positive": ["easy"],
    "themes": ["T14"],
    "shown_if": {"item": "contacts", "any_of": ["no", "not_any_more"]},
}
#: asked of everybody
LATER: dict[str, Any] = {
    "key": "kempen_later",
    "type": "multiple",
    "text": "Voorbeeld: wat wil je later doen?",
    "options": [
        {"key": "sport", "text": "Sporten"},
        {"key": "help", "text": "Helpen"},
        {"key": "learn", "text": "Leren"},
    ],
    "themes": ["T03"],
}


def write_region(
    surveys_dir: Path,
    *items: dict[str, Any],
    region: str = "kempen",
    survey: str = "newcomer",
    folder: str = "newcomer",
    **more: Any,
) -> Path:
    """Write a region's file; `more` are keys that do not belong in it."""
    path = surveys_dir / folder / "regions" / "kempen.yaml"
    path.parent.mkdir(exist_ok=True)
    content = {"region": region, "survey": survey, "items": list(items), **more}
    apart = json.loads(json.dumps(content))  # nothing stands for another part, as in a file that people write
    path.write_text(yaml.safe_dump(apart, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
