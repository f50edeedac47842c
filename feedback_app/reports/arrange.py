"""Arranging a report: what editors move, leave out and write themselves, applied to its content.

Pure: content and choices go in, content comes out. Editors write words and never figures: a message of their
own takes its figure from those that are published (`Citable`).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from feedback_app.reports.arrange_choices import MAY_LEAVE, MOVABLE, Choices, in_order
from feedback_app.reports.content import KeyMessage, Practice, Quote, ReportContent, SectionText, Signal

T = TypeVar("T")


@dataclass(frozen=True)
class Citable:
    """A published figure that a message of editors may be built on: its key, in short, and in full."""

    key: str
    figure: str
    text: str


def arrange(
    content: ReportContent,
    choices: Choices,
    *,
    messages: Sequence[KeyMessage] = (),
    citable: Sequence[Citable] = (),
) -> ReportContent:
    """The content as editors want it; `messages` are the ones that the report makes by itself.

    What was chosen before and is gone by now is passed over; what is new comes last.
    """

    def thinned(kind: str, things: Sequence[T]) -> tuple[T, ...]:
        return tuple(one for one in things if f"{kind}:{key_of(one)}" not in choices.left_out)

    def listed(kind: str, things: Sequence[T]) -> tuple[T, ...]:
        return in_order(thinned(kind, things), choices.order.get(kind, ()), key_of)

    signals = tuple(
        replace(one, quotes=thinned("quote", one.quotes)) for one in listed("signal", content.signals)
    )
    return replace(
        content,
        foreword=choices.foreword,
        texts=tuple(SectionText(key, text) for key, text in choices.texts.items() if text),
        order=_sections(choices),
        left_out=tuple(sorted(key for key in MAY_LEAVE if f"section:{key}" in choices.left_out)),
        messages=_messages(content, choices, messages, citable, listed),
        signals=signals,
        practices=listed("practice", content.practices),
        quotes=listed("quote", content.quotes),
    )


def key_of(thing: object) -> str:
    """What a signal, message, practice or quote is known by as long as nobody rewords it."""
    if isinstance(thing, Signal):
        return thing.code
    if isinstance(thing, KeyMessage):
        return thing.signal or _digest(thing.title, thing.text)
    if isinstance(thing, Practice):
        return _digest(thing.title, thing.text)
    if isinstance(thing, Quote):
        return _digest(thing.text, thing.attribution)
    raise TypeError(f"nothing that editors may move: {type(thing).__name__}")


def _sections(choices: Choices) -> tuple[str, ...]:
    """The movable sections in their order; empty where that is the usual one."""
    found = in_order(MOVABLE, choices.order.get("section", ()), str)
    return () if found == MOVABLE else found


def _messages(
    content: ReportContent,
    choices: Choices,
    made: Sequence[KeyMessage],
    citable: Sequence[Citable],
    listed: Callable[[str, Sequence[KeyMessage]], tuple[KeyMessage, ...]],
) -> tuple[KeyMessage, ...]:
    """The editors' own messages, else those of the report as they ordered them; those it has, untouched."""
    known = {one.key: one for one in citable}
    own = tuple(
        KeyMessage(known[one.figure].figure, one.title, known[one.figure].text, one.ask)
        for one in choices.messages
        if one.figure in known
    )
    if own:
        return own
    left = {key.partition(":")[2] for key in choices.left_out if key.startswith("signal:")}
    made = [one for one in content.messages or made if not one.signal or one.signal not in left]
    touched = choices.order.get("message") or any(one.startswith("message:") for one in choices.left_out)
    return listed("message", made) if touched else content.messages


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
