"""What can be asked under `/api/v1`: each operation says once what it takes, gives and needs.

Its route, the check of what comes in and the OpenAPI document are all made of this description.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from feedback_app.api.models import ApiToken
from feedback_app.settings import Settings
from feedback_app.staff.models import Account

Schema = Mapping[str, Any]

#: problems that can come of anything that needs a token
_OF_ALL = ("bad-parameter", "unauthorized", "forbidden", "not-found", "too-many", "internal", "unavailable")
_OF_LISTS = ("bad-cursor",)
_OF_BODIES = ("bad-request", "too-large", "not-json", "invalid-body")
_OF_KEYS = ("key-missing", "key-reused", "request-in-progress")


@dataclass(frozen=True)
class Parameter:
    """A part of the path or of the query: its name, what it may be, and what it means."""

    name: str
    schema: Schema
    description: str


@dataclass(frozen=True)
class Call:
    """One request that may be answered: by whom, with which checked parameters, and its body as JSON."""

    token: ApiToken
    account: Account
    settings: Settings
    path: str
    asked: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Operation:
    """One method of one address. `scopes`: one of them is enough, none means any token that works.

    `answer` and `body` name schemas of the document; `media` are the kinds of a file that is no JSON.
    """

    key: str
    method: str
    path: str
    view: Callable[[Call], Response]
    summary: str
    answer: str = ""
    scopes: tuple[str, ...] = ()
    within: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    body: str = ""
    media: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    schemas: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def paged(self) -> bool:
        """Whether its answer comes in pieces."""
        return any(one.name == "cursor" for one in self.query)

    @property
    def problems(self) -> tuple[str, ...]:
        """What can go wrong, as codes of problems."""
        found = [*_OF_ALL, *self.more]
        found += _OF_LISTS if self.paged else ()
        found += (*_OF_BODIES, *_OF_KEYS) if self.body else ()
        return tuple(found)

    @property
    def rule(self) -> str:
        """The path as Flask writes it, without our prefix."""
        return self.path.replace("{", "<").replace("}", ">")


WAVE = Parameter("wave", {"type": "string", "pattern": "^[0-9]{4}-H[12]$"}, "A half-year, like 2026-H1.")
ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
KEY = {"type": "string", "pattern": "^[A-Za-z0-9_]{1,40}$"}
LIMIT = Parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "How many, at most."
)
CURSOR = Parameter(
    "cursor",
    {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,400}$"},
    "Where to go on: `next` of the piece before, with the same filters.",
)
PAGED = (LIMIT, CURSOR)
REGION = Parameter("region", KEY, "Only of this region: a key of regions.csv.")

DAY = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}
TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def closed(properties: Mapping[str, Schema], *optional: str) -> Schema:
    """An object with these properties and no others; all there but the optional ones."""
    required = [name for name in properties if name not in optional]
    made: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**made, "required": required} if required else made


def list_of(name: str) -> Schema:
    """A piece of a list of these."""
    items = {"type": "array", "items": ref(name)}
    return closed({"items": items, "next": maybe({"type": "string"})})


def ref(name: str) -> Schema:
    """The schema with this name."""
    return {"$ref": f"#/components/schemas/{name}"}
