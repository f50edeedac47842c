"""What a migration changes of rows that are there, on the way up and on the way back, by design; nothing else may."""

import json
from collections.abc import Callable

from tests.migrations.stairs import Contents, Row, Rules

_Change = Callable[[Row], Row | None]


def _each(table: str, change: _Change) -> Rules:
    """A rule for each row of a table by itself; None: it goes."""
    return {table: lambda then: [new for row in then[table].rows if (new := change(row)) is not None]}


def _without_contact(row: Row) -> Row:
    gone = {"phone_sealed": None, "email_sealed": None}
    return row if row["outcome"] == "completed" else row | gone


UP: dict[str, Rules] = {
    # who stopped is not written to: their contact data goes
    "0009": _each("trajectories", _without_contact),
}


def _is_running(then: Contents) -> set[str]:
    return {row["id"] for row in then["trajectories"].rows if row["outcome"] == "running"}


def _regional(then: Contents) -> dict[str, str]:
    """A region's version → the core that its answers belong to."""
    core = {
        (row["wave_key"], row["survey_key"]): row["fingerprint"] for row in then["wave_questionnaires"].rows
    }
    asked = then["regional_questionnaires"].rows
    return {row["fingerprint"]: core[row["wave_key"], row["survey_key"]] for row in asked}


def _regional_items(then: Contents) -> set[str]:
    """Keys of the items that a region asked beside the core."""
    found = set()
    for row in then["questionnaire_versions"].rows:
        told = row["definition"]
        definition = json.loads(told) if isinstance(told, str) else told
        found |= {item["key"] for item in definition["survey"]["items"] if item.get("region")}
    return found


def _without_versions(table: str) -> Callable[[Contents], list[Row]]:
    return lambda then: [row for row in then[table].rows if row["fingerprint"] not in _regional(then)]


def _of_impact(then: Contents) -> set[str]:
    return {row["code"] for row in then["open_links"].rows if row["survey_key"] == "impact"}


DOWN: dict[str, Rules] = {
    # older versions know no questions of one region: what was answered to the core stays
    "0019": {
        "answers": lambda then: [
            row for row in then["answers"].rows if row["item_key"] not in _regional_items(then)
        ],
        "responses": lambda then: [
            row | {"fingerprint": _regional(then).get(row["fingerprint"], row["fingerprint"])}
            for row in then["responses"].rows
        ],
        "questionnaire_versions": _without_versions("questionnaire_versions"),
        "version_texts": _without_versions("version_texts"),
    },
    # a link that asks how things are months later would ask something else
    "0018": {
        "open_links": lambda then: [
            row for row in then["open_links"].rows if row["code"] not in _of_impact(then)
        ],
        "poster_prints": lambda then: [
            row for row in then["poster_prints"].rows if row["code"] not in _of_impact(then)
        ],
    },
    # steps that older versions would take for rewordings
    "0015": _each(
        "signal_events",
        lambda row: None if row["kind"] in {"tested", "planned", "attached", "detached", "reminded"} else row,
    ),
    # what was left without personal data becomes the text; who had the closed route's role may read, once let in
    "0014": {
        **_each("remarks", lambda row: row | {"text": row["redacted"] or row["text"]}),
        **_each(
            "accounts",
            lambda row: (
                row | {"role": "lezer", "active": type(row["active"])(False)}
                if row["role"] == "vertrouwenspersoon"
                else row
            ),
        ),
    },
    "0009": _each(
        "sendings", lambda row: row | {"channel": "sms" if row["channel"] == "whatsapp" else row["channel"]}
    ),
    # no place for trajectories that still run
    "0004": {
        "trajectories": lambda then: [
            row for row in then["trajectories"].rows if row["outcome"] != "running"
        ],
        "activities": lambda then: [
            row for row in then["activities"].rows if row["trajectory_id"] not in _is_running(then)
        ],
    },
}
