"""The gate: what must stop a catalogue or a template before a respondent meets it, and what must not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment

from feedback_app.questionnaires.bare_literals import bare_literals
from feedback_app.questionnaires.bare_texts import bare_texts
from feedback_app.questionnaires.catalogues import (
    MESSAGES,
    Catalogue,
    Entry,
    path_of,
    read,
    render,
    template_path,
    write,
)
from feedback_app.questionnaires.extracting import PACKAGE, extract_surveys
from feedback_app.questionnaires.gates import (
    ALLOWED,
    ALLOWED_IN_ASSETS,
    check_assets,
    check_catalogue,
    check_languages,
    check_modules,
    check_neighbours,
    check_pages,
    check_template,
)
from feedback_app.questionnaires.merging import merge

TEMPLATES = Path(__file__).resolve().parents[2] / "feedback_app" / "templates"
SURVEYS_DIR = TEMPLATES.parents[1] / "surveys"
PAGE = "feedback_app/templates/respond/page.html"


# --- one catalogue -------------------------------------------------------------------------------


def template(*texts: str) -> Catalogue:
    return Catalogue(None, MESSAGES, tuple(Entry(None, (text,), places=(PAGE,)) for text in texts))


def checked(tmp_path: Path, change: tuple[str, str] = ("", ""), strict: bool = True) -> list[str]:
    """Faults of a French catalogue after a change in its text."""
    wanted = template("Ja", "Nee")
    path = path_of(tmp_path, "fr", MESSAGES)
    made = merge(wanted, "fr", None)
    targets = zip(made.entries, ("Oui", "Non"), strict=True)
    write(path, replace(made, entries=tuple(replace(entry, target=(word,)) for entry, word in targets)))
    path.write_text(path.read_text("utf-8").replace(*change), "utf-8")
    return [str(one) for one in check_catalogue(path, read(path), list(wanted.entries), strict)]


def test_a_whole_catalogue_has_no_faults(tmp_path: Path) -> None:
    assert checked(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('"Oui"', '""'),
            "messages.po:14: 1 of 2 texts are not translated or outdated (0 fuzzy; first: “Ja”)",
        ),
        (('msgid "Nee"', '#, fuzzy\nmsgid "Nee"'), "(1 fuzzy; first: “Nee”)"),
        (("X-Review-State: draft", "X-Review-State: done"), "header X-Review-State is “done”"),
        (('"X-Review-State: draft\\n"\n', ""), "header X-Review-State is “”"),
        (("X-Review-State: draft", "X-Review-State: reviewed"), "reviewed by nobody"),
        (("Language: fr", "Language: nl"), "header Language"),
        (("n > 1", "n != 1"), "header Plural-Forms"),
        (('msgid "Nee"', 'msgid "Neen"'), "1 texts are lacking and 1 are not needed"),
        (('"Oui"', '"Oui "'), "messages.po:14: “Oui ” ends with other space"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    found = checked(tmp_path, change)
    assert len(found) == 1 and problem in found[0] and " → " in found[0]


def test_a_remedy_for_the_plural_header_can_be_copied(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, ("n > 1", "n != 1"))
    assert found.endswith("write Plural-Forms: nplurals=2; plural=(n > 1);")


def test_an_unfinished_language_can_be_a_warning(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, ('"Oui"', '""'), strict=False)
    assert ": warning: 1 of 2 texts" in found


def test_a_missing_catalogue_and_an_unknown_folder_are_faults(tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / "xx").mkdir()
    found = [str(one) for one in check_languages(tmp_path, template("Ja"), strict=True)]
    assert len(found) == 3
    assert any("fr/LC_MESSAGES/messages.po" in one and "does not exist" in one for one in found)
    assert any("nl/LC_MESSAGES/messages.po" in one and "does not exist" in one for one in found)
    assert any("xx" in one and "no language" in one for one in found)


def test_a_template_that_drifted_from_the_dutch_is_a_fault(tmp_path: Path) -> None:
    path = template_path(tmp_path, MESSAGES)
    write(path, template("Ja", "Nee"))
    assert list(check_template(path, template("Ja", "Nee"))) == []
    (changed,) = check_template(path, template("Ja", "Neen"))
    assert "1 new and 1 vanished texts (first: “Neen”)" in str(changed)
    (moved,) = check_template(path, template("Nee", "Ja"))
    assert "drifted" in moved.problem
    (gone,) = check_template(path.with_name("surveys.pot"), template("Ja"))
    assert "cannot be read" in gone.problem


def test_a_lone_percent_sign_in_a_page_is_a_fault(tmp_path: Path) -> None:
    page = template("Zeker (95 %)")
    write(template_path(tmp_path, MESSAGES), page)
    (found,) = check_template(template_path(tmp_path, MESSAGES), page)
    assert "cannot be formatted" in found.problem
    assert render(page) == template_path(tmp_path, MESSAGES).read_text("utf-8")


# --- text messages -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "first", "second", "stopped"),
    [
        ("ar", "م" * 6, "م" * 6, ""),
        ("ar", "م" * 7, "م" * 6, "takes 7 units of UCS-2"),
        ("fr", "a" * 12, "é" * 12, ""),
        ("fr", "a" * 13, "é" * 12, "takes 13 units of GSM 7-bit"),
        ("fr", "a" * 7, "ê" * 2, "takes 7 units of UCS-2"),  # one ê makes the whole message UCS-2
        ("fr", "a" * 11 + "€", "é", "takes 13 units of GSM 7-bit"),
        ("fr", "😀" * 4, "é", "takes 8 units of UCS-2"),
    ],
)
def test_a_text_message_stays_within_its_parts(
    tmp_path: Path, locale: str, first: str, second: str, stopped: str
) -> None:
    sources = [
        Entry(None, (name,), hints=("sms: 6 (in an SMS)",), places=(PAGE,)) for name in ("een", "twee")
    ]
    made = merge(Catalogue(None, MESSAGES, tuple(sources)), locale, None)
    entries = (replace(made.entries[0], target=(first,)), replace(made.entries[1], target=(second,)))
    path = path_of(tmp_path, locale, MESSAGES)
    write(path, replace(made, entries=entries))
    found = [str(one) for one in check_catalogue(path, read(path), sources, True) if "units" in one.problem]
    assert len(found) == bool(stopped) and (not found or stopped in found[0])


# --- languages side by side ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "text", "stopped"),
    [
        ("ru", "uk", "Мы хотим учиться", True),
        ("ru", "uk", "Мы хотим", False),  # two words may be the same
        ("es", "pt", "Muy bien hecho.", True),
        ("fa", "fa_AF", "ما می‌خواهیم یاد بگیریم", False),
    ],
)
def test_a_language_filled_in_with_anothers_file_is_found(
    tmp_path: Path, one: str, other: str, text: str, stopped: bool
) -> None:
    for locale in (one, other):
        made = merge(template("Wij willen leren"), locale, None)
        entries = (replace(made.entries[0], target=(text,)),)
        write(path_of(tmp_path, locale, MESSAGES), replace(made, entries=entries))
    found = [str(fault) for fault in check_neighbours(tmp_path, MESSAGES)]
    assert len(found) == stopped
    kept = path_of(tmp_path, other, MESSAGES)
    kept.write_text(kept.read_text("utf-8").replace("#: ", "# keep: * (the same there)\n#: "), "utf-8")
    assert list(check_neighbours(tmp_path, MESSAGES)) == []


# --- modules -------------------------------------------------------------------------------------


def test_modules_are_checked_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "pages.py").write_text('"""Een pagina."""\n\nflash("Bewaard.")\n', "utf-8")
    (tmp_path / "settings.py").write_text('law = "Bestuursdecreet van dit jaar"\n', "utf-8")
    (tmp_path / "other.py").write_text('law = "Bestuursdecreet van dit jaar"\n', "utf-8")
    found = [(one.file.name, one.line) for one in check_modules(tmp_path)]
    assert found == [("other.py", 1), ("pages.py", 3)]


def test_no_module_of_ours_holds_a_text_outside_gettext() -> None:
    assert [str(fault) for fault in check_modules(PACKAGE)] == []


def test_scripts_and_style_sheets_are_checked_with_file_and_line(tmp_path: Path) -> None:
    for name, text in (
        ("js/a.js", '// "Dat is goed"\ndocument.title = "Je antwoord is niet verstuurd";\n'),
        ("js/b.js", "x('use strict', \"data-state\", `[lang=${y}] .open`, 'GET');"),
        ("css/a.css", '/* content: "Niet dit" */\n.a::before { content: "Klaar";\n}'),
        ("css/b.css", ".a::before { content: '\\2192' / ''; font-family: 'Noto Sans'; }"),
    ):
        (tmp_path / "static" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "static" / name).write_text(text, "utf-8")
    found = {(one.file.name, one.line, one.problem) for one in check_assets(tmp_path)}
    assert found == {
        ("a.js", 2, "“Je antwoord is niet verstuurd” cannot be translated"),
        ("a.css", 2, "“Klaar” cannot be translated"),
    }


def test_no_script_or_style_sheet_of_ours_holds_a_text() -> None:
    assert [str(fault) for fault in check_assets(PACKAGE)] == []


@pytest.mark.parametrize(("place", "text", "_why"), ALLOWED_IN_ASSETS)
def test_what_is_allowed_in_a_script_is_still_there(place: str, text: str, _why: str) -> None:
    assert f'"{text}"' in (PACKAGE / place).read_text("utf-8")


def test_what_msgmerge_adds_for_other_languages_is_no_fault(tmp_path: Path) -> None:
    staff = Entry(None, ("Alleen voor collega’s",), ("",), places=("feedback_app/staff/pages.py",))
    wanted = template("Ja")
    whole = replace(wanted, entries=(*wanted.entries, staff))
    for locale, word in (("nl", "Ja"), ("ar", "نعم")):
        made = merge(whole if locale == "nl" else wanted, locale, None)
        entries = tuple(
            replace(one, target=(word,)) if one.source == ("Ja",) else one for one in made.entries
        )
        write(path_of(tmp_path, locale, MESSAGES), replace(made, entries=entries))
    path = path_of(tmp_path, "ar", MESSAGES)
    held = read(path)
    write(path, replace(held, entries=(*held.entries, staff)))
    assert [str(one) for one in check_languages(tmp_path, whole, strict=True)] == []
    assert [one.source for one in merge(whole, "ar", read(path)).entries] == [("Ja",)]
    unknown = replace(staff, source=("Weg",))
    write(path, replace(held, entries=(*held.entries, unknown)))
    (fault,) = [one for one in check_languages(tmp_path, whole, strict=True) if "not needed" in one.problem]
    assert "0 texts are lacking and 1 are not needed" in fault.problem


@pytest.mark.parametrize(("place", "begin", "_why"), ALLOWED, ids=lambda one: str(one)[:20])
def test_what_is_allowed_is_still_there(place: str, begin: str, _why: str) -> None:
    paths = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).as_posix().startswith(place)]
    found = [text for path in paths for _, text in bare_literals(path.read_text("utf-8"))]
    assert any(text.startswith(begin) for text in found)


# --- templates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Hallo</p>", [(1, "Hallo")]),
        ("<p>\n  {{ name }}\n  bedankt\n</p>", [(2, "… bedankt")]),
        ("{% if x %}\n<p>Ja hoor</p>\n{% endif %}", [(2, "Ja hoor")]),
        ('<img alt="Een foto">', [(1, "Een foto")]),
        ('<button aria-label="Sluiten">×</button>', [(1, "Sluiten")]),
        ('<input type="submit" value="Verstuur">', [(1, "Verstuur")]),
        ('<p>{{ ui.status("Klaar", "good") }}</p>', [(1, "Klaar")]),
        ('{{ ui.field(form.x, hint="Schrijf geen namen.") }}', [(1, "Schrijf geen namen.")]),
        ('{% set title = "Nieuwe vraag" %}{{ title }}', [(1, "Nieuwe vraag")]),
        ("{{ 'Ja' if x else 'Nee hoor' }}", [(1, "Nee hoor")]),
        ("<p>{{ base }} en/of {{ other }}</p>", [(1, "… en/of …")]),
        ("<style>.a{}</style>buiten", [(1, "buiten")]),
        ("{% trans %}binnen{% endtrans %} buiten", [(1, "buiten")]),
        ('<html lang="nl"><p>Tekst</p></html>', [(1, "Tekst")]),
        ('<p lang="{{ tag }}">Tekst</p>', [(1, "Tekst")]),
        ('{{ x or "geen antwoord" }}', [(1, "geen antwoord")]),
        ('{{ x|default("nog niet bekend") }}', [(1, "nog niet bekend")]),
        ('{{ {"a": "Goed", "b": "Slecht"}[x] }}', [(1, "Goed"), (1, "Slecht")]),
        ('{% macro field(label="Volgende vraag") %}{{ label }}{% endmacro %}', [(1, "Volgende vraag")]),
        ('{% call ui.box("Let op") %}{% endcall %}', [(1, "Let op")]),
        ('{% with title="Mijn pagina" %}{{ title }}{% endwith %}', [(1, "Mijn pagina")]),
        ('<input aria-valuetext="vraag drie">', [(1, "vraag drie")]),
        ('<p data-done="Klaar, bedankt" data-state="open">', [(1, "Klaar, bedankt")]),
        ('{% for t in ["Goed","Slecht"] %}{{ t }}{% endfor %}', [(1, "Goed"), (1, "Slecht")]),
        ('{{ "klik hier" }}', [(1, "klik hier")]),
        ('{{ "lekker bezig" if x }}', [(1, "lekker bezig")]),
        ('<script>\n// "Het is goed"\nalert("Weet je het zeker?")</script>', [(3, "Weet je het zeker?")]),
        ("<script>x(`Nog ${n} vragen`)</script>", [(1, "Nog … vragen")]),
        ('<style>a::after {\ncontent:"Klaar met alles"}</style>', [(2, "Klaar met alles")]),
        ("{{ _(some_variable) }}", [(1, "_(…), which is given no text but a value,")]),
        ('{{ ngettext("dag", many, 2) }}', [(1, "ngettext(…), which is given no text but a value,")]),
    ],
)
def test_a_text_outside_gettext_is_found_with_its_line(source: str, expected: list[tuple[int, str]]) -> None:
    assert list(bare_texts(source)) == expected


@pytest.mark.parametrize(
    "source",
    [
        '<p class="a b{% if x %} c{% endif %}">{{ _("Ja") }} · {{ ngettext("dag", "%(num)d dagen", 2) }}</p>',
        "{% trans count=n %}Eén\nantwoord{% pluralize %}{{ count }} antwoorden{% endtrans %}",
        '<th scope="col">n</th><td>{{ done }} / {{ total }} – {{ x }} %</td>',
        "<script>const x = 'good day', y = /[\"']Hallo/;</script><style>b{content:'\\201C ·'}</style><code>pip</code>",
        '<script>x({{ _("Goed gedaan, bedankt") | tojson }})</script><p data-at="{{ _("Klaar") }}" data-on="a b">',
        '{% for kind in ["newcomer", "partner"] %}<b class="{{ "good" if x }}">{{ kind }}</b>{% endfor %}',
        '<div translate="no"><script>x("Weet je het zeker?")</script></div>',
        '<p translate="no">feedback-app <b>versie</b></p>',
        '<button lang="nl">Nederlands</button>',
        '{% if one.type == "RadioField" and kind is sameas "Grote tekst." %}{% endif %}',
        "{{ url_for('static', filename='css/tokens.css') }}{# Een opmerking #}<!-- Een opmerking -->",
        "{% extends 'web/base.html' %}{% block title %}{{ title }}{% endblock %}",
        "<p>QR · PDF · ikdoemee</p>",
        "<p>{{ name }}: {{ base }}/privacy?lang={{ tag }}</p>",
        "{% raw %}{{ }}{% endraw %}",
    ],
)
def test_what_is_no_text_or_goes_through_gettext_is_left_alone(source: str) -> None:
    assert list(bare_texts(source)) == []


def test_pages_are_checked_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text('<p>{{ _("Ja") }}</p>', "utf-8")
    (tmp_path / "bare.html").write_text("<p>\nHallo</p>", "utf-8")
    (tmp_path / "broken.html").write_text("<p>\n\n{% if %}", "utf-8")
    found = [(one.file.name, one.line) for one in check_pages(tmp_path)]
    assert found == [("bare.html", 2), ("broken.html", 3)]


def test_plain_text_templates_are_read_too() -> None:
    assert list(bare_texts('{{ _("Dag") }}\nTot morgen', html=False)) == [(2, "Tot morgen")]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.name))
def test_every_template_can_be_parsed(path: Path) -> None:
    Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(
        path.read_text("utf-8")
    )


# --- questionnaires ------------------------------------------------------------------------------


def _texts(node: object, name: str = "") -> Iterator[str]:
    """Everything in a questionnaire file that reads as words, without keys and the maker's reasons."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from () if key in ("key", "waive", "themes", "any_of", "pair") else _texts(value, str(key))
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, name)
    elif isinstance(node, str) and (" " in node or node[:1].isupper()) and name != "level":
        yield node


@pytest.mark.parametrize(
    "path", sorted(SURVEYS_DIR.glob("*/questionnaire.yaml")), ids=lambda path: path.parent.name
)
def test_every_text_of_a_questionnaire_is_translated(path: Path) -> None:
    known = {entry.source[0] for entry in extract_surveys(SURVEYS_DIR).entries}
    found = list(_texts(yaml.safe_load(path.read_text("utf-8"))))
    assert len(found) > 15
    assert [text for text in found if text not in known] == []
