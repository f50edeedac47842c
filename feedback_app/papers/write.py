"""Drawing the papers: the same facts as web page and as tagged PDF; the same input gives the same bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from feedback_app.languages import SOURCE, STAFF, Language, language
from feedback_app.papers.facts import Facts, Spoken, facts
from feedback_app.papers.impersonal import IMPERSONAL
from feedback_app.papers.inventory import PERSONAL
from feedback_app.papers.words import ABOUT, KINDS, PURPOSES, REASONS
from feedback_app.rendering.render import STATIC, render_pdf
from feedback_app.rendering.style import OURS, HouseStyle, css, files
from feedback_app.rendering.theme import house_style
from feedback_app.settings import Settings

STYLES = tuple(STATIC / "css" / name for name in ("tokens.css", "papers.css"))
#: what the page of respondents is called, where its text stands too
_NOTICE = "Privacy"
#: papers for colleagues and authorities
PAPERS = ("dpia", "record", "retention")


@dataclass(frozen=True)
class Paper:
    """One paper in one language: the name of its file without ending, its title and its page."""

    name: str
    title: str
    tag: str
    html: str
    printed: str
    style: HouseStyle

    @property
    def pdf(self) -> bytes:
        """The same as PDF/UA-1; RenderError names whatever would not reach every reader."""
        return render_pdf(self.printed, title=self.title, lang=self.tag, css=STYLES, given=files(self.style))


def papers(settings: Settings, day: date) -> Iterator[Paper]:
    """Every paper: those for authorities in Dutch and English, the notice in every whole language."""
    for locale in STAFF:
        with force_locale(language(locale).formats):
            found = facts(settings, locale)
            for name in PAPERS:
                yield _paper(settings, name, language(locale), day, found)
    found = facts(settings, SOURCE)
    for spoken in found.languages:
        with force_locale(spoken.language.formats):
            yield _paper(settings, "notice", spoken.language, day, found, spoken)


def _paper(
    settings: Settings, name: str, tongue: Language, day: date, found: Facts, spoken: Spoken | None = None
) -> Paper:
    titles = {
        "dpia": _("Gegevensbeschermingseffectbeoordeling (ontwerp)"),
        "record": _("Register van de verwerkingen"),
        "retention": _("Bewaartermijnen"),
        "notice": _(_NOTICE),
    }
    style = house_style(settings.theme_dir, tongue.key) if spoken is None else OURS
    told = {
        "title": titles[name],
        "tongue": tongue,
        "day": day,
        "facts": found,
        "spoken": spoken,
        "settings": settings,
        "personal": PERSONAL,
        "impersonal": IMPERSONAL,
        "words": {"about": ABOUT, "kinds": KINDS, "purposes": PURPOSES, "reasons": REASONS},
    }
    page = current_app.jinja_env.get_template(f"papers/{name}.html")
    # names of tokens, plain colours and our own files: nothing in them can end the element they stand in
    screen = Markup(_screen_sheet() + css(style, faces=False))  # noqa: S704
    return Paper(
        f"{name}.{tongue.tag}",
        titles[name],
        tongue.tag,
        page.render(sheet=screen, **told),
        page.render(sheet=Markup(css(style)), **told),  # noqa: S704
        style,
    )


def _screen_sheet() -> str:
    text = "\n".join(path.read_text(encoding="utf-8") for path in STYLES)
    if "</" in text:
        raise ValueError("a style sheet of ours holds the end of an element")
    return text
