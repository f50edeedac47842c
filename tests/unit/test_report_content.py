"""The frozen content: what is stored comes back, whole and the same."""

import re
from dataclasses import FrozenInstanceError, replace
from xml.etree import ElementTree as ET

import pytest

from feedback_app.analysis.statistic import State, Statistic
from feedback_app.rendering.fonts import printable
from feedback_app.reports.content import AskedQuestion, AskedQuestionnaire, Group, ReportContent, Signal
from feedback_app.reports.course import course
from feedback_app.reports.labels import Labels
from feedback_app.reports.pdf import clean, report_html
from feedback_app.reports.view import ReportView
from feedback_app.reports.wording import Wording
from feedback_app.settings import Settings
from tests.report_example import example_content

CONTENT = example_content()


def test_content_survives_being_stored() -> None:
    again = ReportContent.from_json(CONTENT.to_json())
    assert again == CONTENT
    assert again.to_json() == CONTENT.to_json()
    assert again.content_hash == CONTENT.content_hash


def test_the_hash_follows_the_content() -> None:
    other = replace(CONTENT, signals=(replace(CONTENT.signals[0], ask="Iets anders"), *CONTENT.signals[1:]))
    assert other.content_hash != CONTENT.content_hash
    assert len(CONTENT.content_hash) == 64


def test_keys_are_sorted_so_that_equal_contents_give_equal_text() -> None:
    assert CONTENT.to_json().startswith(
        '{"closed_on":"2026-08-03","compiled_on":"2026-08-17","dispositions":['
    )


@pytest.mark.parametrize(
    "spoil", [lambda t: t.replace('"wave":', '"wavee":'), lambda t: t[:-1], lambda t: "[]"]
)
def test_anything_else_is_refused(spoil) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        ReportContent.from_json(spoil(CONTENT.to_json()))


def test_content_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        CONTENT.wave = "2027-H1"  # type: ignore[misc]


def test_regions_keep_their_order_whatever_their_figures() -> None:
    view = ReportView(CONTENT, Wording("nl"))
    names = [row.heading for row in view.beside_flanders(CONTENT.items[1]).rows]
    assert names == [g.label for g in CONTENT.groups if g.cut == "region"]


def test_a_regional_report_speaks_of_its_own_figures() -> None:
    regional = replace(CONTENT, level="westhoek", level_label="Westhoek")
    view = ReportView(regional, Wording("nl"))
    item = CONTENT.items[1]
    assert view.main(item) == item.regions[0]
    assert view.own_rate("newcomer") == next(r for r in CONTENT.rates if r.member == "westhoek")
    assert [row.own for row in view.beside_flanders(item).rows].index(True) == 0


def test_the_core_has_at_most_five_messages_and_each_signal_brings_its_ask() -> None:
    many = replace(CONTENT, signals=tuple(replace(CONTENT.signals[0], code=f"S-{i}") for i in range(7)))
    messages = ReportView(many, Wording("nl")).messages()
    assert len(messages) == 5
    assert messages[0].title == "Dit willen we houden"
    assert all(message.ask == CONTENT.signals[0].ask for message in messages[1:])


def test_a_signal_without_figures_brings_its_theme_and_finding() -> None:
    bare = Signal("S-1", "Titel", "T01", "Eén regel.\nEn meer.", "Vraag", "Wie", "signaal")
    message = ReportView(replace(CONTENT, signals=(bare,)), Wording("nl")).messages()[1]
    assert (message.figure, message.text, message.ask) == ("Samenwerking", "Eén regel.", "Vraag")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("gewoon  Nederlands\tmet één spatie", "gewoon Nederlands met één spatie"),
        ("eerste\n\n\ntweede\u2028derde", "eerste\ntweede\nderde"),
        ("\U0001d573\U0001d58a\U0001d591\U0001d591\U0001d594", "Hello"),
        ("a\u202eb\u202c\x07c\ue000d\ud800e", "abcde"),
        ("mooi 👍🏽👍 werk", "mooi [emoji] werk"),
        ("می‌خواهم", "می‌خواهم"),
        ("ቋንቋ Мова", "ቋንቋ Мова"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("漢", "\ufffd"),
    ],
)  # fmt: skip
def test_what_strangers_write_becomes_printable(written: str, printed: str) -> None:
    assert printable(written) == printed
    assert printable(printed) == printed


def test_groups_stand_in_tables_of_even_width_and_silent_ones_are_named() -> None:
    groups = tuple(Group("offer_type", f"t{i}", f"Soort {i}") for i in range(7))
    figures = tuple(
        Statistic("newcomer", "match", "offer_type", g.key, State.SHOWN, "57", 60 + i)
        for i, g in enumerate(groups[:6])
    )
    withheld = Statistic("newcomer", "match", "offer_type", "t6", State.WITHHELD)
    item = replace(CONTENT.items[1], groups=(*figures, withheld))
    view = ReportView(replace(CONTENT, groups=groups, items=(item,)), Wording("nl"))
    tables = view.group_tables("offer_type")
    assert [[g.key for g in members] for members, _ in tables] == [["t0", "t1", "t2"], ["t3", "t4", "t5"]]
    assert [one.label for one in view.silent_groups("offer_type")] == ["Soort 6"]
    assert tables[1][1][0].cells[0][0].startswith("63")


def test_names_that_stay_dutch_are_told_as_dutch_in_an_english_report() -> None:
    settings = Settings(secret_key="0123456789abcdefghijklmnopqrstuvwxyz")
    english = {(one.cut, one.key): one for one in Labels(settings, "en").groups()}
    house, sport = english["agency", "hvnb"], english["offer_type", "school"]
    assert (house.label, house.lang, sport.lang) == ("Huis van het Nederlands Brussel", "nl", "")
    told = {(cut, one.lang) for (cut, _key), one in english.items()}
    assert told == {("region", "nl"), ("agency", "nl"), ("offer_type", ""), ("language_group", "")}
    assert {one.lang for one in Labels(settings, "nl").groups()} == {""}
    figure = Statistic("newcomer", "match", "agency", "hvnb", State.SHOWN, "57", 60)
    items = (replace(CONTENT.items[1], groups=(figure,)),)
    content = replace(CONTENT, language="en", groups=(house, sport), items=items)
    html = report_html(content)
    assert '<th scope="col" lang="nl">Huis van het Nederlands Brussel</th>' in html
    assert '<td lang="nl">Voorbeeldagentschap</td>' in html
    named = replace(content, style=replace(content.style, publisher="Voorbeeldagentschap"))
    assert "<td>Voorbeeldagentschap</td>" in report_html(named), "a house style gives it in English"


def test_names_without_figures_are_told_as_dutch_too() -> None:
    house = Group("agency", "hvnb", "Huis van het Nederlands Brussel", "nl")
    other = Group("agency", "atlas", "Atlas", "nl")
    figure = Statistic("newcomer", "match", "agency", "atlas", State.SHOWN, "57", 60)
    items = (replace(CONTENT.items[1], groups=(figure,)),)
    html = report_html(replace(CONTENT, language="en", groups=(house, other), items=items))
    assert '<span lang="nl">Huis van het Nederlands Brussel</span>.</p>' in html


def test_what_colleagues_wrote_carries_its_language_in_another_languages_report() -> None:
    dutch, english = (report_html(replace(CONTENT, language=key)) for key in ("nl", "en"))
    for mark in ('<h3 id="s-2026-h1-01"%s>', '<p class="said"%s>', "<p%s>Voor 48"):
        assert mark.replace("%s", ' lang="nl"') in english
        assert mark.replace("%s", "") in dutch
    assert "in de taal waarin collega’s ze schreven" in english
    assert "in de taal waarin collega’s ze schreven" not in dutch


def test_no_line_breaks_inside_a_figure_that_colleagues_wrote() -> None:
    assert clean("kreeg 66 % (n = 245) hulp, 4 van de 5") == "kreeg 66\xa0% (n\xa0=\xa0245) hulp, 4 van de 5"


WORDS = Wording("nl")
ITEMS = {(item.audience, item.key): item for item in CONTENT.items}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (("newcomer", "informed"), "Van 58 % (2de helft 2025) naar 49 % (1ste helft 2026). De marges raken elkaar niet"),
        (("partner", "roles"), "Van 44 % (2de helft 2025) naar 48 % (1ste helft 2026). De marges overlappen"),
        (("partner", "match"), "De vraag veranderde (1ste helft 2026): met vroeger vergelijken kan niet."),
    ],
)  # fmt: skip
def test_a_course_says_no_more_than_its_figures_bear(item: tuple[str, str], said: str) -> None:
    found = course(ITEMS[item], WORDS, 215, framed=False)
    assert found is not None
    assert found.title.replace("\xa0", " ").startswith(said)


def test_every_charts_alternative_says_what_its_table_says() -> None:
    """Each number in a chart's text alternative, and each that is drawn in it, stands in its table or heading."""
    view = ReportView(CONTENT, WORDS)
    drawn = [view.overview("newcomer"), view.overview("partner"), view.pairs(), view.flow()]
    drawn += [view.ticks(item) for item in CONTENT.items if item.kind == "multiple"]
    for figure in filter(None, drawn):
        table = " ".join(cell for row in figure.rows for cell in (row.heading, *row.cells))
        assert figure.rows
        for number in numbers_of(figure.title):
            assert number in numbers_of(table), (figure.title, number)
    courses = [found for item in CONTENT.items if (found := view.course(item))]
    assert len(courses) == 3
    for one in courses:
        table = " ".join(cell for name, cells in one.rows for cell in (name, *cells))
        spoken = ET.fromstring(str(one.svg)).findtext("{http://www.w3.org/2000/svg}title") or ""
        assert set(numbers_of(spoken)) <= set(numbers_of(table))
        assert one.title in spoken
        assert ("andere vraag dan ervoor" in table) == ("andere vraag" in str(one.svg))


def numbers_of(text: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)*", text)


def test_a_regions_signal_is_told_with_the_regions_figure_and_flanders_beside() -> None:
    signal = replace(CONTENT.signals[0], region="westhoek", items=("newcomer.informed",))
    view = ReportView(replace(CONTENT, signals=(signal,)), WORDS)
    here, whole = view.evidence(signal)
    assert (here.where, whole.where) == ("Westhoek", "Vlaanderen")
    assert here.percent == ITEMS["newcomer", "informed"].regions[0].positive
    assert view.messages()[1].figure == WORDS.out_of_ten(here.percent or 0)


def test_a_regional_report_shows_no_other_region_and_says_where_groups_are() -> None:
    items = tuple(
        replace(item, regions=tuple(one for one in item.regions if one.member == "westhoek"), groups=())
        for item in CONTENT.items
    )
    rates = tuple(one for one in CONTENT.rates if one.cut == "flanders" or one.member == "westhoek")
    html = report_html(
        replace(
            CONTENT,
            level="westhoek",
            level_label="Westhoek",
            items=items,
            rates=rates,
            signals=(),
            practices=(),
        )
    )
    figures = html[html.index('id="regions"') : html.index('id="asked"')]
    assert "Westhoek" in figures
    assert "Limburg" not in figures
    assert "enkel voor heel Vlaanderen" in figures
    assert figures.count("<svg") == 2


def test_a_question_that_was_only_asked_in_dutch_is_marked_in_an_english_report() -> None:
    item = replace(CONTENT.items[1], question="Ken je de fietsclub?", lang="nl", course=())
    asked = AskedQuestionnaire(
        "newcomer", "T", "f", questions=(AskedQuestion("own_x", "Ken je de fietsclub?", lang="nl"),)
    )
    html = report_html(
        replace(
            CONTENT,
            language="en",
            level="westhoek",
            own=(item,),
            items=(),
            signals=(),
            questionnaires=(asked,),
        )
    )
    places = [found.start() for found in re.finditer("Ken je de fietsclub", html)]
    assert len(places) == 2
    assert all(html[:place].endswith('<span lang="nl">') for place in places)


def test_the_core_gives_each_message_an_ask_and_is_filled_up_to_three() -> None:
    messages = ReportView(replace(CONTENT, signals=()), WORDS).messages()
    assert len(messages) == 3
    assert all(message.ask and message.figure for message in messages)


def test_a_heading_of_which_nothing_can_be_printed_says_so() -> None:
    hidden = "\u202e\u200b\ue000"
    signal = replace(CONTENT.signals[0], title=hidden)
    practices = (replace(CONTENT.practices[0], title=hidden),)
    html = report_html(replace(CONTENT, signals=(signal,), practices=practices))
    assert not re.search(r"<(h[1-6]|strong)[^>]*>\W*</\1>", html)
    assert html.count("(zonder titel)</h3>") == 2
