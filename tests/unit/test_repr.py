"""No object says in its representation what a log, an error or a debugger must not tell.

`repr` is what stands in an exception, in a failing comparison and in whatever somebody logs to find a fault.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date

import feedback_app
from feedback_app.api.targets import look_at
from feedback_app.invitations.by_hand import ByHand
from feedback_app.invitations.listing import InvitationLine
from feedback_app.invitations.messages import Email, Message
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import language
from feedback_app.trajectories.records import TrajectoryFacts

#: fields of this name hold a link that opens something, a key, a contact, or what somebody wrote
TELLING = {
    *("link", "stop_link", "stop_url", "token", "secret", "secret_key", "password", "verifier", "nonce"),
    *("phone", "email", "to", "number", "address", "sms", "whatsapp", "text", "html", "qr", "body", "parts"),
}
#: module, class and field → why that tells nothing of the kind
HARMLESS = {
    "analysis.": "texts and figures that are drawn",
    "api.operations.Call.token": "a row of the database, which shows no value; nor has it the token's text",
    "api.operations.Operation.body": "the name of a schema",
    "backup.sealing.Header": "keys stand there by name only",
    "example.": "made up",
    "exchange.": "colleagues, their own pages and what they wrote for each other",
    "gateways.Translator.address": "it is refused with a user, a password or a query",
    "gateways.WebhookTemplate": "the name of a field",
    "invitations.impact.Words": "an open link, which hangs on walls",
    "invitations.messages.Message.email": "it shows its subject alone",
    "invitations.posters.Poster": "the same",
    "papers.": "what the papers say",
    "questionnaires.": "the texts of a questionnaire",
    "rendering.": "what is drawn",
    "reports.arrange": "what a report says in public",
    "reports.content": "the same",
    "signals.": "colleagues' own pages",
    "staff.audit_list": "what the log tells a beheerder",
    "staff.waiting.": "colleagues' own pages, and how many wait",
    "staff.work.": "colleagues' own pages",
    "trajectories.partner_history": "what became of an organisation",
    "trajectories.partner_list": "how a list is narrowed",
    "watching.": "colleagues, and what is wrong",
    "web.": "our own texts and files",
}


def telling() -> Iterator[str]:
    """Every field of a dataclass of ours that its name suspects and its representation shows."""
    for module in pkgutil.walk_packages(feedback_app.__path__, "feedback_app."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and is_dataclass(one) and one.__module__ == module.name:
                place = f"{module.name.removeprefix('feedback_app.')}.{one.__name__}"
                yield from (f"{place}.{it.name}" for it in fields(one) if it.repr and it.name in TELLING)


def test_no_class_shows_a_link_a_contact_or_what_somebody_wrote() -> None:
    assert [one for one in telling() if not one.startswith(tuple(HARMLESS))] == []


def test_the_marks_stand_where_they_are_needed() -> None:
    dutch, link, hidden = language("nl"), "https://feedback.example/s/Hush", "Hush"
    email = Email("Een vraag", f"Tik op {link}", f"<a href={link}>")
    shown = [
        Occasion("newcomer", "first", "nl", link, link),
        InvitationLine("newcomer", "kempen", "stage", "nl", date(2026, 1, 1), "", link, "0" * 32),
        ByHand("0" * 32, "kempen", "stage", "first", dutch, link),
        Message(dutch, email, link, link),
        TrajectoryFacts(
            "kempen", date(2026, 1, 1), None, None, "agii", "nl", "+32470Hush", "Hush@x.example", ""
        ),
        look_at("https://127.0.0.1/Hush?key=Hush", ["127.0.0.0/8"]),
    ]
    assert [one for one in shown if hidden in repr(one)] == []
