"""Every PDF that somebody is handed in a language, drawn as the commands draw it."""

from collections.abc import Iterator

from feedback_app.database import db
from feedback_app.invitations.cards import make_card
from feedback_app.invitations.open_links import NewLink, find_link, make_link
from feedback_app.invitations.posters import make_poster
from feedback_app.invitations.print_cards import cards_pdf
from feedback_app.invitations.print_poster import poster_pdf
from feedback_app.languages import PARTNER
from feedback_app.responses.paper import paper_pdf
from feedback_app.responses.sheet import asking, make_sheet
from tests.world import World


def papers(world: World, locale: str) -> Iterator[tuple[str, bytes]]:
    """The questionnaires on paper in one language, each with its name."""
    for survey in ("newcomer", "partner")[: 2 if locale in PARTNER else 1]:
        with world.session():
            asked = asking(db.session, world.settings, survey)
            sheet = make_sheet(db.session, world.settings, asked, locale, "buddy")
            yield f"paper-{survey}", paper_pdf(sheet, world.settings)


def card(world: World, locale: str) -> tuple[str, bytes]:
    """A sheet with the newcomer's card in one language."""
    with world.session():
        address = f"{world.settings.base_url}/s/voorbeeldvoorbeeldvoorb"
        made = make_card(address, locale, "Voorbeeld · een buddyproject · 01/02/2026")
        return "card", cards_pdf([made] * 2, example=False)


def posters(world: World) -> Iterator[tuple[str, bytes]]:
    """The poster and the sheet beside a tablet, each of which speaks every language."""
    for name, mode in (("poster", "open"), ("tablet", "kiosk")):
        with world.session():
            wanted = NewLink(mode, "kempen", "agii", "buddy", f"Voorbeeld {mode}")
            code = make_link(db.session, world.settings, wanted, region=None).code
            link = find_link(db.session, code)
            assert link
            yield name, poster_pdf(make_poster(db.session, world.settings, link))
