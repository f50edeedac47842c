"""What reviewers read beside the texts: names of states, of parts, of steps and of what stands in the way."""

from flask_babel import lazy_gettext as _l

from feedback_app.questionnaires.approval import Obstacle, State, Step
from feedback_app.questionnaires.browsing import COLLEAGUES, WITH_COMMENT

STATES = {
    State.MISSING: _l("te vertalen"),
    State.OUTDATED: _l("verouderd"),
    State.HELD: _l("tegengehouden"),
    State.DRAFT: _l("klad"),
    State.REVIEWED: _l("nagelezen"),
    State.APPROVED: _l("goedgekeurd"),
}

#: state → look of its pill
LOOKS = {
    State.MISSING: "danger",
    State.OUTDATED: "warning",
    State.HELD: "warning",
    State.DRAFT: "plain",
    State.REVIEWED: "brand",
    State.APPROVED: "good",
}

CHOICES = {**{str(state): name for state, name in STATES.items()}, WITH_COMMENT: _l("met een opmerking")}

PARTS = {
    "newcomer": _l("Vragen voor nieuwkomers"),
    "partner": _l("Vragen voor aanbodpartners"),
    "impact": _l("Vragen na enkele maanden"),
    "offer_type": _l("Soorten activiteiten"),
    "respond": _l("Pagina met de vragen"),
    "messages": _l("Berichten: sms en e-mail"),
    "print": _l("Kaart en poster"),
    "paper": _l("Vragenlijst op papier"),
    "public": _l("Open pagina’s en foutmeldingen"),
    "staff": _l("Formulier voor collega’s"),
    "theme": _l("Thema’s"),
    COLLEAGUES: _l("Pagina’s voor collega’s en verslagen"),
}

SURVEYS = {
    "messages": _l("Vaste teksten"),
    "newcomer": _l("Nieuwkomers"),
    "partner": _l("Aanbodpartners"),
    "impact": _l("Nieuwkomers, na enkele maanden"),
    "staff": _l("Collega’s"),
}

DOMAINS = {"surveys": _l("Wat we vragen"), "messages": _l("Vaste teksten")}

DONE = {
    Step.SAVE: _l("Bewaard."),
    Step.REVIEW: _l("Bewaard als nagelezen."),
    Step.APPROVE: _l("Goedgekeurd."),
    Step.REOPEN: _l("Dit is weer een klad."),
}

MARKS = {
    "written": _l("Geschreven door %(who)s op %(day)s."),
    "reviewed": _l("Nagelezen door %(who)s op %(day)s."),
    "approved": _l("Goedgekeurd door %(who)s op %(day)s."),
}

WHY_NOT = {
    Obstacle.INCOMPLETE: _l("Vul eerst elke vorm in."),
    Obstacle.FAULTS: _l("Verbeter eerst wat er mis is. Bewaren als klad kan wel."),
    Obstacle.UNREVIEWED: _l("Iemand moet deze tekst eerst nalezen zoals hij nu is."),
    Obstacle.OWN: _l("Wie de tekst schreef of nalas, keurt hem niet goed. Dat doet een tweede persoon."),
}
