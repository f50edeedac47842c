"""What keeps people safe, and what remains: each measure with the test that attacks it, each risk plainly."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from feedback_app.invitations.channel import outbox_of
from feedback_app.invitations.outbox import KEPT
from feedback_app.settings import Settings


def _always(_settings: Settings) -> bool:
    return True


@dataclass(frozen=True)
class Measure:
    """What is done, the test that would fail if it were not, and in which installations it is."""

    text: Any
    test: str
    holds: Callable[[Settings], bool] = _always


@dataclass(frozen=True)
class Risk:
    """What can still go wrong, how grave it is as delivered, and what the controller can do."""

    title: Any
    text: Any
    level: Any
    do: Any


MEASURES = (
    Measure(
        _l(
            "Een antwoord heeft geen sleutel, tijd, volgorde of adres gemeen met een uitnodiging. Het"
            " bewaart een week, geen uur."
        ),
        "tests/integration/test_unlinkable.py",
    ),
    Measure(
        _l("Respondenten krijgen geen cookie, geen sessie en geen spoor in een logboek, meting of opdracht."),
        "tests/integration/test_watching.py",
    ),
    Measure(
        _l("Telefoonnummers en e-mailadressen zijn verzegeld met een sleutel die niet in de databank staat."),
        "tests/integration/test_contact_data.py",
    ),
    Measure(
        _l("Nationale nummers, namen en geboortedata worden bij het inlezen geweigerd."),
        "tests/unit/test_national_number.py",
    ),
    Measure(
        _l("Wat vernietigd wordt, verdwijnt ook uit de bestanden van de databank."),
        "tests/unit/test_forgetting.py",
    ),
    Measure(
        _l(
            "Cijfers worden pas gepubliceerd na het sluiten van een meetmoment, volgens het beleid"
            " hieronder; een aanvaller in de tests probeert ze terug te rekenen."
        ),
        "tests/integration/test_ledger.py",
    ),
    Measure(
        _l("Rijen met een zeldzame combinatie van kenmerken worden grover gemaakt bij het sluiten."),
        "tests/integration/test_close.py",
    ),
    Measure(
        _l(
            "Persoonsgegevens in opmerkingen worden aangeduid en weggelaten; een tweede collega geeft een"
            " citaat vrij."
        ),
        "tests/integration/test_remarks.py",
    ),
    Measure(
        _l(
            "Wie geen rol heeft voor een pagina, komt er niet: elke combinatie van rol en pagina is"
            " geprobeerd."
        ),
        "tests/integration/test_roles.py",
    ),
    Measure(
        _l("Collega’s melden zich aan met een wachtwoord en een tweede stap."),
        "tests/integration/test_second_step.py",
        lambda settings: settings.second_factor,
    ),
    Measure(
        _l("Wat collega’s doen, staat in een logboek waarvan elke wijziging opvalt."),
        "tests/integration/test_audit.py",
    ),
)

_LOW, _MIDDLE, _HIGH = _l("laag"), _l("middel"), _l("hoog")

#: what remains, and in which installations
_RISKS: tuple[tuple[Callable[[Settings], bool], Risk], ...] = (
    (
        lambda settings: not settings.embedded,
        Risk(
            _l("Open meetmoment op PostgreSQL"),
            _l(
                "Tot de volgende nachtelijke herschikking kan wie volledige toegang heeft tot de"
                " bestanden van de databankserver, een antwoord naast een uitnodiging leggen door de"
                " volgorde van rijen. Na de herschikking kan dat niet meer."
            ),
            _MIDDLE,
            _l(
                "Beperk wie de server beheert. Laat de worker elke nacht draaien. Bewaar geen kopieën van"
                " de bestanden of van het transactielogboek van een open meetmoment."
            ),
        ),
    ),
    (
        lambda settings: settings.embedded,
        Risk(
            _l("Recente bladzijden van SQLite"),
            _l(
                "Het transactielogboek van SQLite houdt de laatste bladzijden tot het volgende"
                " controlepunt. Wie het bestand op dat ogenblik kopieert, ziet wat net geschreven werd."
            ),
            _LOW,
            _l(
                "Beperk wie op de server kan. Maak reservekopieën met feedback-app en niet met een kopie"
                " van het bestand."
            ),
        ),
    ),
    (
        _always,
        Risk(
            _l("Reservekopieën"),
            _l(
                "Een reservekopie bevat wat daarna vernietigd wordt: contactgegevens (verzegeld), opmerkingen"
                " en de toestand van een open meetmoment. Twee kopieën van een open meetmoment tonen wie er"
                " intussen antwoordde, al tonen ze niet wat: samen met weinig nieuwe antwoorden kan dat"
                " volstaan om te raden."
            ),
            _HIGH,
            _l(
                "Bewaar kopieën versleuteld, kort en apart van de sleutels. Vul in hoelang. Vernietig na"
                " terugzetten meteen wat al weg was."
            ),
        ),
    ),
    (
        _always,
        Risk(
            _l("Kleine groepen"),
            _l(
                "Een zeldzame combinatie van regio, taal en activiteit kan naar iemand wijzen, ook zonder"
                " naam. Wie iemand kent, kan raden. Rijen van een open meetmoment zijn nog niet vergroofd."
            ),
            _MIDDLE,
            _l(
                "Versoepel het publicatiebeleid niet zonder advies. Geef niemand rechtstreeks toegang tot de"
                " databank."
            ),
        ),
    ),
    (
        _always,
        Risk(
            _l("Vrije tekst"),
            _l(
                "Mensen kunnen namen, gezondheid, geloof of geweld opschrijven, ook over anderen, hoewel er"
                " staat dat het niet moet (art. 9 AVG). Zoeken naar persoonsgegevens mist soms iets, zeker in"
                " talen met weinig hulpmiddelen. Schrijfstijl kan iemand verraden."
            ),
            _MIDDLE,
            _l(
                "Lees opmerkingen snel na. Wijs een vertrouwenspersoon aan. Beoordeel de grond van art. 9 met"
                " je functionaris."
            ),
        ),
    ),
    (
        _always,
        Risk(
            _l("Wie meekijkt"),
            _l(
                "Iemand naast de nieuwkomer, op een gedeelde telefoon of aan een tablet, kan antwoorden zien"
                " of sturen."
            ),
            _MIDDLE,
            _l("Zeg aan begeleiders dat ze nooit meekijken. Zet tablets waar niemand meeleest."),
        ),
    ),
    (
        _always,
        Risk(
            _l("Logboeken buiten de dienst"),
            _l(
                "Een proxy, een netwerk of een telecombedrijf kan bijhouden welk adres wanneer een pagina"
                " opende. De dienst zelf doet dat niet en kan het niet verhinderen."
            ),
            _MIDDLE,
            _l("Zet het toegangslogboek van de proxy af voor pagina’s van respondenten."),
        ),
    ),
    (
        _always,
        Risk(
            _l("Gegevens zonder einddatum"),
            _l(
                "Trajecten zonder contactgegevens, versleutelde kenmerken van adressen, organisaties en"
                " gesloten accounts hebben geen ingebouwde termijn."
            ),
            _MIDDLE,
            _l("Beslis zelf hoelang, en leg dat vast in je selectielijst."),
        ),
    ),
    (
        lambda settings: settings.translate_with != "",
        Risk(
            _l("Vertalen door een andere server"),
            _l(
                "Een collega kan een bewerkte opmerking laten vertalen door de server die hieronder"
                " staat. Wat het bewerken miste, gaat mee."
            ),
            _MIDDLE,
            _l("Gebruik een eigen server, of sluit een verwerkersovereenkomst."),
        ),
    ),
    (
        lambda settings: outbox_of(settings) is not None and not (settings.smtp_url and settings.sms_url),
        Risk(
            _l("Berichten in een map"),
            _l(
                "Berichten waarvoor geen server ingesteld is, gaan naar een map van deze machine. Daar staan"
                " adres en link %(days)s dagen lang leesbaar.",
                days=KEPT.days,
            ),
            _HIGH,
            _l(
                "Gebruik dat alleen om te proberen, met verzonnen mensen. Haal %(setting)s weg.",
                setting="FEEDBACK_OUTBOX_DIR",
            ),
        ),
    ),
    (
        lambda settings: not settings.second_factor,
        Risk(
            _l("Aanmelden zonder tweede stap"),
            _l("De tweede stap is uitgezet: een wachtwoord alleen opent pagina’s van collega’s."),
            _HIGH,
            _l("Zet %(setting)s op required.", setting="FEEDBACK_SECOND_FACTOR"),
        ),
    ),
    (
        lambda settings: not settings.secure,
        Risk(
            _l("Geen versleutelde verbinding"),
            _l("Het adres van de dienst begint niet met https: antwoorden reizen leesbaar voor anderen."),
            _HIGH,
            _l("Zet een proxy met TLS voor de dienst en pas %(setting)s aan.", setting="FEEDBACK_BASE_URL"),
        ),
    ),
)


def measures(settings: Settings) -> Iterator[Measure]:
    """What is done in this installation, with its settings."""
    return (one for one in MEASURES if one.holds(settings))


def risks(settings: Settings) -> Iterator[Risk]:
    """What remains in this installation, with its settings."""
    return (risk for holds, risk in _RISKS if holds(settings))
