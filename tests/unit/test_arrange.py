"""What editors choose is applied to the content and to nothing else; names of files steer nobody."""

from dataclasses import replace

from feedback_app.reports.arrange import Citable, arrange, key_of
from feedback_app.reports.arrange_choices import MOVABLE, Choices, OwnMessage
from feedback_app.reports.arrange_form import read_choices
from feedback_app.reports.content import FLANDERS, ReportContent
from feedback_app.reports.material import citable, material
from feedback_app.reports.view import ReportView
from feedback_app.reports.wording import Wording
from feedback_app.web.downloads import disposition
from tests.report_example import example_content

CONTENT = example_content()
VIEW = ReportView(CONTENT, Wording("nl"))
MADE, FIGURES = tuple(VIEW.messages()), citable(VIEW)
MATERIAL = material(VIEW, MADE, FIGURES)


def arranged(choices: Choices) -> ReportContent:
    return arrange(CONTENT, choices, messages=MADE, citable=FIGURES)


def test_without_choices_nothing_changes() -> None:
    bare = replace(CONTENT, foreword="")
    assert arrange(bare, Choices(), messages=MADE, citable=FIGURES) == bare
    assert read_choices({}, Choices(), MATERIAL).choices == Choices()


def test_what_is_ordered_and_left_out() -> None:
    codes = [one.code for one in CONTENT.signals]
    quote = CONTENT.signals[0].quotes[0]
    choices = Choices(
        order={
            "signal": (codes[2], "weg"),
            "section": ("next",),
            "practice": [key_of(CONTENT.practices[-1])],
        },
        left_out=frozenset(
            {f"signal:{codes[1]}", f"quote:{key_of(quote)}", "section:regions", "section:who"}
        ),
    )
    found = arranged(choices)
    assert [one.code for one in found.signals] == [codes[2], codes[0]]
    assert quote in CONTENT.signals[0].quotes and quote not in found.signals[1].quotes
    assert found.order == ("next", *MOVABLE[:-1]) and found.left_out == ("regions",), "who answered stays"
    assert found.practices[0] == CONTENT.practices[-1]
    assert (found.items, found.rates, found.level) == (CONTENT.items, CONTENT.rates, FLANDERS)
    titles = [one.mark + one.anchor for one in ReportView(found, Wording("nl")).sections.values()]
    assert titles[:3] == ["1core", "2next", "3context"] and "Cgroups" in titles and "Cregions" not in titles
    assert Choices.from_json(choices.as_json()).as_json() == choices.as_json()
    assert codes[1] not in [one.signal for one in ReportView(found, Wording("nl")).messages()]


def test_messages_are_the_editors_own_or_those_of_the_report_in_their_order() -> None:
    own = tuple(OwnMessage(one.key, f"Titel {one.key}", "Doe dit.") for one in FIGURES[:3])
    found = arranged(Choices(messages=(*own, OwnMessage("weg.weg", "x", "y")))).messages
    assert [(one.figure, one.text) for one in found] == [(one.figure, one.text) for one in FIGURES[:3]]
    assert all("n\N{NO-BREAK SPACE}=" in one.text and one.ask for one in found)
    first, *rest = MADE
    moved = arranged(Choices(order={"message": [key_of(one) for one in rest]})).messages
    assert moved == (*rest, first)
    assert arranged(Choices(left_out=frozenset({f"message:{key_of(first)}"}))).messages == tuple(rest)


def test_a_form_moves_a_thing_to_the_place_that_is_typed() -> None:
    codes = [one.code for one in CONTENT.signals]
    form = {f"place-signal:{code}": str(place) for place, code in enumerate(codes, 1)}
    up = read_choices({**form, f"place-signal:{codes[2]}": "1"}, Choices(), MATERIAL).choices
    assert up.order == {"signal": (codes[2], codes[0], codes[1])}
    down = read_choices({**form, f"place-signal:{codes[0]}": "2"}, Choices(), MATERIAL).choices
    assert down.order == {"signal": (codes[1], codes[0], codes[2])}
    kept = read_choices({}, Choices(foreword="Weg", messages=(OwnMessage("a", "b", "c"),)), {})
    assert kept.choices.messages and kept.choices.foreword == ""


def test_a_figure_that_is_not_published_carries_no_message() -> None:
    assert arrange(CONTENT, Choices(messages=(OwnMessage("a", "b", "c"),)), citable=()).messages == ()
    known = (Citable("a", "1 op de 10", "Zin."),)
    assert arrange(CONTENT, Choices(messages=(OwnMessage("a", "b", "c"),)), citable=known).messages


def test_the_name_of_a_file_is_a_name_whatever_a_region_is_called() -> None:
    hostile = 'rapport Zuid"; filename=kwaad.exe\r\nSet-Cookie: x=1/../\u202egpj é.pdf'
    made = disposition(hostile)
    assert made == (
        'attachment; filename="rapport-Zuid-filename-kwaad.exe-Set-Cookie-x-1-..-gpj-e.pdf"; filename*='
        "UTF-8''rapport%20Zuid%20%3B%20filename%3Dkwaad.exe%20Set-Cookie%20x%3D1%20..%20gpj%20%C3%A9.pdf"
    )
    assert disposition("\u202e").startswith('attachment; filename="bestand"')
    assert len(disposition("é" * 500 + ".pdf")) < 1000
