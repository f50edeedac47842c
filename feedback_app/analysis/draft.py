"""A test before its family is judged, and the reasons why there is none."""

from dataclasses import dataclass, replace

from feedback_app.analysis.proposal import Proposal
from feedback_app.questionnaires.declarations import Family
from feedback_app.questionnaires.definition import Item

#: why there is no test
WITHHELD, WORDING, FEW_REMARKS = "withheld", "wording", "few_remarks"


@dataclass(frozen=True)
class Draft:
    """A proposal before its family is judged, with what `evidence.Outcome` asks; p is None for no test."""

    proposal: Proposal
    p_value: float | None = None
    relevant: bool = False
    few: bool = True
    sure: bool = True


def new_proposal(family: Family, audience: str, item: Item, **more: object) -> Proposal:
    """The proposal of one declared test, before anything is known."""
    declared = item.patterns
    points = declared.points if declared else 0
    themes = item.themes or tuple(dict.fromkeys(key for one in item.options for key in one.themes or ()))
    made = Proposal(family, audience, item.key, minimum=points, themes=themes)
    return replace(made, **more)  # type: ignore[arg-type]
