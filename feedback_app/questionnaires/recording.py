"""`feedback-app audio`: what to record and under which name; needs no secret and no database."""

import csv
import sys

import click

from feedback_app.command import Refused
from feedback_app.languages import SOURCE, find
from feedback_app.questionnaires.audio import SPOKEN, SUFFIX, recorded, spoken, text_hash, texts_now
from feedback_app.questionnaires.catalogues import CatalogueUnreadable, locales
from feedback_app.questionnaires.loading import SurveysRefused, load_surveys
from feedback_app.questionnaires.regional import own_parts
from feedback_app.shipped import default_surveys_dir, default_translations_dir
from feedback_app.web.spreadsheet import harmless


@click.group()
def audio() -> None:
    """Recorded voices under surveys/audio/, for people who would rather listen than read."""


@audio.command("list")
@click.argument("locale")
@click.option("--survey", type=click.Choice(SPOKEN), help="Only this questionnaire.")
@click.option("--missing", is_flag=True, help="Only what nobody has recorded yet.")
def list_texts(locale: str, survey: str | None, missing: bool) -> None:
    """Print as CSV which text belongs in which file: file, recorded, places, text.

    A text that stands in several places is recorded once.
    Example: feedback-app audio list ti --missing > ti.csv
    """
    folder, translations_dir = default_surveys_dir(), default_translations_dir()
    locale = find(locale) or locale
    if locale not in {SOURCE, *locales(translations_dir)}:
        known = ", ".join(dict.fromkeys([SOURCE, *locales(translations_dir)]))
        raise Refused(f"“{locale}” is no language with texts; there are: {known}")
    try:
        surveys = load_surveys(folder)
        places: dict[str, list[str]] = {}
        wanted = [survey] if survey else SPOKEN
        parts = [*(surveys[key] for key in wanted), *(one for one in own_parts(folder) if one.key in wanted)]
        for part in parts:
            texts = texts_now(folder, translations_dir, part, locale)
            for place, text in spoken(part, texts).items():
                places.setdefault(text, []).append(place)
    except (SurveysRefused, CatalogueUnreadable) as error:
        raise Refused(str(error)) from error
    there = recorded(folder, locale)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "recorded", "places", "text"])
    for text, where in places.items():
        name = text_hash(text)
        if not (missing and name in there):
            row = (f"{name}{SUFFIX}", "yes" if name in there else "no", " ".join(where), text)
            writer.writerow(map(harmless, row))  # colleagues write texts too
