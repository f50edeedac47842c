"""Names for what the privacy papers speak of: people, purposes, kinds of data, reasons."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

ABOUT = {
    "newcomers": _l("nieuwkomers"),
    "partners": _l("contactpersonen van aanbodpartners"),
    "colleagues": _l("collega’s die met de dienst werken"),
}

KINDS = {
    "contact": _l("contactgegevens"),
    "pseudonym": _l("kenmerken die naar iemand leiden (willekeurig of versleuteld)"),
    "features": _l("kenmerken van het traject: regio, taal, soort activiteit, dagen"),
    "answers": _l("antwoorden en thema’s"),
    "text": _l("vrije tekst"),
    "conduct": _l("wie wat wanneer deed"),
    "keys": _l("geheimen om aan te melden, versleuteld"),
}


@dataclass(frozen=True)
class Purpose:
    """Why data is processed, on which basis, where it comes from, and who receives it within the service."""

    title: Any
    why: Any
    basis: Any
    source: Any
    receivers: Any


_TASK = _l("taak van algemeen belang (art. 6, lid 1, e AVG): inburgering en het participatietraject opvolgen")
_SECURE = _l(
    "taak van algemeen belang (art. 6, lid 1, e AVG), en de plicht om te beveiligen en te verantwoorden"
    " (art. 5, lid 2 en art. 32 AVG)"
)

PURPOSES = {
    "asking": Purpose(
        _l("Vragen hoe een traject was"),
        _l(
            "Nieuwkomers en aanbodpartners na een traject uitnodigen, hoogstens twee keer herinneren, en"
            " stoppen wie dat vraagt."
        ),
        _TASK,
        _l("het agentschap dat het traject opvolgt"),
        _l("beheerder, agentschap; trajectbegeleiders zien alleen links en kaarten"),
    ),
    "learning": Purpose(
        _l("Leren uit de antwoorden"),
        _l(
            "Tellen wat mensen antwoordden en bewerken wat ze schreven, los van wie uitgenodigd was, om"
            " activiteiten beter te maken."
        ),
        _TASK,
        _l("wie antwoordt, vrijwillig"),
        _l(
            "niemand leest rijen; cijfers gaan door het publicatiebeleid, opmerkingen gaan naar analisten"
            " en vrijgevers"
        ),
    ),
    "safety": Purpose(
        _l("Reageren op een zorg over iemands veiligheid"),
        _l("Een opmerking over gevaar apart zetten voor één vertrouwenspersoon."),
        _TASK,
        _l("wie antwoordt, vrijwillig"),
        _l("alleen de vertrouwenspersoon; elke lezing staat in het logboek"),
    ),
    "focus": Purpose(
        _l("Uitnodigen voor een focusgroep"),
        _l("Wie dat zelf vraagt, bereiken voor een gesprek. Dit hangt aan geen enkel antwoord vast."),
        _TASK,
        _l("wie een contact achterlaat, vrijwillig"),
        _l("beheerder, en netwerkmedewerkers voor hun regio"),
    ),
    "contacts": Purpose(
        _l("Contact houden met aanbodpartners"),
        _l("Weten wie bij een organisatie te bereiken is over een traject."),
        _TASK,
        _l("het agentschap, of de organisatie zelf"),
        _l("beheerder, agentschap, netwerkmedewerkers; trajectbegeleiders kunnen zoeken"),
    ),
    "accounts": Purpose(
        _l("Collega’s veilig laten werken"),
        _l("Aanmelden, rollen, en een logboek waarvan elke wijziging opvalt."),
        _SECURE,
        _l("de collega zelf, een beheerder, of de aanmelddienst van de overheid"),
        _l("beheerder"),
    ),
    "following": Purpose(
        _l("Signalen en verslagen maken en opvolgen"),
        _l(
            "Vaststellingen, goede praktijken en verslagen schrijven met vier ogen, en terugkoppelen wat"
            " ermee gebeurt."
        ),
        _TASK,
        _l("collega’s, uit gepubliceerde cijfers en vrijgegeven citaten"),
        _l("collega’s volgens hun rol en regio; wat vrijgegeven is, is openbaar"),
    ),
}

#: why a table says nothing about a person
REASONS = {
    "files": _l("hoe bestanden gelezen worden"),
    "chain": _l("begin en einde van de keten van het logboek"),
    "published": _l("alleen wat het publicatiebeleid doorliet of wat vrijgegeven is"),
    "machine": _l("toestand van de dienst zelf"),
    "nobody": _l("een link op een affiche of tablet, van niemand in het bijzonder"),
    "organisation": _l("over een organisatie, niet over een mens"),
    "questions": _l("vragen, teksten en meetmomenten"),
}
