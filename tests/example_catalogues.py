"""Catalogues made up for tests: every text in every language, each saying which language it stands for.

They make "the whole page is in this language" a thing a test can see, and leave the real translations free
to change. Browser tests use the real ones.
"""

from dataclasses import replace
from pathlib import Path

from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    Catalogue,
    Entry,
    needs,
    path_of,
    plural_count,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.extracting import extract
from feedback_app.shipped import default_surveys_dir

LOCALES = ("ar", "uk", "fa_AF", "en", "fr", "ti")


def mark(locale: str) -> str:
    """What every text in this language begins with."""
    return f"‹{locale}›"


def make_catalogues(
    folder: Path, surveys_dir: Path | None = None, locales: tuple[str, ...] = LOCALES
) -> None:
    """Fill a folder with templates and complete, compiled draft catalogues for these languages and Dutch."""
    for domain in DOMAINS:
        template = extract(domain, surveys_dir or default_surveys_dir())
        write(template_path(folder, domain), template)
        for locale in ("nl", *locales):
            entries = tuple(
                _translated(entry, locale) for entry in template.entries if needs(locale, domain, entry)
            )
            path = path_of(folder, locale, domain)
            write(path, Catalogue(locale, domain, entries))
            compile_catalogue(path)


def _translated(entry: Entry, locale: str) -> Entry:
    forms = 1 if len(entry.source) == 1 else plural_count(locale)
    texts = [entry.source[min(form, len(entry.source) - 1)] for form in range(forms)]
    if locale == "nl":
        return replace(entry, target=tuple(texts))
    # it is the Dutch after its mark, and may be
    stays = ("keep: * (voorbeeld voor proeven)",)
    return replace(entry, target=tuple(f"{mark(locale)} {text}" for text in texts), notes=stays)
