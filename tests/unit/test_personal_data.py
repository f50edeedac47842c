"""What points to somebody is found in every script, in remarks that were written for tests."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedback_app.remarks.names import known_among
from feedback_app.remarks.personal import Known, find_personal
from feedback_app.remarks.redact import Span, merged, occurrences, redact
from feedback_app.remarks.scripts import LATIN, SCRIPTS, guess, scripts_in
from feedback_app.remarks.suggest import suggest
from feedback_app.remarks.words import check_words, load_words

ROOT = Path(__file__).parents[2]
WORDS = load_words(ROOT / "surveys")
REMARKS: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/fixtures/remarks.yaml").read_text("utf-8"))[
    "remarks"
]
SPELLINGS: dict[str, list[Any]] = yaml.safe_load((ROOT / "tests/fixtures/spellings.yaml").read_text("utf-8"))
CERTAIN = {"phone", "email", "national"}


def test_there_are_enough_remarks_in_enough_languages_and_scripts() -> None:
    assert len(REMARKS) >= 80
    assert len({one["language"] for one in REMARKS}) >= 11
    scripts = {scripts_in(one["text"]).most_common(1)[0][0] for one in REMARKS}
    assert scripts == {"LATIN", "ARABIC", "CYRILLIC", "ETHIOPIC"}


def test_nearly_everything_that_was_planted_is_found_in_every_script() -> None:
    planted: Counter[tuple[str, str]] = Counter()
    missed: list[tuple[str, str, str]] = []
    for one in REMARKS:
        text, language = one["text"], one["language"]
        script = scripts_in(text).most_common(1)[0][0]
        left = redact(text, find_personal(text, WORDS[language]))
        for what in one["planted"]:
            group = "certain" if what["kind"] in CERTAIN else "other"
            planted[script, group] += 1
            if what["text"] in left:
                missed.append((script, group, f"{language} {what['kind']}: {what['text']}"))
    print("missed:", *(what for _script, _group, what in missed), sep="\n  ")  # noqa: T201
    lost = Counter((script, group) for script, group, _what in missed)
    for key, number in planted.items():
        assert 1 - lost[key] / number >= (0.95 if key[1] == "certain" else 0.8), (key, missed)


def test_nearly_every_spelling_is_found_and_ordinary_sentences_are_left() -> None:
    tried: Counter[str] = Counter()
    missed: list[tuple[str, str]] = []
    for one in SPELLINGS["spellings"]:
        language, text, hidden = one
        script = SCRIPTS.get(language, LATIN)
        tried[script] += 1
        left = redact(text, find_personal(text, WORDS[language]))
        if any(piece in left for piece in hidden.split("|")):
            missed.append((script, f"{language}: {text!r} → {left!r}"))
    print("missed:", *(what for _script, what in missed), sep="\n  ")  # noqa: T201
    lost = Counter(script for script, _what in missed)
    assert len(tried) == 4 and all(1 - lost[key] / tried[key] >= 0.95 for key in tried), missed
    for language, text in SPELLINGS["ordinary"]:
        assert find_personal(text, WORDS[language]) == [], text


def test_a_pattern_looks_no_further_than_an_address_can_be_long() -> None:
    """Else each place of a long text is a start for all that follows, and 10,000 signs take seconds."""
    long = "a-" * 100
    assert redact(f"{long}x@voorbeeld.be", find_personal(f"{long}x@voorbeeld.be")).startswith("a-" * 60)
    assert "[WEBADRES]" not in redact(f"{long}x.be", find_personal(f"{long}x.be"))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Bel ٠٤٧٠١٢٣٤٥٦ of ۰۴۷۱ ۲۳ ۴۵ ۶۷", ["phone", "phone"]),
        ("Bel 0470\u200b 12 34 56", ["phone"]),
        ("NL91 ABNA 0417 1643 00", ["iban"]),
        ("BE68 5390 0754 7035", ["iban"]),  # mistyped, yet somebody's
        ("85.07.30-033.28 en 85073003328", ["national", "national"]),
        ("850730 033 29 is er geen", ["phone"]),  # no such number; still eleven digits
        ("geboren in 1987", ["birth"]),
        ("op 12 maart 1990", ["birth"]),
        ("insta: voorbeeld_naam", ["handle"]),
        ("zie www.voorbeeld.be/ik en voorbeeld.com", ["url", "url"]),
        ("voorbeeld (at) mail.example", ["email"]),
        ("auto 1-ABC-234", ["plate"]),
        ("Mijn begeleider Sofie van den Berg, mevrouw Peeters", ["name", "name"]),
        ("Mijn begeleider was heel goed", []),
        (f"40 uur van 09.00 tot 17.00, op 12/03/{datetime.now(UTC).year}, voor 10 euro", []),
        ("Het was goed. Ik kom terug.", []),
    ],
)
def test_what_is_found_and_what_is_not(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in find_personal(text, WORDS["nl"])] == kinds


def test_our_own_names_are_found_without_capitals_and_accents() -> None:
    known = Known(frozenset({"voorbeeldclub eclair"}), frozenset({"zoe"}))
    found = redact(
        "Bij VOORBEELDCLUB Éclair was Zoë vriendelijk, zoeken niet",
        find_personal("Bij VOORBEELDCLUB Éclair was Zoë vriendelijk, zoeken niet", WORDS["nl"], known),
    )
    assert found == "Bij [ORGANISATIE] was [NAAM] vriendelijk, zoeken niet"


@pytest.mark.parametrize(
    ("ours", "text", "left"),
    [
        ("Fatima Yılmaz", "Fatima's man, Fatimas zus, FATIMA YILMAZ", "[NAAM]'s man, [NAAM] zus, [NAAM]"),
        ("Ayse Yildiz", "Ayşe'nin evi, Yıldız", "[NAAM]'nin evi, [NAAM]"),
        ("Łukasz Đorđe", "Lukasz en Dorde", "[NAAM] en [NAAM]"),
        ("Lukasz Soren", "Łukasz, Søren", "[NAAM], [NAAM]"),
        ("IŞIK", "bij Işık", "bij [NAAM]"),
        ("Marie-Claire", "Marie Claire, Marie, Marie\u2011Claire", "[NAAM], [NAAM], [NAAM]"),
        ("Els D'Hondt", "mevrouw Dhondt", "mevrouw [NAAM]"),
        ("فاطمة علي", "وفاطمه و علی", "[NAAM] و [NAAM]"),
    ],
)
def test_a_person_is_found_however_the_name_is_written(ours: str, text: str, left: str) -> None:
    assert redact(text, find_personal(text, None, known_among([], [ours], text))) == left


@pytest.mark.parametrize(
    ("ours", "text", "left"),
    [
        ("Buurthuis De Brug vzw", "bij De Brug's ploeg", "bij [ORGANISATIE]'s ploeg"),
        ("Buurthuis De Brug", "buurthuis\nde  brug, Buurthuis De-Brug", "[ORGANISATIE], [ORGANISATIE]"),
        ("Buurthuis De Brug", "Buurthuis “De Brug” hier", "[ORGANISATIE]” hier"),
        ("OKA", "bij oka, niet bij okapi", "bij [ORGANISATIE], niet bij okapi"),
        ("Okra (Gent)", "Okra en Okra Gent", "[ORGANISATIE] en [ORGANISATIE]"),
        ("Voetbalclub Łódź", "voetbalclub Lodz", "[ORGANISATIE]"),
        ("Voetbalclub", "onze voetbalclub", "onze voetbalclub"),  # what it is says nothing about which
        ("جمعية الأمل", "وجمعيه الأمل", "[ORGANISATIE]"),
    ],
)
def test_an_organisation_is_found_however_it_is_called(ours: str, text: str, left: str) -> None:
    assert redact(text, find_personal(text, None, known_among([ours], [], text))) == left


def test_what_overlaps_is_hidden_once_and_whole() -> None:
    assert merged([Span(2, 6, "phone"), Span(4, 9, "name"), Span(0, 3, "other")]) == [Span(0, 9, "phone")]
    assert redact("abcdefghij", merged([Span(2, 6, "phone"), Span(4, 9, "name")])) == "ab[TELEFOON]j"
    assert redact("an en an", occurrences("an en an", "an", "name")) == "[NAAM] en [NAAM]"
    assert occurrences("an", "", "name") == []
    assert redact("An en Anders", occurrences("An en Anders", "An", "name")) == "[NAAM] en Anders"
    assert redact("وأحمد", occurrences("وأحمد", "أحمد", "name")) == "و[NAAM]"


def test_the_language_is_confirmed_by_script_letters_and_words() -> None:
    common = {key: one.common for key, one in WORDS.items()}
    wrong = [
        one for one in REMARKS if guess(one["text"], one["language"], common).language != one["language"]
    ]
    assert len(wrong) <= len(REMARKS) * 0.03, [(one["language"], one["text"]) for one in wrong]
    assert guess("Я не знала, що буде, і ми їхали далеко", "ru", common).language == "uk"
    assert guess("زه نه پوهېدم چې څه وکړم او ډېر لرې و", "fa_AF", common).language == "ps"
    assert guess("I did not know what it was and they were kind", "nl", common).language == "en"
    assert guess("ኣብኡ ምስ ሰባት ነይረ", "nl", common).language == "ti"
    assert guess("از همه تشکر", "fa_AF", common).language == "fa_AF"  # Dari and Persian: the choice stands
    assert guess("123", "ar", common) == guess("", "ar", common)


def test_themes_are_suggested_in_every_language_by_its_own_words() -> None:
    right = Counter[str]()
    for one in REMARKS:
        suggested = suggest(one["text"], one["language"], WORDS[one["language"]])
        assert len(suggested) <= 2
        right[one["language"]] += one["theme"] in suggested
    assert sum(right.values()) >= len(REMARKS) * 0.8, right
    assert min(right.values()) >= 4, right
    assert suggest("Alles was goed", "nl", WORDS["nl"]) == ()
    assert suggest("tekst", "nl", None) == ()


def test_the_word_lists_are_checked(tmp_path: Path) -> None:
    assert [one for one in check_words(ROOT / "surveys") if not one.warning] == []
    folder = tmp_path / "codebook"
    folder.mkdir()
    (tmp_path / "themes.yaml").write_text("themes: [{key: T01, label: iets}]\n", encoding="utf-8")
    (folder / "nl.yaml").write_text(
        "themes: {T02: [bus], T01: [a, Bus, bus]}\ncommon: ['']\n", encoding="utf-8"
    )
    (folder / "xx.yaml").write_text("themes: {T01: [een]}\n", encoding="utf-8")
    (folder / "en.yaml").write_text("themen: {T01: [een]}\n", encoding="utf-8")
    said = [str(one) for one in check_words(tmp_path)]
    for expected in (
        "no theme “T02”",
        "T01[0]: “a” is part",
        "T01[2]: warning: “bus” stands twice",
        "common[0]: there is no word",
        "“xx” is no language",
        "themen: unknown key",
    ):
        assert any(expected in one for one in said), (expected, said)
    assert any("fr.yaml" in one and "warning" in one for one in said)
