"""What stands on a newcomer's card: QR code, address, a few words in their language and in Dutch."""

from dataclasses import dataclass

import segno
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from feedback_app.languages import SOURCE, Language, language

#: cards on one A4 sheet: two beside each other, four under each other
PER_SHEET = 8
#: what may become an answer still; who said no is not handed a card
OPEN = ("unknown", "delivered", "bounced", "not_offered")


@dataclass(frozen=True)
class Words:
    """The card's texts in one language."""

    language: Language
    title: str
    how: str
    time: str
    promise: str
    typing: str


@dataclass(frozen=True)
class Card:
    """One card; `own` is None for who reads Dutch, or a language that is not offered."""

    address: str
    qr: Markup
    dutch: Words
    own: Words | None

    @property
    def typed(self) -> str:
        """The address as one types it."""
        return self.address.partition("://")[2]

    @property
    def first(self) -> Words:
        """What is read first."""
        return self.own or self.dutch


class WaveNotOpen(LookupError):
    """There is no open wave of this name, so that a card would lead nowhere."""


def card_words(key: str) -> Words:
    """The card's texts in a language."""
    with force_locale(key):
        return Words(
            language=language(key),
            # Translators: sms: 30
            title=_("Hoe was je activiteit?"),
            how=_("Scan de code met je telefoon."),
            time=_("Het duurt 3 minuten."),
            promise=_("Je begeleider ziet je antwoorden niet."),
            # Translators: max: 36 (small line on a card, before an address)
            typing=_("Of typ dit adres:"),
        )


def make_card(address: str, locale: str) -> Card:
    """The card with this address, in a language that is offered."""
    own = None if locale == SOURCE else card_words(locale)
    return Card(address=address, qr=qr_svg(address), dutch=card_words(SOURCE), own=own)


def qr_svg(address: str) -> Markup:
    """A QR code as inline SVG, error correction M; whoever places it leaves four modules white round it."""
    code = segno.make(address, error="m", micro=False, boost_error=False)
    title = _("QR-code: %(address)s", address=address)
    drawn = code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None, title=title)
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - segno escapes the title
