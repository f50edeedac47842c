"""What stands on a poster or beside a tablet: a QR code, the address, and an invitation in each language.

Or in one language in large, beside Dutch, where a room speaks one more than all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from feedback_app.invitations.models import OpenLink
from feedback_app.invitations.open_links import SURVEY, address_of, spaced
from feedback_app.invitations.waves import wave_that_asks
from feedback_app.languages import SOURCE, Language, language
from feedback_app.questionnaires.readiness import ui_ready
from feedback_app.questionnaires.versions import (
    Version,
    load_texts,
    load_version,
    texts_of_files,
    version_of_files,
)
from feedback_app.settings import Settings
from feedback_app.web.faces import MOUTHS
from feedback_app.web.marking import example_state


class NotOffered(LookupError):
    """No poster can be in this language now; the message names those that there are."""


@dataclass(frozen=True)
class Call:
    """The invitation in one language."""

    language: Language
    title: str
    how: str
    promise: str


@dataclass(frozen=True)
class Poster:
    """One printable sheet; `typed` is the address as one types it.

    `main` is the one language it was made in beside Dutch; else `calls` are all the others.
    """

    mode: str
    address: str
    typed: str
    qr: Markup
    faces: Markup
    dutch: Call
    main: Call | None
    calls: tuple[Call, ...]
    responsible: str
    example_note: str


def make_poster(session: Session, settings: Settings, link: OpenLink, main: str = "") -> Poster:
    """The sheet of a link in the languages its page is offered in now, or in one of them; NotOffered.

    A code that hangs under one language opens the page in it. A tablet stays with the language of its own:
    after each answer it starts anew.
    """
    asked = asked_by(session, settings, link.survey_key)
    others = asked.offered[1:]
    if main and main not in others:
        raise NotOffered(", ".join(language(key).tag for key in others) or "–")
    address = address_of(settings, link)
    if main and link.mode == "open":
        address += f"?lang={language(main).tag}"
    example = settings.example or example_state(session) != ""
    return Poster(
        mode=link.mode,
        address=address,
        typed=address.partition("://")[2].replace(link.code, spaced(link.code)),
        qr=qr_svg(address),
        faces=faces_svg(),
        dutch=_call(link.mode, SOURCE, asked),
        main=_call(link.mode, main, asked) if main else None,
        calls=() if main else tuple(_call(link.mode, key, asked) for key in others),
        responsible=settings.responsible,
        example_note=_("Voorbeeld: hang dit blad nergens op.") if example else "",
    )


@dataclass(frozen=True)
class Asked:
    """What links of one kind ask now, and the languages they ask it in, Dutch first."""

    session: Session
    settings: Settings
    version: Version
    is_frozen: bool

    @property
    def offered(self) -> list[str]:
        """The languages in which an open link asks, Dutch first."""
        ready = ui_ready(self.settings)
        return [SOURCE, *(key for key in self.version.languages if key in ready and key != SOURCE)]

    def texts(self, key: str) -> Mapping[str, str]:
        """The questionnaire's own texts in one of those languages."""
        if self.is_frozen:
            return load_texts(self.session, self.version.fingerprint, key)
        return texts_of_files(self.settings, self.version, key) or {}


def offered_languages(session: Session, settings: Settings, survey_key: str = SURVEY) -> list[str]:
    """The languages in which an open link asks, Dutch first; between waves, those of the files."""
    return asked_by(session, settings, survey_key).offered


def asked_by(session: Session, settings: Settings, survey_key: str) -> Asked:
    """What links of this kind ask: in the newest open wave that asks it, else as the files stand."""
    wave = wave_that_asks(session, survey_key)
    if wave is None:
        return Asked(session, settings, version_of_files(settings, survey_key), is_frozen=False)
    version = load_version(session, wave.fingerprint(survey_key))
    return Asked(session, settings, version, is_frozen=True)


def qr_svg(address: str) -> Markup:
    """A QR code as inline SVG; a quarter of it may be damaged (error correction Q), as posters are.

    Without its quiet zone of four modules: whoever places it leaves that much white.
    """
    import segno  # the pages that serve everybody have no use for it

    code = segno.make(address, error="q", micro=False)
    title = _("QR-code: %(address)s", address=address)
    drawn = code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None, title=title)
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - segno escapes the title


def faces_svg() -> Markup:
    """The five faces side by side, worst first as on the page; drawn without a style sheet."""
    drawn = "".join(
        f'<g transform="translate({56 * place} 0)"><circle cx="24" cy="24" r="21"/>'
        f'<path d="M17 17v4M31 17v4"/><path d="{MOUTHS[value]}"/></g>'
        for place, value in enumerate(sorted(MOUTHS))
    )
    return Markup(
        '<svg role="img" class="faces" viewBox="0 0 272 48" fill="none" stroke="#0b5563" stroke-width="2.5"'
        ' stroke-linecap="round"><title>{title}</title>{drawn}</svg>'
    ).format(title=_("Vijf gezichten, van slecht tot heel goed"), drawn=Markup(drawn))  # noqa: S704


def _call(mode: str, key: str, asked: Asked) -> Call:
    survey_key = asked.version.survey.key
    own = "" if survey_key == SURVEY else asked.texts(key)[f"{survey_key}.title"]
    with force_locale(language(key).formats):
        how = _("Antwoord op deze tablet.") if mode == "kiosk" else _("Scan de code met je telefoon.")
        return Call(
            language=language(key),
            title=own or _("Hoe was je activiteit?"),
            how=how,
            promise=_("Je begeleider ziet je antwoorden niet."),
        )
