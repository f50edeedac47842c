"""All that leaves the house about one closed wave, read back as the figures that it says."""

import csv
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import html5lib

from feedback_app.analysis.ledger import Printed
from feedback_app.analysis.statistic import Band, Participation, Share, State, Statistic
from feedback_app.invitations.models import Wave
from feedback_app.questionnaires.loading import load_regions
from feedback_app.questionnaires.versions import load_version
from feedback_app.reports.compile import compile_edition
from feedback_app.reports.content import ReportContent
from tests.commands import run
from tests.staff import signed_in
from tests.world import WAVE, World


def from_files(world: World, audience: str, folder: Path) -> list[Printed]:
    """What `tables` writes; both formats say the same."""
    for kind in ("csv", "json"):
        done = run(world, "tables", "--wave", WAVE, "--format", kind, "--out", str(folder))
        assert done.exit_code == 0
    rows = json.loads((folder / f"{WAVE}-{audience}.json").read_text(encoding="utf-8"))
    with (folder / f"{WAVE}-{audience}.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    told = {(one["cut"], one["member"], one["item"]): one["base"] for one in lines}
    assert told == {(one["cut"], one["member"], one["item"]): one["base"] for one in rows}
    return [statistic(row) for row in rows]


def statistic(row: dict[str, Any]) -> Statistic:
    shares = tuple(Share(**share) for share in row["shares"])
    band = Band(row["band"]) if row["band"] else None
    return Statistic(**{**row, "state": State(row["state"]), "band": band, "shares": shares})


def from_commands(world: World, audience: str) -> list[Printed]:
    """What `rates` and `wave status` print."""
    rates = json.loads(run(world, "rates", "--wave", WAVE, "--json").stdout)
    found: list[Printed] = [
        Participation(**{**row, "outcomes": tuple((code, count) for code, count in row["outcomes"])})
        for row in rates
        if row["audience"] == audience
    ]
    (status,) = json.loads(run(world, "wave", "status", WAVE, "--json").stdout)
    invited, answered = (str(status[audience][key] or "") for key in ("invited", "answered"))
    return [*found, Participation(audience, "flanders", "vlaanderen", invited, answered)]


def from_pages(world: World, audience: str) -> list[Printed]:
    """What the results page shows of Flanders beside each region, to whoever may open it."""
    email = f"lezer-{audience}@voorbeeld.example"
    browser = signed_in(world.app, "analist", email=email)
    with world.session() as session:
        survey = load_version(session, session.get_one(Wave, WAVE).fingerprint(audience)).survey
    found: list[Printed] = []
    for region in load_regions(world.settings.surveys_dir):
        text = browser.get(f"/staff/waves/{WAVE}/results?region={region}").text
        page = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
        (side,) = page.findall(f".//section[@aria-labelledby='side-{audience}']")
        tables = side.findall(".//table")
        assert len(tables) == 1 + len(survey.core)
        for column, (cut, member) in enumerate((("flanders", "vlaanderen"), ("region", region))):
            cells = [
                ["".join(row.findall("td")[column].itertext()) for row in table.findall("tbody/tr")]
                for table in tables
            ]
            invited, answered = (re.sub("te weinig.*", "", text) for text in cells[0][:2])
            found.append(Participation(audience, cut, member, invited, answered))
            for item, texts in zip(survey.core, cells[1:], strict=True):
                found.append(shown(audience, item, cut, member, texts))
    return found


def shown(audience: str, item: Any, cut: str, member: str, texts: list[str]) -> Statistic:
    percents = [int(text.split()[0]) if text[0].isdigit() else None for text in texts[:-1]]
    base = texts[-1] if texts[-1] != "–" else ""
    shares = tuple(Share(*pair) for pair in zip(item.substantive, percents, strict=False))
    positive = percents[-1] if item.positive else None
    bands = {"meer dan 80 %": Band.ABOVE, "minder dan 20 %": Band.BELOW}
    band = bands.get(texts[-2]) if item.positive else None
    state = State.SHOWN if base else State.WITHHELD
    return Statistic(audience, item.key, cut, member, state, base, positive, band, shares=shares)


def from_patterns(world: World, audience: str) -> list[Printed]:
    """What `patterns` prints of Flanders and of regions; the page shows the same sentences and numbers."""
    told = json.loads(run(world, "patterns", "--wave", WAVE, "--json").stdout)["tests"]
    browser = signed_in(world.app, "analist", email=f"patronen-{audience}@voorbeeld.example")
    found: list[Printed] = []
    for family in ("level", "region"):
        tests = [one for one in told if (one["audience"], one["family"]) == (audience, family) and one["n"]]
        page = unescape(browser.get(f"/staff/patterns/tests/{WAVE}/{family}").text)
        assert all(one["sentence"] in page for one in tests)
        every = [one for one in told if one["family"] == family]
        assert set(re.findall(r"n = ([\d–]+)", page)) == {one["n"] for one in every if one["n"]}
        for one in tests:
            side = re.search(r"antwoordt (meer|minder) dan", one["sentence"])
            band = {"meer": Band.ABOVE, "minder": Band.BELOW}[side[1]] if side else None
            percent = None if band else one["share"]
            group = ("region", one["region"]) if one["region"] else ("flanders", "vlaanderen")
            found.append(Statistic(audience, one["item"], *group, State.SHOWN, one["n"], percent, band))
    return found


def from_editions(world: World) -> list[Printed]:
    """What the reports of Flanders and of a tiny region are made of."""
    found: list[Printed] = []
    for region in (None, "limburg"):
        with world.session() as session:
            edition = compile_edition(session, world.settings, WAVE, region_key=region)
            content = ReportContent.from_json(json.dumps(edition.content))
        for item in content.items:
            found += [item.flanders, *item.regions, *item.groups]
        for rate in content.rates:
            invited, answered = (str(number or "") for number in (rate.invited, rate.answered))
            one = Participation(rate.audience, rate.cut, rate.member, invited, answered, rate.rr1, rate.rr2)
            found.append(one)
    return found
