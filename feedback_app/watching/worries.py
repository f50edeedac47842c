"""What is not well, in sentences that say what to do; for the operator's page and for `doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from feedback_app.watching.clock import JUMPED
from feedback_app.watching.runs import Run
from feedback_app.watching.state import FAR_APART, LONG_WAIT, State, tight


@dataclass(frozen=True)
class Trouble:
    """What is wrong, for a colleague; `line` is what to type, if typing helps."""

    text: str
    line: str = ""


def worries(state: State, moment: datetime) -> list[Trouble]:
    """Everything that somebody should look at, the gravest first."""
    return [*_of_the_machine(state), *_of_the_worker(state, moment), *_of_messages(state)]


def _of_the_machine(state: State) -> Iterator[Trouble]:
    if not state.reachable:
        yield Trouble(_("De databank antwoordt niet."), "feedback-app doctor")
    if state.behind:
        yield Trouble(_("De tabellen zijn ouder dan deze versie."), "feedback-app db upgrade")
    if tight(state.free_bytes, state.size_bytes):
        room = round(state.free_bytes / 1024**3, 1)
        yield Trouble(_("De schijf is bijna vol: nog %(room)s GB vrij.", room=room), "df -h")
    if abs(state.skew_seconds) > FAR_APART:
        yield Trouble(_("De klok van de databank en die van deze machine verschillen."), "timedatectl")
    if state.overdue:
        yield Trouble(
            _("Er staan nog contactgegevens die al vernietigd moesten zijn."), "feedback-app retention run"
        )


def _of_the_worker(state: State, moment: datetime) -> Iterator[Trouble]:
    if not state.reachable or state.behind:
        return
    beat = next((run for run in state.runs if run.name == "heartbeat"), None)
    if beat and beat.state == "never":
        yield Trouble(_("De worker draaide hier nog nooit."), "feedback-app worker")
        return
    if beat and beat.state == "late":
        yield Trouble(_("De worker geeft geen teken van leven."), "systemctl status feedback-worker")
    else:
        for run in state.runs:
            if run.state == "late":
                yield Trouble(_("Te lang niet gedaan: %(task)s.", task=run.task.title), "feedback-app doctor")
    for run in state.runs:
        if run.state == "failed":
            yield _failed(run)
    oldest = state.queue.oldest_at
    if oldest and moment - oldest > LONG_WAIT:
        yield Trouble(_("Er wacht werk langer dan een uur."), "systemctl status feedback-worker")
    if state.queue.failed:
        number = state.queue.failed
        text = ngettext(
            "%(num)s opdracht mislukte deze week.", "%(num)s opdrachten mislukten deze week.", number
        )
        yield Trouble(text, "journalctl -u feedback-worker")


def _failed(run: Run) -> Trouble:
    if run.fault == JUMPED:
        told = _("De klok van de worker is verzet. Tot ze juist staat, wordt niets verstuurd of vernietigd.")
        return Trouble(told, "timedatectl")
    told = _("Mislukt: %(task)s (%(fault)s).", task=run.task.title, fault=run.fault)
    return Trouble(told, "journalctl -u feedback-worker")


def _of_messages(state: State) -> Iterator[Trouble]:
    if state.messages.paused:
        yield Trouble(_("Een collega legde het versturen stil."))
    if state.messages.failed:
        yield Trouble(
            _(
                "Minstens %(number)s berichten van de voorbije week zijn niet vertrokken.",
                number=state.messages.failed,
            ),
            "feedback-app doctor",
        )
