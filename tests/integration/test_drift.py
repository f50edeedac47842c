"""One changed Dutch sentence, in the real files: exactly that text is outdated, in every language that has it.

What was frozen stays as it was, in all its languages; only what is frozen next lacks those that are outdated.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    MESSAGES,
    SURVEYS,
    Catalogue,
    Entry,
    Key,
    needs,
    path_of,
    read,
    template_path,
    write,
)
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.extracting import PACKAGE, extract, extract_messages
from feedback_app.questionnaires.merging import merge
from feedback_app.shipped import default_surveys_dir, default_translations_dir
from tests.commands import run
from tests.world import WAVE, Person, World, respond

REAL = sorted(path.parent.name for path in default_translations_dir().glob("*/LC_MESSAGES"))
OTHERS = tuple(key for key in REAL if key != "nl")

POSTER = NewLink("open", "kempen", "agii", "stage", "Voorbeeldplek")
#: a real sentence, the same with one comma, and its context
QUESTION = ("Hoe vond je de activiteit?", "Hoe vond je, de activiteit?", "newcomer.experience")
PROMISE = (
    "Je kiest zelf. Je mag stoppen. Je mag",
    "Je kiest zelf, je mag stoppen. Je mag",
    "newcomer.intro.6",
)
OPTION = ("text: Heel goed}", 'text: "Heel, goed"}', "newcomer.experience.5")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real translations, compiled; what no translator has done yet is filled in. Tests write in copies."""
    folder = tmp_path_factory.mktemp("whole")
    for domain in DOMAINS:
        template = extract(domain, default_surveys_dir())
        write(template_path(folder, domain), template)
        for locale in REAL:
            write(path_of(folder, locale, domain), complete(template, locale))
            compile_catalogue(path_of(folder, locale, domain))
    return folder


@pytest.fixture
def installation(migrated_sqlite_url: str, tmp_path: Path, whole: Path) -> Iterator[World]:
    """The real questionnaires and those translations."""
    surveys = Path(shutil.copytree(default_surveys_dir(), tmp_path / "surveys"))
    translations = Path(shutil.copytree(whole, tmp_path / "translations"))
    made = World(migrated_sqlite_url, tmp_path, translations, surveys_dir=surveys)
    yield made
    made.close()


def complete(template: Catalogue, locale: str) -> Catalogue:
    """The real catalogue of a language, up to date and without a gap."""
    merged = merge(template, locale, read(path_of(default_translations_dir(), locale, template.domain)))
    entries = (
        replace(one, target=tuple(text or "…" for text in one.target), fuzzy=False, previous=())
        for one in merged.entries
    )
    return replace(merged, entries=tuple(entries))


def rewrite(world: World, before: str, after: str) -> None:
    path = world.settings.surveys_dir / "newcomer" / "questionnaire.yaml"
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")


def entries(world: World, locale: str, domain: str = SURVEYS) -> dict[Key, Entry]:
    found = read(path_of(world.settings.translations_dir, locale, domain)).entries
    return {(one.context, one.source[0]): replace(one, line=0) for one in found}


def offered(world: World, survey: str) -> set[str]:
    rows = json.loads(run(world, "translations", "status", "--json").stdout)
    return {row["language"] for row in rows if row["survey"] == survey and row["offered"]}


def bring_up_to_date(world: World) -> None:
    for step in ("update", "compile"):
        done = run(world, "translations", step)
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("before", "after", "context"), [QUESTION, PROMISE, OPTION], ids=lambda one: one[:20]
)
def test_a_comma_outdates_exactly_that_text_in_every_language(
    installation: World, before: str, after: str, context: str
) -> None:
    old = {(key, domain): entries(installation, key, domain) for key in REAL for domain in DOMAINS}
    assert offered(installation, "newcomer") == set(REAL)
    rewrite(installation, before, after)
    bring_up_to_date(installation)
    for locale in OTHERS:
        now = entries(installation, locale)
        changed = [one for key, one in now.items() if one != old[locale, SURVEYS].get(key)]
        # the question stands in what translators are told about its answers, which is no change of those
        assert [one.context for one in changed if one.fuzzy] == [context], locale
        (outdated,) = (one for one in now.values() if one.fuzzy)
        (was,) = (one for one in old[locale, SURVEYS].values() if one.context == context)
        assert (outdated.target, outdated.previous) == (was.target, was.source)
        assert outdated.source != was.source
        assert all(
            _said(one) == _said(old[locale, SURVEYS][key]) for key, one in now.items() if not one.fuzzy
        )
        assert entries(installation, locale, MESSAGES) == old[locale, MESSAGES]
    assert offered(installation, "newcomer") == {"nl"}
    assert offered(installation, "partner") == {"nl", "en", "fr"} & set(REAL)
    assert offered(installation, "messages") == set(REAL)


def _said(entry: Entry) -> tuple[object, ...]:
    return entry.source, entry.target, entry.fuzzy, entry.previous


def test_what_runs_keeps_its_languages_and_what_comes_next_waits_for_them(installation: World) -> None:
    world, (before, after, _context) = installation, QUESTION
    world.open([Person(language=key) for key in REAL])
    links = {one.language: one.token for one in world.links()}
    pages = {key: world.client.get(f"/s/{token}").text for key, token in links.items()}
    frozen = world.dump()["version_texts"]
    rewrite(world, before, after)
    bring_up_to_date(world)
    later = World(
        world.settings.database_url,
        world.settings.instance_dir.parent,
        world.settings.translations_dir,
        surveys_dir=world.settings.surveys_dir,
    )
    for key, token in links.items():
        page = later.client.get(f"/s/{token}")
        assert page.text == pages[key], f"the running wave changed in {key}"
    assert "no new language" in run(later, "wave", "languages", WAVE).stdout
    assert later.dump()["version_texts"] == frozen
    later.open([], "2026-H2")
    with later.session() as session:  # a poster asks what the newest wave asks
        poster = make_link(session, later.settings, POSTER, region=None).code
    for key in OTHERS:
        fresh = later.client.get(f"/o/{poster}?lang={key}").text
        assert '<html lang="nl"' in fresh and after in fresh and before not in fresh
    assert later.client.get(f"/s/{links['ar']}").text == pages["ar"]
    assert 'data-state="stored"' in respond(later.client, links["ar"], {"experience": "5"}).text
    later.close()


# --- what pages say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("templates/respond/thanks_words.html", "Je antwoord is bewaard.", "Je antwoord, is bewaard."),
        (
            "questionnaires/forms.py",
            "Dit antwoord kennen we niet. Kies",
            "Dit antwoord, kennen we niet. Kies",
        ),
    ],
)
def test_a_comma_on_a_page_outdates_that_text_too(tmp_path: Path, name: str, before: str, after: str) -> None:
    package = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "static", "migrations"))
    template = extract_messages(package)
    path = package / name
    text = path.read_text("utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), "utf-8")
    changed = extract_messages(package)
    for locale in OTHERS:
        old = complete(template, locale)
        new = merge(changed, locale, old)
        assert len(new.entries) == len(old.entries)
        (outdated,) = (one for one in new.entries if one not in old.entries)
        assert outdated.fuzzy and after in outdated.source[0]
        assert (
            before in outdated.previous[0]
            and outdated.target == old.by_key[None, outdated.previous[0]].target
        )
        assert outdated.for_respondents and needs(locale, MESSAGES, outdated)


def test_a_text_that_changes_in_one_of_two_files_keeps_its_translation_held_back() -> None:
    first, second = "feedback_app/templates/web/a.html", "feedback_app/templates/web/b.html"
    old = Catalogue("fr", MESSAGES, (Entry(None, ("Kies zelf",), ("Choisis",), places=(first, second)),))
    template = (Entry(None, ("Kies zelf",), places=(first,)), Entry(None, ("Kies, zelf",), places=(second,)))
    same, changed = merge(Catalogue(None, MESSAGES, template), "fr", old).entries
    assert (same.target, same.fuzzy, same.places) == (("Choisis",), False, (first,))
    assert (changed.target, changed.fuzzy, changed.previous) == (("Choisis",), True, ("Kies zelf",))
    new = (*template[:1], Entry(None, ("Kies zelf!",), places=(first,)))
    _, guessed = merge(
        Catalogue(None, MESSAGES, new),
        "fr",
        replace(old, entries=(replace(old.entries[0], places=(first,)),)),
    ).entries
    assert guessed.target == ("",), "a new text beside one that stays is new"
