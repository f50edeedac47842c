"""What editors can choose from, told by the worker while it compiles: web pages read it as plain JSON."""

from collections.abc import Sequence
from typing import Any

from feedback_app.reports.arrange import Citable, key_of
from feedback_app.reports.arrange_choices import MAY_LEAVE, MOVABLE
from feedback_app.reports.content import NEWCOMER, PARTNER, KeyMessage
from feedback_app.reports.view import ReportView

#: how much of a quote is shown to know it by
_LETTERS = 120


def citable(view: ReportView) -> tuple[Citable, ...]:
    """The published figures that a message of editors may be built on, as the report says them."""
    found = []
    for audience in (NEWCOMER, PARTNER):
        for item in view.ordered_items(audience):
            statistic = view.main(item)
            if statistic.positive is not None:
                figure = view.words.out_of_ten(statistic.positive)
                found.append(Citable(f"{audience}.{item.key}", figure, view.said(item, statistic)))
    return tuple(found)


def material(view: ReportView, messages: Sequence[KeyMessage], figures: Sequence[Citable]) -> dict[str, Any]:
    """Sections, messages, signals, practices, quotes and figures of a report that is not arranged yet."""
    content = view.content
    quotes = dict.fromkeys((*content.quotes, *(one for each in content.signals for one in each.quotes)))
    return {
        "section": [
            {
                "key": key,
                "title": section.title,
                "movable": key in MOVABLE,
                "may_leave": key in MAY_LEAVE,
            }
            for key, section in view.sections.items()
        ],
        "message": [_named(one, f"{one.figure}: {one.title}") for one in messages],
        "signal": [_named(one, f"{one.code} {one.title}") for one in content.signals],
        "practice": [_named(one, one.title) for one in content.practices],
        "quote": [_named(one, _shortened(one.text)) for one in quotes],
        "citable": [{"key": one.key, "figure": one.figure, "text": one.text} for one in figures],
    }


def _named(thing: object, title: str) -> dict[str, str]:
    return {"key": key_of(thing), "title": title.removeprefix(": ")}


def _shortened(text: str) -> str:
    return text if len(text) <= _LETTERS else text[:_LETTERS].rsplit(" ", 1)[0] + " …"
