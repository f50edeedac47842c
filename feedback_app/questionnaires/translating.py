"""`feedback-app translations`: from Dutch to catalogues and into pages; needs no secret and no database."""

import json
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from feedback_app.command import Refused
from feedback_app.languages import SOURCE, all_languages, language
from feedback_app.questionnaires.approval import comments
from feedback_app.questionnaires.browsing import example_numbers
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    Key,
    fill,
    locales,
    needs,
    path_of,
    read,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue, may_serve
from feedback_app.questionnaires.confirming import still_right_command
from feedback_app.questionnaires.extracting import SourceUnreadable, extract
from feedback_app.questionnaires.gates import check_everything
from feedback_app.questionnaires.giving_back import export_command, settle_command
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.merging import merge, with_shipped
from feedback_app.questionnaires.patching import locked
from feedback_app.questionnaires.readiness import Shelf, Why
from feedback_app.questionnaires.status import Row, kept_whole, rows
from feedback_app.settings import default_draft_languages
from feedback_app.shipped import SHIPPED_TRANSLATIONS, default_surveys_dir, default_translations_dir

#: reason → words for who works on translations
WHY = {
    Why.OFFERED: "offered",
    Why.NO_CATALOGUE: "there is no catalogue that can be read: run `feedback-app translations update`",
    Why.MISSING: "texts are missing",
    Why.OUTDATED: "texts are outdated, held back (fuzzy) or faulty: run `feedback-app translations check`",
    Why.UNREVIEWED: "a draft, and FEEDBACK_DRAFT_LANGUAGES does not name it",
    Why.NOT_COMPILED: "not compiled: run `feedback-app translations compile`",
    Why.PAGES_NOT_READY: "the pages round it are not ready",
}


@click.group()
def translations() -> None:
    """Catalogues under translations/: collect the Dutch, bring languages up to date, check, compile."""


translations.add_command(still_right_command)
translations.add_command(export_command)
translations.add_command(settle_command)


@translations.command("extract")
def extract_command() -> None:
    """Collect every Dutch text into translations/messages.pot and surveys.pot.

    Example: feedback-app translations extract
    """
    for domain, template in _templates().items():
        changed = write(template_path(default_translations_dir(), domain), template)
        click.echo(f"{domain}.pot: {len(template.entries)} texts{'' if changed else ', unchanged'}")


@translations.command()
@click.option("--add", "added", multiple=True, metavar="LANGUAGE", help="Begin a language, for instance tr.")
def update(added: tuple[str, ...]) -> None:
    """Extract, then bring every language's catalogues up to date with the Dutch.

    A changed text keeps its old translation, held back as fuzzy. In a folder of this installation's own, what
    has no translation yet gets the one that came with this version. Example: feedback-app translations update
    """
    folder = default_translations_dir()
    own = folder.resolve() != SHIPPED_TRANSLATIONS.resolve()
    for key in added:
        if key not in all_languages():
            raise Refused(f"“{key}” is no language of feedback_app/languages.py; nothing was changed.")
    templates = _templates()
    wanted = {SOURCE, *added, *locales(folder)}
    for domain, template in templates.items():
        write(template_path(folder, domain), template)
        for locale in (key for key in all_languages() if key in wanted):
            path = path_of(folder, locale, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path.parent):  # somebody may be working on the page
                merged = merge(template, locale, _read(path) if path.exists() else None)
                shipped = path_of(SHIPPED_TRANSLATIONS, locale, domain)
                if own and locale != SOURCE and shipped.exists():
                    merged = with_shipped(merged, _read(shipped))
                changed = write(path, merged)
            open_texts = sum(1 for entry in merged.entries if not entry.complete)
            click.echo(
                f"{locale}/{domain}.po: {len(merged.entries)} texts, {open_texts} to translate"
                f"{'' if changed else ', unchanged'}"
            )


@translations.command("compile")
@click.option("--even-if-worse", is_flag=True, help="Also where pages then lose a language.")
def compile_command(even_if_worse: bool) -> None:
    """Turn every catalogue into the .mo that pages use, without what is outdated or held back.

    Where a page's texts are whole, unfinished or less reviewed ones do not take their place: people may be
    answering. Example: feedback-app translations compile
    """
    folder = default_translations_dir()
    changed = 0
    for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        try:
            with locked(path.parent):  # somebody may be working on the page
                changed += compile_catalogue(path, even_if_worse)
                kept = not even_if_worse and not may_serve(path, read(path))
        except CatalogueUnreadable as error:
            raise Refused(str(error)) from error
        if kept:
            click.echo(
                f"{path.parents[1].name}: pages still show the earlier wording, see `status`", err=True
            )
    for left_over in folder.glob("*/LC_MESSAGES/*.mo"):
        if not left_over.with_suffix(".po").exists():
            left_over.unlink()
    click.echo(f"translations: {changed} catalogue(s) compiled, the others stay as they were")


@translations.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def status(as_json: bool) -> None:
    """Say per survey and language: needed, translated, outdated, reviewed, recorded, offered, and why not.

    Reviewed and approved count single texts; the state is the catalogue's own. Recordings are counted per
    different text that is translated.
    Example: feedback-app translations status --json
    """
    shelf = Shelf(default_translations_dir(), default_surveys_dir(), default_draft_languages())
    try:
        found = [_status_row(row) for row in rows(shelf)]
    except SurveysRefused as error:
        raise Refused(str(error)) from error
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    counts = f"{'needed':>6} {'done':>6} {'fuzzy':>6} {'reviewed':>8} {'approved':>8} {'recorded':>9}"
    click.echo(f"{'survey':10} {'language':9} {counts}  {'state':9} offered")
    for row in found:
        audio = f"{row['recorded']}/{row['to_record']}" if row["to_record"] else "-"
        click.echo(
            f"{row['survey']:10} {row['language']:9} {row['needed']:6} {row['translated']:6} "
            f"{row['fuzzy']:6} {row['reviewed_texts']:8} {row['approved_texts']:8} {audio:>9}  "
            f"{row['review_state']:9} {_offered(row)}"
        )
    for locale, dutch, reason in kept_whole(shelf.translations_dir):
        click.echo(f"{locale}: “{dutch}” may stay as it is: {reason}")


@translations.command()
@click.option("--strict/--no-strict", default=True, help="Whether an unfinished language is a fault.")
def check(strict: bool) -> None:
    """Check catalogues, templates and extraction; name each fault with file, line and remedy.

    Example: feedback-app translations check --no-strict
    """
    faults = list(check_everything(default_translations_dir(), default_surveys_dir(), strict=strict))
    for fault in faults:
        click.echo(str(fault), err=not fault.warning)
    errors = [fault for fault in faults if not fault.warning]
    if errors:
        raise Refused(f"{len(errors)} fault(s); nothing was changed.")
    click.echo(f"translations: no faults, {len(faults)} warning(s)")


@translations.command()
@click.argument("locale")
@click.option("--domain", type=click.Choice(DOMAINS), help="Only this domain.")
@click.option("--all", "every", is_flag=True, help="Also what is translated.")
def dump(locale: str, domain: str | None, every: bool) -> None:
    """Print what is still to be translated as JSON, for a translator without Poedit or Weblate.

    Example: feedback-app translations dump ar > ar.json
    """
    rows = []
    for name in [domain] if domain else DOMAINS:
        path = path_of(default_translations_dir(), locale, name)
        if not path.exists():
            raise Refused(f"{path} does not exist: run `feedback-app translations update --add {locale}`.")
        held = (entry for entry in _read(path).entries if needs(locale, name, entry))
        entries = [entry for entry in held if every or not entry.complete]
        rows += [_as_row(name, locale, entry) for entry in entries]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2))


@translations.command("fill")
@click.argument("locale")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def fill_command(locale: str, file: Path) -> None:
    """Put the translations of a JSON file as `dump` prints it into the catalogues, as drafts.

    Rows without a translation are left alone. Example: feedback-app translations fill ar ar.json
    """
    texts: dict[str, dict[Key, Any]] = defaultdict(dict)
    notes: dict[str, dict[Key, str]] = defaultdict(dict)
    for row in json.loads(file.read_text(encoding="utf-8")):
        key = row.get("context"), row["msgid"]
        if any(row["msgstr"]):
            texts[row["domain"]][key] = row["msgstr"]
            notes[row["domain"]][key] = row.get("note", "")
    for domain, translated in texts.items():
        path = path_of(default_translations_dir(), locale, domain)
        try:
            with locked(path.parent):
                unknown = fill(path, translated, notes[domain])
        except (ValueError, FileNotFoundError) as error:
            raise Refused(str(error)) from error
        click.echo(f"{locale}/{domain}.po: {len(translated) - len(unknown)} texts filled in")
        for context, msgid in unknown:
            click.echo(f"{locale}/{domain}.po: no such text: {context or ''} “{msgid}”", err=True)


def _templates() -> dict[str, Catalogue]:
    try:
        return {domain: extract(domain, default_surveys_dir()) for domain in DOMAINS}
    except (SourceUnreadable, SurveysRefused) as error:
        raise Refused(str(error)) from error


def _read(path: Path) -> Catalogue:
    try:
        return read(path)
    except CatalogueUnreadable as error:
        raise Refused(str(error)) from error


def _status_row(row: Row) -> dict[str, Any]:
    ready = row.readiness
    found = {"survey": row.survey, "language": row.language, "endonym": language(row.language).endonym}
    return {
        **found,
        **asdict(ready),
        "reason": "" if ready.offered else WHY[ready.why],
        "waiting": WHY[ready.waiting] if ready.waiting else "",
        "reviewed_texts": row.reviewed,
        "approved_texts": row.approved,
        "recorded": row.audio.recorded,
        "to_record": row.audio.needed,
    }


def _offered(row: dict[str, Any]) -> str:
    if not row["offered"]:
        return f"no: {row['reason']}"
    return f"yes; the page still shows the earlier wording: {row['waiting']}" if row["waiting"] else "yes"


def _as_row(domain: str, locale: str, entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"domain": domain, "context": entry.context, "msgid": entry.source[0]}
    if len(entry.source) > 1:
        row |= {
            "msgid_plural": entry.source[1],
            "numbers": example_numbers(locale),
            "msgstr": list(entry.target),
        }
    else:
        row["msgstr"] = entry.target[0]
    row |= {"places": list(entry.places), "hints": list(entry.hints), "note": " ".join(_notes(entry))}
    return row | ({"outdated_translation_of": entry.previous[0]} if entry.previous else {})


def _notes(entry: Entry) -> list[str]:
    """What people wrote beside a text; who reviewed it stays with the text it was said of."""
    return [note for note in entry.notes if note.lower().startswith("keep:") or note in comments(entry)]
