"""What themes, regions and answers are called in a given language: for pages, e-mails and booklets alike."""

from collections.abc import Callable, Iterable

from flask_babel import gettext as _

from feedback_app.analysis.statistic import FLANDERS
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import survey_texts
from feedback_app.questionnaires.loading import load_themes
from feedback_app.regions import region_names
from feedback_app.settings import Settings


def say(settings: Settings, language: str) -> Callable[[str, str], str]:
    """How to say a text of `surveys/` in a language: translated where there is a translation, else Dutch."""
    translated = {} if language == SOURCE else survey_texts(settings.texts_dir, language)
    return lambda context, dutch: translated.get((context, dutch)) or dutch


def theme_names(settings: Settings, language: str) -> dict[str, str]:
    """Theme key → name with a capital, in the order of the codebook."""
    told = say(settings, language)
    names = {key: told(f"theme.{key}", label) for key, label in load_themes(settings.surveys_dir).items()}
    return {key: name[:1].upper() + name[1:] for key, name in names.items()}


def places(settings: Settings) -> dict[str, str]:
    """Flanders and every region → name, in geographical order, in the language of the moment."""
    return {FLANDERS: _("Heel Vlaanderen"), **region_names(settings.surveys_dir)}


def in_order(keys: Iterable[str], settings: Settings) -> dict[str, int]:
    """Region key ("" for Flanders) → its place in geographical order: nothing is ever sorted by a figure."""
    order = ["", *region_names(settings.surveys_dir)]
    return {key: order.index(key) if key in order else len(order) for key in keys}
