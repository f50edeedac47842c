"""`make screens`: every language's pages on a narrow phone and its PDFs, side by side on one sheet, for eyes.

Every draft is switched on. A text that nobody translated yet is made up of the alphabet of its language.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from feedback_app.languages import Language, all_languages, find
from tests.alphabets import make_specimens
from tests.chromium import start_chromium
from tests.databases import Databases
from tests.documents import card, papers, posters
from tests.server import Server
from tests.world import Person, World

FOLDER = Path("var/screens")
PHONE: ViewportSize = {"width": 360, "height": 740}
_RESOLUTION = "60"
#: what many phones write a language in, where this machine would take something else
_OTHER_FACES = {"ur": ("Noto Nastaliq Urdu",)}

_STYLE = """body { margin: 1rem; font: 1rem/1.5 system-ui, sans-serif; background: #eee; color: #222 }
section { display: flex; gap: 1rem; overflow-x: auto; align-items: flex-start; padding-block-end: 1rem }
figure { margin: 0; flex: none } figcaption { font-size: 0.85rem }
img { display: block; border: 1px solid #bbb; background: #fff; max-height: 80rem }"""


@dataclass(frozen=True)
class Picture:
    """One picture: of which language ("" for all of them), of what, in which file."""

    locale: str
    name: str
    file: str


def main(wanted: list[str]) -> None:
    """Make the pictures of the languages named (keys or tags), or of all, and `index.html` beside them."""
    languages = [one for key, one in all_languages().items() if not wanted or key in map(find, wanted)]
    if not languages:
        raise SystemExit(f"no such language; use: {' '.join(all_languages())}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in (*FOLDER.glob("*.png"), *FOLDER.glob("*.pdf")):
        old.unlink()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made_up = make_specimens(folder / "translations")
        with _installation(folder, len(languages)) as world:
            pictures = list(_all_pictures(world, languages))
    index = FOLDER / "index.html"
    index.write_text(contact_sheet(pictures, languages, made_up), encoding="utf-8")
    click.echo(f"{len(pictures)} pictures: {index}")


@contextmanager
def _installation(folder: Path, people: int) -> Iterator[World]:
    databases = Databases(folder)
    with databases.migrated("sqlite") as url:
        world = World(url, folder, folder / "translations")
        world.open([Person() for _ in range(2 * people)])
        yield world
        world.close()
    databases.close()


def _all_pictures(world: World, languages: list[Language]) -> Iterator[Picture]:
    """PDFs first: while a browser runs, no application context of ours can end."""
    tokens = [one.token for one in world.links()]
    with click.progressbar([None, *languages], label="PDFs ") as steps:
        for one in steps:
            for name, pdf in (card(world, one.key), *papers(world, one.key)) if one else posters(world):
                yield from _pdf_pictures(one.key if one else "", name, pdf)
    with Server(world.settings) as server, sync_playwright() as playwright:
        browser = start_chromium(playwright)
        drawn = [(one, face) for one in languages for face in ("", *_OTHER_FACES.get(one.key, ()))]
        with click.progressbar(drawn, label="pages") as steps:
            for one, face in steps:
                address = f"{server.url}/s/{tokens.pop()}?lang={one.tag}"
                yield from _page_pictures(browser, address, one.key, face)
        browser.close()


def _pdf_pictures(locale: str, name: str, pdf: bytes) -> Iterator[Picture]:
    stem = "-".join(filter(None, (locale, name)))
    path = FOLDER / f"{stem}.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", _RESOLUTION, "-png", path, FOLDER / stem], check=True)
    for number, picture in enumerate(sorted(FOLDER.glob(f"{stem}-[0-9]*.png")), 1):
        yield Picture(locale, f"{name} {number}", picture.name)


def _page_pictures(browser: Browser, address: str, locale: str, face: str) -> Iterator[Picture]:
    """The start, a question with faces, the form as it is without script, and the page that thanks."""
    end = f" {face}" if face else ""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    yield _picture(page, locale, f"1 start{end}", face)
    page.locator("button.next").click()
    expect(page.locator("#at-start")).to_be_hidden()
    yield _picture(page, locale, f"2 faces{end}", face)
    plain = browser.new_context(viewport=PHONE, java_script_enabled=False, bypass_csp=True)
    form = plain.new_page()
    form.goto(address)
    for box in ('[name=match][value="2"]', "[name=welcome][value=no]"):  # what brings up all there is
        form.locator(box).check(force=True)
    yield _picture(form, locale, f"3 form{end}", face)
    with form.expect_navigation():
        form.locator("button.send").click()
    yield _picture(form, locale, f"4 thanks{end}", face)
    context.close()
    plain.close()


def _picture(page: Page, locale: str, name: str, face: str) -> Picture:
    file = f"{locale}-{name.replace(' ', '-')}.png"
    style = f'html {{ font-family: "{face}" !important }}' if face else ""
    page.screenshot(path=FOLDER / file, full_page=True, style=style)
    return Picture(locale, name, file)


def contact_sheet(pictures: list[Picture], languages: list[Language], made_up: dict[str, int]) -> str:
    """One HTML page with all pictures, a row for each language."""
    rows = [_row("every language", [one for one in pictures if not one.locale])]
    for own in languages:
        note = f", {made_up[own.key]} texts made up of its alphabet" if made_up[own.key] else ""
        title = f"{own.key}: {own.endonym}{note}"
        rows.append(_row(title, sorted((one for one in pictures if one.locale == own.key), key=_order)))
    head = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>screens</title><style>{_STYLE}</style>'
    )
    return "\n".join((head, "<h1>Every language</h1>", *rows))


def _order(picture: Picture) -> tuple[bool, str]:
    return picture.name[0].isalpha(), picture.name  # pages are numbered, PDFs are not


def _row(title: str, pictures: list[Picture]) -> str:
    figures = (
        f'<figure><figcaption>{escape(one.name)}</figcaption><a href="{one.file}">'
        f'<img loading="lazy" src="{one.file}" alt="{escape(one.name)}"></a></figure>'
        for one in pictures
    )
    return f"<h2><bdi>{escape(title)}</bdi></h2>\n<section>{''.join(figures)}</section>"


if __name__ == "__main__":
    main(sys.argv[1:])
