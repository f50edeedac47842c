"""What a running wave shows while translators work: the last good wording, whole, in the language it was in."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from feedback_app.questionnaires.catalogues import MESSAGES, STATE_HEADER, SURVEYS, Entry, path_of, read
from feedback_app.questionnaires.compiling import compile_catalogue, served
from feedback_app.questionnaires.patching import opened
from feedback_app.questionnaires.readiness import Shelf, pages_readiness, respondent_languages
from feedback_app.questionnaires.review import name_of
from feedback_app.settings import Settings
from tests.integration.test_translation_pages import HOME, send
from tests.markup import parse, text_of
from tests.pages import checked_client
from tests.staff import close_app, make_app, signed_in

SKIP, NO, NEW = "Sla over", "Ik doe niet mee", "تخطي"


@pytest.fixture
def folder(tmp_path: Path, example_catalogues: Path) -> Path:
    """Complete drafts in two languages, of the test's own."""
    others = shutil.ignore_patterns("uk", "fa_AF", "en", "ti")
    return Path(shutil.copytree(example_catalogues, tmp_path / "translations", ignore=others))


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, folder: Path) -> Iterator[Flask]:
    drafts = frozenset({"ar"})
    made = make_app(migrated_sqlite_url, tmp_path / "i", translations_dir=folder, draft_languages=drafts)
    checked_client(made)
    yield made
    close_app(made)


def settings_of(app: Flask) -> Settings:
    found: Settings = app.extensions["settings"]
    return found


def now(folder: Path, locale: str = "ar", domain: str = MESSAGES) -> Path:
    """Where the catalogue stands as colleagues made it."""
    own = folder.parent / "i/texts"
    return path_of(own if own.is_dir() else folder, locale, domain)


def page_entry(folder: Path, dutch: str = SKIP, locale: str = "ar") -> Entry:
    catalogue = read(now(folder, locale))
    return next(one for one in catalogue.entries if one.source[0] == dutch)


def address(folder: Path, dutch: str = SKIP, locale: str = "ar") -> str:
    return f"{HOME}/{locale}/tekst/{name_of(MESSAGES, page_entry(folder, dutch, locale))}"


def on_page(folder: Path, dutch: str = SKIP) -> tuple[str, ...]:
    spoken = served(now(folder))
    assert spoken is not None
    return spoken.by_key[None, dutch].target


def declare_reviewed(folder: Path) -> None:
    with opened(path_of(folder, "ar", MESSAGES)) as file:
        file.put_headers({STATE_HEADER: "reviewed"})
        file.save()


def test_a_text_that_is_held_back_leaves_the_page_as_it_was(app: Flask, folder: Path) -> None:
    before, one = on_page(folder), signed_in(app, "vertaler")
    assert "meteen op de pagina" in one.get(address(folder)).text
    assert send(one, address(folder), "save", "ت" * 37).status_code == 302
    assert page_entry(folder).fuzzy and on_page(folder) == before
    assert "ar" in respondent_languages(settings_of(app))
    assert "De pagina toont nog de vorige tekst." in text_of(parse(one.get(f"{HOME}?lang=ar").text))
    welcome = "Volgende"
    assert "meteen op de pagina" not in one.get(address(folder, welcome)).text, "it waits for the held one"
    assert send(one, address(folder), "save", NEW).status_code == 302
    assert on_page(folder) == (NEW,), "a good draft takes the place of a draft"


def test_an_edit_of_a_reviewed_catalogue_waits_for_review(app: Flask, folder: Path) -> None:
    declare_reviewed(folder)
    before, one = on_page(folder), signed_in(app, "vertaler")
    assert "meteen op de pagina" not in one.get(address(folder)).text
    assert send(one, address(folder), "save", NEW).status_code == 302
    off = settings_of(app).but(draft_languages=frozenset())
    assert read(now(folder)).state == "draft"
    assert (on_page(folder), "ar" in respondent_languages(off)) == (before, True)
    assert pages_readiness(Shelf.of(off))["ar"].waiting == "unreviewed"
    assert one.post(f"{HOME}/ar/stand/messages", {"state": "draft"}).status_code == 302
    assert "ar" not in respondent_languages(off), "who withdraws the review takes the language off"
    assert on_page(folder) == before


def test_a_file_changed_from_outside_changes_no_page_until_it_is_compiled(app: Flask, folder: Path) -> None:
    path = path_of(folder, "ar", MESSAGES)
    before = on_page(folder, NO)
    path.write_text(path.read_text("utf-8").replace(f'"{before[0]}"', f'"{NEW}"'), "utf-8")
    assert "ar" in respondent_languages(settings_of(app)) and on_page(folder, NO) == before
    one = signed_in(app, "vertaler")
    shown = one.get("/staff/preview/newcomer/ar/page").text
    assert f"{NEW}<" in shown and f"{before[0]}<" not in shown, "the preview shows what is proposed"
    assert compile_catalogue(path)
    assert on_page(folder, NO) == (NEW,)


def test_the_frame_marks_the_text_without_a_script(app: Flask, folder: Path) -> None:
    one = signed_in(app, "vertaler")
    welcome = next(e for e in read(path_of(folder, "ar", SURVEYS)).entries if e.context == "newcomer.welcome")
    entries = read(path_of(folder, "ar", MESSAGES)).entries
    privacy = next(e for e in entries if "feedback_app/templates/web/privacy.html" in e.places)
    for domain, entry in ((SURVEYS, welcome), (MESSAGES, page_entry(folder, NO)), (MESSAGES, privacy)):
        page = one.get(f"{HOME}/ar/tekst/{name_of(domain, entry)}").text
        frame = next(parse(page).iter("iframe")).attrib["src"]
        shown = one.get(frame.partition("#")[0]).text
        assert parse(shown).find(".").get("lang") == "ar"  # type: ignore[union-attr]
        marked = re.findall(r"<mark id=\"marked\">(.*?)</mark>", shown, re.DOTALL)
        assert marked and entry.target[0][:12] in marked[0], (entry, frame)
        assert not re.search("[\ue000\ue001]", shown)
