"""What a region's question tells of the question it depends on: how many gave the answers that bring it up.

Nothing else crosses two questions. So a region's question is published only where that number gives away no
small group of the other one.
"""

from feedback_app.analysis.counts import WaveCounts
from feedback_app.questionnaires.definition import Item


def tells_nothing_of_its_route(core: WaveCounts, own: WaveCounts, item: Item, region: str) -> bool:
    """Whether the number of people who answered `item` may be known beside the question it depends on.

    That number is the least of how many gave one of the answers that bring the item up, and so says at most
    how many gave another. Neither may be a small group, nor any single one of these answers.
    """
    route = item.shown_if
    if route is None:
        return True
    counts = own if route.item in {one.key for one in own.items} else core
    source = next(one for one in counts.items if one.key == route.item)
    counted = counts.counted(counts.question(source), "region", region)
    values, least = counted.counts.values, core.policy.smallest_cell
    chosen = [values.get(key, 0) for key in route.any_of if key in source.substantive]
    others = [values.get(key, 0) for key in source.substantive if key not in route.any_of]
    few = [people for people in chosen if 0 < people < least]
    return not counted.thin and not few and sum(others) >= least
