"""What can be set, typed or written is documented; a new one without a line in docs/ fails here."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from feedback_app.cli import COMMANDS, main
from feedback_app.questionnaires.definition import EXPLICIT_CODES, Item, ItemType, Survey
from feedback_app.staff.models import ROLES

CHECKOUT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (CHECKOUT / "docs" / name).read_text(encoding="utf-8")


def documented_settings() -> set[str]:
    return set(re.findall(r"^\| `FEEDBACK_([A-Z_]+)`", page("settings.md"), re.M))


def test_every_setting_is_documented_and_nothing_else() -> None:
    files = (CHECKOUT / "feedback_app" / name for name in ("settings.py", "sign_in_service.py"))
    source = "".join(one.read_text(encoding="utf-8") for one in files)
    read = set(re.findall(r'given\.get\(\s*"([A-Z_]+)"|\{PREFIX\}([A-Z_]+)", ""', source))
    read = {name for names in read for name in names if name}
    assert len(read) > 5
    assert documented_settings() == read


def commands() -> list[tuple[str, click.Command]]:
    found = []
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", one) for sub, one in command.commands.items()]
        else:
            found.append((name, command))
    return found


@pytest.mark.parametrize(("name", "command"), commands(), ids=str)
def test_every_command_is_documented_and_shows_an_example(name: str, command: click.Command) -> None:
    first, _, sub = name.partition(" ")
    lines = [line for line in page("commands.md").splitlines() if f"`feedback-app {first}" in line]
    assert lines and all(sub in line for line in lines)
    assert re.search(r"Example:\s+feedback-app", command.help or "")


def test_every_item_type_and_field_is_documented() -> None:
    text = page("questionnaires.md")
    names = [*ItemType, *EXPLICIT_CODES, *(one.name for kind in (Item, Survey) for one in fields(kind))]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_every_role_is_documented() -> None:
    assert [role for role in ROLES if role not in page("roles.md")] == []


def test_the_readme_leads_to_every_page_of_the_docs() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    pages = [one.name for one in (CHECKOUT / "docs").glob("*.md")]
    assert [name for name in pages if f"docs/{name}" not in readme] == []


def headings(path: Path) -> set[str]:
    """What a link may name behind its #, as sites that show these pages make it of a heading."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line) for line in re.findall(r"^#+ (.*)$", text, re.M))
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in plain}


def test_every_link_leads_to_a_page_and_a_heading_that_are_there() -> None:
    lost = []
    for path in (*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            name, _, heading = link.partition("#")
            target = path.parent / name if name else path
            if "://" not in link and (
                not target.exists() or (heading and heading not in headings(target.resolve()))
            ):
                lost.append(f"{path.name}: {link}")
    assert lost == []
