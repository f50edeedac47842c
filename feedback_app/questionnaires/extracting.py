"""Collecting every Dutch text: what templates and modules say, and what questionnaires and code lists ask."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from jinja2 import TemplateSyntaxError

from feedback_app.questionnaires.catalogues import MESSAGES, SURVEYS, Catalogue, Entry, offer_type_context
from feedback_app.questionnaires.loading import SURVEY_KEYS, load_codes, load_survey, load_themes
from feedback_app.questionnaires.regional import FOLDER, alone, load_regional
from feedback_app.questionnaires.regional import SURVEYS as SURVEYS_WITH_REGIONS

PACKAGE = Path(__file__).resolve().parent.parent

_METHODS = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("templates/**.svg", "jinja2"),
]
# As the application reads templates (web/locale.py, reports/pdf.py): trimmed blocks, gettext that formats.
_JINJA = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false", "extensions": "jinja2.ext.do"}
_KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
#: a comment `Translators: …` just before a text goes along with it
_COMMENT_TAGS = ("Translators:",)


class SourceUnreadable(ValueError):
    """A template cannot be parsed; the message says which, where and why."""


def extract_messages(package: Path = PACKAGE) -> Catalogue:
    """The template of what our pages and reports say, ordered by file and by where it stands in the file."""
    places: dict[tuple[str | None, tuple[str, ...]], list[str]] = defaultdict(list)
    hints: dict[tuple[str | None, tuple[str, ...]], list[str]] = defaultdict(list)
    found = sorted(_texts(package), key=lambda text: text[:2])
    # A text that stands alone somewhere and with a plural elsewhere is one entry to gettext.
    plural = {(context, source[0]): source for _, _, source, _, context in found if len(source) == 2}
    for name, _line, source, comments, context in found:
        key = context, plural.get((context, source[0]), source)
        place = f"{package.name}/{name}"
        places[key] += [place] if place not in places[key] else []
        hints[key] += [comment for comment in comments if comment not in hints[key]]
    return Catalogue(
        None,
        MESSAGES,
        tuple(
            Entry(context, source, places=tuple(where), hints=tuple(hints[context, source]))
            for (context, source), where in places.items()
        ),
    )


def _texts(package: Path) -> Iterator[tuple[str, int, tuple[str, ...], list[str], str | None]]:
    reading = [""]
    extracted = extract_from_dir(
        package,
        method_map=_METHODS,
        options_map={pattern: _JINJA for pattern, method in _METHODS if method == "jinja2"},
        keywords=_KEYWORDS,
        comment_tags=_COMMENT_TAGS,
        strip_comment_tags=True,
        callback=lambda name, _method, _options: reading.append(name),
        directory_filter=lambda folder: Path(folder).name != "__pycache__",
    )
    try:
        for name, line, message, comments, context in extracted:
            source = (message,) if isinstance(message, str) else tuple(message)
            if source[0]:
                yield Path(name).as_posix(), line, source, list(comments), context
    except TemplateSyntaxError as error:
        raise SourceUnreadable(f"{package.name}/{reading[-1]}:{error.lineno}: {error.message}") from None


def extract_surveys(surveys_dir: Path) -> Catalogue:
    """The template of what we ask, in the order of the page; raises SurveysRefused."""
    entries = [
        Entry(
            one.context, (one.text,), places=(f"surveys/{key}/questionnaire.yaml",), hints=_hint(one.comment)
        )
        for key in SURVEY_KEYS
        for one in load_survey(surveys_dir, key).source_texts()
    ]
    entries += _regional(surveys_dir)
    place = ("surveys/offer_types.yaml",)
    hint = ("soort activiteit, na “Je deed mee aan:”",)
    for code in load_codes(surveys_dir).offer_types:
        entries.append(Entry(offer_type_context(code.key), (code.label,), places=place, hints=hint))
    for theme, label in load_themes(surveys_dir).items():
        entries.append(Entry(f"theme.{theme}", (label,), places=("surveys/themes.yaml",), hints=("thema",)))
    return Catalogue(None, SURVEYS, tuple(entries))


def _regional(surveys_dir: Path) -> list[Entry]:
    """What regions add: under the key of their own question, which no question of the core can have."""
    return [
        Entry(
            one.context,
            (one.text,),
            places=(f"surveys/{key}/{FOLDER}/{region}.yaml",),
            hints=(*_hint(one.comment), f"enkel in de regio {region}"),
        )
        for key in SURVEYS_WITH_REGIONS
        for region, items in load_regional(surveys_dir, key).items()
        for one in alone(load_survey(surveys_dir, key), items).source_texts()
    ]


def _hint(comment: str) -> tuple[str, ...]:
    return (comment,) if comment else ()


def extract(domain: str, surveys_dir: Path) -> Catalogue:
    """The template of one domain."""
    return extract_messages() if domain == MESSAGES else extract_surveys(surveys_dir)
