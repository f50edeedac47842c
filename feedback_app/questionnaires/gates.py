"""What must be right in catalogues, templates and modules; each fault says file, line and remedy."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import TemplateSyntaxError

from feedback_app.languages import SOURCE, all_languages, language
from feedback_app.questionnaires.bare_assets import script_texts, style_texts
from feedback_app.questionnaires.bare_literals import bare_literals
from feedback_app.questionnaires.bare_texts import bare_texts, reads_as_words
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    DRAFT,
    REVIEWED,
    REVIEWER_HEADER,
    STATE_HEADER,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    Key,
    locales,
    needs,
    path_of,
    plural_forms,
    read,
    render,
    template_path,
)
from feedback_app.questionnaires.extracting import PACKAGE, SourceUnreadable, extract
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.questionnaires.text_gates import (
    COPY_WORDS,
    check_entry,
    formats,
    keeps_all,
    longest_sms,
    words,
)
from feedback_app.sms import is_gsm, units

#: text in a module that may stand outside gettext: (path, how the text begins, why)
ALLOWED = (
    ("example/", "", "example data, which is Dutch as the people in it are"),
    (
        "settings.py",
        "Voorbeeld:",
        "an agency's own name replaces it, marked as Dutch on the page",
    ),
    ("responses/regional_form.py", "Weet", "an answer of a question, which is Dutch at its source"),
    ("settings.py", "Bestuursdecreet", "a law has the name it was given"),
    ("settings.py", "Vlaamse ", "an authority has the name it was given, marked as Dutch on the page"),
    ("demo.py", "Voorbeeld ", "example data, which is Dutch as the places in it are"),
    ("sms.py", "@£$", "the letters of GSM 7-bit"),
    ("invitations/stop_words.py", "stop ", "words that people send, in each language beside the others"),
    ("trajectories/reading.py", "geboor", "names of columns, as client systems have them"),
    ("analysis/policy.py", "publication policy:", "for who edits publication.yaml; quotes a page"),
    ("trajectories/commands.py", "", "command line, beside reasons that are in Dutch"),
    ("trajectories/reading.py", "naam", "names of columns, as client systems have them"),
    ("trajectories/reading.py", "voornaam", "names of columns, as client systems have them"),
    ("questionnaires/definition.py", "", "hints for translators, who read Dutch"),
    ("questionnaires/plain_language.py", "", "advice to who writes the Dutch, which it quotes"),
    ("papers/notice.py", "", "sentences of the privacy page, looked up in it"),
    ("watching/pages.py", "not ready:", "for a load balancer"),
    ("watching/pages.py", "a key is needed", "for who sets up Prometheus"),
    ("questionnaires/extracting.py", "", "hints for translators, who read Dutch"),
)

#: the same in a script or a style sheet: (path, the text, why)
ALLOWED_IN_ASSETS = (
    ("static/js/entry.js", "Backspace", "the name of a key"),
    ("static/js/entry.js", "Enter", "the name of a key"),
    ("static/js/entry.js", "Delete", "the name of a key"),
    ("static/js/translations.js", "Enter", "the name of a key"),
    ("static/js/remarks.js", "Enter", "the name of a key"),
)

#: one language in two countries, which may say the same
_SAME_WORDS = {"fa", "fa_AF"}

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
        yield from check_neighbours(translations_dir, domain)
    yield from check_pages(PACKAGE / "templates")
    yield from check_modules(PACKAGE)
    yield from check_assets(PACKAGE)


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


def check_modules(package: Path) -> Iterator[Fault]:
    """Texts in modules that stand outside gettext, without those that may."""
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        beginnings = tuple(begin for place, begin, _ in ALLOWED if name.startswith(place))
        for line, text in bare_literals(path.read_text(encoding="utf-8")):
            if not text.startswith(beginnings):
                remedy = 'put it into _("…"), or say in ALLOWED of gates.py why it may stand so'
                yield Fault(path, line, f"“{text}” cannot be translated", remedy)


def check_assets(package: Path) -> Iterator[Fault]:
    """Texts in the scripts and style sheets that pages load, without those that may stand there."""
    for path in sorted((package / "static").rglob("*")):
        if path.suffix not in {".js", ".css"}:
            continue
        name, source = path.relative_to(package).as_posix(), path.read_text(encoding="utf-8")
        found = style_texts(source) if path.suffix == ".css" else script_texts(source, reads_as_words)
        for line, text in found:
            if (name, text) not in {(place, begin) for place, begin, _ in ALLOWED_IN_ASSETS}:
                remedy = 'let the page hand it over, as data-…="{{ _("…") }}"'
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
            yield from check_catalogue(path, _without_spare(catalogue, template, wanted), wanted, strict)


def _without_spare(catalogue: Catalogue, template: Catalogue, wanted: list[Entry]) -> Catalogue:
    """The catalogue without texts that other languages need: `msgmerge` and Poedit add the whole template."""
    spare = template.by_key.keys() - {entry.key for entry in wanted}
    return replace(catalogue, entries=tuple(one for one in catalogue.entries if one.key not in spare))


def check_neighbours(translations_dir: Path, domain: str) -> Iterator[Fault]:
    """Texts that are the same in two languages, as when one was filled in with the other's file."""
    first: dict[tuple[Key, tuple[str, ...]], str] = {}
    for locale in (key for key in locales(translations_dir) if key != SOURCE):
        path = path_of(translations_dir, locale, domain)
        try:
            entries = read(path).entries
        except (FileNotFoundError, CatalogueUnreadable):
            continue  # check_languages names it
        for entry in entries:
            said = tuple(word for text in entry.target for word in words(text))
            if len(said) <= COPY_WORDS or keeps_all(entry):
                continue
            other = first.setdefault((entry.key, said), locale)
            if other != locale and {other, locale} != _SAME_WORDS:
                problem = f"“{entry.target[0]}” is the same in {language(other).endonym} ({other})"
                remedy = "translate it in the language that it is not, or comment it `# keep: * (reason)`"
                yield Fault(path, entry.line, problem, remedy)


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
    yield from _check_sms(path, catalogue)


def _check_sms(path: Path, catalogue: Catalogue) -> Iterator[Fault]:
    """Texts of messages for which the shortest message would take more parts than it may.

    One letter outside GSM 7-bit makes a whole message UCS-2, which holds less than half as much. So a
    language that never leaves GSM 7-bit has twice the room, and any other what the hint says.
    """
    limits = {entry: limit for entry in catalogue.entries if (limit := longest_sms(entry)) is not None}
    seven_bits = all(is_gsm(text) for entry in limits for text in entry.target)
    for entry, limit in limits.items():
        for text in entry.target:
            used, room = (units(text), 2 * limit) if seven_bits else (_utf16(text), limit)
            if used > room:
                unit = "units of GSM 7-bit" if seven_bits else "units of UCS-2"
                yield Fault(path, entry.line, f"“{text}” takes {used} {unit}", f"there is room for {room}")


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


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
        yield Fault(
            path,
            1,
            "header Plural-Forms is not this language's",
            f"write Plural-Forms: {wanted.rstrip(';')};",
        )
