"""What groups chose in multiple-choice questions, a line of words per group."""

from collections.abc import Iterator, Mapping, Sequence

from feedback_app.analysis.statistic import State, Statistic
from feedback_app.reports.content import Group, ItemReport
from feedback_app.reports.wording import Wording


def chosen(item: ItemReport, groups: Sequence[Group], wording: Wording) -> Iterator[tuple[Group, str, str]]:
    """Every group that has any shares, its base and its printed shares, in the order of `groups`."""
    labels = {option.key: option.label for option in item.options}
    found = {(one.cut, one.member): one for one in (*item.regions, *item.groups)}
    for group in groups:
        one = found.get((group.cut, group.key))
        said = _said(one, labels, wording)
        if one is not None and said:
            yield group, wording.base(one), said


def _said(one: Statistic | None, labels: Mapping[str, str], wording: Wording) -> str:
    if one is None or one.state is State.WITHHELD:
        return ""
    known = sorted((s for s in one.shares if s.percent is not None), key=lambda s: -(s.percent or 0))
    return "; ".join(f"{labels[s.value]} {wording.percent(s.percent)}" for s in known if s.value in labels)
