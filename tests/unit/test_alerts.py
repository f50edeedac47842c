"""Alerts are about metrics that exist, with labels and values they have; each is explained where it is shown."""

import re
from pathlib import Path

import yaml

from feedback_app.watching.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs"
RULES = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
UNITS = tuple(path.name for path in (DOCS.parent / "deploy").glob("feedback-*"))
#: what Prometheus itself knows: its functions, operators, and the metric it makes of each scrape
LANGUAGE = {
    *("abs", "absent", "time"),
    *("and", "or", "unless", "on", "offset"),
    *("up", "node_systemd_unit_state", "node_systemd_timer_last_trigger_seconds"),
}
#: of these, labels and values: the job of the scrape, and our own units as systemd's exporter names them
OTHERS: dict[str, dict[str, tuple[str, ...]]] = {
    "up": {"job": ()},
    "node_systemd_unit_state": {"name": UNITS, "state": ("failed",)},
    "node_systemd_timer_last_trigger_seconds": {"name": UNITS},
}
SELECTOR = re.compile(r"([a-z_]+)\{([^}]*)\}")
DURATION = re.compile(r"\b\d+[smhdw]\b")


def faults(expression: str) -> list[str]:
    """What an expression asks that no scrape will ever answer."""
    found = []
    for name, labels in SELECTOR.findall(expression):
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            known = METRICS[name].labels if name in METRICS else OTHERS[name]
            if label not in known or (known[label] and value not in known[label]):
                found.append(f"{name}{{{label}={value}}}")
    bare = DURATION.sub("", SELECTOR.sub(r"\1", expression))
    names = set(re.findall(r"[a-z_]{2,}", bare))
    return found + sorted(names - METRICS.keys() - LANGUAGE)


def test_every_alert_is_about_a_metric_there_is() -> None:
    assert {rule["alert"]: faults(rule["expr"]) for rule in RULES} == {rule["alert"]: [] for rule in RULES}
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in RULES)
    assert [rule["alert"] for rule in RULES if rule["expr"].count("(") != rule["expr"].count(")")] == []


def test_the_check_notices_what_it_is_for() -> None:
    assert faults("feedback_gone == 1") == ["feedback_gone"]
    assert faults('feedback_jobs{state="lost"} > 0') == ["feedback_jobs{state=lost}"]
    assert faults('node_systemd_unit_state{name="feedback.service"} == 1') == [
        "node_systemd_unit_state{name=feedback.service}"
    ]
    assert faults('time() - feedback_jobs{task="heartbeat"} > 0') == ["feedback_jobs{task=heartbeat}"]


def test_a_week_without_answers_needs_a_week_to_look_at() -> None:
    """A range of seven days is also there after one: a wave that just began would be called silent."""
    (rule,) = (one for one in RULES if one["alert"] == "FeedbackNobodyAnswers")
    assert rule["expr"] == "feedback_answered - feedback_answered offset 7d == 0"
    assert [one["alert"] for one in RULES if "_over_time(" in one["expr"]] == []


def test_destroying_that_was_never_done_is_told_too() -> None:
    """The time of what was never done is 0, which the alert about a night that was missed leaves out."""
    late = [one for one in RULES if one["alert"] == "FeedbackRetentionLate"]
    assert [one["for"] for one in late] == ["1h", "36h"] and late[1]["expr"].endswith(
        '{task="retention"} == 0'
    )


def test_every_alert_stands_in_the_handbook() -> None:
    page = (DOCS / "operate.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(Feedback\w+)`", page, re.M)) == {rule["alert"] for rule in RULES}


def test_the_proxies_let_prometheus_through() -> None:
    """It asks by the public name, as the handbook has it, and the service has no other door: a key guards it."""
    page = (DOCS / "operate.md").read_text(encoding="utf-8")
    assert 'targets: ["feedback.example.be"]' in page and "scheme: https" in page
    proxies = [DOCS.parent / "deploy" / name for name in ("nginx.conf", "Caddyfile")]
    assert [path.name for path in proxies if "/metrics" in path.read_text(encoding="utf-8")] == []
