"""Reading the form on which a report is arranged: numbers for places, boxes for leaving out, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from feedback_app.reports.arrange_choices import (
    FEWEST_MESSAGES,
    KINDS,
    MAY_LEAVE,
    MOST_MESSAGES,
    MOVABLE,
    Choices,
    OwnMessage,
    in_order,
)
from feedback_app.signals.free_text import KINDS as POINTS_TO_SOMEBODY
from feedback_app.signals.free_text import tidy
from feedback_app.signals.identifying import identifying

#: how many signs a text may have: a foreword is a page, a core one page with five messages
MOST = {"foreword": 3000, "text": 1500, "title": 120, "ask": 300}

Material = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass
class Read:
    """What was typed: the choices, and what is wrong per field (its id → what to do)."""

    choices: Choices
    faults: dict[str, str] = field(default_factory=dict)


def places(kind: str, things: Sequence[Mapping[str, Any]], order: Mapping[str, Sequence[str]]) -> list[Any]:
    """The things of a kind as they stand now: in the editors' order, what is new last."""
    return list(in_order(things, order.get(kind, ()), lambda one: str(one["key"])))


def read_choices(form: Mapping[str, str], stored: Choices, material: Material) -> Read:
    """The choices that a filled-in form holds; what the form does not show stays as it was."""
    read = Read(Choices())
    order, left_out = dict(stored.order), set(stored.left_out)
    for kind in ("section", *KINDS):
        shown = [one for one in material.get(kind, ()) if kind != "section" or one["key"] in MOVABLE]
        if shown:
            order[kind] = _order(form, kind, places(kind, shown, stored.order), read.faults)
        for one in material.get(kind, ()):
            if kind != "section" or one["key"] in MAY_LEAVE:
                name = f"{kind}:{one['key']}"
                (left_out.add if form.get(f"leave-{name}") else left_out.discard)(name)
    texts = dict(stored.texts)
    for one in material.get("section", ()):
        texts[one["key"]] = _words(form, f"text-{one['key']}", "text", read.faults)
    read.choices = Choices(
        foreword=_words(form, "foreword", "foreword", read.faults),
        texts={key: text for key, text in texts.items() if text},
        order={kind: keys for kind, keys in order.items() if _differs(kind, keys, material)},
        left_out=frozenset(left_out),
        messages=_messages(form, stored, material, read.faults),
    )
    return read


def _order(
    form: Mapping[str, str], kind: str, shown: Sequence[Mapping[str, Any]], faults: dict[str, str]
) -> tuple[str, ...]:
    """The keys by the numbers typed; what moves up to a taken place comes before what stands there."""
    wanted = []
    for place, one in enumerate(shown, 1):
        name = f"place-{kind}:{one['key']}"
        typed = form.get(name, "").strip()
        readable = typed.isdecimal() and len(typed) < 4
        number = int(typed) if readable else place
        if typed and not readable:
            faults[name] = _("Schrijf een plaats als een getal, zoals 1 of 2.")
        wanted.append((number, (number > place) - (number < place), place, str(one["key"])))
    return tuple(key for *_rank, key in sorted(wanted))


def _differs(kind: str, keys: Sequence[str], material: Material) -> bool:
    """Whether an order is another one than the usual, or speaks of what is not shown at the moment."""
    usual = [one["key"] for one in material.get(kind, ()) if kind != "section" or one["key"] in MOVABLE]
    return list(keys) != usual


def _words(form: Mapping[str, str], name: str, kind: str, faults: dict[str, str]) -> str:
    text = str(tidy(form.get(name, ""))).replace("\0", "")
    if len(text) > MOST[kind]:
        faults[name] = _(
            "Schrijf hoogstens %(max)s tekens; nu zijn het er %(now)s.", max=MOST[kind], now=len(text)
        )
    elif found := identifying(text):
        what = ", ".join(str(POINTS_TO_SOMEBODY[one]) for one in found)
        faults[name] = _(
            "Hier staat %(what)s. Haal dat weg: een verslag gaat over niemand in het bijzonder.", what=what
        )
    return text


def _messages(
    form: Mapping[str, str], stored: Choices, material: Material, faults: dict[str, str]
) -> tuple[OwnMessage, ...]:
    """The editors' own messages: none, or three to five that each have a figure, a title and an ask."""
    known = {one["key"] for one in material.get("citable", ())}
    if not known:
        return stored.messages
    typed = []
    for number in range(1, MOST_MESSAGES + 1):
        one = OwnMessage(
            figure=form.get(f"message-{number}-figure", ""),
            title=_words(form, f"message-{number}-title", "title", faults),
            ask=_words(form, f"message-{number}-ask", "ask", faults),
        )
        parts = (one.figure, one.title, one.ask)
        if any(parts):
            typed.append(one)
            if not all(parts) or one.figure not in known:
                faults.setdefault(
                    f"message-{number}-title",
                    _("Een boodschap heeft één cijfer, een titel en één vraag nodig."),
                )
    if typed and len(typed) < FEWEST_MESSAGES:
        faults["message-1-title"] = _(
            "Schrijf er minstens %(fewest)s, of laat ze allemaal leeg: dan maakt het verslag ze zelf.",
            fewest=FEWEST_MESSAGES,
        )
    return tuple(typed)
