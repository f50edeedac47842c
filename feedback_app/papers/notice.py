"""Whether what respondents are promised is true: each number of the privacy page beside the code."""

import unicodedata
from collections.abc import Iterator, Mapping

from feedback_app.invitations import focus
from feedback_app.invitations import retention as contacts
from feedback_app.languages import all_languages
from feedback_app.questionnaires.catalogues import MESSAGES, Catalogue, path_of, read
from feedback_app.responses import retention as remarks
from feedback_app.settings import Settings
from feedback_app.timetable import Timetable

#: days after which the page's script forgets answers that were not sent (static/js/respond.js)
ON_THE_PHONE = 7
_CONTACT = "Je nummer en je e-mailadres: tot 30 dagen na ons laatste bericht. Nooit langer dan 90 dagen."
_PHONE = "Verstuur je ze niet? Dan gaan ze weg na 7 dagen. Je kan ze ook zelf wissen."
_FOCUS = "Je nummer of e-mailadres voor een focusgroep: tot na het gesprek. Nooit langer dan 6 maanden."
_STOP = "Wil je geen berichten meer? Antwoord STOP op de sms. Of open de link onderaan in de e-mail."
_REMARK = "Wat je schrijft: hoogstens 6 maanden. De cijfers blijven."


def promises() -> Mapping[str, tuple[int, ...]]:
    """Sentence of the page → the numbers it must hold, from the code that keeps the promise."""
    return {
        _CONTACT: (contacts.AFTER_CLOSING.days, contacts.AFTER_IMPORT.days),
        _PHONE: (ON_THE_PHONE,),
        _FOCUS: (focus.MONTHS,),
        _REMARK: (remarks.REMARK_MONTHS,),
    }


def broken(settings: Settings) -> Iterator[str]:
    """Every promise that these settings, this code or a translation do not keep, with what to change."""
    if not settings.example:  # nobody was promised anything there
        yield from _kept_too_long(settings.timetable)
    if settings.sms_url and not settings.sms_webhook_secret:
        yield (
            f"the privacy page says “{_STOP}” and nobody would hear it: set FEEDBACK_SMS_WEBHOOK_SECRET"
            " (docs/sending.md)"
        )
    for sentence, numbers in promises().items():
        if _numbers(sentence) != sorted(numbers):
            yield f"the privacy page says “{sentence}” and the code keeps it for {numbers}: change the text"
    for locale in all_languages():
        path = path_of(settings.texts_dir, locale, MESSAGES)
        if path.exists():
            yield from _mistranslated(locale, read(path))


def _kept_too_long(times: Timetable) -> Iterator[str]:
    """Contact data goes when the link closes; whoever answered gets no reminder, so the first is the last."""
    most = contacts.AFTER_CLOSING.days
    longest = max(times.link_days - times.first_days, times.days_to_answer.days)
    if longest > most:
        yield (
            f"the privacy page promises contact data for at most {most} days after the last message; with"
            f" FEEDBACK_LINK_DAYS={times.link_days} it is {longest} for who answered after the first: make it"
            f" at most {times.link_days - longest + most}"
        )


def _mistranslated(locale: str, catalogue: Catalogue) -> Iterator[str]:
    wanted = promises()
    for entry in catalogue.entries:
        numbers, said = wanted.get(entry.source[0]), entry.target[0] if entry.target else ""
        if numbers and said and _numbers(said) != sorted(numbers):
            yield f"{locale}: “{said}” has other numbers than “{entry.source[0]}”"


def _numbers(text: str) -> list[int]:
    """The whole numbers in a text, in figures of any script."""
    plain = "".join(str(unicodedata.digit(sign, sign)) if sign.isdigit() else " " for sign in text)
    return sorted(map(int, plain.split()))
