"""One translation against its Dutch: what must stop it before a respondent meets it, and what must not."""

import pytest

from feedback_app.languages import ENDONYMS, all_languages
from feedback_app.questionnaires.catalogues import Entry, plural_count
from feedback_app.questionnaires.letters import script_of
from feedback_app.questionnaires.text_gates import check_entry
from feedback_app.rendering.drawn import TABLE, is_drawn
from feedback_app.rendering.fonts import covered

PAGE = "feedback_app/templates/respond/page.html"


def problems(
    locale: str,
    dutch: str | tuple[str, ...],
    *target: str,
    note: str = "",
    place: str = "x.py",
    hint: str = "",
) -> str:
    source = (dutch,) if isinstance(dutch, str) else dutch
    notes, hints = ((one,) if one else () for one in (note, hint))
    entry = Entry(None, source, target, places=(place,), notes=notes, hints=hints)
    return " | ".join(problem for problem, _ in check_entry(locale, entry))


@pytest.mark.parametrize(
    ("locale", "dutch", "target"),
    [
        ("ar", "Goed", "جيد"),
        ("ar", "Je deed mee aan: {type}.", "شاركت في: {type}."),
        ("ar", "Kies hoogstens %(number)s antwoorden.", "اختر %(number)s إجابات كحد أقصى."),
        ("ar", "Vraag een QR-code", "اطلب رمز QR"),
        ("ar", "Bel 1700 of kijk op https://voorbeeld.example", "اتصل 1700 أو https://voorbeeld.example"),
        ("fa_AF", "Ik ga vaak", "من زیاد می‌روم"),  # with a zero-width non-joiner, which Persian needs
        ("uk", "Familie", "Сім’я"),
        ("uk", "Familie", "Сімʼя"),
        ("ti", "Goed", "ጽቡቕ"),
        ("fr", "Iedereen is <strong>welkom</strong>", "Tout le monde est <strong>bienvenu</strong>"),
        ("fr", "Regio", "Région d’aujourd’hui"),
        ("en", "Sport", "Sport"),
        ("nl", "De regio's, thema’s en e-mailadressen", "De regio's, thema’s en e-mailadressen"),
        ("en", " en ", " and "),
        ("ar", "80 %% van de mensen", "80 %% من الناس"),
        ("ti", "Goed.", "ጽቡቕ።"),
        ("ti", "Was dit goed?", "ጽቡቕ ድዩ፧"),
        ("ti", "Was dit goed?", "ጽቡቕ ድዩ?"),
        ("ti", "Hier:", "ኣብዚ፦"),
        ("ur", "Het duurt 3,5 minuten.", "اس میں 3,5 منٹ لگتے ہیں۔"),
        ("ps", "Je mag stoppen!", "ته کولی شې ودرېږې."),
        ("es", "Was dit goed?", "¿Estuvo bien?"),
        ("es", "Was dit goed? (Ja of nee)", "¿Estuvo bien? (Sí o no)"),
        ("fr", "Kies <em>Ja</em>.", "Choisis <em>Oui</em>."),
        ("tr", "Gent of iets anders", "İstanbul ya da başka bir şey"),
        ("en", "AgII, Atlas, Amal", "AgII, Atlas, Amal"),
        ("bg", "Wij zagen haar", "Ние ѝ видяхме"),
    ],
)
def test_a_right_translation_passes(locale: str, dutch: str, target: str) -> None:
    assert problems(locale, dutch, target) == ""


@pytest.mark.parametrize(
    ("locale", "dutch", "target", "problem"),
    [
        ("ar", "Goed", "Goed", "is not in this language's script"),
        ("ar", "Goed", "جيد good", "“good” is not in this language's script"),
        ("uk", "Goed", "Dobre", "script"),
        ("uk", "Goed", "Дoбре", "script"),  # a Latin o among Cyrillic letters
        ("ti", "Goed", "جيد", "script"),
        ("en", "Goed", "Gооd", "script"),  # Cyrillic о
        ("fa_AF", "Een", "يك", "letters of another language"),
        ("ar", "Goed", "خوبی", "letters of another language"),
        ("uk", "Wij", "мы", "letters of another language"),
        ("ar", "Hallo {name}", "مرحبا", "placeholders differ"),
        ("ar", "Hallo {name}", "مرحبا {nam}", "placeholders differ"),
        ("en", "%(number)s vragen", "%(number)d questions", "placeholders differ"),
        ("en", "%(a)s %(a)s", "%(a)s", "placeholders differ"),
        ("en", "Hallo", "Hello %(name)s", "placeholders differ"),
        ("fr", "<em>Ja</em>", "Oui", "tags differ"),
        ("fr", "<em>Ja</em>", "<em>Oui<em>", "tags differ"),
        ("ar", "Goed", "\u200fجيد", "bidi control U+200F"),
        ("ar", "Goed", "\u2067جيد\u2069", "bidi control U+2067, U+2069"),
        ("fr", "Goed", "Bi\u200ben", "invisible character U+200B"),
        ("fr", "Goed", "Bien\t!", "invisible character U+0009"),
        ("fr", "Goed", "Bien ", "ends with other space"),
        ("fr", "Goed: ", "Bien :", "ends with other space"),
        ("fr", "Goed", "\nBien", "starts with other space"),
        ("ar", "Goed en wel", "جيد\nجيد", "has a line break that the Dutch has not"),
        ("fr", "Goed", "Bien \U0001f600", "what no face in print draws: U+1F600"),
        ("fr", "Goed", "Bien \u21d2", "what no face in print draws: U+21D2"),
        ("fr", "<em>Ja</em>", "</em>Oui<em>", "tags differ"),
        ("fr", "<em><b>Ja</b></em>", "<em><b>Oui</em></b>", "tags differ"),
        ("fr", "Ja", "Oui <img src=x ", "markup that the Dutch has not: <"),
        ("fr", "Ja", "Oui &amp; non", "markup that the Dutch has not: &amp;"),
        ("fr", "Eén", "E\u0301cole", "accents apart"),
        ("fr", "Goed", "Bi\u200cen", "invisible character U+200C"),
        ("ar", "Goed", "جي\U000e0041د", "invisible character U+E0041"),
        ("ar", "Goed", "جي\ufffdد", "invisible character U+FFFD"),
        ("fr", "Goed", "Bi\ue000en", "invisible character U+E000"),
        ("fr", "Goed", "Bien\u2028!", "invisible character U+2028"),
        ("fr", "Goed", "Bi\u034fen", "invisible character U+034F"),
        ("en", "Dit is onze vraag", "Dit is onze vraag", "is the Dutch"),
        ("en", "Dit is onze vraag", "dit is onze vraag.", "is the Dutch"),
        (
            "en",
            "Je kiest zelf. Je mag stoppen.",
            "You choose. Je mag stoppen.",
            "“Je mag stoppen” is the Dutch",
        ),
    ],
)
def test_a_wrong_translation_is_stopped(locale: str, dutch: str, target: str, problem: str) -> None:
    assert problem in problems(locale, dutch, target)


def test_a_comment_lets_words_stand() -> None:
    assert problems("ar", "Goed", "جيد Ligo", note="keep: Ligo, Vlot") == ""
    assert "“Goed”" in problems("ar", "Goed", "Goed", note="keep: Ligo")
    assert problems("en", "Huis van het Nederlands", "Huis van het Nederlands", note="keep: * (a name)") == ""
    assert "bidi" in problems("ar", "Goed", "\u200fGoed", note="keep: * (a name)")
    assert "no reason" in problems("en", "Huis van het Nederlands", "Huis van het Nederlands", note="keep: *")
    both = "keep: Nederlands, * (a name, in full)"
    assert problems("en", "Huis van het Nederlands", "Huis van het Nederlands", note=both) == ""


def test_a_percent_sign_is_doubled_where_it_is_formatted() -> None:
    assert "cannot be formatted" in problems("en", "80 %% zeker", "80 % certain", place=PAGE)
    assert "cannot be formatted" in problems("en", "%(n)s %%", "%(n)s % ")
    assert "cannot be formatted" in problems("en", "80 %% zeker", "80 % sure", place=PAGE)
    assert problems("en", "80 % zeker", "80 % certain", place="feedback_app/cli.py") == ""


def test_a_plural_form_may_leave_the_number_out_but_nothing_else() -> None:
    dutch = ("Eén dag bij %(who)s", "%(num)d dagen bij %(who)s")
    forms = ("%(who)s", "%(who)s", "%(who)s", "%(num)d %(who)s", "%(num)d %(who)s", "%(num)d %(who)s")
    assert problems("ar", dutch, *forms) == ""
    assert "placeholders" in problems("ar", dutch, *forms[:5], "%(num)d")
    assert "placeholders" in problems("ar", dutch, *forms[:5], "%(num)d %(who)s %(x)s")


def test_every_language_has_a_script_and_plurals_that_babel_knows() -> None:
    scripts = {key: script_of(key) for key in all_languages()}
    assert {key for key, script in scripts.items() if script == "ARABIC"} == {
        *("ar", "fa", "fa_AF", "ps", "ckb", "ur")
    }
    assert {key for key, script in scripts.items() if script == "CYRILLIC"} == {"uk", "ru", "bg"}
    assert {key for key, script in scripts.items() if script == "ETHIOPIC"} == {"ti"}
    assert all(1 <= plural_count(key) <= 6 for key in scripts)


# --- letters and marks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "target", "strange"),
    [
        ("tr", "Değıl mi ñ", "ñ"),
        ("ro", "Şi eu", "Ş"),  # with a cedilla; Romanian has it with a comma: Ș
        ("ro", "Toţi", "ţ"),
        ("ku", "Baş ø", "ø"),
        ("ku", "Ne başım", "ı"),  # Turkish
        ("so", "Haş", "ş"),
        ("pl", "Dobryß", "ß"),
        ("sq", "Po, ě", "ě"),
        ("pt", "Năo", "ă"),
        ("es", "Não", "ã"),
        ("fr", "Señor", "ñ"),
        ("en", "Straße", "ß"),
        ("ru", "Добрі", "і"),
        ("uk", "Добры", "ы"),
        ("bg", "Добры", "ы"),
        ("bg", "Ещё", "ё"),
        ("ar", "خوبی", "ی"),
        ("fa", "بي", "ي"),
        ("fa_AF", "كتاب", "ك"),
        ("ps", "كور", "ك"),
        ("ps", "ٹیک", "ٹ"),
        ("ps", "گل", "گ"),
        ("ur", "كتاب", "ك"),
        ("ur", "هم", "ه"),  # Urdu has ہ
        ("ckb", "باشي", "ي"),
        ("ckb", "كورد", "ك"),
        ("ckb", "صبر", "ص"),
        ("ti", "ጘ", "ጘ"),
        ("ti", "ዻ", "ዻ"),
    ],
)
def test_a_letter_of_a_neighbour_is_found(locale: str, target: str, strange: str) -> None:
    assert f"letters of another language ({strange}, U+{ord(strange):04X})" in problems(
        locale, "Goed", target
    )


@pytest.mark.parametrize("locale", list(ENDONYMS))
@pytest.mark.parametrize("digit", ["\u0663", "\u06f3", "\u136b", "\uff13"])
def test_digits_are_the_same_on_every_page(locale: str, digit: str) -> None:
    assert f"has the digits {digit}" in problems(locale, "3", digit)
    assert problems(locale, "3", "3") == ""


@pytest.mark.parametrize(
    ("locale", "dutch", "target", "problem"),
    [
        ("ar", "Goed?", "جيد", "ends with no mark, the Dutch with a question mark"),
        ("ar", "Goed?", "جيد?", "the mark ? of another script"),
        ("ps", "Goed?", "ښه;", "the mark ; of another script"),
        ("fa", "Ja, goed", "بله, خوب", "the mark , of another script"),
        ("ur", "Goed.", "اچھا.", "the mark . of another script"),
        ("bg", "Goed?", "Добре;", "ends with no mark"),
        ("sq", "Goed?", "Mirë\u037e", "the mark \u037e of another script"),
        ("ti", "Goed?", "ጽቡቕ؟", "the mark ؟ of another script"),
        ("uk", "Goed", "Добре.", "ends with a full stop, the Dutch with no mark"),
        ("pl", "Goed.", "Dobrze", "ends with no mark, the Dutch with a full stop"),
        ("pt", "Hier:", "Aqui", "ends with no mark, the Dutch with a colon"),
        ("pt", "Was dit goed? (Ja)", "Foi bom (sim?)", "ends with a question mark"),
        ("so", "Goed.", "Ma wanaagsan?", "ends with a question mark, the Dutch with a full stop"),
    ],
)
def test_a_question_stays_a_question_and_a_stop_a_stop(
    locale: str, dutch: str, target: str, problem: str
) -> None:
    assert problem in problems(locale, dutch, target)


def test_joiners_stand_only_where_letters_join() -> None:
    for locale in ENDONYMS:
        found = "U+200C" in problems(locale, "Goed", "\u0628\u200c\u0628")
        assert found == (script_of(locale) != "ARABIC"), locale


# --- plurals and room ----------------------------------------------------------------------------


@pytest.mark.parametrize("locale", [key for key in ENDONYMS if key != "nl"])
def test_a_language_has_as_many_forms_as_it_has(locale: str) -> None:
    count = plural_count(locale)
    for forms in (1, 2, 3, 4, 6):
        found = problems(locale, ("één", "meer"), *["%(num)d"] * forms)
        assert (f"{forms} plural forms" in found) == (forms != count)
    if count > 1:  # as a file reads of which a form was taken out
        found = problems(locale, ("één", "meer"), *["%(num)d"] * (count - 1), "")
        assert f"{count - 1} plural forms" in found


@pytest.mark.parametrize(
    ("hint", "target", "stopped"),
    [
        ("max: 5", "Merci", False),
        ("max: 5", "Merci!", True),
        ("knop in WhatsApp; max: 5", "Merci!", True),
        ("max: 4 in deze taal, max: 9", "Merci", True),
        ("max: 5", "Merci%(name)s", False),  # what is filled in is not counted
        ("maximum 5", "Merci!", False),
        ("", "Merci!", False),
    ],
)
def test_a_text_fits_the_room_there_is(hint: str, target: str, stopped: bool) -> None:
    dutch = "Dank" + "!" * target.endswith("!") + "%(name)s" * ("%" in target)
    found = problems("fr", dutch, target, hint=hint)
    assert ("there is" not in found and "characters" in found) == stopped
    assert (found != "") == stopped


def test_a_line_break_where_the_dutch_has_one_stays() -> None:
    assert problems("fr", "Ja\nnee", "Oui\nnon") == ""


def test_the_table_of_letters_is_what_the_faces_draw() -> None:
    ranges: list[list[int]] = []
    for point in sorted(covered()):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    true = " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in ranges)
    assert TABLE.split() == true.split(), f"write into rendering/drawn.py: {true}"
    assert is_drawn("A") and is_drawn("ك") and is_drawn("ዐ") and not is_drawn("\U0001f600")


def test_the_dutch_has_to_fit_too() -> None:
    assert "has 6 characters" in problems("nl", "Dankje", "Dankje", hint="max: 5")


@pytest.mark.parametrize(
    ("locale", "dutch", "target", "note", "said"),
    [
        ("en", "Het duurt 3 minuten.", "It takes 5 minutes.", "", "has the number 5"),
        ("en", "Het duurt 3 minuten.", "It takes three minutes.", "", "lacks the number 3"),
        ("en", "Het duurt 3 minuten.", "It takes three minutes.", "keep: 3", ""),
        ("en", "Het duurt 3 minuten.", "It takes 3 minutes.", "", ""),
        ("en", "Elk half jaar.", "Every 6 months.", "", "has the number 6"),
        ("en", "Elk half jaar.", "Every 6 months.", "keep: 6", ""),
        ("ar", "10 vragen, 4 minuten.", "4 دقائق، 10 أسئلة.", "", ""),
        ("en", "Nog %(num)d van de 10", "%(num)d of the 10 left", "", ""),
        ("en", "Je kiest zelf.", "You  choose.", "", "two spaces"),
        ("en", "Je kiest zelf.", "You\u00a0 choose.", "", "two spaces"),
        ("en", "Zeg zelf ja of nee.", "You say ja of nee.", "", "“ja of nee” in"),
        ("en", "Wij vragen je naam niet.", "We ask: vragen je naam never.", "", "“vragen je naam” in"),
        ("en", "Wij vragen je naam niet.", "We vragen je name not.", "", ""),
        ("en", "Typ feedback-app surveys check.", "Type feedback-app surveys check.", "keep: surveys", ""),
    ],
)
def test_numbers_gaps_and_left_over_words(locale: str, dutch: str, target: str, note: str, said: str) -> None:
    found = problems(locale, dutch, target, note=note)
    assert (said in found) if said else found == ""
