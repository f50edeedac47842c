"""A region's questions from both their places: files, and proposals that were accepted.

What is in both (a proposal that was written out as a file, to be translated) counts once.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.questionnaires.definition import Item, Survey
from feedback_app.questionnaires.loading import Fault, SurveysRefused, load_survey
from feedback_app.questionnaires.models import RegionalItem
from feedback_app.questionnaires.regional import (
    FOLDER,
    SURVEYS,
    Ground,
    joined,
    load_regional,
    regional_rules,
)
from feedback_app.shape import read

Items = tuple[Item, ...]


def item_of(row: RegionalItem) -> Item:
    """A proposal as the item that a file would say."""
    return read(Item, row.definition)


def edition_of(session: Session, surveys_dir: Path, survey_key: str, region: str) -> Survey | None:
    """What a region asks, as the next wave will ask it; None for one that asks nothing of its own."""
    items = regional_items(session, surveys_dir, survey_key).get(region) if survey_key in SURVEYS else None
    return joined(load_survey(surveys_dir, survey_key), region, items) if items else None


def region_asking(session: Session, surveys_dir: Path, context: str) -> str:
    """The region whose question a text belongs to; empty for a text of the core."""
    survey_key, _dot, rest = context.partition(".")
    if survey_key not in SURVEYS:
        return ""
    asked = regional_items(session, surveys_dir, survey_key)
    own = (region for region, items in asked.items() if rest.split(".")[0] in {one.key for one in items})
    return next(own, "")


def regional_items(
    session: Session, surveys_dir: Path, survey_key: str, trial: Sequence[RegionalItem] = ()
) -> dict[str, Items]:
    """Region → its questions, as the next wave will ask them; raises SurveysRefused when they do not fit.

    trial: proposals taken for accepted, to see whether they would fit.
    """
    query = sa.select(RegionalItem).where(RegionalItem.survey_key == survey_key)
    known = list(session.scalars(query.order_by(RegionalItem.item_key)))
    found = _still_asked(load_regional(surveys_dir, survey_key), known)
    rows = [*(row for row in known if row.state == "accepted"), *trial]
    if not rows:
        return found
    ground, faults = Ground.of(surveys_dir, survey_key), list[Fault]()
    for region in sorted({row.region_key for row in rows}):
        own = [item_of(row) for row in rows if row.region_key == region]
        path = surveys_dir / survey_key / FOLDER / f"{region}.yaml"
        found[region], clashes = together(path, found.get(region, ()), own)
        faults += clashes or [Fault(path, *rule) for rule in regional_rules(ground, region, found[region])]
    if faults:
        raise SurveysRefused(faults)
    return found


def _still_asked(written: dict[str, Items], known: Iterable[RegionalItem]) -> dict[str, Items]:
    """What files ask, without what was retired since it was written out as a file."""
    over = {row.item_key for row in known if row.state == "retired"}
    asked = {region: tuple(one for one in items if one.key not in over) for region, items in written.items()}
    return {region: items for region, items in asked.items() if items}


def together(path: Path, written: Items, accepted: Iterable[Item]) -> tuple[Items, list[Fault]]:
    """The questions of a file and those accepted, each once; what has one key has to say one thing."""
    both, faults = list(written), []
    known = {item.key: item for item in written}
    for item in accepted:
        if item.key not in known:
            both.append(item)
        elif known[item.key] != item:
            number = [one.key for one in written].index(item.key)
            problem = f"“{item.key}” is an accepted proposal too, and says something else there"
            remedy = "give the question in the file another key, or have the proposal retired"
            faults.append(Fault(path, f"items[{number}]", problem, remedy))
    return tuple(both), faults
