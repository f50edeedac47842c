"""What tests of signals share: colleagues who write, test, move and follow them up through the pages."""

import html
import re
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.signals.criteria import CRITERIA
from feedback_app.signals.models import Signal
from tests.staff import Browser

FORM_P = {
    "wave_key": "2026-H1",
    "region_key": "",
    "observation": "Nieuwkomers weten vaak niet waar de activiteit is.",
    "theme": "T05",
    "frequency": "often",
    "spread": "three_plus",
    "municipalities": "two",
    "own_action": "We bellen vooraf.",
    "solver": "agency",
    "good_practice": "no",
}
WORDS = {
    "title": "Nieuwkomers krijgen te laat informatie",
    "theme_key": "T05",
    "finding": "Veel nieuwkomers wisten vooraf niet genoeg.",
    "reading": "De informatie zit bij veel mensen.",
    "reading_by": "Regionaal overleg (voorbeeld)",
    "concerns": "Nieuwkomers in kleine gemeenten",
    "own_action": "We bellen vooraf.",
    "ask": "Maak één fiche per activiteit.",
    "level": "agency",
    "addressee": "Het agentschap",
    "evidence": "focusgroep",
    "earlier_id": "",
}
#: every question of the test list answered with yes
ALL_YES = dict.fromkeys(CRITERIA, "yes") | {f"{one}_why": f"Want {one}." for one in CRITERIA}
HANDED = {"handed_on": "2026-08-01", "due_on": "2026-09-26"}
TOLD = {
    "told_said": "Voorbeeld: jullie wachten lang.",
    "told_doing": "Voorbeeld: wij bellen sneller.",
    "told_by": "Voorbeeld: het agentschap",
    "told_when": "Voorbeeld: vanaf september",
}
ANSWERED = {
    "answered_by": "Het agentschap (voorbeeld)",
    "answered_on": "2026-09-01",
    "answer": "We maken een sjabloon.",
    "will_do": "In oktober staat het klaar.",
}


def two_waves(app: Flask) -> None:
    """The half-years that signals belong to."""
    with app.app_context():
        for key, starts, ends in (("2026-H1", 1, 6), ("2026-H2", 7, 12)):
            first, last = date(2026, starts, 1), date(2026, ends, 30)
            db.session.add(Wave(key=key, starts_on=first, ends_on=last, opened_on=first, state="open"))
        db.session.commit()


def signal(app: Flask, path: str) -> dict[str, Any]:
    """The stored row behind a fiche's address."""
    with app.app_context():
        table = Signal.__table__
        row = db.session.execute(sa.select(table).where(table.c.id == path.rsplit("/", 1)[1])).one()
        return dict(row._mapping)


def write(browser: Browser, **changes: str) -> str:
    """Fill in form P; give the fiche's address."""
    answer = browser.post("/staff/signals/new", {**FORM_P, **changes}, form="/staff/signals/new")
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def hidden(page: str) -> dict[str, str]:
    """What a page carries of the state it was opened in."""
    found = re.findall(r'<input[^>]*name="(revision|seen)"[^>]*value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def reword(browser: Browser, path: str, opened: str = "", **changes: str) -> Any:
    """Send the wording as opened on `opened` (or just now)."""
    page = opened or browser.get(f"{path}/edit").text
    return browser.post(f"{path}/edit", {**hidden(page), **WORDS, **changes})


def check(browser: Browser, path: str, opened: str = "", **changes: str) -> Any:
    """Answer the test list: yes to everything but what is changed."""
    page = opened or browser.get(f"{path}/check").text
    return browser.post(f"{path}/check", {**hidden(page), **ALL_YES, **changes})


def move(browser: Browser, path: str, target: str, **given: str) -> Any:
    """Take a step, with what is given; who hands over follows up unless told otherwise."""
    page = browser.get(f"{path}/move/{target}").text
    if "responsible_id" not in given and (chosen := re.search(r'<option selected value="(\w+)"', page)):
        given["responsible_id"] = chosen[1]
    return browser.post(f"{path}/move/{target}", {**hidden(page), **given})


def until(app: Flask, browser: Browser, state: str, **changes: str) -> str:
    """A signal that one colleague wrote and brought to a state, at most `signaal`."""
    path = write(browser, **changes)
    assert check(browser, path).status_code == 302
    for target in ("getoetst", "signaal"):
        reword(browser, path)
        assert move(browser, path, target).status_code == 302
        if target == state:
            break
    assert signal(app, path)["state"] == state
    return path


def handed_over(app: Flask, writer: Browser, releaser: Browser, **given: str) -> str:
    """A signal that two colleagues brought to its addressee."""
    path = until(app, writer, "signaal")
    assert move(releaser, path, "gevalideerd").status_code == 302
    assert move(writer, path, "overgemaakt", **{**HANDED, **given}).status_code == 302
    return path
