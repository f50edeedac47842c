"""What the gate says about a text, in the words of the page; the command line keeps its own."""

import re
from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from feedback_app.questionnaires.catalogues import Entry
from feedback_app.questionnaires.text_gates import check_entry

#: what `check_entry` says, problem and remedy on one line → the same for who translates
_WORDS = (
    (r"\d+ plural forms for .* → this language has (?P<count>\d+)", _l("Vul %(count)s vormen in.")),
    (
        r"(?:placeholders|tags) differ .* → use exactly: none",
        _l("Er staat iets tussen haakjes of tekens dat niet in het Nederlands staat."),
    ),
    (
        r"(?:placeholders|tags) differ .* → use exactly: (?P<pieces>.*)",
        _l("Neem dit precies over uit het Nederlands: %(pieces)s."),
    ),
    (r"tags differ .*", _l("Sluit elk stuk opmaak waar het open ging.")),
    (
        r".* has markup that the Dutch has not: (?P<pieces>.*) → .*",
        _l("Deze opmaak staat niet in het Nederlands: %(pieces)s."),
    ),
    (
        r".* has a line break that the Dutch has not → .*",
        _l("Schrijf de tekst op één regel, zoals in het Nederlands."),
    ),
    (
        r"`# keep: \*` says no reason .*",
        _l("Zeg waarom de hele tekst mag blijven. Zet de reden tussen haakjes: * (reden)."),
    ),
    (
        r".* has what no face in print draws: (?P<signs>U\S+(?:, U\S+)*) → .*",
        _l("Dit teken kunnen we niet afdrukken: %(signs)s. Schrijf het in woorden."),
    ),
    (r".* cannot be formatted → .*", _l("Schrijf het procentteken twee keer.")),
    (
        r".* has (?P<count>\d+) characters → there is room for (?P<room>\d+)",
        _l("Dit zijn %(count)s tekens. Er is plaats voor %(room)s."),
    ),
    (
        r"bidi control (?P<signs>U\S+(?:, U\S+)*) in .*",
        _l("Haal dit onzichtbare teken weg: %(signs)s. De pagina regelt de richting zelf."),
    ),
    (
        r"invisible character (?P<signs>U\S+(?:, U\S+)*) in .*",
        _l("Haal dit onzichtbare teken weg: %(signs)s."),
    ),
    (
        r".* has letters and accents apart → .*",
        _l("Letters en accenten staan los van elkaar. Bewaar de tekst opnieuw."),
    ),
    (
        r".* with other space than the Dutch → .*",
        _l("Spaties vooraan en achteraan moeten zijn zoals in het Nederlands."),
    ),
    (
        r"“(?P<word>.*)” is not in this language's script → .*",
        _l("“%(word)s” staat niet in het schrift van deze taal. Vertaal het, of laat het blijven."),
    ),
    (
        r"“(?P<word>.*)” has letters of another language \((?P<letters>.*)\) → .*",
        _l("“%(word)s” heeft letters van een andere taal: %(letters)s."),
    ),
    (r".* has the digits (?P<digits>.*) → .*", _l("Schrijf de cijfers 0 tot 9, niet %(digits)s.")),
    (
        r".* has the mark (?P<mark>.*) of another script → write (?P<own>.*)",
        _l("Schrijf %(own)s in plaats van %(mark)s."),
    ),
    (r".* has the number (?P<numbers>.*) → .*", _l("Dit getal staat niet in het Nederlands: %(numbers)s.")),
    (
        r".* lacks the number (?P<numbers>.*) → .*",
        _l("Dit getal ontbreekt: %(numbers)s. Schrijf het in cijfers, of laat het blijven."),
    ),
    (r".* has two spaces after each other → .*", _l("Er staan twee spaties na elkaar. Laat er één staan.")),
    (r".* ends with .*, the Dutch with .*", _l("Eindig met hetzelfde leesteken als het Nederlands.")),
    (
        r"“(?P<word>.*?)” (?:is the Dutch, not a translation|in “.*” is still Dutch) → .*",
        _l("“%(word)s” is nog Nederlands. Vertaal het, of laat het blijven."),
    ),
)


def faults_in_words(locale: str, entry: Entry) -> Iterator[tuple[str, str]]:
    """What is wrong with a translation: (words, "en" where only the command line's are there) each."""
    for problem, remedy in check_entry(locale, entry):
        yield _in_words(f"{problem} → {remedy}")


def _in_words(said: str) -> tuple[str, str]:
    for pattern, words in _WORDS:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return str(words) % found.groupdict(), ""
    return said, "en"
