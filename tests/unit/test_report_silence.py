"""What is withheld hides nothing beside it, and nothing is said that its figures do not bear."""

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

from feedback_app.analysis.statistic import Band, State, Statistic
from feedback_app.reports import figures
from feedback_app.reports.content import ItemReport, Signal
from feedback_app.reports.labels import load_translations
from feedback_app.reports.pdf import report_html
from feedback_app.reports.view import ReportView
from feedback_app.reports.wording import Wording
from tests.report_example import example_content

CONTENT = example_content()
DUTCH = Wording("nl")
REGION = "westhoek"
SPARSE = (("newcomer", "match"), ("newcomer", "support"))


def silenced(item: ItemReport) -> ItemReport:
    """The question with nothing left of any region."""
    regions = tuple(
        Statistic(one.audience, one.item, one.cut, one.member, State.WITHHELD) for one in item.regions
    )
    return replace(item, regions=regions)


def rows_of(html: str, name: str) -> list[str]:
    """The rows of all tables of a class, as text."""
    tables = re.findall(rf'<table class="plotted {name}">.*?</table>', html, re.DOTALL)
    bodies = [re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], re.DOTALL) for table in tables]
    return [
        " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", row, flags=re.DOTALL).split())
        for row in chain(*bodies)
    ]


def test_flanders_stands_beside_a_region_without_answers() -> None:
    silent = replace(CONTENT, level=REGION, items=tuple(map(silenced, CONTENT.items)))
    html, view = report_html(silent), ReportView(silent, DUTCH)
    for name in ("beside", "overview framed"):
        rows = rows_of(html, name)
        assert rows
        for item in chain(*(view.ordered_items(one) for one in ("newcomer", "partner"))):
            flemish = DUTCH.positive(item.flanders).replace("\N{NO-BREAK SPACE}", " ")
            row = next(row for row in rows if row.startswith(item.question))
            assert (DUTCH.too_few in row, flemish in row) == (True, True), row


def test_a_table_of_regions_holds_no_pages_of_rows_without_a_figure() -> None:
    """A wave with few answers: one line for the regions without figures; every published number stays."""
    item, other = (one for one in CONTENT.items if (one.audience, one.key) in SPARSE)
    few = tuple(
        one if one.member in ("gent", "limburg") else replace(one, state=State.WITHHELD)
        for one in item.regions
    )
    sparse = replace(CONTENT, items=(replace(item, regions=few), silenced(other)))
    html = report_html(sparse)
    rows = rows_of(html, "regions")
    assert [row.split()[0] for row in rows] == ["Gent", "Limburg"]
    for row, one in zip(rows, (one for one in few if one.state is not State.WITHHELD), strict=True):
        assert DUTCH.positive(one).replace("\N{NO-BREAK SPACE}", " ") in row
    assert "De 16 andere regio’s hebben onvoldoende antwoorden." in html
    assert "Regio’s met een cijfer: 2 van de 18" in html
    assert html.count("Te weinig antwoorden per regio om te tonen.") == 1
    assert len(rows_of(report_html(CONTENT), "regions")) % 18 == 0, "where most have a figure all stand there"


def test_partners_stand_beside_newcomers_who_answered_too_little() -> None:
    question, other = CONTENT.items[:2]
    hidden = Statistic("newcomer", "match", "flanders", "", State.WITHHELD)
    known = Statistic("partner", "match", "flanders", "", State.SHOWN, "80", 65)
    figure = figures.pairs([(question, other)], [(hidden, known)], DUTCH, 190)
    assert figure.rows[0].silent(DUTCH.too_few) == 1


def test_a_region_without_answers_is_not_said_to_be_like_flanders() -> None:
    items = [
        (item, Statistic("newcomer", item.key, "region", REGION, State.WITHHELD)) for item in CONTENT.items
    ]
    assert figures.own_beside(items, DUTCH, 130).title == (
        "Te weinig antwoorden om de regio met Vlaanderen te vergelijken"
    )


def test_regions_with_a_band_have_a_figure_and_one_region_is_no_range() -> None:
    item, groups = CONTENT.items[1], [g for g in CONTENT.groups if g.cut == "region"]
    band = Statistic("newcomer", item.key, "region", groups[0].key, State.BAND, "15–19", band=Band.ABOVE)
    point = Statistic("newcomer", item.key, "region", groups[1].key, State.SHOWN, "60", 60)
    for regions, count in (((point,), 1), ((point, band), 2)):
        title = figures.beside_frame(replace(item, regions=regions), groups, "", DUTCH, 186).title
        assert title.startswith(f"Regio’s met een cijfer: {count} van de {len(groups)}. Vlaanderen:")


def test_the_core_prints_a_bound_whole_and_no_other_groups_share_as_a_regions() -> None:
    more = "Bij de buddy’s was dat meer dan 80 % (n = 12)."
    loose = Signal("S-1", "Titel", "T01", more, "Vraag", "Wie", "signaal")
    silent = tuple(map(silenced, CONTENT.items))
    items = (f"{CONTENT.items[0].audience}.{CONTENT.items[0].key}",)
    tied = replace(loose, region=REGION, items=items, finding="In heel Vlaanderen was dat 73 % (n = 55).")
    for signal, figure in ((loose, "meer dan 80 %"), (tied, "Samenwerking")):
        view = ReportView(replace(CONTENT, items=silent, signals=(signal,)), DUTCH)
        assert view.messages()[1].figure == figure
    english = ReportView(replace(CONTENT, language="en", signals=(loose,)), Wording("en"))
    assert english.messages()[1].figure == "Samenwerking"  # no Dutch words among the figures


def test_an_english_report_has_no_dutch_step_from_invitation_to_answer(real_catalogues: Path) -> None:
    english = replace(CONTENT, language="en")
    html = report_html(english, load_translations(real_catalogues, "en"))
    assert not [row for row in rows_of(html, "flow") if "volledig" in row]


def test_nothing_is_called_good_that_half_of_all_find_good() -> None:
    items = tuple(
        replace(item, flanders=replace(item.flanders, positive=min(item.flanders.positive or 0, 50)))
        for item in CONTENT.items
        if item.kind == "scale"
    )
    content = replace(CONTENT, items=items, signals=())
    assert not [one for one in ReportView(content, DUTCH).messages() if one.title == "Dit willen we houden"]
    assert "Bij geen enkele vraag gaven twee op de drie" in report_html(content)
