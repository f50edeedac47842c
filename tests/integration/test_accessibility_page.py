"""The accessibility statement: each part that Implementing Decision (EU) 2018/1523 asks for, in each language."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from feedback_app.languages import all_languages
from feedback_app.settings import Settings, SettingsError
from tests.databases import SECRET
from tests.example_catalogues import make_catalogues, mark
from tests.markup import parse, text_of
from tests.pages import checked_client
from tests.staff import close_app, make_app

#: part of the model statement → what stands for it on our page
PARTS = {
    "commitment": "Iedereen moet deze pagina's kunnen gebruiken.",
    "scope": "Deze tekst gaat over deze website:",
    "law": "De regels staan in een wet:",
    "compliance status": "Nog niet helemaal. We volgen de regels voor een deel.",
    "not accessible, people": "Blinde mensen hebben deze pagina's nog niet getest.",
    "not accessible, voices": "Voorlezen lukt niet in elke taal en op elke telefoon.",
    "not accessible, drafts": "Sommige vertalingen heeft nog niemand nagelezen.",
    "not accessible, PDF": "Onze verslagen zijn webpagina's en PDF's.",
    "alternative": "Je kan ook op papier antwoorden.",
    "method": "We testen de pagina's met een toetsenbord en met een automatische controle.",
    "date": "De dienst keek hem nog niet na.",
    "feedback": "Laat het ons weten:",
    "term": "We antwoorden binnen zoveel dagen: 30.",
    "enforcement": "Dan kan je hulp vragen bij:",
}
OTHERS = tuple(key for key in all_languages() if key != "nl")


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogues")
    make_catalogues(folder, locales=OTHERS)
    return folder


@pytest.fixture
def served(migrated_sqlite_url: str, tmp_path: Path, catalogues: Path) -> Iterator[Any]:
    @contextmanager
    def serve(**changes: Any) -> Iterator[Flask]:
        offered = {"translations_dir": catalogues, "draft_languages": frozenset({"all"})}
        app = make_app(migrated_sqlite_url, tmp_path, **{**offered, **changes})
        yield app
        close_app(app)

    yield serve


def read(app: Flask, lang: str = "nl") -> str:
    answer = checked_client(app).get(f"/toegankelijkheid?lang={lang}")
    assert answer.status_code == 200
    page = parse(answer.text)
    assert page.get("lang") == lang.replace("_", "-")
    return text_of(page)


def test_every_part_is_there_in_every_language(served: Any) -> None:
    with served() as app:
        for lang in all_languages():
            page = read(app, lang)
            for part, text in PARTS.items():
                assert text in page, (lang, part)
            if lang != "nl":
                assert page.count(mark(lang)) > len(PARTS), "each heading and sentence is translated"


def test_what_depends_on_the_installation_comes_from_its_settings(served: Any) -> None:
    with served(
        responsible="Voorbeeldagentschap",
        contact="hulp@voorbeeld.example",
        accessibility_reviewed_on=date(2026, 11, 30),
        accessibility_answer_days=12,
        accessibility_law="Voorbeeldwet",
        accessibility_complaints="Voorbeeldombudsman",
        draft_languages=frozenset(),
    ) as app:
        page = read(app)
    for text in ("Voorbeeldagentschap", "hulp@voorbeeld.example", "30 november 2026", "12", "Voorbeeldwet"):
        assert text in page
    assert "Voorbeeldombudsman" in page
    assert PARTS["date"] not in page
    assert PARTS["not accessible, drafts"] not in page, "where no draft is offered this is not so"


def test_flanders_is_what_it_speaks_of_unless_told_otherwise(served: Any) -> None:
    with served() as app:
        page = read(app)
    assert "Vlaamse Ombudsdienst" in page
    assert "Bestuursdecreet van 7 december 2018" in page


def test_the_day_is_a_day_and_the_term_a_number() -> None:
    given = {"FEEDBACK_SECRET_KEY": SECRET}
    day = {"FEEDBACK_ACCESSIBILITY_REVIEWED_ON": "2026-11-30"}
    assert Settings.from_environment(given | day).accessibility_reviewed_on == date(2026, 11, 30)
    with pytest.raises(SettingsError, match="ACCESSIBILITY_REVIEWED_ON"):
        Settings.from_environment(given | {"FEEDBACK_ACCESSIBILITY_REVIEWED_ON": "30/11/2026"})
    with pytest.raises(SettingsError, match="ACCESSIBILITY_ANSWER_DAYS"):
        Settings.from_environment(given | {"FEEDBACK_ACCESSIBILITY_ANSWER_DAYS": "gauw"})
