"""What a colleague fills in of a trajectory that is here already, laid beside what is known of it.

Nothing that was filled in is dropped in silence: it agrees, or it is refused with what stands there.
"""

from datetime import date

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _

from feedback_app.languages import ENDONYMS
from feedback_app.questionnaires.loading import load_codes
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import ContactUnreadable, mask, unseal
from feedback_app.trajectories.forms import OUTCOME_NAMES
from feedback_app.trajectories.models import RUNNING, Trajectory
from feedback_app.trajectories.one_row import EntryRefused
from feedback_app.trajectories.records import Fault, TrajectoryFacts

#: what every entry must say alike; what is told at the end is compared once it was told
_ALWAYS = ("region", "started_on", "offer_source", "contact_language")
_AT_THE_END = ("outcome", "ended_on", "hours")
CONTACTS = ("phone", "email")


def refuse_contradiction(settings: Settings, known: Trajectory, facts: TrajectoryFacts) -> None:
    """EntryRefused with each field that says something else than what stands there, and what that is."""
    names = _ALWAYS if known.outcome == RUNNING else (*_ALWAYS, *_AT_THE_END)
    faults = [
        Fault(
            "contradiction", name, _("Bij dit dossier staat: %(known)s.", known=_words(settings, name, had))
        )
        for name in names
        if (had := _known(known, name)) != getattr(facts, name)
    ]
    faults += [
        Fault("contradiction", name, _("Bij dit dossier staat al iets anders: %(known)s.", known=mask(had)))
        for name in CONTACTS
        if (new := getattr(facts, name)) and (had := contact_of(settings, known, name)) and had != new
    ]
    if faults:
        reason = _(
            "Dit dossier is er al, en daar staat iets anders. Er is niets veranderd. Maak de velden gelijk,"
            " of verbeter eerst het dossier."
        )
        raise EntryRefused(Fault("contradiction", "ref", reason), *faults, known=known.id)


def missing_contact(settings: Settings, known: Trajectory, facts: TrajectoryFacts) -> dict[str, str]:
    """The number and address that were filled in and are not known of a trajectory that has ended."""
    if known.outcome == RUNNING:
        return {}  # then they come with its end
    new = {name: getattr(facts, name) for name in CONTACTS if getattr(facts, name)}
    return {name: value for name, value in new.items() if not contact_of(settings, known, name)}


def contact_of(settings: Settings, known: Trajectory, name: str) -> str:
    """The number or address that is kept, empty where there is none; “?” when no key opens it."""
    sealed: str | None = getattr(known, f"{name}_sealed")
    try:
        return unseal(settings.contact_keys, sealed) or ""
    except ContactUnreadable:
        return "?"


def _known(known: Trajectory, name: str) -> object:
    return getattr(known, "region_key" if name == "region" else name)


def _words(settings: Settings, name: str, value: object) -> str:
    """A value as people read it."""
    if isinstance(value, date):
        return str(format_date(value, "short"))
    if name == "hours":
        return str(format_decimal(value))
    code = str(value)
    sources = {one.key: one.label for one in load_codes(settings.surveys_dir).offer_sources}
    names = {
        "region": region_names(settings.surveys_dir),
        "offer_source": sources,
        "contact_language": ENDONYMS,
        "outcome": {key: str(text) for key, text in OUTCOME_NAMES.items()},
    }
    return names[name].get(code, code)
