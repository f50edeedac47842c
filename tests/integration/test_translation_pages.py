"""Translations on the page: who may, four eyes, nothing lost between two people, files as other programs want."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from feedback_app.languages import all_languages
from feedback_app.questionnaires.approval import State, Step, state_of, wording_of
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    MESSAGES,
    SURVEYS,
    Entry,
    path_of,
    read,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.review import Desk, change, name_of, seen_of
from feedback_app.questionnaires.reviewing import person_of
from feedback_app.staff.models import ROLES
from tests.markup import parse, text_of
from tests.pages import checked_client
from tests.staff import Browser, account_of, close_app, make_app, signed_in

CONTEXT = "newcomer.match"
HOME = "/staff/vertalingen"


@pytest.fixture
def folder(tmp_path: Path, example_catalogues: Path) -> Path:
    """Complete drafts in two languages, of the test's own."""
    others = shutil.ignore_patterns("uk", "fa_AF", "en", "ti")
    return Path(shutil.copytree(example_catalogues, tmp_path / "translations", ignore=others))


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, folder: Path) -> Iterator[Flask]:
    made = make_app(migrated_sqlite_url, tmp_path / "instance", translations_dir=folder)
    checked_client(made)
    yield made
    close_app(made)


def now(folder: Path, locale: str = "fr", domain: str = SURVEYS) -> Path:
    """Where the catalogue stands as colleagues made it."""
    own = folder.parent / "instance/texts"
    return path_of(own if own.is_dir() else folder, locale, domain)


def entry_of(folder: Path, locale: str = "fr", context: str = CONTEXT) -> Entry:
    catalogue = read(now(folder, locale))
    return next(entry for entry in catalogue.entries if entry.context == context)


def address(folder: Path, locale: str = "fr", context: str = CONTEXT) -> str:
    return f"{HOME}/{locale}/tekst/{name_of(SURVEYS, entry_of(folder, locale, context))}"


def shown(page: TestResponse) -> dict[str, Any]:
    """What a browser would send back if nobody typed anything."""
    fields: dict[str, Any] = {"target": []}
    for one in parse(page.text).iter("textarea"):
        text = "".join(one.itertext()).removeprefix("\n")
        fields["target"] += [text] if one.get("name") == "target" else []
        fields.setdefault(one.attrib["name"], text)
    for one in parse(page.text).iter("input"):
        if one.get("name") in ("seen", "keep"):
            fields[one.attrib["name"]] = one.get("value", "")
    return fields


def send(who: Browser, path: str, step: str, *target: str, **fields: Any) -> TestResponse:
    page = who.get(path)
    form = {**shown(page), **({"target": list(target)} if target else {}), "step": step, **fields}
    return who.post(path, form, form=path)


def outdate(folder: Path, locale: str = "fr") -> None:
    """As an update leaves it when the Dutch changed."""
    path = path_of(folder, locale, SURVEYS)
    text = path.read_text("utf-8")
    at = text.index(f'msgctxt "{CONTEXT}"')
    previous = '#, fuzzy\n#| msgid "Was dit iets wat jij wou?"\n'
    path.write_text(text[:at] + previous + text[at:], "utf-8")
    compile_catalogue(path)


@pytest.mark.parametrize("role", ROLES)
def test_only_who_translates_or_manages_may(app: Flask, folder: Path, role: str) -> None:
    may = role in ("vertaler", "beheerder")
    one = signed_in(app, role)
    for path in (HOME, f"{HOME}/fr", address(folder), f"{HOME}/fr/stand/surveys"):
        assert one.get(path).status_code == (200 if may else 403), path
    for path in (address(folder), f"{address(folder)}/klopt", f"{HOME}/fr/stand/surveys"):
        assert (one.post(path).status_code == 403) == (not may), path


def test_every_language_and_questionnaire_says_how_far_it_is_and_why(app: Flask, folder: Path) -> None:
    outdate(folder)
    one = signed_in(app, "vertaler")
    page = text_of(parse(one.get(HOME).text))
    for key in all_languages():
        assert key == "nl" or f"{HOME}/{key}" in one.get(HOME).text
    assert "1 tekst is verouderd of tegengehouden." in page
    assert "De vertaling is nog een klad." in page
    assert "Er is nog geen vertaling." in page
    few = one.get(f"{HOME}?survey=newcomer&lang=fr&offered=no")
    assert few.text.count('<th scope="row">') == 1
    assert "Geen taal voldoet" in one.get(f"{HOME}?survey=newcomer&lang=fr&offered=yes").text
    assert "translations update --add ti" in one.get(f"{HOME}/ti").text


def test_texts_are_found_by_state_by_place_and_by_words(app: Flask, folder: Path) -> None:
    outdate(folder)
    one = signed_in(app, "vertaler")

    def found(query: str) -> int:
        page = one.get(f"{HOME}/fr?{query}")
        assert page.status_code == 200
        return page.text.count('class="pair"')

    total = len(read(path_of(folder, "fr", SURVEYS)).entries)
    assert (found("state=outdated"), found("state=approved"), found("")) == (1, 0, 30)
    assert found("part=offer_type") == len(
        [e for e in read(path_of(folder, "fr", SURVEYS)).entries if str(e.context).startswith("offer_type.")]
    )
    assert found("q=was+DIT+iets+voor") >= 1
    assert found("q=zzzzzz") == 0
    assert found(f"page={total}") > 0, "the last page, not an empty one"
    assert found("state=nonsense&part=nonsense") == 30
    assert 'aria-label="Bladeren"' in one.get(f"{HOME}/fr").text


def test_two_people_make_one_approved_text(app: Flask, folder: Path) -> None:
    first, second = signed_in(app, "vertaler"), signed_in(app, "beheerder")
    path = address(folder)
    assert (
        send(first, path, "save", "‹fr› Est-ce que c’était pour toi ?", back="Was het iets?").status_code
        == 302
    )
    assert state_of(entry_of(folder)) is State.DRAFT
    assert send(first, path, "review").status_code == 302
    assert state_of(entry_of(folder)) is State.REVIEWED
    assert "Dat doet een tweede persoon" in first.get(path).text
    assert 'value="approve"' not in first.get(path).text
    refused = send(first, path, "approve")
    assert (refused.status_code, state_of(entry_of(folder))) == (422, State.REVIEWED)
    assert "Was het iets?" in second.get(path).text
    assert send(second, path, "approve").status_code == 302
    assert state_of(entry_of(folder)) is State.APPROVED
    notes = " ".join(entry_of(folder).notes)
    assert "@" not in notes, "no address of a person in a file"
    assert "Goedgekeurd door jou (beheerder)" in text_of(parse(second.get(path).text))
    assert send(first, path, "save", "‹fr› Autre chose ?").status_code == 302
    assert state_of(entry_of(folder)) is State.DRAFT


def test_a_fault_is_told_at_once_saved_and_not_approved(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    path = address(folder)
    wrong = send(one, path, "review", "‹fr› %(nummer)s ?")
    assert wrong.status_code == 422
    assert "dat niet in het Nederlands staat" in wrong.text
    assert "‹fr› %(nummer)s ?" in wrong.text, "what was typed is not lost"
    assert send(one, path, "save", "‹fr› %(nummer)s ?").status_code == 302
    assert state_of(entry_of(folder)) is State.HELD
    assert one.get("/staff/preview/newcomer/fr/page").status_code == 404, "no page shows it"
    page = one.get(path).text
    assert 'role="alert"' in page and "tegengehouden" in page


def test_nothing_is_lost_between_two_people(app: Flask, folder: Path) -> None:
    first, second = signed_in(app, "vertaler"), signed_in(app, "beheerder")
    path = address(folder)
    before = shown(first.get(path))
    send(second, path, "save", "‹fr› De la deuxième ?")
    late = first.post(path, {**before, "target": ["‹fr› De la première ?"], "step": "save"}, form=path)
    assert late.status_code == 409
    assert "‹fr› De la deuxième ?" in late.text and "‹fr› De la première ?" in late.text
    assert entry_of(folder).target == ("‹fr› De la deuxième ?",)
    knowing = first.post(path, {**shown(late), "step": "save"}, form=path)
    assert knowing.status_code == 302
    assert entry_of(folder).target == ("‹fr› De la première ?",)


def test_work_on_different_texts_meets_in_the_file(app: Flask, folder: Path) -> None:
    first, second = signed_in(app, "vertaler"), signed_in(app, "beheerder")
    paths = [address(folder, context=context) for context in (CONTEXT, "newcomer.welcome")]
    forms = [shown(one.get(path)) for one, path in zip((first, second), paths, strict=True)]
    for one, path, form, text in zip(
        (first, second), paths, forms, ("‹fr› Un ?", "‹fr› Deux ?"), strict=True
    ):
        assert one.post(path, {**form, "target": [text], "step": "save"}, form=path).status_code == 302
    assert entry_of(folder).target == ("‹fr› Un ?",)
    assert entry_of(folder, context="newcomer.welcome").target == ("‹fr› Deux ?",)


def test_what_somebody_wrote_beside_a_text_is_not_lost_either(app: Flask, folder: Path) -> None:
    one, two = signed_in(app, "vertaler"), signed_in(app, "vertaler", email="ander@voorbeeld.example")
    path = address(folder)
    form, other = shown(one.get(path)), {"back": "Terug van een ander", "comment": "Twijfel"}
    assert two.post(path, {**form, **other, "step": "save"}, form=path).status_code == 302
    mine = {**form, "target": ["‹fr› Mon texte ?"], "comment": "Zeker", "step": "save"}
    page = one.post(path, mine, form=path)
    assert page.status_code == 409
    again = shown(page)
    assert (again["back"], again["comment"]) == ("Terug van een ander", "Zeker")
    assert "Opmerking: Twijfel" in text_of(parse(page.text)), "saving would overwrite it: they see it first"
    assert one.post(path, {**again, "step": "save"}, form=path).status_code == 302
    kept = wording_of(entry_of(folder))
    assert (kept.target, kept.back) == (("‹fr› Mon texte ?",), "Terug van een ander")


@pytest.mark.parametrize("step", ["save", "review"])
def test_a_button_pressed_twice_is_nobody_else(app: Flask, folder: Path, step: str) -> None:
    one, path = signed_in(app, "vertaler"), address(folder)
    form = {**shown(one.get(path)), "target": ["‹fr› Mon texte ?"], "step": step}
    assert [one.post(path, form, form=path).status_code for _ in range(2)] == [302, 302]


def test_the_start_page_tells_translators_what_waits(app: Flask, folder: Path) -> None:
    one, two = signed_in(app, "vertaler"), signed_in(app, "vertaler", email="ander@voorbeeld.example")
    other = signed_in(app, "beheerder")
    outdate(folder)
    assert "tekst ontbreekt of is verouderd" in one.get("/staff/").text
    assert "kladden wachten op nalezen" in one.get("/staff/").text
    assert send(one, address(folder), "review").status_code == 302
    assert "tweede persoon" not in one.get("/staff/").text, "they reviewed it themselves"
    assert "nagelezen tekst wacht op een tweede persoon" in two.get("/staff/").text
    assert "Naar de vertalingen" not in other.get("/staff/").text


def test_what_is_on_no_page_to_look_at_says_where_it_is(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    texts = read(path_of(folder, "fr", MESSAGES)).entries
    sms = next(entry for entry in texts if any("invitations/messages" in place for place in entry.places))
    paper = next(entry for entry in texts if all("/paper/" in place for place in entry.places))
    assert "/staff/preview/berichten/fr" in one.get(f"{HOME}/fr/tekst/{name_of(MESSAGES, sms)}").text
    assert "op geen pagina" in one.get(f"{HOME}/fr/tekst/{name_of(MESSAGES, paper)}").text
    later = address(folder, context="impact.title")
    assert "/staff/preview/impact/fr/page" in one.get(later).text


def test_an_outdated_text_shows_what_changed_and_is_confirmed_with_one_click(
    app: Flask, folder: Path
) -> None:
    one = signed_in(app, "vertaler")
    outdate(folder)
    path = address(folder)
    page = one.get(path).text
    assert "<del>" in page and "<ins>" in page
    listed = one.get(f"{HOME}/fr?state=outdated")
    seen = re.search(r'name="seen" value="(\w+)"', listed.text)
    assert seen
    assert one.post(f"{path}/klopt", {"seen": "0" * 16}).status_code == 302
    assert state_of(entry_of(folder)) is State.OUTDATED, "it was shown as it no longer is"
    assert one.post(f"{path}/klopt", {"seen": seen[1]}).status_code == 302
    assert state_of(entry_of(folder)) is State.REVIEWED
    assert one.get("/staff/preview/newcomer/fr/page").status_code == 200


def test_the_running_service_says_the_new_text_and_undo_takes_it_back(app: Flask, folder: Path) -> None:
    one, other = signed_in(app, "vertaler"), signed_in(app, "beheerder")
    content, before = path_of(folder, "fr", SURVEYS).read_bytes(), entry_of(folder)
    path = address(folder)
    send(one, path, "save", "‹fr› Tout nouveau ?")
    assert "‹fr› Tout nouveau ?" in one.get("/staff/preview/newcomer/fr/page").text
    assert other.post(f"{path}/terug").status_code == 302
    assert entry_of(folder).target == ("‹fr› Tout nouveau ?",), "it is not theirs to take back"
    assert one.post(f"{path}/terug").status_code == 302
    assert entry_of(folder) == replace(before, line=entry_of(folder).line)
    assert path_of(folder, "fr", SURVEYS).read_bytes() == content, "what ships stays as it is"
    assert "‹fr› Tout nouveau ?" not in one.get("/staff/preview/newcomer/fr/page").text


def test_plural_forms_have_a_field_each_with_numbers(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    file = path_of(folder, "ar", MESSAGES)
    forms = "".join(f'msgstr[{number}] "‹ar› {number}"\n' for number in range(6))
    asked = '\n#: feedback_app/templates/respond/page.html\nmsgid "een"\nmsgid_plural "meer"\n'
    file.write_text(f"{file.read_text('utf-8')}{asked}{forms}", "utf-8")
    template = template_path(folder, MESSAGES)
    template.write_text(f'{template.read_text("utf-8")}{asked}msgstr[0] ""\nmsgstr[1] ""\n', "utf-8")
    entry = read(file).by_key[None, "een"]
    page = one.get(f"{HOME}/ar/tekst/{name_of(MESSAGES, entry)}")
    assert page.text.count('name="target"') == 6
    assert "Vertaling bij 3, 4, 5, 6, 7, 8" in text_of(parse(page.text))
    assert page.text.count('lang="ar" dir="rtl" spellcheck') == 6
    few = one.post(
        page.request.path, {**shown(page), "target": ["x"], "step": "save"}, form=page.request.path
    )
    assert (few.status_code, read(file).by_key[entry.key]) == (422, entry)


def test_the_catalogue_is_declared_reviewed_when_every_text_is_approved(app: Flask, folder: Path) -> None:
    one, two = signed_in(app, "vertaler"), signed_in(app, "beheerder")
    path = path_of(folder, "fr", SURVEYS)
    few = read(path)
    write(path, type(few)("fr", SURVEYS, few.entries[:3], few.headers))
    page = f"{HOME}/fr/stand/surveys"
    assert "Nog niet elke tekst is goedgekeurd." in one.get(page).text
    one.post(page, {"state": "reviewed"}, form=f"{HOME}/fr")
    assert read(path).state == "draft", "not before"
    desk, day = Desk.in_files(folder, "fr"), date(2026, 1, 1)
    for number, email in ((0, "vertaler"), (1, "beheerder")):
        person = person_of(account_of(app, f"{email}@voorbeeld.example"))
        for entry in read(path).entries:
            step = (Step.REVIEW, Step.APPROVE)[number]
            change(desk, name_of(SURVEYS, entry), seen_of(entry), wording_of(entry), step, person, day)
    assert "Nagelezen verklaren" in one.get(f"{HOME}/fr").text
    one.post(page, {"state": "reviewed", "name": "A\r\nX-Evil: 1"}, form=page)
    headers = dict(read(now(folder)).headers)
    assert headers["X-Review-State"] == "reviewed"
    assert re.fullmatch(r"A X-Evil: 1, vertaler, \d{4}-\d\d-\d\d", headers["X-Reviewed-By"])
    assert "X-Evil" not in headers
    assert "weer een klad" in one.get(f"{HOME}/fr/tekst/{name_of(SURVEYS, few.entries[0])}").text
    two.post(page, {"state": "draft"}, form=page)
    assert read(now(folder)).state == "draft"


def test_a_text_whose_dutch_went_is_given_back(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    path = address(folder)
    form = shown(one.get(path))
    file = path_of(folder, "fr", SURVEYS)
    file.write_text(file.read_text("utf-8").replace("Was dit iets voor jou?", "Was dit iets?"), "utf-8")
    late = one.post(path, {**form, "target": ["‹fr› Mon texte ?"], "step": "save"}, form=f"{HOME}/fr")
    assert (late.status_code, "‹fr› Mon texte ?" in late.text) == (409, True)
    assert one.get(path).status_code == 404


@pytest.mark.parametrize(
    "lang", ["..", "%2e%2e", "nl", "xx", "fr%2f..", "FR", "fr/../ar", "ti", "ti/LC_MESSAGES"]
)
def test_what_is_no_language_is_no_path(app: Flask, folder: Path, lang: str) -> None:
    one = signed_in(app, "vertaler")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for path in (f"{HOME}/{lang}/tekst/{'0' * 16}", f"{HOME}/{lang}/stand/surveys", f"{HOME}/{lang}/stand/x"):
        assert one.get(path).status_code == 404
        assert one.post(path, {"state": "reviewed"}).status_code in (404, 409)
    assert one.get(f"{HOME}/fr/stand/..%2fx").status_code == 404
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_broken_file_and_too_much_text_are_said(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    path = address(folder)
    assert send(one, path, "save", "x" * 6000).status_code == 422
    file = path_of(folder, "fr", SURVEYS)
    file.write_text(file.read_text("utf-8") + 'msgid "half\n', "utf-8")
    assert one.get(f"{HOME}/fr").status_code == 409


def test_what_other_people_write_stays_text(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    path = address(folder)
    evil = "<script>alert(1)</script>\u2028approved: x y z w"
    assert send(one, path, "save", "‹fr› ok ?", comment=evil, back=evil, keep=evil).status_code == 302
    assert "<script>alert" not in one.get(path).text
    assert "<script>alert" not in one.get(f"{HOME}/fr?q=alert").text
    assert state_of(entry_of(folder)) is State.DRAFT
    assert [domain for domain in DOMAINS if not read(now(folder, "fr", domain)).entries] == []


_READ_ONLY = """
import sys
from pathlib import Path
from feedback_app.cli import main
from tests.staff import make_app, signed_in, close_app
from tests.integration.test_translation_pages import HOME, address, send
url, instance, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
app = make_app(url, instance, translations_dir=folder)
one = signed_in(app, "vertaler")
path = address(folder)
pages = [one.get(HOME), one.get(f"{HOME}/fr"), one.get(path)]
assert [page.status_code for page in pages] == [200] * 3
assert all("alleen te lezen" in page.text for page in pages[1:])
assert 'name="step"' not in pages[2].text
tried = send(one, path, "save", "‹fr› autre ?")
assert tried.status_code == 409 and "alleen te lezen" in tried.text and "‹fr› autre ?" in tried.text
for end in ("klopt", "terug"):
    assert one.post(f"{path}/{end}", {"seen": "x"}).status_code == 302
assert one.post(f"{HOME}/fr/stand/surveys", {"state": "draft"}).status_code == 302
close_app(app)
print("read only")
"""


#: root may write everywhere, unless it is told to mind the permissions of files
_WITHOUT_POWERS = ["setpriv", "--bounding-set=-dac_override", "--"] if os.geteuid() == 0 else []


def test_where_nothing_can_be_written_the_page_says_so(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    folder, instance = tmp_path / "translations", tmp_path / "instance"
    shutil.copytree(example_catalogues, folder)
    instance.mkdir(mode=0o555)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    try:
        done = subprocess.run(
            [
                *_WITHOUT_POWERS,
                *(sys.executable, "-B", "-c", _READ_ONLY),
                *(migrated_sqlite_url, str(instance), str(folder)),
            ],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (0, "read only\n"), done.stderr
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    finally:
        instance.chmod(0o755)
