"""The e-mail that tells a partner what is done with what was said; built like those that ask."""

from collections.abc import Sequence

from flask_babel import force_locale

from feedback_app.invitations.messages import Email, email_of
from feedback_app.invitations.partner_messages import told_sentences
from feedback_app.invitations.wording import Occasion
from feedback_app.languages import SOURCE, language
from feedback_app.settings import Settings


def told_letter(
    settings: Settings, spoken: str, link: str, stop: str, said: Sequence[tuple[str, str]]
) -> Email:
    """The e-mail in one language; `said` are what people said and what is done with it, in that language."""
    occasion = Occasion("partner", "told", spoken, link, stop)
    with force_locale(SOURCE):
        dutch = told_sentences(())
    with force_locale(language(spoken).formats):
        return email_of(settings, occasion, told_sentences(said), dutch)
