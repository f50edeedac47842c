"""The state of the service as Prometheus reads it (text format 0.0.4).

Written by hand: each scrape asks the database, so it is the same whichever process of whichever machine
answers, and no web process loads a library for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from feedback_app.watching.runs import TASKS
from feedback_app.watching.state import State

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[str, Mapping[str, str], float]


@dataclass(frozen=True)
class Metric:
    """What a metric says, and its labels with the values they have; none named: any value."""

    says: str
    labels: Mapping[str, tuple[str, ...]]


METRICS = {
    "feedback_build_info": Metric("Which version answers; always 1.", {"version": ()}),
    "feedback_database_reachable": Metric("1 when the database answers.", {}),
    "feedback_database_behind": Metric("1 when the tables are older than this version.", {}),
    "feedback_clock_skew_seconds": Metric("The database server's clock minus ours.", {}),
    "feedback_disk_free_bytes": Metric("Room on the disk of the instance folder, in steps of 64 MiB.", {}),
    "feedback_disk_size_bytes": Metric("Size of that disk, in the same steps.", {}),
    "feedback_jobs": Metric(
        "Jobs now queued and running, and those of the last week that failed or were refused with a reason.",
        {"state": ("queued", "running", "failed", "refused")},
    ),
    "feedback_oldest_job_seconds": Metric("How long the first job in the queue has waited.", {}),
    "feedback_task_last_success_timestamp_seconds": Metric(
        "When the worker last did a periodic task; 0 for never.", {"task": tuple(TASKS)}
    ),
    "feedback_task_failing": Metric("1 when the last try of a task failed.", {"task": tuple(TASKS)}),
    "feedback_messages": Metric(
        "Messages to respondents in steps of ten: due and not gone; of the last week failed and bounced.",
        {"state": ("waiting", "failed", "bounced")},
    ),
    "feedback_sending_paused": Metric("1 while a colleague has stopped all messages.", {}),
    "feedback_colleague_mails_waiting": Metric("E-mails to colleagues that have not gone.", {}),
    "feedback_answered": Metric(
        "Answered invitations of an open wave, at most hourly and in steps of ten.",
        {"wave": (), "audience": ("newcomer", "partner")},
    ),
    "feedback_retention_overdue": Metric("1 when contact data is there that should be destroyed.", {}),
}


def exposition(state: State, moment: datetime) -> str:
    """Every metric that is known, grouped by name, each with what it says."""
    samples: dict[str, list[Sample]] = {}
    for sample in _samples(state, moment):
        samples.setdefault(sample[0], []).append(sample)
    lines = []
    for name, metric in METRICS.items():
        if name in samples:
            lines += [f"# HELP {name} {metric.says}", f"# TYPE {name} gauge"]
            lines += [_line(*one) for one in samples[name]]
    return "\n".join([*lines, ""])


def _samples(state: State, moment: datetime) -> Iterator[Sample]:
    yield "feedback_build_info", {"version": _version()}, 1
    yield "feedback_database_reachable", {}, state.reachable
    yield "feedback_disk_free_bytes", {}, state.free_bytes
    yield "feedback_disk_size_bytes", {}, state.size_bytes
    if state.behind is not None:
        yield "feedback_database_behind", {}, state.behind
    if state.behind is not False:
        return  # nothing more can be asked
    yield "feedback_clock_skew_seconds", {}, state.skew_seconds
    for name in METRICS["feedback_jobs"].labels["state"]:
        yield "feedback_jobs", {"state": name}, getattr(state.queue, name)
    oldest = state.queue.oldest_at
    waited = max(0.0, (moment - oldest).total_seconds()) if oldest else 0
    yield "feedback_oldest_job_seconds", {}, round(waited)
    for run in state.runs:
        at = int(run.succeeded_at.timestamp()) if run.succeeded_at else 0
        yield "feedback_task_last_success_timestamp_seconds", {"task": run.name}, at
        yield "feedback_task_failing", {"task": run.name}, run.state == "failed"
    for name in METRICS["feedback_messages"].labels["state"]:
        yield "feedback_messages", {"state": name}, getattr(state.messages, name)
    yield "feedback_sending_paused", {}, state.messages.paused
    yield "feedback_colleague_mails_waiting", {}, state.messages.colleagues
    for wave, audience, number in state.answered:
        yield "feedback_answered", {"wave": wave, "audience": audience}, number
    yield "feedback_retention_overdue", {}, state.overdue


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    whole = int(value) if float(value).is_integer() else value
    return f"{name}{{{named}}} {whole}" if named else f"{name} {whole}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


@cache
def _version() -> str:
    try:
        return version("feedback-app")
    except PackageNotFoundError:
        return "unknown"
