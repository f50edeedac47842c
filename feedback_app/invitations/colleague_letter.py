"""E-mails to colleagues: what a feature has to say, in its own two templates and the colleague's language."""

from collections.abc import Callable, Mapping

from flask import current_app
from flask_babel import force_locale

from feedback_app.invitations.letter import Letter
from feedback_app.languages import language
from feedback_app.settings import Settings
from feedback_app.web.assets import mail_style

#: the subject, and what the templates show beside it
Said = tuple[str, Mapping[str, object]]


def letter_to_colleague(
    settings: Settings,
    key: str,
    *,
    to: str,
    locale: str,
    template: str,
    say: Callable[[], Said],
    stop_url: str = "",
) -> Letter:
    """The e-mail that the two templates make of what `say` gives, which is called in that language."""
    here = language(locale)
    with force_locale(here.formats):
        subject, more = say()
        given = {
            "subject": subject,
            "language": here,
            "settings": settings,
            "style": mail_style().markup,
            **more,
        }
        text, html = (
            current_app.jinja_env.get_template(f"{template}.{kind}").render(given) for kind in ("txt", "html")
        )
    return Letter(key, "email", to, locale, subject, text, html, stop_url, "staff")
