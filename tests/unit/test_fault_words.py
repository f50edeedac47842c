"""Everything the gate can find wrong with a text has words on the translators' page."""

import pytest
from flask import Flask
from flask_babel import Babel

from feedback_app.questionnaires.catalogues import Entry
from feedback_app.questionnaires.fault_words import faults_in_words
from feedback_app.questionnaires.text_gates import check_entry

PLACE = "feedback_app/templates/respond/page.html"
NL = "Was dit iets voor jou?"


@pytest.mark.parametrize(
    ("locale", "source", "target", "told"),
    [
        ("en", ("%(num)d dag", "%(num)d dagen"), ("a day",), "Vul 2 vormen in."),
        ("en", (NL,), ("Was {x} it?",), "dat niet in het Nederlands staat"),
        ("en", ("Dag {naam}",), ("Hello you",), "over uit het Nederlands: {naam}"),
        ("en", ("<b>Dag</b>",), ("</b>Hello<b>",), "waar het open ging"),
        ("en", (NL,), ("Was &amp; it?",), "staat niet in het Nederlands: &amp;"),
        ("en", (NL,), ("100 % it?",), "procentteken"),
        ("en", ("Ja",), ("Yes indeed yes",), "Dit zijn 14 tekens. Er is plaats voor 10."),
        ("en", (NL,), ("Was it\u202e?",), "Haal dit onzichtbare teken weg: U+202E. De pagina"),
        ("en", (NL,), ("Was\u200b it?",), "Haal dit onzichtbare teken weg: U+200B."),
        ("fr", (NL,), ("Cafe\u0301 ?",), "staan los van elkaar"),
        ("en", (NL,), (" Was it?",), "Spaties vooraan"),
        ("uk", (NL,), ("Word це?",), "“Word” staat niet in het schrift"),
        ("uk", (NL,), ("Быль це?",), "heeft letters van een andere taal: ы"),
        ("ar", ("Ja 3",), ("نعم ٣",), "niet ٣"),
        ("en", ("Ja 3",), ("Yes 5",), "Dit getal staat niet in het Nederlands: 5."),
        ("en", ("Ja 3",), ("Yes three",), "Dit getal ontbreekt: 3."),
        ("en", ("Ja 3",), ("Yes  3",), "twee spaties"),
        ("en", ("Hoe vond je de les?",), ("Hoe vond je the class?",), "“hoe vond je” is nog Nederlands"),
        ("ar", (NL,), ("هل هذا?",), "in plaats van ?"),
        ("en", (NL,), ("It was",), "leesteken"),
        ("en", (NL,), (NL,), "is nog Nederlands"),
    ],
)
def test_a_fault_is_said_in_words(
    locale: str, source: tuple[str, ...], target: tuple[str, ...], told: str
) -> None:
    app = Flask(__name__)
    Babel(app, default_locale="nl")
    hints = ("max: 10",) if source == ("Ja",) else ()
    entry = Entry(None, source, target, places=(PLACE,), hints=hints)
    assert list(check_entry(locale, entry)), "or the test shows nothing"
    with app.test_request_context():
        found = list(faults_in_words(locale, entry))
    assert told in " ".join(words for words, _ in found)
    assert {lang for _, lang in found} == {""}, found
