"""Words for the codes of a signal: states, steps, fields, the questions of the test list."""

from flask_babel import lazy_gettext as _l

STATE_NAMES = {
    "pre_signaal": _l("pre-signaal"),
    "getoetst": _l("getoetst"),
    "signaal": _l("signaal"),
    "gevalideerd": _l("gevalideerd"),
    "overgemaakt": _l("overgemaakt"),
    "beantwoord": _l("beantwoord"),
    "teruggekoppeld": _l("teruggekoppeld"),
    "afgesloten": _l("afgesloten"),
    "niet_weerhouden": _l("niet weerhouden"),
}

EVIDENCE_NAMES = {
    "sterk": _l("sterk patroon"),
    "mogelijk": _l("mogelijk patroon"),
    "focusgroep": _l("vraag voor een focusgroep"),
}

#: target state → button, and what taking the step means
STEP_TEXTS = {
    "getoetst": (
        _l("Is getoetst"),
        _l("Dit kan als elke vraag van de toetslijst beantwoord is en geen antwoord het tegenhoudt."),
    ),
    "signaal": (
        _l("Wordt een signaal"),
        _l("Het krijgt een code en kan in het verslag komen. De code blijft, ook als je teruggaat."),
    ),
    "gevalideerd": (
        _l("Valideren"),
        _l("Iemand anders dan wie eraan schreef of toetste, keurt de tekst goed. Daarna ligt hij vast."),
    ),
    "overgemaakt": (
        _l("Is overgemaakt"),
        _l(
            "Het signaal is bezorgd aan wie de vraag gesteld wordt. Wie het opvolgt, krijgt herinneringen "
            "per e-mail."
        ),
    ),
    "beantwoord": (
        _l("Antwoord noteren"),
        _l("Schrijf op wie antwoordde, wanneer, wat het antwoord was en wat er zal gebeuren."),
    ),
    "teruggekoppeld": (
        _l("Is teruggekoppeld"),
        _l(
            "Iemand anders dan wie het antwoord noteerde, zet deze stap. Wat je hieronder schrijft, staat "
            "daarna voor iedereen op de pagina “Jullie zeiden – wij doen”. Vertalers zetten het over in de "
            "andere talen."
        ),
    ),
    "afgesloten": (_l("Afsluiten"), _l("Er volgt niets meer. Dit kan je niet terugdraaien.")),
    "niet_weerhouden": (
        _l("Niet weerhouden"),
        _l(
            "We gaan er niet mee verder. Signaal en reden blijven bewaard. Een analist of vrijgever kan het "
            "heropenen; dan begint het opnieuw als pre-signaal."
        ),
    ),
}

#: (from, target) → button and meaning of a step back
BACK_TEXTS = {
    ("getoetst", "pre_signaal"): (
        _l("Terug naar pre-signaal"),
        _l("De tekst en de toetslijst blijven staan. Daarna moet het opnieuw getoetst worden."),
    ),
    ("signaal", "getoetst"): (
        _l("Terug naar getoetst"),
        _l("Het is dan nog geen signaal en komt in geen nieuw verslag. De code blijft."),
    ),
    ("gevalideerd", "signaal"): (
        _l("Terug om te herschrijven"),
        _l("De tekst kan dan weer aangepast worden en moet daarna opnieuw gevalideerd worden."),
    ),
    ("overgemaakt", "gevalideerd"): (
        _l("Was niet overgemaakt"),
        _l("Er komen dan geen herinneringen meer. De data blijven in de geschiedenis staan."),
    ),
    ("beantwoord", "overgemaakt"): (
        _l("Toch nog geen antwoord"),
        _l("Het signaal wacht dan weer op een antwoord. Wat genoteerd was, blijft in de geschiedenis staan."),
    ),
    ("teruggekoppeld", "beantwoord"): (
        _l("Terugkoppeling intrekken"),
        _l("De tekst verdwijnt van de pagina “Jullie zeiden – wij doen”. Wat er stond, blijft bewaard."),
    ),
    ("niet_weerhouden", "pre_signaal"): (
        _l("Heropenen"),
        _l("Het wordt weer een pre-signaal. De toetslijst blijft staan en kan aangepast worden."),
    ),
}

FIELD_NAMES = {
    "theme_key": _l("Thema"),
    "title": _l("Titel"),
    "observation": _l("Zoals het eerst gemeld werd"),
    "finding": _l("Vaststelling"),
    "reading": _l("Duiding"),
    "reading_by": _l("Wiens duiding"),
    "causes": _l("Oorzaken volgens de betrokkenen"),
    "consequence": _l("Gevolg"),
    "concerns": _l("Over wie gaat het"),
    "own_action": _l("Wat we zelf al deden"),
    "ask": _l("Vraag"),
    "level": _l("Wie kan dit oplossen"),
    "addressee": _l("Aan wie"),
    "evidence": _l("Sterkte van de aanwijzingen"),
    "is_practice": _l("Dit is (ook) een goede praktijk"),
    "earlier_id": _l("Vervolg op een vroeger signaal"),
    "handed_on": _l("Overgemaakt op"),
    "due_on": _l("Antwoord verwacht tegen"),
    "responsible_id": _l("Wie volgt het op"),
    "answered_by": _l("Wie antwoordde"),
    "answered_on": _l("Datum van het antwoord"),
    "answer": _l("Antwoord"),
    "will_do": _l("Wat er zal gebeuren"),
    "told_said": _l("Jullie zeiden"),
    "told_doing": _l("Wij doen"),
    "told_by": _l("Wie doet het"),
    "told_when": _l("Wanneer"),
    "reason": _l("Reden"),
    "note": _l("Reden"),
}

#: question of the test list → its short name, the question, and a word of help
CRITERIA_TEXTS = {
    "recurring": (
        _l("Het komt terug"),
        _l("Komt dit terug?"),
        _l("Meer dan één keer, op verschillende momenten. Bij “nee” is het geen signaal."),
    ),
    "beyond_one": (
        _l("Het gaat verder dan één persoon"),
        _l("Gaat het verder dan één persoon en één situatie?"),
        _l("Anders hoort het bij de begeleider. Bij “nee” is het geen signaal."),
    ),
    "spread": (
        _l("Minstens drie organisaties en twee gemeenten"),
        _l("Zien minstens drie organisaties in minstens twee gemeenten dit?"),
        _l("“Nee” kan met een reden. De aanwijzingen heten dan geen sterk patroon."),
    ),
    "second_source": (
        _l("Een tweede bron"),
        _l("Is er een tweede bron?"),
        _l(
            "Bijvoorbeeld cijfers, opmerkingen of een andere dienst. “Nee” kan met een reden. De "
            "aanwijzingen heten dan geen sterk patroon."
        ),
    ),
    "neutral": (
        _l("Neutraal verwoord"),
        _l("Is het neutraal verwoord?"),
        _l("Zonder oordeel over wie dan ook. Bij “nee”: herschrijf het eerst."),
    ),
    "not_own_level": (
        _l("Niet op het eigen niveau op te lossen"),
        _l("Is het niet op het eigen niveau op te lossen?"),
        _l("Kunnen we het zelf oplossen, dan doen we dat. “Nee” kan enkel bij een goede praktijk."),
    ),
    "unrecognisable": (
        _l("Niemand is herkenbaar"),
        _l("Is het zeker dat niemand herkenbaar is?"),
        _l("Ook geen organisatie of collega. Bij “nee”: herschrijf het eerst."),
    ),
}

REMINDER_NAMES = {
    "due_soon": _l("Herinnering gestuurd: het antwoord wordt binnen een week verwacht"),
    "overdue": _l("Herinnering gestuurd: het antwoord is te laat"),
    "overdue_again": _l("Herinnering gestuurd: het antwoord is vier weken te laat"),
    "tell_back": _l("Herinnering gestuurd: het antwoord is nog niet teruggekoppeld"),
}
