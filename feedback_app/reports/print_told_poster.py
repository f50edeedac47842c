"""The poster of "Jullie zeiden – wij doen" as PDF, by the job `print_told_poster`."""

from flask_babel import gettext as _

from feedback_app.database import db
from feedback_app.invitations.print_poster import poster_pdf
from feedback_app.jobs import JobRefused, Progress
from feedback_app.rendering.render import RenderError
from feedback_app.reports.told_poster import keep_poster, make_poster
from feedback_app.web.pages import current_settings


def print_job(progress: Progress, locale: str) -> str:
    """Make the PDF in one language and keep it; gives the language's key."""
    progress(0, 1, _("Poster afdrukken"))
    try:
        pdf = poster_pdf(make_poster(db.session, current_settings(), locale))
    except RenderError as fault:
        raise JobRefused(str(fault)) from fault
    keep_poster(db.session, locale, pdf)
    return locale
