"""The preview: every language as its files stand now, for who works on texts; nothing is ever stored."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db
from feedback_app.languages import PARTNER, all_languages
from feedback_app.questionnaires.catalogues import MESSAGES, SURVEYS, path_of
from feedback_app.staff.models import ROLES
from feedback_app.staff.roles import ACCESS
from tests.markup import parse, text_of
from tests.pages import check_headers, checked_client
from tests.staff import Browser, close_app, make_app, signed_in

PAGE = "/staff/preview/newcomer/{}/page"


@pytest.fixture
def app(migrated_sqlite_url: str, tmp_path: Path, real_catalogues: Path) -> Iterator[Flask]:
    yield from serving(migrated_sqlite_url, tmp_path, real_catalogues)


@pytest.fixture
def translations(tmp_path: Path, real_catalogues: Path) -> Path:
    """Catalogues of the test's own, to write in."""
    return Path(shutil.copytree(real_catalogues, tmp_path / "translations"))


@pytest.fixture
def changing_app(migrated_sqlite_url: str, tmp_path: Path, translations: Path) -> Iterator[Flask]:
    """The application on those."""
    yield from serving(migrated_sqlite_url, tmp_path, translations)


def serving(url: str, instance: Path, translations: Path) -> Iterator[Flask]:
    made = make_app(url, instance, translations_dir=translations)
    checked_client(made)
    yield made
    close_app(made)


def dump(app: Flask) -> dict[str, list[Any]]:
    found = {}
    with app.app_context():
        tables = sa.MetaData()
        tables.reflect(db.session.connection())
        for name, table in tables.tables.items():
            rows = db.session.execute(sa.select(table))
            found[name] = sorted(rows.mappings().all(), key=repr)
    return found


def whole(translations: Path) -> list[str]:
    """The languages of which everything is translated, as the catalogues say it themselves."""
    found = ["nl"]
    for folder in translations.glob("*/LC_MESSAGES"):
        texts = [(folder / f"{domain}.po").read_text(encoding="utf-8") for domain in (MESSAGES, SURVEYS)]
        if all('msgstr ""\n\n' not in text and ", fuzzy" not in text for text in texts):
            found.append(folder.parent.name)
    return sorted({*found})


def test_every_language_is_shown_or_says_what_is_missing(app: Flask, real_catalogues: Path) -> None:
    browser = signed_in(app, "vertaler")
    page = browser.get("/staff/preview")
    assert [f"/staff/preview/newcomer/{key}" in page.text for key in all_languages()] == [True] * 21
    for key, one in all_languages().items():
        outer = browser.get(f"/staff/preview/newcomer/{key}")
        assert outer.status_code == 200
        inner = browser.get(PAGE.format(key))
        if "<iframe" in outer.text:
            assert inner.status_code == 200
            assert f'<html lang="{one.tag}" dir="{one.direction}"' in inner.text
            assert 'data-kind="preview"' in inner.text
            assert "allow-same-origin allow-forms allow-scripts" in outer.text
        else:
            assert inner.status_code == 404
            assert key not in whole(real_catalogues)


def test_a_missing_text_is_named_and_no_page_mixes_languages(changing_app: Flask, translations: Path) -> None:
    browser = signed_in(changing_app, "redacteur")
    path = path_of(translations, "fr", SURVEYS)
    before = browser.get(PAGE.format("fr"))
    text = path.read_text(encoding="utf-8")
    at = text.index('msgctxt "newcomer.match"')
    path.write_text(text[:at].rstrip() + "\n#, fuzzy\n" + text[at:], encoding="utf-8")
    outer = browser.get("/staff/preview/newcomer/fr")
    assert "<iframe" not in outer.text
    assert "Was dit iets voor jou?" in outer.text
    assert "newcomer.match" in outer.text
    assert browser.get(PAGE.format("fr")).status_code == 404
    assert before.status_code == 200, "or the test shows nothing"


def test_a_changed_translation_shows_at_once(changing_app: Flask, translations: Path) -> None:
    browser = signed_in(changing_app, "vertaler")
    path = path_of(translations, "en", SURVEYS)
    old = text_of(parse(browser.get(PAGE.format("en")).text))
    assert "How was your activity?" in old
    path.write_text(
        path.read_text(encoding="utf-8").replace("How was your activity?", "Did you like it?"),
        encoding="utf-8",
    )
    new = text_of(parse(browser.get(PAGE.format("en")).text))
    assert "Did you like it?" in new
    assert "How was your activity?" not in new


def test_organisations_are_asked_in_three_languages(app: Flask) -> None:
    browser = signed_in(app, "analist")
    shown = [
        key for key in all_languages() if browser.get(f"/staff/preview/partner/{key}").status_code == 200
    ]
    assert sorted(shown) == sorted(PARTNER)


@pytest.mark.parametrize("path", ["staff/nl", "berichten/xx", "newcomer/xx", "newcomer/.."])
def test_what_has_no_respondents_page_has_no_preview(app: Flask, path: str) -> None:
    browser = signed_in(app, "beheerder")
    assert browser.get(f"/staff/preview/{path}").status_code == 404
    assert browser.get(f"/staff/preview/{path}/page").status_code == 404


def test_answers_are_checked_and_thanked_for_and_nothing_is_stored(app: Flask) -> None:
    browser = signed_in(app, "netwerkmedewerker")
    before = dump(app)
    assert len(before) > 10
    page = PAGE.format("nl")
    answers = {"experience": "4", "match": "1", "difficulties": ["hours", "other"], "welcome": "no"}
    thanked = browser.client.post(page, data={**answers, "remark": "Voorbeeld"})
    assert thanked.status_code == 200
    assert 'data-state="stored"' in thanked.text
    assert "Voelde je je niet welkom?" in thanked.text, "the note that this answer brings up"
    wrong = browser.client.post(page, data={"experience": "9"})
    assert wrong.status_code == 422
    assert 'data-kind="preview"' in wrong.text
    assert '<main id="main">' in wrong.text, "which is no confirmation"
    assert browser.client.post(page, data={"refuse": "1"}).status_code == 200
    other = browser.client.post(page, data={**answers, "lang": "fr"})
    assert '<html lang="fr"' in other.text
    assert "checked" in other.text, "what was chosen stays"
    assert browser.client.post(f"{page}/buddy?lang=ar", data=answers).status_code == 200
    assert dump(app) == before


def test_any_kind_of_activity_can_be_filled_in(app: Flask) -> None:
    browser = signed_in(app, "agentschap")
    sport = text_of(parse(browser.get(f"{PAGE.format('nl')}/vrije_tijd").text))
    buddy = text_of(parse(browser.get(f"{PAGE.format('nl')}/buddy").text))
    assert sport != buddy
    unknown = browser.get(f"{PAGE.format('nl')}/xx")
    assert text_of(parse(unknown.text)) == buddy, "a kind that is gone is no reason for an error"


def test_without_script_the_frame_forbids_it(app: Flask) -> None:
    page = signed_in(app, "vertaler").get("/staff/preview/newcomer/nl?script=off&colours=dark&size=200").text
    assert 'sandbox="allow-same-origin allow-forms"' in page
    assert 'data-colours="dark"' in page
    assert 'data-size="200"' in page


def test_only_our_own_pages_may_frame_it(app: Flask) -> None:
    browser = signed_in(app, "vertaler")
    outer, inner = browser.get("/staff/preview/newcomer/nl"), browser.get(PAGE.format("nl"))
    assert "frame-ancestors 'none'" in outer.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in outer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in inner.headers["Content-Security-Policy"]
    for answer in (outer, inner):
        check_headers(dict(answer.headers), answer.request.path)


@pytest.mark.parametrize("role", ROLES)
def test_who_works_on_texts_or_results_sees_it_and_nobody_else(app: Flask, role: str) -> None:
    sees = role not in ("lezer", "trajectbegeleider", "vertrouwenspersoon")
    browser = signed_in(app, role)
    for path in ("/staff/preview", "/staff/preview/newcomer/nl", PAGE.format("nl")):
        assert browser.get(path).status_code == (200 if sees else 403), path
    assert (role in ACCESS["preview.try_out"]) == sees
    assert browser.client.post(PAGE.format("nl"), data={"match": "3"}).status_code == (200 if sees else 403)
    assert Browser(app).get("/staff/preview").status_code == 302
