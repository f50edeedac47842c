"""Charts: what is drawn is what was published, and it reads in grey and aloud."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_app.analysis import charts
from feedback_app.analysis.charts import Part, Row
from feedback_app.analysis.drawing import palette
from feedback_app.analysis.named_charts import Named, Spot, comparison, named_bars
from feedback_app.analysis.statistic import Band, State, Statistic
from feedback_app.analysis.trend_chart import Marks, Point, half_years, trend

SVG = "{http://www.w3.org/2000/svg}"


def shown(
    value: int, low: int | None = None, high: int | None = None, state: State = State.SHOWN
) -> Statistic:
    return Statistic("newcomer", "match", "region", "gent", state, "57", value, None, low, high)


WITHHELD = Statistic("newcomer", "match", "region", "midwest", State.WITHHELD)
BANDED = Statistic("newcomer", "match", "region", "brussel", State.BAND, "15–19", band=Band.ABOVE)
THREE = (
    Part(20, "20 %", "negative", "Nee"),
    Part(30, "30 %", "neutral", "Soms"),
    Part(50, "50 %", "very-positive", "Ja"),
)

ALL = {
    "diverging": charts.diverging([Row(THREE), Row(note="te weinig")], "Titel", "Uitleg", row=20, width=200),
    "stacked": charts.stacked(THREE, "Titel", "Uitleg", width=400),
    "bars": charts.bars([40, None, 10], "Titel", "Uitleg", row=16, width=200),
    "paired": charts.paired_dots(
        [(shown(60), shown(80)), (BANDED, WITHHELD)], "Titel", "Uitleg", row=20, width=200
    ),
    "interval": charts.interval_dots(
        [shown(60, 50, 70), WITHHELD, BANDED], shown(65, 60, 70), "Titel", "Uitleg", row=14, width=212
    ),
    "beside": charts.beside_frames(
        [(shown(60, 50, 70), shown(65, 60, 70)), (WITHHELD, shown(40))], "Titel", "Uitleg", row=26, width=140
    ),
    "named": named_bars([Named("Te ver", "31 %", 31)], "Titel", "Uitleg", width=300),
    "comparison": comparison(
        [Spot("Nu", "60 %", 60, 50, 70), Spot("Vroeger", "meer dan 80 %", 80, band="above_80", other=True)],
        "Titel",
        "Uitleg",
        width=300,
        edge=(70, "70 %"),
    ),
    "trend": trend(
        [Point(0, "1ste helft 2025", "60 %", "n = 57", shown(60, 50, 70))] * 2,
        Marks("andere vraag"),
        "Titel",
        "Uitleg",
        width=215,
    ),
    "flow": charts.flow([(100, False), (40, True), (None, True)], "Titel", "Uitleg", row=16, width=200),
}


#: three waves, another question before the third, nothing published in the second
COURSE = [
    Point(0, "1ste helft 2025", "60 %", "n = 57", shown(60, 50, 70)),
    Point(1, "2de helft 2025", "onvoldoende antwoorden", "", WITHHELD),
    Point(3, "2de helft 2026", "72 %", "n = 90", shown(72, 64, 80), shown(65, 60, 70), broken=True),
    Point(4, "1ste helft 2027", "75 %", "n = 88", shown(75, 66, 84), shown(66, 61, 71)),
]


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def bars_of(svg: str, tone: str) -> list[ET.Element]:
    return [r for r in parsed(svg).iter(f"{SVG}rect") if r.get("fill") == palette()[tone]]


@pytest.mark.parametrize("svg", ALL.values(), ids=ALL.keys())
def test_every_chart_is_one_named_image(svg: str) -> None:
    root = parsed(svg)
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "Titel"
    assert root.findtext(f"{SVG}desc") == "Uitleg"


@pytest.mark.parametrize("svg", ALL.values(), ids=ALL.keys())
def test_charts_use_only_what_the_pdf_can_draw(svg: str) -> None:
    assert "text-anchor" not in svg
    assert "var(" not in svg
    assert " id=" not in svg
    assert "gradient" not in svg.lower()
    fills = {e.get("fill") for e in parsed(svg).iter()} - {None, "#ffffff"}
    assert fills <= set(palette().values())


def test_parts_are_as_wide_as_their_shares() -> None:
    svg = charts.stacked(THREE, "t", "", width=400)
    widths = [
        float(bars_of(svg, tone)[0].get("width", 0)) for tone in ("negative", "neutral", "very-positive")
    ]
    assert widths == pytest.approx([80, 120, 200])


def test_negative_parts_are_hatched_and_positive_ones_are_not() -> None:
    one = charts.stacked([Part(100, "", "negative", "Nee")], "t", "", width=100)
    other = charts.stacked([Part(100, "", "very-positive", "Ja")], "t", "", width=100)
    assert 'stroke="#ffffff"' in one
    assert 'stroke="#ffffff"' not in other


def test_bars_stand_on_both_sides_of_one_axis() -> None:
    rows = [Row(THREE), Row((Part(10, "", "negative"), Part(90, "", "very-positive")))]
    svg = charts.diverging(rows, "t", "", row=20, width=200)
    starts = [float(r.get("x", 0)) for r in bars_of(svg, "very-positive")]
    neutral = bars_of(svg, "neutral")[0]
    axis = starts[1]  # without a neutral part the positive one begins at the axis
    assert float(neutral.get("x", 0)) + float(neutral.get("width", 0)) / 2 == pytest.approx(axis, abs=0.2)


def test_a_withheld_row_says_so_and_draws_nothing() -> None:
    svg = charts.diverging([Row(note="onvoldoende antwoorden")], "t", "", row=20, width=200)
    assert "onvoldoende antwoorden" in svg
    assert not list(parsed(svg).iter(f"{SVG}rect"))


def test_dots_lie_at_their_percentage_in_the_given_order() -> None:
    svg = charts.interval_dots([shown(10), shown(90), shown(50)], shown(50), "t", "", row=14, width=112)
    dots = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in parsed(svg).iter(f"{SVG}circle")]
    assert dots == [(16, 7), (96, 21), (56, 35)]


def test_few_answers_are_hollow_and_withheld_ones_absent() -> None:
    full = charts.interval_dots([shown(40)], shown(50), "t", "", row=14, width=112)
    few = charts.interval_dots([shown(40, state=State.INDICATIVE)], shown(50), "t", "", row=14, width=112)
    none = charts.interval_dots([WITHHELD], shown(50), "t", "", row=14, width=112)
    fills = [[c.get("fill") for c in parsed(svg).iter(f"{SVG}circle")] for svg in (full, few, none)]
    assert fills == [[palette()["newcomer"]], ["#ffffff"], []]


def test_a_band_shows_its_side_but_no_point() -> None:
    svg = charts.interval_dots([BANDED], shown(50), "t", "", row=14, width=112)
    assert not list(parsed(svg).iter(f"{SVG}circle"))
    box = next(r for r in parsed(svg).iter(f"{SVG}rect") if r.get("stroke"))
    assert (float(box.get("x", 0)), float(box.get("width", 0))) == (86, 20)


def test_the_band_of_the_whole_reaches_from_its_low_to_its_high() -> None:
    svg = charts.interval_dots([shown(40)], shown(50, 45, 55), "t", "", row=14, width=112)
    band = bars_of(svg, "band")[0]
    assert (float(band.get("x", 0)), float(band.get("width", 0))) == (51, 10)


def test_partners_have_another_shape_than_newcomers() -> None:
    root = parsed(charts.paired_dots([(shown(60), shown(80))], "t", "", row=20, width=112))
    assert len(list(root.iter(f"{SVG}circle"))) == 1
    diamonds = [p for p in root.iter(f"{SVG}path") if p.get("fill") == palette()["partner"]]
    assert len(diamonds) == 1


def test_texts_of_strangers_stay_text() -> None:
    svg = charts.stacked([Part(100, "<b>", "neutral", '"><script>')], "<&>", "]]>", width=300)
    assert parsed(svg).findtext(f"{SVG}title") == "<&>"
    assert not list(parsed(svg).iter(f"{SVG}script"))


def test_the_same_input_gives_the_same_text() -> None:
    again = charts.stacked(THREE, "Titel", "Uitleg", width=400)
    assert again == ALL["stacked"]


@given(
    st.lists(st.tuples(st.floats(0, 400), st.floats(5, 60)), min_size=1, max_size=5).map(sorted),
)
def test_labels_never_cover_each_other_when_there_is_room(places: list[tuple[float, float]]) -> None:
    widths = [w for _, w in places]
    starts = charts._spread([m for m, _ in places], widths, 400)
    for i in range(1, len(starts)):
        assert starts[i] >= starts[i - 1] + widths[i - 1] + 7.99
    assert starts[-1] + widths[-1] <= 400.01


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_scales_run_from_negative_to_positive(count: int) -> None:
    tones = charts.tones(count)
    assert len(tones) == count
    assert list(tones) == sorted(tones, key=charts.TONES.index)
    assert tones[-1] == "very-positive"


def test_a_line_stops_where_the_question_was_another_one_and_where_nothing_is_published() -> None:
    svg = trend(COURSE, Marks("andere vraag", "Vlaanderen"), "t", "", width=215)
    paths = list(parsed(svg).iter(f"{SVG}path"))
    joined = [path for path in paths if path.get("stroke-width") == "1.6"]
    dashed = [path for path in paths if path.get("stroke-dasharray")]
    words = ["".join(node.itertext()) for node in parsed(svg).iter(f"{SVG}text")]
    assert len(joined) == 1  # of the last two waves only: not over the break, not over what is withheld
    assert len(dashed) == 1
    assert words.count("andere vraag") == 1
    assert {"60 %", "72 %", "75 %", "onvoldoende antwoorden", "n = 90", "Vlaanderen"} <= set(words)
    centres = [float(dot.get("cx", 0)) for dot in parsed(svg).iter(f"{SVG}circle")]
    gap, next_gap = centres[1] - centres[0], centres[2] - centres[1]
    assert gap == pytest.approx(3 * next_gap, abs=0.3)  # as far apart as in time


def test_every_interval_of_a_line_is_drawn_as_long_as_it_is() -> None:
    svg = trend(COURSE[:1] * 2, Marks(""), "t", "", width=215)
    ways = " ".join(path.get("d", "") for path in parsed(svg).iter(f"{SVG}path"))
    ends = re.findall(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)", ways)
    lengths = {round(abs(float(y1) - float(y2)), 1) for x1, y1, x2, y2 in ends if x1 == x2}
    assert lengths - {0.0} == {20.0}  # 20 points of the 100 that 0 to 100 % take


@pytest.mark.parametrize("partner", [False, True])
def test_a_short_interval_of_a_line_is_seen_beside_its_dot(partner: bool) -> None:
    point = Point(0, "1ste helft 2025", "60 %", "n = 811", shown(60, 57, 63))
    svg = parsed(trend([point] * 2, Marks(""), "t", "", width=215, partner=partner))
    drawn = (path for path in svg.iter(f"{SVG}path") if path.get("stroke-width") == "1.1")
    ends = [float(n) for n in re.findall(r"[\d.]+", next(drawn).get("d", ""))]
    _x, foot, _x2, top, left, _y, right, *_ = ends
    dot = 2.3 + partner
    assert foot - top == pytest.approx(6, abs=0.11)
    assert (foot - top) / 2 > 2.3
    assert (right - left) / 2 > dot + 1  # a cap sticks out at both sides


def test_waves_are_counted_in_half_years() -> None:
    assert half_years("2026-H1") - half_years("2025-H2") == 1
    assert half_years("2026-H2") - half_years("2025-H2") == 2


def test_neighbours_in_a_bar_are_parted_by_white() -> None:
    svg = charts.stacked(THREE, "t", "", width=400)
    assert svg.count('stroke="#ffffff" stroke-width="0.8"/>') >= 2
