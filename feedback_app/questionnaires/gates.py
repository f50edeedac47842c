"""What must be right in catalogues, templates and modules; each fault says file, line and remedy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateSyntaxError

from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.bare_texts import bare_texts
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    DRAFT,
    REVIEWED,
    REVIEWER_HEADER,
    STATE_HEADER,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    needs,
    path_of,
    plural_forms,
    read,
    render,
    template_path,
)
from feedback_app.questionnaires.extracting import PACKAGE, SourceUnreadable, extract
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.text_gates import check_entry, formats

_UPDATE = "run `feedback-app translations update` and commit what it writes"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong (or, as a warning, unfinished) at a line of a file."""

    file: Path
    line: int
    problem: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.warning else ""
        here = Path.cwd()
        file = self.file.relative_to(here) if self.file.is_relative_to(here) else self.file
        return f"{file}:{self.line}: {kind}{self.problem} → {self.remedy}"


def check_everything(translations_dir: Path, surveys_dir: Path, strict: bool = True) -> Iterator[Fault]:
    """Every fault in templates, extraction and catalogues; unstrict, an unfinished language is a warning."""
    for domain in DOMAINS:
        try:
            template = extract(domain, surveys_dir)
        except SourceUnreadable:
            continue  # check_pages names the template
        except SurveysRefused as error:
            yield Fault(surveys_dir, 0, str(error), "run `feedback-app surveys check`")
            continue
        yield from check_template(template_path(translations_dir, domain), template)
        yield from check_languages(translations_dir, template, strict)
    yield from check_pages(PACKAGE / "templates")


def check_pages(templates: Path) -> Iterator[Fault]:
    """Texts in templates that stand outside gettext."""
    for path in sorted(templates.rglob("*")):
        if path.suffix not in {".html", ".txt", ".svg"}:
            continue
        try:
            found = list(bare_texts(path.read_text(encoding="utf-8"), html=path.suffix != ".txt"))
        except TemplateSyntaxError as error:
            yield Fault(path, error.lineno, str(error.message), "correct the template")
            continue
        for line, text in found:
            remedy = 'put it into {{ _("…") }} or {% trans %}, or mark the element translate="no"'
            yield Fault(path, line, f"“{text}” cannot be translated", remedy)


def check_template(path: Path, template: Catalogue) -> Iterator[Fault]:
    """Whether the committed template is what extraction gives now, and pages can format what it holds."""
    try:
        committed = read(path)
    except (FileNotFoundError, CatalogueUnreadable) as error:
        yield Fault(path, 1, f"cannot be read ({error})", _UPDATE)
        return
    new = [entry.source[0] for entry in template.entries if entry.key not in committed.by_key]
    gone = [key[1] for key in committed.by_key if key not in template.by_key]
    if new or gone:
        first = (new or gone)[0]
        problem = f"drifted from the Dutch: {len(new)} new and {len(gone)} vanished texts (first: “{first}”)"
        yield Fault(path, 1, problem, _UPDATE)
    elif path.read_text(encoding="utf-8") != render(template):
        yield Fault(path, 1, "drifted: places, order or hints changed", _UPDATE)
    for entry in committed.entries:
        if not all(formats(entry, text) for text in entry.source):
            remedy = "write %% for a percent sign in a template or beside %(…)s"
            yield Fault(path, entry.line, f"“{entry.source[0]}” cannot be formatted", remedy)


def check_languages(translations_dir: Path, template: Catalogue, strict: bool) -> Iterator[Fault]:
    """Every catalogue of the template's domain."""
    folders = {path.name for path in translations_dir.iterdir() if path.is_dir()}
    for locale in sorted(folders | {SOURCE}):
        path = path_of(translations_dir, locale, template.domain)
        if locale not in all_languages():
            remedy = "rename the folder, or add the language to feedback_app/languages.py"
            yield Fault(path.parent.parent, 0, "no language that we know", remedy)
            continue
        try:
            catalogue = read(path)
        except FileNotFoundError:
            yield Fault(path, 0, "does not exist", _UPDATE)
        except CatalogueUnreadable as error:
            yield Fault(path, error.line, error.problem, "correct the line")
        else:
            wanted = [entry for entry in template.entries if needs(locale, template.domain, entry)]
            yield from check_catalogue(path, catalogue, wanted, strict)


def check_catalogue(path: Path, catalogue: Catalogue, wanted: list[Entry], strict: bool) -> Iterator[Fault]:
    """One catalogue: header, that it holds what its language needs, and each text."""
    yield from _check_header(path, catalogue)
    held = {(entry.key, entry.source) for entry in catalogue.entries}
    needed = {(entry.key, entry.source) for entry in wanted}
    if held != needed:
        problem = f"{len(needed - held)} texts are lacking and {len(held - needed)} are not needed"
        yield Fault(path, 1, problem, _UPDATE)
    unfinished = [entry for entry in catalogue.entries if not entry.complete]
    if unfinished:
        fuzzy = sum(1 for entry in unfinished if entry.fuzzy)
        first = unfinished[0]
        problem = (
            f"{len(unfinished)} of {len(catalogue.entries)} texts are not translated or outdated "
            f"({fuzzy} fuzzy; first: “{first.source[0]}”)"
        )
        remedy = "translate them; take the flag `fuzzy` off what is still right"
        yield Fault(path, first.line, problem, remedy, warning=not strict)
    for entry in catalogue.entries:
        for problem, remedy in check_entry(catalogue.locale or SOURCE, entry):
            yield Fault(path, entry.line, problem, remedy)


def _check_header(path: Path, catalogue: Catalogue) -> Iterator[Fault]:
    headers, locale = dict(catalogue.headers), catalogue.locale or SOURCE
    if catalogue.state not in {DRAFT, REVIEWED}:
        problem = f"header {STATE_HEADER} is “{catalogue.state}”"
        yield Fault(path, 1, problem, f"write {DRAFT} or {REVIEWED}")
    if catalogue.state == REVIEWED and locale != SOURCE and not headers.get(REVIEWER_HEADER):
        yield Fault(path, 1, "reviewed by nobody", f"say in the header {REVIEWER_HEADER} who reviewed it")
    if headers.get("Language") != locale:
        yield Fault(path, 1, "header Language is not the folder's name", f"write Language: {locale}")
    wanted = plural_forms(locale)
    if headers.get("Plural-Forms", "").replace(" ", "").rstrip(";") != wanted.replace(" ", "").rstrip(";"):
        yield Fault(path, 1, "header Plural-Forms is not this language's", f"write Plural-Forms: {wanted};")
