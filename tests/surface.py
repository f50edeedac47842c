"""What others build on, one a line, and the rule by which a line may go: see docs/versions.md."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import click
from flask import Flask

from feedback_app.api.events import EVENT_NAMES
from feedback_app.api.problems import PROBLEMS
from feedback_app.cli import COMMANDS, main
from feedback_app.questionnaires.definition import Item, Option, Survey
from feedback_app.trajectories.mapping import FieldName
from feedback_app.watching.metrics import METRICS

CHECKOUT = Path(__file__).parents[1]
LISTED = CHECKOUT / "tests" / "fixtures" / "surface.txt"
_MARK = re.compile(
    r"(?P<name>[^|]+?)(?: \| deprecated (?P<since>\d+\.\d+\.\d+), gone (?P<gone>\d+\.\d+\.\d+): (?P<use>.+))?"
)


@dataclass(frozen=True)
class Line:
    """One thing others build on; since: deprecated in, gone: not there from, use: what takes its place."""

    name: str
    since: str | None = None
    gone: str | None = None
    use: str = ""


def read_lines(text: str) -> list[Line]:
    """The lines of the list, without its remarks; raises ValueError for one that says something else."""
    found = []
    for written in text.splitlines():
        if written and not written.startswith("#"):
            match = _MARK.fullmatch(written)
            if not match:
                raise ValueError(f"“{written}” is no line of this list")
            told = match.groupdict()
            found.append(Line(told["name"], told["since"], told["gone"], told["use"] or ""))
    return found


def faults(
    here: Iterable[str], listed: Iterable[Line], changelog: Mapping[str, str], now: str
) -> Iterator[str]:
    """What breaks the rule, with what to do; changelog: `version part` → its text, now: this version."""
    lines, there = {line.name: line for line in listed}, set(here)
    for name in sorted(there - lines.keys()):
        yield f"{name}: is new: add the line"
    for name, line in sorted(lines.items()):
        over = line.gone is not None and _number(line.gone) <= _number(now)
        if name not in there and not over:
            yield f"{name}: vanished: bring it back, deprecated, or say in which version it is gone and what to use"
        if name in there and over:
            yield f"{name}: should be gone since {line.gone}"
        if line.since and line.gone:
            yield from _steps(line, line.since, line.gone, changelog, over)


def _steps(line: Line, since: str, gone: str, changelog: Mapping[str, str], over: bool) -> Iterator[str]:
    """A thing is deprecated in one version and gone in a greater one, and the changelog says so both times."""
    if not _told(line, changelog.get(f"{since} Deprecated", "")):
        yield f"{line.name}: say under Deprecated of {since} to use {line.use}"
    if _greater(since) >= _greater(gone):
        yield f"{line.name}: deprecated in {since}, so it may go in {_next(since)} at the earliest"
    if over and not _told(line, changelog.get(f"{gone} Removed", "")):
        yield f"{line.name}: say under Removed of {gone} to use {line.use}"


def _told(line: Line, text: str) -> bool:
    return f"`{line.name.partition(' ')[2]}`" in text and f"`{line.use}`" in text


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _greater(version: str) -> tuple[int, ...]:
    """The part of a version that says whether something may go: MAJOR, before 1.0 MINOR."""
    major, minor, _ = _number(version)
    return (major, 0) if major else (0, minor)


def _next(version: str) -> str:
    major, minor = _greater(version)
    return f"{major + 1}.0.0" if major else f"0.{minor + 1}.0"


def changelog_parts(text: str) -> dict[str, str]:
    """`version part` → what the changelog says there."""
    found: dict[str, str] = {}
    for release in re.split(r"^## ", text, flags=re.M)[1:]:
        version = re.split(r"[,\s]", release, maxsplit=1)[0]
        for part in re.split(r"^### ", release, flags=re.M)[1:]:
            title, _, said = part.partition("\n")
            found[f"{version} {title.strip()}"] = said
    return found


def surface(app: Flask, document: Mapping[str, Any]) -> set[str]:
    """Everything that others build on, as the program itself tells."""
    page = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    kinds = (Survey, Item, Option)
    return {
        *(name for name, _ in _each_command()),
        *(f"setting {name}" for name in re.findall(r"^\| `(FEEDBACK_[A-Z_]+)`", page, re.M)),
        *_addresses(app),
        *(name for name, _ in _each_part(document)),
        *(f"problem {code}" for code in PROBLEMS),
        *(f"event {name}" for name in EVENT_NAMES),
        *(f"metric {name}" for name in METRICS),
        *(f"column {name}" for name in get_args(FieldName)),
        *(f"questionnaire {kind.__name__}.{one.name}" for kind in kinds for one in fields(kind)),
    }


def deprecated(document: Mapping[str, Any]) -> set[str]:
    """Commands, options and parts of the API that say themselves that they go."""
    commands = (name for name, one in _each_command() if one.deprecated)
    return {*commands, *(name for name, one in _each_part(document) if one.get("deprecated"))}


def _each_command() -> Iterator[tuple[str, click.Command | click.Parameter]]:
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        yield from _below(f"command {name}", command)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command | click.Parameter]]:
    if isinstance(command, click.Group):
        for sub, one in command.commands.items():
            yield from _below(f"{name} {sub}", one)
        return
    yield name, command
    for option in command.params:
        for spelling in option.opts if isinstance(option, click.Option) else ():
            yield f"{name} {spelling}", option


def _addresses(app: Flask) -> Iterator[str]:
    """Addresses outside /staff, without the names that parts have in the code."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/staff", "/static", "/api/")):
            bare = re.sub(r"<[^>]*>", "…", rule.rule)
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            yield from (f"address {method} {bare}" for method in methods)


def _each_part(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Operations, their parameters, and fields of what goes in and out."""
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            yield f"api {method.upper()} {path}", one
            for told in one.get("parameters", ()):
                yield f"api {method.upper()} {path} {told['in']} {told['name']}", told
    for name, schema in document["components"]["schemas"].items():
        yield from ((f"api field {name}.{key}", told) for key, told in schema.get("properties", {}).items())
