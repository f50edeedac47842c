"""What the rules of thumb see in Dutch sentences, and what they must not see."""

from pathlib import Path

import pytest

from feedback_app.questionnaires import dutch
from feedback_app.questionnaires.plain_language import load_rules

RULES = load_rules(Path(__file__).parents[2] / "surveys")


def passive(sentence: str) -> str | None:
    return dutch.passive(sentence, RULES.passive.look_alikes, RULES.passive.active)


def double(question: str) -> list[str]:
    return list(dutch.joined(question, RULES.double.words, RULES.double.fixed))


def negations(sentence: str) -> list[str]:
    plain = dutch.without(RULES.negation.fixed, sentence)
    return [written for _, written in dutch.found(RULES.negation.words, plain)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Was dit iets voor jou?", 5),
        ("Je deed mee aan: {type}.", 5),
        ("Foto’s van de e-mail om 14.30 uur", 7),
        ("Het duurt 3 minuten.", 4),
        ("Eén vast contactpunt – altijd!", 4),
        ("…", 0),
    ],
)
def test_words_are_counted(text: str, expected: int) -> None:
    assert len(dutch.words(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Je kiest zelf. Je mag stoppen.", ["Je kiest zelf.", "Je mag stoppen."]),
        ("Hielp hij? Zo ja, hoe?", ["Hielp hij?", "Zo ja, hoe?"]),
        ("Bel nr. 5, bv. op maandag.", ["Bel nr. 5, bv. op maandag."]),
        ("Het kost 2.50 euro.", ["Het kost 2.50 euro."]),
        ("Wist je genoeg? (wat, waar)", ["Wist je genoeg?", "wat, waar"]),
        ("Hoe (of wanneer) ging het?", ["Hoe   ging het?", "of wanneer"]),
        ("Gaat zo", ["Gaat zo"]),
        ("Stop! Ga door.", ["Stop!", "Ga door."]),
        ("“Goed.” Zei hij dat?", ["“Goed.", "Zei hij dat?"]),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert list(dutch.sentences(text)) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Werd je goed geholpen?",
        "Word je soms gebeld?",
        "Hoe wordt de groep gekozen?",
        "De vragen worden je thuis gesteld.",
        "Weet je waarom dit gevraagd wordt?",
        "Werden jullie vooraf ingelicht en uitgenodigd?",
        "Wanneer werd je ontvangen?",
        "Je antwoorden worden bewaard.",
        "Het verslag wordt opgeschreven.",
        "Wordt er met jou gesproken over de taal?",
        "Werd alles besproken?",
        "Werd er verteld wat je moest doen?",
        "Ben je goed geholpen?",
        "Is er naar jou geluisterd?",
        "Was je vooraf uitgenodigd?",
        "Zijn de regels uitgelegd?",
        "Is er genoeg opvang voorzien en betaald?",
        "Heb je gehoord dat de groep werd gekozen?",
        "Kreeg je alles uitgelegd?",
        "Krijgen jullie de lijst opgestuurd?",
        "Je hebt gevraagd wie wordt geholpen.",
    ],
)
def test_a_passive_is_seen(sentence: str) -> None:
    assert passive(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Wat wil je later worden?",
        "Word je beter in Nederlands?",
        "Wanneer word je dertig?",
        "Is het moeilijk geworden?",
        "Heb je Nederlands gesproken?",
        "Wat heb je gedaan?",
        "Had je vooraf iets gevraagd?",
        "Ben je gekomen?",
        "Ben je ooit teruggekomen?",
        "Waar ben je geboren?",
        "Is er iets veranderd?",
        "Is je Nederlands verbeterd?",
        "Ben je al begonnen?",
        "Is het gelukt?",
        "Was er genoeg geld?",
        "Is je gezin gezond?",
        "Ben je tevreden?",
        "Zijn er andere gezinnen in je gemeente?",
        "Was het verplicht?",
        "Was je gewend aan de groep?",
        "Was het goed wat je hebt gekregen?",
        "Is dit iets dat je gezocht had?",
        "Is het gebied groot?",
        "Je bent geweest.",
        "Zijn er gevoelens die je wil delen?",
        "Dit verslag betekent veel.",
        "Was het gesprek goed?",
        "Is er een bericht voor je?",
    ],
)
def test_an_active_sentence_is_no_passive(sentence: str) -> None:
    assert passive(sentence) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Wat vond je niet goed?",
        "Had je geen problemen?",
        "Kwam je nooit te laat?",
        "Was er niemand?",
        "Ging er niets mis?",
        "Kon je nergens terecht?",
        "Kwam je zonder begeleider?",
        "Wat was onduidelijk?",
        "Was het onmogelijk om te komen?",
        "Was de plaats onveilig?",
        "Had je onvoldoende tijd?",
        "Kon je amper volgen?",
        "NIET waar?",
    ],
)
def test_a_negation_is_seen(sentence: str) -> None:
    assert negations(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Waarom niet?",
        "Kwam je of niet?",
        "Was je onderweg?",
        "Hoe was het onthaal?",
        "Heb je iemand ontmoet?",
        "Was er onderwijs?",
        "Is dit ons huis?",
        "Hoe kwam je online?",
        "Ging je ondanks de regen?",
        "Was je ooit alleen?",
        "Was het nietig?",
        "Wat was moeilijk?",
        "Waar is het station?",
    ],
)
def test_what_only_looks_so_is_no_negation(sentence: str) -> None:
    assert negations(sentence) == []


@pytest.mark.parametrize(
    "question",
    [
        "Was de activiteit leuk en nuttig?",
        "Kende en begreep je de regels?",
        "Kreeg je hulp van je begeleider en je buddy?",
        "Heb je gesport en gedanst?",
        "Was het leuk en heb je iets geleerd?",
        "Was het leuk? En leerde je iets?",
        "Deed je dit op school en/of thuis?",
        "Deed je dit op school en / of thuis?",
        "Ging je naar school/werk?",
        "Was het zowel leuk als nuttig?",
        "Was het te ver en ook te duur?",
        "Kende je de groep evenals de begeleider?",
        "Vond je het leuk, maar ook moeilijk?",
        "Kwam je af en toe en hielp je dan?",
        "Was het leuk, en leerde je iets?",
        "Kon je lezen en, als het moest, schrijven?",
    ],
)
def test_a_double_question_is_seen(question: str) -> None:
    assert double(question)


@pytest.mark.parametrize(
    "question",
    [
        "Kwam je af en toe?",
        "En hoe gaat het nu?",
        "Is er contact tussen jou en je buddy?",
        "Duurde het tussen 5 en 10 uur?",
        "Spreken jij en je buddy af?",
        "Was er eten en drinken?",
        "Kwamen er mannen en vrouwen?",
        "Weet je of er een groep is?",
        "Ging je alleen of met iemand?",
        "Was het ver?",
        "Is er een fles van 1/2 liter?",
        "Las je https://voorbeeld.be/een/twee?",
        "Hebben jullie nog een opmerking of een goed voorbeeld?",
        "Enkele vragen: waar was het?",
    ],
)
def test_a_single_question_is_not_double(question: str) -> None:
    assert double(question) == []


@pytest.mark.parametrize(
    ("question", "answers", "seen"),
    [
        ("Hielp je begeleider of je buddy?", ["Ja", "Nee"], ["begeleider of je"]),
        ("Was het leuk of nuttig?", ["Ja, heel erg", "Weet ik niet"], ["leuk of nuttig"]),
        ("Ging je alleen of met iemand?", ["Alleen", "Met iemand"], []),
        ("Nog een opmerking of een goed voorbeeld?", [], []),
        ("Weet je of er een groep is?", ["Ja", "Nee"], []),
        ("Kwam je of niet?", ["Ja", "Nee"], []),
    ],
)
def test_or_makes_two_questions_of_one_where_one_says_yes(
    question: str, answers: list[str], seen: list[str]
) -> None:
    assert list(dutch.either(question, answers, RULES.double.fixed)) == seen


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Ben je het eens met deze zin?", []),
        ("Bent u het daarmee eens?", []),
        ("Was je het eens, ja of nee?", []),
        ("Ben je het oneens met de regels?", []),
        ("Hoe eens ben je met deze zin?", []),
        ("Ga je akkoord?", []),
        ("Ik ben het ermee eens.", []),
        ("In welke mate ben je mee eens?", []),
        ("De groep was leuk.", ["Helemaal eens", "Eens", "Oneens", "Helemaal oneens"]),
        ("De groep was leuk.", ["Mee eens", "Niet mee eens"]),
        ("De groep was leuk.", ["Helemaal akkoord", "Niet akkoord"]),
        ("De groep was leuk.", ["Noch eens, noch oneens"]),
        ("De groep was leuk.", ["Ja", "Ja, ik ben het ermee eens"]),
        ("De groep was leuk.", ["Een beetje oneens"]),
        ("Ik voelde mij welkom.", ["Waar", "Niet waar"]),
        ("Ik leerde veel", ["Ja", "Nee"]),
        ("Klopt deze zin: de groep was leuk?", []),
        ("Wat vind je van deze stelling?", []),
    ],
)
def test_a_scale_of_agreement_is_seen(question: str, answers: list[str]) -> None:
    assert dutch.agreement(question, answers)


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Kreeg je genoeg hulp?", ["Ja", "Nee"]),
        ("Wil je dit nog eens doen?", ["Ja", "Nee"]),
        ("Ben je al eens gaan kijken?", []),
        ("Heb je het eens geprobeerd?", []),
        ("Was je er wel eens?", []),
        ("Kom je nog eens?", ["Ja, nog eens", "Nee"]),
        ("Hoe vaak kwam je?", ["Eens per week", "Elke dag"]),
        ("Hoe vond je het?", ["Heel goed", "Niet goed"]),
        ("Wie was er ineens weg?", []),
        ("Eensgezind?", []),
        ("Is het gesprek zeer goed verlopen?", ["Helemaal"]),
        ("Ben je tevreden?", ["Een beetje", "Helemaal niet"]),
        ("Klopt de prijs?", ["Ja", "Nee"]),
        ("Kies wat moeilijk was.", ["Het uur", "Ik had geen opvang"]),
        ("Hoe kan ik je helpen?", ["Met taal", "Met werk"]),
    ],
)
def test_other_questions_ask_for_no_agreement(question: str, answers: list[str]) -> None:
    assert dutch.agreement(question, answers) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Was er een kennismakingsgesprek?", ["kennismakingsgesprek"]),
        ("Ken je de verantwoordelijke?", ["verantwoordelijke"]),
        ("Je participatietraject", ["participatietraject"]),
        (
            "Je gemeenschapsactiviteiten en je vrijetijdsbesteding",
            ["gemeenschapsactiviteiten", "vrijetijdsbesteding"],
        ),
        ("Doe je vrijwilligerswerk?", []),
        ("Vrijwilligerswerk doen", []),
        ("Wat is je e-mailadres?", []),
        ("Welke activiteiten deed je?", []),
        ("Je deed mee aan: {participatietraject}.", []),
        ("Kinderopvang in je gemeente", []),
        ("Lees www.voorbeeldje.be op 31-12-2026", []),
        ("Tele-kinderopvang-activiteiten", []),
    ],
)
def test_long_words_are_seen(text: str, expected: list[str]) -> None:
    assert list(dutch.long_words(text, 13, RULES.long_word.allowed)) == expected


@pytest.mark.parametrize(
    ("rule", "text", "written"),
    [
        ("abstract", "Hoe was je participatie?", "participatie"),
        ("abstract", "Had je Vaardigheden nodig?", "Vaardigheden"),
        ("abstract", "Wat was een drempel?", "drempel"),
        ("abstract", "Wat is je inburgering?", "inburgering"),
        ("abstract", "Is er een sociaal netwerk?", "sociaal netwerk"),
        ("abstract", "Is je netwerk groter?", "netwerk"),
        ("abstract", "Hoe is je zelfredzaamheid?", "zelfredzaamheid"),
        ("idiom", "Was je op de hoogte?", "op de hoogte"),
        ("idiom", "Was je  op  de hoogte?", "op  de hoogte"),
        ("idiom", "Ga je snel aan de slag?", "aan de slag"),
        ("idiom", "Viel hij uit de boot? Hij is uit de boot gevallen.", "uit de boot gevallen"),
        ("idiom", "Sta je op eigen benen?", "op eigen benen"),
        ("officialese", "Indien je wil, bel ons.", "Indien"),
        ("officialese", "Gelieve te bellen.", "Gelieve"),
        ("officialese", "In het kader van je traject", "In het kader van"),
        ("officialese", "Bel en/of schrijf.", "en/of"),
        ("officialese", "Bel en / of schrijf.", "en / of"),
        ("officialese", "Je dient te bellen.", "dient"),
        ("formal", "Was u tevreden?", "u"),
        ("formal", "Wat is uw naam?", "uw"),
        ("formal", "U mag stoppen.", "U"),
        ("formal", "Help uzelf.", "uzelf"),
        ("formal", "Bel a.u.b. snel.", "a.u.b"),
        ("formal", "Wat zegt men?", "men"),
    ],
)
def test_a_word_to_avoid_is_seen(rule: str, text: str, written: str) -> None:
    words = getattr(RULES, rule).words
    assert written in [one for _, one in dutch.found(words, dutch.without_times(text))]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("abstract", "Hoe vond je de activiteit?"),
        ("abstract", "Was je mateloos blij?"),
        ("abstract", "Is er een internetwerkplek?"),
        ("abstract", "Heb je een attest?"),
        ("idiom", "Is het huis hoog?"),
        ("idiom", "Ben je met de boot gekomen?"),
        ("idiom", "Is er warm water?"),
        ("idiom", "Was er een brug over de rivier?"),
        ("officialese", "Welke activiteit deed je?"),
        ("officialese", "Kende je de dienst?"),
        ("officialese", "Was het al klaar?"),
        ("officialese", "Bel of schrijf."),
        ("formal", "De les begon om 14 u."),
        ("formal", "De les begon om 14u30."),
        ("formal", "Was er een U-bocht?"),
        ("formal", "Duurde het een uur?"),
        ("formal", "Ken je de buurman?"),
        ("formal", "Was er een menu?"),
        ("formal", "Jouw buurt is nu van jou."),
    ],
)
def test_a_plain_word_is_left_alone(rule: str, text: str) -> None:
    words = getattr(RULES, rule).words
    assert list(dutch.found(words, dutch.without_times(text))) == []
