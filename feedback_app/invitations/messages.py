"""What a message says: one request as SMS, e-mail and WhatsApp text, in one language beside its Dutch line.

Nothing is sent here. Texts are sentences that hold by themselves, so that a short message leaves some out.
Needs an application context, for the catalogues.
"""

from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback_app.invitations.partner_messages import partner_letter
from feedback_app.invitations.tokens import LENGTH
from feedback_app.invitations.wording import Letter, Occasion
from feedback_app.languages import SOURCE, Language, language
from feedback_app.settings import Settings
from feedback_app.sms import parts
from feedback_app.web.assets import mail_style

#: which messages there are, in the order in which they go out
STEPS = {"newcomer": ("first", "reminder1", "reminder2"), "partner": ("first", "reminder1")}

#: An SMS has room for a base URL of at most so many characters …
LONGEST_BASE = 32
#: … so that this is the longest address in it.
LONGEST_ADDRESS = LONGEST_BASE + len("/s/") + LENGTH
MOST_PARTS = 2


@dataclass(frozen=True)
class Email:
    """An e-mail: a subject, and the same words as plain text and as HTML."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True)
class Message:
    """One request in every form; `sms` is "" for partners, whose number nobody gives us."""

    language: Language
    email: Email
    sms: str = field(repr=False)
    whatsapp: str = field(repr=False)


class StepUnknown(ValueError):
    """There is no such message for this audience."""


def compose(settings: Settings, occasion: Occasion) -> Message:
    """The message of an occasion in its language; StepUnknown when there is none such."""
    if occasion.step not in STEPS.get(occasion.audience, ()):
        raise StepUnknown(f"{occasion.audience} {occasion.step}")
    newcomer = occasion.audience == "newcomer"
    write = newcomer_letter if newcomer else partner_letter
    with force_locale(SOURCE):
        dutch = write(occasion)
    with force_locale(language(occasion.language).formats):
        letter = write(occasion)
        return Message(
            language=language(occasion.language),
            email=email_of(settings, occasion, letter, dutch),
            sms=_sms(occasion, letter, dutch) if newcomer else "",
            whatsapp=_whatsapp(settings, occasion, letter, dutch),
        )


def newcomer_letter(occasion: Occasion) -> Letter:
    """The sentences for a newcomer, in the language of the moment."""
    # Translators: sms: 30
    question = _("Hoe was je activiteit?")
    first = (_("Je activiteit is voorbij. Wij willen leren van jou."),)
    # Translators: sms: 30
    still = _("Je kan nog antwoorden.")
    # Translators: sms: 30
    last = _("Dit is ons laatste bericht.")
    again = _("We stuurden je al een bericht. Misschien had je geen tijd. Dat is oké.")
    openings = {"first": first, "reminder1": (again, still), "reminder2": (last, still)}
    short = {"first": question, "reminder1": still, "reminder2": last}[occasion.step]
    reminder = occasion.step != "first"
    return Letter(
        subject=question if not reminder else f"{question} {short}",
        question=question,
        short=short,
        # Translators: sms: 22 (in an SMS; STOP stays as it is)
        stop_sms=_("Stop? Antwoord STOP."),
        # Translators: begin of a message, as one greets a neighbour
        greeting=_("Dag!"),
        opening=openings[occasion.step],
        points=(
            _("Het duurt 3 minuten."),
            _("We vragen je naam niet."),
            _("Je begeleider ziet je antwoorden niet."),
            _("Je kiest zelf of je meedoet."),
        ),
        # Translators: max: 24 (button)
        button=_("Antwoord nu"),
        done=_("Heb je al geantwoord? Dank je wel!") if reminder else "",
        why=_("Je krijgt dit bericht omdat je activiteit voorbij is."),
        stop=_("Wil je geen berichten meer? Open deze link:"),
        stopped=_("Dan wissen we je nummer en je e-mailadres."),
    )


def _sms(occasion: Occasion, letter: Letter, dutch: Letter) -> str:
    """The Dutch line, the own line and the address; promises only where they still fit."""
    before = [] if occasion.language == SOURCE else [dutch.question]
    promises = [letter.points[0], letter.points[1], letter.points[3]]
    whole = dict.fromkeys((letter.question, letter.short, *promises, letter.stop_sms))
    text = "\n".join((*before, " ".join(whole), occasion.link))
    if parts(text) <= MOST_PARTS:
        return text
    return "\n".join((*before, f"{letter.short} {letter.stop_sms}", occasion.link))


def _whatsapp(settings: Settings, occasion: Occasion, letter: Letter, dutch: Letter) -> str:
    lines = [
        f"{letter.greeting} {letter.question}",
        " ".join(letter.opening),
        " ".join(letter.points),
        occasion.link,
    ]
    if occasion.language != SOURCE:
        lines += ["", f"{dutch.question} {dutch.points[0]}", occasion.dutch_link]
    sender = f"{_('Dit bericht komt van:')} {settings.responsible}"
    return "\n".join((*lines, "", sender, letter.stop, occasion.stop_link))


def email_of(settings: Settings, occasion: Occasion, letter: Letter, dutch: Letter) -> Email:
    """The e-mail that these sentences make; call it in the language of the occasion."""
    given: dict[str, Any] = {
        "letter": letter,
        "dutch": None if occasion.language == SOURCE else dutch,
        "occasion": occasion,
        "language": language(occasion.language),
        "settings": settings,
        "style": mail_style().markup,
    }
    text, html = (
        current_app.jinja_env.get_template(f"messages/email.{kind}").render(given) for kind in ("txt", "html")
    )
    return Email(letter.subject, text, html)
