"""Catalogues: the same bytes for the same content, nothing lost in a merge, nothing outdated compiled."""

import gettext
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback_app.questionnaires import translating
from feedback_app.questionnaires.catalogues import (
    MESSAGES,
    SURVEYS,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    fill,
    needs,
    parse,
    path_of,
    read,
    render,
    survey_texts,
    write,
)
from feedback_app.questionnaires.compiling import compiled
from feedback_app.questionnaires.extracting import SourceUnreadable, extract_messages, extract_surveys
from feedback_app.questionnaires.merging import merge, with_shipped
from feedback_app.questionnaires.translating import translations

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = sorted((ROOT / "translations").glob("*/LC_MESSAGES/*.po"))
PAGE = "feedback_app/templates/respond/page.html"
STAFF_PAGE = "feedback_app/templates/staff/page.html"


def catalogue(*entries: Entry, locale: str | None = "uk", domain: str = SURVEYS) -> Catalogue:
    return Catalogue(locale, domain, entries)


def asked(context: str, dutch: str, *target: str, fuzzy: bool = False) -> Entry:
    return Entry(context, (dutch,), target, fuzzy, ("surveys/newcomer/questionnaire.yaml",))


def said(*source: str, target: tuple[str, ...] = (), place: str = PAGE, fuzzy: bool = False) -> Entry:
    return Entry(None, source, target, fuzzy, (place,))


# --- what comes with a version ---------------------------------------------------------------------


def test_an_upgrade_adds_shipped_texts_as_drafts_and_keeps_what_colleagues_wrote() -> None:
    reviewed = (("X-Review-State", "reviewed"), ("X-Reviewed-By", "vertaler 2026-11-30"))
    own = catalogue(
        asked("n.a", "Ja", "Так"),
        asked("n.b", "Goed zo", "Добре", fuzzy=True),
        asked("n.c", "Nieuw", ""),
        asked("n.d", "Onbekend", ""),
    )
    own = replace(own, headers=reviewed)
    shipped = catalogue(
        asked("n.a", "Ja", "Ага"),
        asked("n.b", "Goed zo", "Чудово"),
        asked("n.c", "Nieuw", "Новий"),
        asked("n.d", "Anders", "Інше"),
    )
    made = with_shipped(own, shipped)
    assert [entry.target for entry in made.entries] == [("Так",), ("Чудово",), ("Новий",), ("",)]
    assert not any(entry.fuzzy for entry in made.entries)
    assert dict(made.headers) == {"X-Review-State": "draft", "X-Reviewed-By": ""}
    whole = replace(own, entries=own.entries[:1])
    assert with_shipped(whole, shipped) is whole


# --- files ---------------------------------------------------------------------------------------


def test_everything_survives_a_file(tmp_path: Path) -> None:
    path = path_of(tmp_path, "uk", MESSAGES)
    long = "Een lange zin met “aanhalingstekens”, een \\ en een\nnieuwe regel. " * 5
    entries = (
        Entry(None, ("één", "%(num)d"), ("a", "b", "c"), True, (PAGE,), ("hint",), ("keep: x",), (long, "p")),
        Entry("newcomer.match", ("Ja",), ("Так",), places=(PAGE, STAFF_PAGE)),
        Entry(None, (long,), (long,)),
    )
    headers = (("X-Review-State", "reviewed"), ("X-Reviewed-By", "Voorbeeld"), ("X-Generator", "Poedit 3"))
    write(path, Catalogue("uk", MESSAGES, entries, headers))
    found = read(path)
    assert tuple(replace(entry, line=0) for entry in found.entries) == entries
    assert found.state == "reviewed"
    assert dict(found.headers).items() >= dict(headers).items()
    assert [entry.line for entry in found.entries] == sorted({entry.line for entry in found.entries})


def test_writing_again_changes_no_byte_and_no_time(tmp_path: Path) -> None:
    path = path_of(tmp_path, "ar", MESSAGES)
    made = catalogue(said("Ja", target=("نعم",)), locale="ar", domain=MESSAGES)
    assert write(path, made) is True
    before = path.stat().st_mtime_ns
    assert write(path, read(path)) is False
    assert path.stat().st_mtime_ns == before
    assert render(read(path)) == path.read_text("utf-8")


def test_a_tool_that_stamps_its_clock_makes_no_difference(tmp_path: Path) -> None:
    path = path_of(tmp_path, "ar", SURVEYS)
    text = render(catalogue(asked("newcomer.a", "Ja", "نعم"), locale="ar"))
    stamped = text.replace(
        '"MIME', '"POT-Creation-Date: 2026-01-01 10:00+0000\\n"\n"Generated-By: x\\n"\n"MIME'
    )
    assert stamped != text
    assert render(parse(stamped.encode(), path)) == text


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_what_is_committed_is_written_as_we_write_it(path: Path) -> None:
    assert render(parse(path.read_bytes(), path)) == path.read_text("utf-8")


@pytest.mark.parametrize(
    "content",
    [
        b'msgid "a"\nmsgstr "b\xff"\n',
        b'msgid "a"\n',
        b"nonsense\n",
        b'msgid "a"\nmsgid_plural "b"\nmsgstr[9] "c"\n',
        b'msgid "a"\nmsgstr "b?\n',
        b'msgid "a"\nmsgstr ""\n"b "c" d"\n',
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, content: bytes) -> None:
    path = path_of(tmp_path, "fr", MESSAGES)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(CatalogueUnreadable, match=r"messages\.po:\d+: "):
        read(path)


def test_a_mark_of_windows_and_a_line_end_inside_a_text_are_read(tmp_path: Path) -> None:
    content = '\ufeffmsgid "a"\r\nmsgstr "b\u2028c"\r\n'.encode()
    made = parse(content, path_of(tmp_path, "fr", MESSAGES))
    assert [(entry.source, entry.target) for entry in made.entries] == [(("a",), ("b\u2028c",))]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = path_of(tmp_path, "fr", SURVEYS)
    write(path, catalogue(asked("newcomer.a", "Ja", "Oui"), locale="fr"))
    assert survey_texts(tmp_path, "fr") == {("newcomer.a", "Ja"): "Oui"}
    write(path, catalogue(asked("newcomer.a", "Ja", "Mais oui"), locale="fr"))
    assert survey_texts(tmp_path, "fr") == {("newcomer.a", "Ja"): "Mais oui"}


def test_what_pages_need_of_a_catalogue_is_read_without_the_rest(tmp_path: Path) -> None:
    for path in (Path("translations/messages.pot"), Path("translations/en/LC_MESSAGES/messages.po")):
        whole, part = read(path), read(path, pages_only=True)
        assert [e.key for e in part.entries if e.for_partners] == [
            e.key for e in whole.entries if e.for_partners
        ]
        assert part.state == whole.state
        assert len(part.entries) < len(whole.entries) / 3
    windows = tmp_path / "ar" / "LC_MESSAGES" / "messages.po"
    windows.parent.mkdir(parents=True)
    content = Path("translations/ar/LC_MESSAGES/messages.po").read_bytes()
    windows.write_bytes(content.replace(b"\n", b"\r\n"))
    assert len(read(windows, pages_only=True).entries) == len(read(windows).entries)


def test_survey_texts_leave_out_what_is_held_back_or_missing(tmp_path: Path) -> None:
    entries = (asked("n.a", "A", "à"), asked("n.b", "B", "b", fuzzy=True), asked("n.c", "C", ""))
    write(path_of(tmp_path, "fr", SURVEYS), catalogue(*entries, locale="fr"))
    assert survey_texts(tmp_path, "fr") == {("n.a", "A"): "à"}
    assert survey_texts(tmp_path, "ti") == {}


# --- what a language needs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("newcomer.match", {"nl", "en", "fr", "ti"}),
        ("offer_type.buddy", {"nl", "en", "fr", "ti"}),
        ("partner.match", {"nl", "en", "fr"}),
        ("staff.kind", {"nl", "en"}),
        ("theme.T01", {"nl", "en"}),
    ],
)
def test_a_language_needs_the_questionnaires_of_its_readers(context: str, expected: set[str]) -> None:
    assert {key for key in ("nl", "en", "fr", "ti") if needs(key, SURVEYS, asked(context, "x"))} == expected


@pytest.mark.parametrize(
    ("place", "everyone"),
    [
        (PAGE, True),
        ("feedback_app/responses/pages.py", True),
        ("feedback_app/web/errors.py", True),
        ("feedback_app/remarks/pages.py", False),
        (STAFF_PAGE, False),
        ("feedback_app/templates/reports/core.html", False),
    ],
)
def test_other_languages_need_only_what_a_respondent_may_see(place: str, everyone: bool) -> None:
    assert needs("ti", MESSAGES, said("x", place=place)) is everyone
    assert needs("en", MESSAGES, said("x", place=place))


# --- merging -------------------------------------------------------------------------------------


def test_a_comma_outdates_exactly_that_text() -> None:
    old = catalogue(asked("n.a", "Ja en nee", "Так і ні"), asked("n.b", "Goed", "Добре"))
    new = merge(catalogue(asked("n.a", "Ja, en nee"), asked("n.b", "Goed"), locale=None), "uk", old)
    changed, same = new.entries
    assert (changed.target, changed.fuzzy, changed.previous) == (("Так і ні",), True, ("Ja en nee",))
    assert same == old.entries[1]


def test_a_text_changed_twice_names_the_wording_that_was_translated() -> None:
    old = catalogue(asked("n.a", "een", "один"))
    for dutch in ("twee", "drie"):
        old = merge(catalogue(asked("n.a", dutch), locale=None), "uk", old)
    assert (old.entries[0].previous, old.entries[0].fuzzy) == (("een",), True)


def test_equal_dutch_in_two_questions_keeps_two_translations() -> None:
    old = catalogue(asked("n.a.yes", "Ja", "Так"), asked("n.b.yes", "Ja", "Еге ж"))
    assert merge(replace(old, locale=None), "uk", old).entries == old.entries


def test_a_vanished_text_goes_and_a_new_one_comes_empty() -> None:
    old = catalogue(asked("n.a", "Oud", "Старе"))
    (entry,) = merge(catalogue(asked("n.b", "Nieuw"), locale=None), "uk", old).entries
    assert (entry.source, entry.target, entry.fuzzy) == (("Nieuw",), ("",), False)


def test_a_page_text_much_like_a_vanished_one_takes_its_translation_over_held_back() -> None:
    old = catalogue(said("Deze vragen zijn gesloten.", target=("Закрито.",)), domain=MESSAGES)
    template = catalogue(said("Deze vragen zijn nu gesloten."), locale=None, domain=MESSAGES)
    (entry,) = merge(template, "uk", old).entries
    assert (entry.target, entry.fuzzy) == (("Закрито.",), True)
    assert entry.previous == ("Deze vragen zijn gesloten.",)


@pytest.mark.parametrize(
    "new",
    [said("Deze link werkt niet."), said("Deze vragen zijn nu gesloten.", place="feedback_app/web/x.py")],
)
def test_no_translation_is_guessed(new: Entry) -> None:
    old = catalogue(said("Deze vragen zijn gesloten.", target=("Закрито.",)), domain=MESSAGES)
    (entry,) = merge(catalogue(new, locale=None, domain=MESSAGES), "uk", old).entries
    assert (entry.target, entry.fuzzy) == (("",), False)


def test_plural_forms_are_as_many_as_the_language_has() -> None:
    template = catalogue(said("één dag", "%(num)d dagen"), locale=None, domain=MESSAGES)
    forms = {key: len(merge(template, key, None).entries[0].target) for key in ("ar", "uk", "en", "fa_AF")}
    assert forms == {"ar": 6, "uk": 3, "en": 2, "fa_AF": 1}


def test_dutch_is_its_own_translation_and_reviewed() -> None:
    made = merge(catalogue(asked("staff.a", "Ja"), locale=None), "nl", None)
    assert made.entries[0].target == ("Ja",)
    assert "X-Review-State: reviewed" in render(made)
    assert "X-Review-State: draft" in render(merge(catalogue(locale=None), "en", None))


# --- compiling -----------------------------------------------------------------------------------


def test_compiling_is_the_same_every_time_and_leaves_out_what_is_not_complete() -> None:
    made = catalogue(
        said("Ja", target=("نعم",)),
        said("Nee", target=("لا",), fuzzy=True),
        said("dag", "%(num)d dagen", target=("0", "1", "2", "few", "", "other")),
        asked("newcomer.a", "Ja", "أجل"),
        locale="ar",
    )
    assert compiled(made) == compiled(made)
    found = gettext.GNUTranslations(BytesIO(compiled(made)))
    assert found.gettext("Ja") == "نعم"
    assert found.pgettext("newcomer.a", "Ja") == "أجل"
    assert found.gettext("Nee") == "Nee"
    assert found.ngettext("dag", "%(num)d dagen", 3) == "%(num)d dagen"


# --- filling -------------------------------------------------------------------------------------


def test_filling_in_makes_a_draft_and_names_what_is_unknown(tmp_path: Path) -> None:
    path = path_of(tmp_path, "fr", SURVEYS)
    held = replace(asked("n.a", "Ja", "Si", fuzzy=True), previous=("Jawel",))
    reviewed = (("X-Review-State", "reviewed"), ("X-Reviewed-By", "Voorbeeld"))
    write(path, replace(catalogue(held, asked("n.b", "Nee", "Non"), locale="fr"), headers=reviewed))
    unknown = fill(path, {("n.a", "Ja"): "Oui", ("n.x", "Weg"): "Parti"}, {("n.a", "Ja"): "keep: *"})
    assert unknown == [("n.x", "Weg")]
    found = read(path)
    assert found.state == "draft"
    assert [(e.target, e.fuzzy, e.previous) for e in found.entries] == [
        (("Oui",), False, ()),
        (("Non",), False, ()),
    ]
    assert found.entries[0].notes == ("keep: *",)


def test_a_wrong_number_of_plural_forms_changes_nothing(tmp_path: Path) -> None:
    path = path_of(tmp_path, "ar", MESSAGES)
    template = catalogue(said("dag", "dagen"), said("Ja"), locale=None, domain=MESSAGES)
    write(path, merge(template, "ar", None))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="needs 6 forms, not 2"):
        fill(path, {(None, "Ja"): "نعم", (None, "dag"): ["a", "b"]})
    assert path.read_bytes() == before


# --- extraction ----------------------------------------------------------------------------------


def test_templates_and_modules_are_read_as_the_application_reads_them(tmp_path: Path) -> None:
    package = tmp_path / "feedback_app"
    (package / "templates" / "respond").mkdir(parents=True)
    (package / "templates" / "respond" / "page.html").write_text(
        '{{ _("Ja") }}{% trans count=n %}\n  Eén\n  antwoord{% pluralize %}'
        "{{ count }} antwoorden{% endtrans %}"
        '{# Translators: knop #}{{ _("Verstuur") }}',
        "utf-8",
    )
    (package / "web.py").write_text('a = _l("Ja")\nb = ngettext("dag", "dagen", 2)\nc = _(name)\n', "utf-8")
    found = extract_messages(package)
    assert {entry.source: entry.places for entry in found.entries} == {
        ("Ja",): (PAGE, "feedback_app/web.py"),
        ("Eén antwoord", "%(count)s antwoorden"): (PAGE,),
        ("Verstuur",): (PAGE,),
        ("dag", "dagen"): ("feedback_app/web.py",),
    }
    assert found.by_key[None, "Verstuur"].hints == ("knop",)


def test_a_template_that_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "broken.html").write_text("<p>\n{% if %}", "utf-8")
    with pytest.raises(SourceUnreadable, match=r"templates/broken\.html:2: "):
        extract_messages(tmp_path)


def test_every_context_of_the_questionnaires_stands_once() -> None:
    found = extract_surveys(ROOT / "surveys")
    contexts = [entry.context for entry in found.entries]
    assert len(contexts) == len(set(contexts))
    assert {
        "newcomer.welcome.prefer_not",
        "partner.title",
        "staff.title",
        "offer_type.buddy",
        "theme.T01",
    } <= {*contexts}


# --- commands ------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("FEEDBACK_TRANSLATIONS_DIR", str(tmp_path))
    monkeypatch.delenv("FEEDBACK_SECRET_KEY", raising=False)
    monkeypatch.setattr(translating, "SHIPPED_TRANSLATIONS", tmp_path)  # nothing comes with it
    return CliRunner()


def test_a_language_goes_from_nothing_to_offered(run: CliRunner, tmp_path: Path) -> None:
    assert run.invoke(translations, ["update", "--add", "ar"]).exit_code == 0
    rows = json.loads(run.invoke(translations, ["dump", "ar"]).stdout)
    assert {row["domain"] for row in rows} == {MESSAGES, SURVEYS}
    for row in rows:
        text = f"م {row['msgid']}"
        row["msgstr"] = [text] * 6 if isinstance(row["msgstr"], list) else text
    (tmp_path / "ar.json").write_text(json.dumps(rows), "utf-8")
    filled = run.invoke(translations, ["fill", "ar", str(tmp_path / "ar.json")])
    assert filled.exit_code == 0, filled.output
    assert json.loads(run.invoke(translations, ["dump", "ar"]).stdout) == []
    assert run.invoke(translations, ["update"]).output.count(", unchanged") == 4
    assert run.invoke(translations, ["compile"]).exit_code == 0
    assert "0 catalogue(s) compiled" in run.invoke(translations, ["compile"]).output
    for drafts, offered in (("", False), ("ar", True)):
        status = run.invoke(translations, ["status", "--json"], env={"FEEDBACK_DRAFT_LANGUAGES": drafts})
        rows = json.loads(status.stdout)
        of_arabic = {row["survey"]: row["offered"] for row in rows if row["language"] == "ar"}
        assert of_arabic == {"messages": offered, "newcomer": offered, "impact": offered}


def test_an_unknown_language_is_refused_and_nothing_written(run: CliRunner, tmp_path: Path) -> None:
    refused = run.invoke(translations, ["update", "--add", "xx"])
    assert (refused.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert run.invoke(translations, ["dump", "ar"]).exit_code == 1
