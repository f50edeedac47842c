"""What stands on a newcomer's card: QR code, address, a few words in their language and in Dutch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.invitations.listing import Filter, InvitationLine, each_invitation
from feedback_app.invitations.models import Wave
from feedback_app.invitations.open_links import SURVEY
from feedback_app.languages import SOURCE, Language, language
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.readiness import ui_ready
from feedback_app.questionnaires.versions import load_version
from feedback_app.regions import region_names
from feedback_app.settings import Settings

#: cards on one A4 sheet: two beside each other, four under each other
PER_SHEET = 8
#: letters beside the code, and in the title above it, at the usual size
_ROOMY, _ROOMY_TITLE = 110, 30


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
    """One card; `own` is None for who reads Dutch or whose language is not offered.

    `note` is Dutch for the coach, who has to give each card to the right person and finds no name on it.
    """

    address: str = field(repr=False)
    qr: Markup = field(repr=False)
    dutch: Words
    own: Words | None
    note: str

    @property
    def typed(self) -> str:
        """The address as one types it."""
        return self.address.partition("://")[2]

    @property
    def first(self) -> Words:
        """What is read first."""
        return self.own or self.dutch

    @property
    def long(self) -> bool:
        """Whether the words only fit in smaller letters."""
        return len(f"{self.first.how}{self.first.time}{self.first.promise}") > _ROOMY

    @property
    def long_title(self) -> bool:
        """Whether the title only fits in smaller letters."""
        return len(self.first.title) > _ROOMY_TITLE


class WaveNotOpen(LookupError):
    """The wave of this name is unknown or closed: a card of it would lead nowhere."""


def with_a_card(wave_key: str, region: str = "", hashes: Iterable[str] = ()) -> Filter:
    """Which invitations get a card."""
    return Filter(wave_key, audience="newcomer", region=region, eligible=True, hashes=tuple(hashes))


def cards_of(
    session: Session, settings: Settings, wave_key: str, region: str = "", hashes: Iterable[str] = ()
) -> Iterator[Card]:
    """The cards of a wave's newcomers, one after the other; WaveNotOpen or LinksLost before the first.

    With `hashes` (see `listing.known_hashes`) of those file numbers only: a coach's own.

    Also for who has answered or refused: a card that is missing from a second print would tell the coach.
    """
    wave = session.get(Wave, wave_key)
    if wave is None or wave.state != "open":
        raise WaveNotOpen(wave_key)
    offered = set(load_version(session, wave.fingerprint(SURVEY)).languages) & ui_ready(settings)
    wanted = with_a_card(wave_key, region, hashes)
    regions = region_names(settings.surveys_dir)
    kinds = {one.key: one.label for one in load_codes(settings.surveys_dir).offer_types}

    def card(line: InvitationLine) -> Card:
        spoken = line.contact_language if line.contact_language in offered else SOURCE
        where = regions.get(line.region_key, line.region_key)
        note = f"{where} · {kinds.get(line.offer_type, line.offer_type)} · {line.ended_on:%d/%m/%Y}"
        return make_card(line.link, spoken, note)

    return map(card, each_invitation(session, settings, wanted))


def make_card(address: str, locale: str, note: str = "") -> Card:
    """The card with this address, in a language that is offered."""
    own = None if locale == SOURCE else card_words(locale)
    return Card(address=address, qr=qr_svg(address), dutch=card_words(SOURCE), own=own, note=note)


def sheets(cards: Iterable[Card]) -> Iterator[tuple[Card, ...]]:
    """Cards as they stand on sheets."""
    left = iter(cards)
    while sheet := tuple(islice(left, PER_SHEET)):
        yield sheet


def card_words(key: str) -> Words:
    """The card's texts in a language."""
    with force_locale(language(key).formats):
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


def qr_svg(address: str) -> Markup:
    """A QR code as inline SVG, error correction M; whoever places it leaves four modules white round it."""
    import segno  # the pages that serve everybody have no use for it

    code = segno.make(address, error="m", micro=False, boost_error=False)
    title = _("QR-code: %(address)s", address=address)
    drawn = code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None, title=title)
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - segno escapes the title
