"""What counts as another text than the draft that a colleague made."""

import json
from dataclasses import replace
from typing import Any

from flask import Flask
from flask_babel import Babel

from feedback_app.reports.content import ReportContent
from feedback_app.reports.same_text import changed_parts
from tests.report_example import example_content


def changed(then: ReportContent, **now: Any) -> list[str]:
    app = Flask(__name__)
    Babel(app, default_locale="nl")
    contents = [json.loads(one.to_json()) for one in (then, replace(then, **now))]
    with app.app_context():
        return changed_parts(*contents)


def test_every_part_of_a_draft_counts_but_its_day_and_what_a_final_edition_leaves_out() -> None:
    whole = example_content()
    settled = replace(whole.signals[0], state="overgemaakt", quotes=())
    open_one = replace(whole.signals[1], state="signaal", quotes=())
    then = replace(whole, signals=(settled, open_one), quotes=whole.quotes)
    valid = replace(open_one, state="gevalideerd")
    assert changed(then, compiled_on="2030-01-01") == []
    assert changed(then, signals=(settled,)) == [], "nobody validated it: it falls away"
    assert changed(then, signals=(settled, replace(open_one, title="Anders"))) == []
    assert changed(then, signals=(settled, valid)) == [], "the same text, validated since"
    moved = replace(settled, quotes=whole.quotes[:1])
    assert changed(then, signals=(moved, open_one), quotes=whole.quotes[1:]) == []
    assert changed(then, signals=(settled, replace(valid, title="Anders"))) == ["Signalen"]
    for signals in ((open_one,), (settled, valid, replace(valid, code="S-9")), (open_one, settled, valid)):
        assert changed(then, signals=signals) == ["Signalen"]
    assert changed(then, quotes=whole.quotes[1:]) == ["Citaten"]
    practice = replace(whole.practices[0], text="Anders.")
    assert changed(then, practices=(practice,), foreword="Anders.", items=whole.items[1:]) == [
        "Voorwoord",
        "Alle vragen: grafiek en tabel",
        "Goede praktijken uit de regio’s",
    ]
    assert changed(then, period="Anders") == ["Titel, namen en gegevens"]
