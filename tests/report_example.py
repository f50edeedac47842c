"""A rich example report, marked as example: every kind of figure, two foreign scripts, hostile names."""

from feedback_app.analysis.statistic import Band, Share, State, Statistic
from feedback_app.reports.content import (
    AskedQuestion,
    AskedQuestionnaire,
    Disposition,
    FollowUp,
    Group,
    ItemReport,
    NextStep,
    Option,
    Pair,
    Policy,
    PolicyRule,
    Practice,
    Presignals,
    Quote,
    Rate,
    RemarkTheme,
    ReportContent,
    Signal,
    Step,
    Theme,
)

HOSTILE = 'Buurthuis <script>alert(1)</script> & \u202eenoz\u202c "De Brug" 😀'
ARABIC = "أردت المزيد من الوقت مع الناس، وكانت الساعة 18:30 متأخرة بالنسبة لي."
TIGRINYA = "ቋንቋ ንምልማድ ዝያዳ ግዜ ይደልየኒ ኔሩ።"

REGIONS = (
    "Westhoek",
    "Oostende",
    "Brugge",
    "Midwest",
    "Zuid-West-Vlaanderen",
    "Vlaamse Ardennen",
    "Gent",
    "Gent-rand",
    "Waasland",
    "Dender",
    "Antwerpen",
    "Antwerpen-rand",
    "Rivierenland",
    "Kempen",
    "Brussel",
    "Halle-Vilvoorde",
    "Oost-Brabant",
    "Limburg",
)
THEMES = (
    "Samenwerking",
    "Nabijheid en korte lijnen",
    "Vraag en match",
    "Aanbod (breder dan ikdoemee)",
    "Informatie",
    "Taal",
    "Inclusie en welkom",
    "Netwerk en impact",
    "Tijd en ruimte",
    "Rollen",
    "Uitwisseling over regiogrenzen",
    "Bredere doelgroep",
    "Plan Samenleven / sociaal cohesieplan",
    "Praktische drempels",
)
YES = ("Nee", "Een beetje", "Ja")
NEWCOMER_ITEMS = (
    ("experience", "Hoe vond je de activiteit?", ("Slecht", "Niet goed", "Gaat zo", "Goed", "Heel goed"), (3, 6, 14, 41, 36), 2),
    ("match", "Was dit iets voor jou?", YES, (11, 24, 65), 1),
    ("difficulties", "Wat was moeilijk?", ("Ik wilde iets anders doen", "Te ver", "Moeilijke uren", "Geen opvang voor mijn kinderen", "Te duur", "De taal was te moeilijk", "Weinig contact met anderen", "Iets anders"), (22, 31, 38, 19, 6, 27, 24, None), 0),
    ("informed", "Wist je vooraf genoeg?", YES, (21, 30, 49), 1),
    ("support", "Kreeg je genoeg hulp?", YES, (7, 16, 77), 1),
    ("dutch", "Heb je Nederlands gesproken?", ("Bijna niet", "Ja, een beetje", "Ja, veel"), (12, 37, 51), 1),
    ("contacts", "Heb je nieuwe mensen leren kennen?", ("Nee", "Ja, maar geen contact meer", "Ja, en we hebben nog contact"), (18, 34, 48), 1),
    ("welcome", "Voelde je je welkom?", ("Nee", "Soms", "Ja"), (3, 9, 88), 1),
)  # fmt: skip
PARTNER_ITEMS = (
    ("course", "Hoe verliep het traject?", ("Heel slecht", "Slecht", "Gaat zo", "Goed", "Heel goed"), (2, 7, 19, 45, 27), 2),
    ("match", "Paste de nieuwkomer bij jullie activiteit?", ("Nee", "Gedeeltelijk", "Ja"), (6, 17, 77), 1),
    ("informed", "Kregen jullie vooraf genoeg informatie?", ("Nee", "Gedeeltelijk", "Ja"), (28, 31, 41), 1),
    ("reachable", "Konden jullie snel iemand bereiken met een vraag?", ("Nee", "Ja, maar traag", "Ja, snel"), (9, 29, 62), 1),
    ("roles", "Was het duidelijk wie wat doet?", ("Nee", "Gedeeltelijk", "Ja"), (19, 33, 48), 1),
    ("language", "Was taal een drempel?", ("Ja, vaak", "Soms, maar het lukte", "Nee"), (14, 52, 34), 1),
    ("again", "Willen jullie opnieuw een nieuwkomer ontvangen?", ("Nee", "Misschien", "Ja"), (2, 11, 87), 1),
    ("needs", "Wat zou jullie het meest helpen?", ("Eén vast contactpunt", "Vroeger informatie", "Duidelijke afspraken", "Tips voor duidelijke taal", "Vorming over diversiteit", "Meer tijd of middelen", "Uitwisseling met andere organisaties", "Niets"), (34, 41, 29, 18, 9, 22, 12, 7), 0),
)  # fmt: skip


def key_of(label: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in label.lower())


def regional(audience: str, item: str, percent: int, i: int) -> Statistic:
    """One of the shapes a region's figure can have, chosen by its place so that all occur."""
    member = key_of(REGIONS[i])
    if i in (3, 5):
        return Statistic(audience, item, "region", member, State.WITHHELD)
    if i == 14:
        return Statistic(audience, item, "region", member, State.BAND, "15–19", band=Band.ABOVE)
    value = max(8, min(96, percent + (i * 7 + len(item) * 5) % 19 - 9))
    if i % 4 == 1:
        value = round(value / 5) * 5
        return Statistic(
            audience, item, "region", member, State.INDICATIVE, "20–29", value, None, max(0, value - 17), min(99, value + 14)
        )  # fmt: skip
    return Statistic(
        audience, item, "region", member, State.SHOWN, str(52 + i * 6), value, None, max(0, value - 11), min(99, value + 9)
    )  # fmt: skip


def item_report(
    audience: str, row: tuple[str, str, tuple[str, ...], tuple[int | None, ...], int]
) -> ItemReport:
    key, question, labels, percents, top = row
    options = tuple(Option(key_of(t), t, i + 1 if top else None) for i, t in enumerate(labels))
    shares = tuple(Share(o.key, p) for o, p in zip(options, percents, strict=True))
    base = "1843" if audience == "newcomer" else "1127"
    if not top:
        whole = Statistic(audience, key, "flanders", "vlaanderen", State.SHOWN, "641", shares=shares)
        return ItemReport(audience, key, "multiple", question, options, (), whole, ("T14",))
    positive = sum(p or 0 for p in percents[-top:])
    whole = Statistic(
        audience, key, "flanders", "vlaanderen", State.SHOWN, base, positive, None, positive - 2, positive + 2, shares
    )  # fmt: skip
    groups = tuple(
        Statistic(audience, key, cut, member, State.SHOWN, base, positive + step, None, positive + step - 5, positive + step + 4)
        for cut, member, base, step in (("agency", "agii", "912", 1), ("agency", "atlas", "388", -3), ("agency", "amal", "301", 2))
    )  # fmt: skip
    regions = tuple(regional(audience, key, positive, i) for i in range(len(REGIONS)))
    positives = tuple(o.key for o in options[-top:])
    kind = "scale" if len(labels) == 5 else "single"
    course = course_of(whole, COURSES.get((audience, key), ()))
    return ItemReport(
        audience, key, kind, question, options, positives, whole, ("T03",), regions, groups, course
    )


#: what three earlier waves published (None: nothing), and whether the question was another one before
COURSES: dict[tuple[str, str], tuple[tuple[int | None, bool], ...]] = {
    ("newcomer", "informed"): ((62, False), (None, False), (58, False), (49, False)),
    ("partner", "roles"): ((71, False), (69, False), (44, True), (48, False)),
    ("partner", "match"): ((60, False), (61, False), (62, False), (77, True)),
}
MOMENTS = ("2de helft 2024", "1ste helft 2025", "2de helft 2025", "1ste helft 2026")


def course_of(whole: Statistic, found: tuple[tuple[int | None, bool], ...]) -> tuple[Step, ...]:
    steps = []
    for i, (percent, broken) in enumerate(found):
        if percent is None:
            then = Statistic(whole.audience, whole.item, "flanders", "vlaanderen", State.WITHHELD)
        else:
            then = Statistic(
                whole.audience, whole.item, "flanders", "vlaanderen", State.SHOWN, "811", percent, None, percent - 3, percent + 3
            )  # fmt: skip
        last = i == len(found) - 1
        wave = ("2024-H2", "2025-H1", "2025-H2", "2026-H1")[i]
        steps.append(Step(wave, 4049 + i, MOMENTS[i], whole if last else then, None, broken))
    return tuple(steps)


def rates() -> tuple[Rate, ...]:
    found = [
        Rate("newcomer", "flanders", "vlaanderen", 5270, 1843, 32.4, 34.971537),
        Rate("partner", "flanders", "vlaanderen", 2214, 1127, 48.1, 50.903342),
    ]
    for i, name in enumerate(REGIONS):
        few = i in (3, 5)
        newcomers = (None, None, None) if few else (180 + 17 * i, 60 + 7 * i, 31.0 + i % 7)
        found.append(Rate("newcomer", "region", key_of(name), newcomers[0], newcomers[1], None, newcomers[2]))
        found.append(
            Rate("partner", "region", key_of(name), 90 + 3 * i, "30–49" if i % 4 == 1 else 52 + i, None, 50)
        )
    for key, invited, answered in (("agii", 3120, 1092), ("atlas", 1164, 401), ("amal", 986, 350)):
        found.append(Rate("newcomer", "agency", key, invited, answered, None, 100 * answered / invited))
        found.append(Rate("partner", "agency", key, invited // 2, answered // 2, None, 51))
    return tuple(found)


SIGNALS = (
    Signal(
        code="S-2026-H1-01",
        title="Nieuwkomers en partners weten vooraf te weinig over elkaar",
        theme="T05",
        finding="Bijna de helft van de nieuwkomers wist vooraf genoeg over de activiteit (49 %, n = 1.843). Bij de partners kreeg 41 % vooraf genoeg informatie (n = 1.127).\nHet verschil met vorig meetmoment is klein.",
        reading="Partners krijgen vaak pas in de week van de start een naam en een uur. Begeleiders zeggen dat ze zelf laat weten wie start.",
        reading_by="netwerkmedewerkers van zeven regio’s",
        causes="De gegevens van het traject komen laat door en elk agentschap gebruikt een ander formulier.",
        consequence="Verwachtingen lopen uiteen. Sommige trajecten stoppen vroeg.",
        where="In alle regio’s met genoeg antwoorden, bij alle soorten aanbod.",
        own_action="Vanaf september gebruiken de agentschappen één fiche van een halve bladzijde.",
        ask="Maak het mogelijk dat een partner ten minste twee weken vooraf weet wie komt, wanneer en met welke verwachting.",
        addressee="Agentschap Binnenlands Bestuur",
        evidence="sterk",
        state="overgemaakt",
        earlier="S-2025-H2-02",
        items=("newcomer.informed", "partner.informed"),
        quotes=(
            Quote("We wisten niet dat zij drie kinderen had. Met een ander uur was het gelukt.", "nl", f"Partner, {HOSTILE}", "partner"),
            Quote("Ik wilde meer tijd met de mensen.", "nl", "Nieuwkomer, vereniging", original=ARABIC, original_lang="ar"),
        ),
    ),
    Signal(
        code="S-2026-H1-02",
        title="Uren en opvang beslissen of iemand kan meedoen",
        theme="T14",
        finding="Van wie zei dat de activiteit niet of maar een beetje paste, noemt 38 % moeilijke uren en 19 % een gebrek aan opvang (n = 641).",
        reading="Activiteiten overdag vragen opvang, activiteiten ’s avonds vragen vervoer.",
        reading_by="trajectbegeleiders",
        ask="Reken kinderopvang tijdens het participatietraject mee als opvang voor inburgering.",
        addressee="Opgroeien en Europa WSE",
        evidence="mogelijk",
        state="gevalideerd",
        items=("newcomer.difficulties",),
        quotes=(Quote(TIGRINYA, "ti", "Nieuwkomer, taaloefenkans"),),
    ),
    Signal(
        code="S-2026-H1-03",
        title="Partners vragen duidelijkheid over wie wat doet",
        theme="T10",
        finding="Voor 48 % van de partners was het duidelijk wie wat doet (n = 1.127).",
        reading="De rollen verschillen per regio. Dat is gewild, maar niet overal uitgelegd.",
        reading_by="regiocoördinatoren",
        ask="Beschrijf op één bladzijde de vaste rollen, met ruimte voor regionale invulling.",
        addressee="Agentschap Binnenlands Bestuur",
        evidence="focusgroep",
        state="signaal",
        items=("partner.roles",),
    ),
)  # fmt: skip


def questionnaire(audience: str, title: str, rows: tuple, fingerprint: str) -> AskedQuestionnaire:  # type: ignore[type-arg]
    questions = [AskedQuestion(key, text, labels) for key, text, labels, _, _ in rows]
    questions[2] = AskedQuestion(
        questions[2].key, questions[2].text, questions[2].options, "(meer dan één mag)", "Enkel wie niet “Ja” antwoordde."
    )  # fmt: skip
    questions.append(
        AskedQuestion("remark", "Wat moeten wij anders doen? Schrijf in jouw taal. Schrijf geen namen.")
    )
    intro = "Wij willen leren van jou. Het duurt 3 minuten. We vragen je naam niet.\nJe mag stoppen. Je mag een vraag overslaan."
    return AskedQuestionnaire(
        audience, title, fingerprint, intro, tuple(questions), ("nl", "en", "ar", "fa_AF", "ti")
    )


POLICY = Policy(
    "2026-1",
    (
        PolicyRule("Kleinste aantal antwoorden van nieuwkomers", "10"),
        PolicyRule("Kleinste aantal verschillende organisaties bij partners", "5"),
        PolicyRule("Kleinste aantal bij “welkom” en per taalgroep", "20"),
        PolicyRule("Indicatief onder", "30"),
        PolicyRule("Hele procenten vanaf", "50"),
        PolicyRule("Kleine cellen die we beschermen", "1–4"),
    ),
)


def example_content() -> ReportContent:
    """The whole example."""
    agencies = (("agii", "AgII"), ("atlas", "Atlas"), ("amal", "Amal"))
    counts = {
        "I": (1707, 1065),
        "P": (136, 62),
        "R": (88, 31),
        "NC": (2904, 988),
        "UO": (435, 68),
        "NE": (57, 12),
    }
    return ReportContent(
        wave="2026-H1",
        period="het eerste halfjaar van 2026",
        starts_on="2026-01-01",
        ends_on="2026-06-30",
        closed_on="2026-08-03",
        compiled_on="2026-08-17",
        language="nl",
        publisher="Voorbeeldagentschap",
        software_version="0.1.0",
        policy=POLICY,
        example=True,
        groups=(
            *(Group("region", key_of(name), name) for name in REGIONS),
            *(Group("agency", key, label) for key, label in agencies),
        ),
        themes=tuple(Theme(f"T{i:02}", label) for i, label in enumerate(THEMES, 1)),
        rates=rates(),
        dispositions=tuple(
            Disposition(a, code, counts[code][i])
            for i, a in enumerate(("newcomer", "partner"))
            for code in counts
        ),
        items=(
            *(item_report("newcomer", row) for row in NEWCOMER_ITEMS),
            *(item_report("partner", row) for row in PARTNER_ITEMS),
        ),
        pairs=(
            Pair("experience", "course"),
            Pair("match", "match"),
            Pair("informed", "informed"),
            Pair("support", "reachable"),
            Pair("dutch", "language"),
        ),
        remark_themes=(
            RemarkTheme("newcomer", "T05", 64),
            RemarkTheme("newcomer", "T06", 112),
            RemarkTheme("newcomer", "T14", 139),
            RemarkTheme("partner", "T05", 71),
            RemarkTheme("partner", "T10", "10–14"),
        ),
        quotes=(
            Quote(
                "De mensen van de fietsclub bellen mij nu zelf.",
                "nl",
                "Nieuwkomer, vereniging",
                themes=("T08",),
            ),
            Quote(ARABIC, "ar", "Nieuwkomer, vrijwilligerswerk"),
            Quote(TIGRINYA, "ti", "Nieuwkomer, taaloefenkans"),
        ),
        signals=SIGNALS,
        presignals=(
            Presignals("T05", 9, ("agentschap", "Vlaanderen")),
            Presignals("T14", 7, ("gemeente", "Vlaanderen")),
            Presignals("T02", None, ("regio",)),
        ),
        practices=(
            Practice(
                "Eén fiche vooraf",
                "De partner krijgt een half blad: wie komt, welke taal spreekt die, wat wil die leren, wie kan je bellen.",
                "Kempen",
                ("T05", "T02"),
                "Vijf organisaties in drie gemeenten",
                "Vragen komen vroeger.\nEn bij de juiste persoon.",
            ),
            Practice("Samen een eerste keer", "De begeleider gaat de eerste keer mee.", HOSTILE, ("T07",)),
        ),
        follow_ups=(
            FollowUp(
                "S-2025-H2-02",
                "Informatie over de start komt te laat",
                "beantwoord",
                "Agentschap Binnenlands Bestuur",
                "We onderzoeken of het dossier de datum twee weken vroeger kan doorgeven.",
                "2026-03-12",
            ),
            FollowUp("S-2025-H2-04", "Vervoer naar de activiteit is duur", "overgemaakt", "Mobiliteit"),
        ),
        next_steps=(
            NextStep("Signalen bezorgen aan wie ze aangaan", "Agentschappen", "september 2026"),
            NextStep("Focusgroep over rollen", "Regiocoördinatoren", "oktober 2026"),
            NextStep(
                "Antwoorden terugkoppelen aan nieuwkomers en partners", "Allen", "ten laatste december 2026"
            ),
        ),
        questionnaires=(
            questionnaire("newcomer", "Hoe was je activiteit?", NEWCOMER_ITEMS, "a3f1c09d7be24418"),
            questionnaire("partner", "Hoe liep het?", PARTNER_ITEMS, "77c0d1ee09ab5f32"),
        ),
    )
