"""The booklet of a theme: every released practice about it, of all regions, as a tagged PDF.

By `feedback-app booklet` and by the job `make_booklet`.
"""

from dataclasses import replace
from pathlib import Path

import click
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.command import Refused, in_app, write_file
from feedback_app.database import db, now, today
from feedback_app.exchange.booklet_content import BookletContent, Told, booklet_content
from feedback_app.exchange.models import Booklet
from feedback_app.exchange.words import theme_names
from feedback_app.jobs import JobRefused, Progress
from feedback_app.languages import SOURCE, STAFF, language
from feedback_app.rendering.fonts import printable
from feedback_app.rendering.render import STATIC, RenderError, render_pdf
from feedback_app.rendering.style import OURS, HouseStyle, css, files
from feedback_app.rendering.theme import ThemeRefused, house_style, unusable_style
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.web.pages import current_settings

STYLES = tuple(STATIC / "css" / name for name in ("tokens.css", "brand.css", "booklet.css"))


class BookletRefused(Exception):
    """This booklet cannot be made; the message says why and what to do."""


@click.command()
@click.option("--theme", required=True, metavar="KEY", help="A theme of surveys/themes.yaml, like T05.")
@click.option("--lang", "locale", type=click.Choice(STAFF), default=SOURCE, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF.")
@in_app
def booklet(theme: str, locale: str, out: Path) -> None:
    """Compile the good practices about a theme to a PDF booklet, without any contact.

    Only what a second person released is in it, of every region.

    \b
    Example:
      feedback-app booklet --theme T05 --out goede-praktijken-informatie.pdf
    """
    try:
        made = make_booklet(db.session, current_settings(), theme, locale)
    except (BookletRefused, RenderError) as refused:
        raise Refused(str(refused)) from refused
    write_file(out, made.pdf)
    click.echo(f"{out} ({len(made.pdf) // 1000} kB, {made.practices} practices about {theme})")


def make_job(progress: Progress, theme: str, locale: str, account_id: str) -> str:
    """The worker's job `make_booklet`; gives the theme, under which the PDF is kept."""
    progress(0, 1, _("Boekje opmaken"))
    try:
        make_booklet(db.session, current_settings(), theme, locale, db.session.get(Account, account_id))
    except (BookletRefused, RenderError) as refused:
        raise JobRefused(str(refused)) from refused
    return theme


def make_booklet(
    session: Session, settings: Settings, theme: str, locale: str, account: Account | None = None
) -> Booklet:
    """Compile and keep a theme's booklet in place of the one before; commits. BookletRefused, RenderError."""
    known = theme_names(settings, locale)
    if theme not in known:
        raise BookletRefused(
            _("Er is geen thema %(theme)s. Kies uit: %(known)s.", theme=theme, known=", ".join(known))
        )
    content = booklet_content(session, settings, theme, locale)
    if not content.practices:
        raise BookletRefused(
            _("Over dit thema is nog geen praktijk vrijgegeven. Een boekje kan zodra er één is.")
        )
    try:
        style = house_style(settings.theme_dir, locale)
    except ThemeRefused as refused:
        raise BookletRefused(unusable_style(refused)) from refused
    session.commit()  # drawing takes seconds: hold nothing meanwhile
    pdf = booklet_pdf(content, style)
    made = session.merge(
        Booklet(
            theme_key=theme,
            locale=locale,
            fingerprint=content.fingerprint,
            practices=len(content.practices),
            made_at=now(),
            pdf=pdf,
        )
    )
    record(session, "booklet.made", account=account, subject=f"theme:{theme}", locale=locale)
    session.commit()
    return made


def booklet_pdf(content: BookletContent, style: HouseStyle = OURS) -> bytes:
    """One A4 document, PDF/UA-1; RenderError names whatever would not reach every reader."""
    clean = replace(content, practices=tuple(_clean(one) for one in content.practices))
    with force_locale(language(content.locale).formats):
        title = _("Goede praktijken: %(theme)s", theme=content.theme)
        html = current_app.jinja_env.get_template("exchange/booklet.html").render(
            content=clean,
            title=title,
            day=today(),
            language=language(content.locale),
            style=style,
            sheet=Markup(css(style)),  # noqa: S704 - token names, plain colours and our own rules
        )
    tag = language(content.locale).tag
    return render_pdf(html, title=title, lang=tag, css=STYLES, given=files(style))


def _clean(one: Told) -> Told:
    """What colleagues typed, so that every letter of it can be printed."""
    return Told(*(printable(text) for text in (one.title, one.what, one.place, one.why, one.region)))
