"""Groups beside each other, as the report's templates ask for them: agencies, kinds of offer, languages."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback_app.analysis.statistic import State
from feedback_app.reports.answered import Answered
from feedback_app.reports.choices import chosen
from feedback_app.reports.content import Group, ItemReport

ORDERED = ("scale", "single")  # kinds of question with a positive end
GROUPS_WIDE = 5


@dataclass(frozen=True)
class GroupRow:
    """One question's cells (share, and interval with base) over several groups."""

    item: ItemReport
    cells: list[tuple[str, str]]


class Grouped(Answered):
    """The part of a report that sets groups beside each other."""

    def group(self, cut: str, key: str) -> str:
        """Name a group of a cut."""
        return next((one.label for one in self.members(cut) if one.key == key), key)

    def members(self, cut: str) -> list[Group]:
        """Return the groups of a cut in their fixed order."""
        return [group for group in self.content.groups if group.cut == cut]

    def group_tables(self, cut: str) -> list[tuple[list[Group], list[GroupRow]]]:
        """Return tables of a few groups wide: the groups, and a row of cells per ordered question."""
        members = [group for group in self.members(cut) if group.key in self._published(cut)]
        silent = self.silent_items(cut)
        asked = [i for i in self.content.items if i.kind in ORDERED and any(s.cut == cut for s in i.groups)]
        items = [i for i in asked if i not in silent]
        count = -(-len(members) // GROUPS_WIDE) or 1
        wide = -(-len(members) // count)  # tables of about the same width, no last one with a single column
        parts = [members[start : start + wide] for start in range(0, len(members), wide or 1)]
        return [(some, [GroupRow(i, self._group_cells(i, cut, some)) for i in items]) for some in parts]

    def shown_regions(self, item: ItemReport) -> list[Group]:
        """Return the regions that stand in a question's table: all, or where most have no figure the others.

        Rows without a figure say nothing each, and would fill pages of a wave with few answers.
        """
        every = self.members("region")
        found = {s.member for s in item.regions if s.state is not State.WITHHELD}
        known = [group for group in every if group.key in found]
        return every if 2 * len(known) >= len(every) else known

    def silent_regions(self, item: ItemReport) -> int:
        """Count the regions that a question's table leaves out; two and more, or none."""
        return len(self.members("region")) - len(self.shown_regions(item))

    def silent_items(self, cut: str) -> list[ItemReport]:
        """Return the questions of which no figure at all is published of the groups of a cut."""
        asked = [i for i in self.content.items if i.kind in ORDERED and any(s.cut == cut for s in i.groups)]
        return [i for i in asked if all(s.state is State.WITHHELD for s in i.groups if s.cut == cut)]

    def choices(self) -> list[ItemReport]:
        """Return the multiple-choice questions of which some group has figures."""
        return [item for item in self.content.items if item.kind == "multiple" and self.choices_of(item)]

    def choices_of(self, item: ItemReport) -> list[tuple[Group, str, str]]:
        """Return what each group chose."""
        return list(chosen(item, self.content.groups, self.words))

    def silent_groups(self, cut: str) -> list[Group]:
        """Return the groups of a cut of which no figure at all is published."""
        return [group for group in self.members(cut) if group.key not in self._published(cut)]

    def _published(self, cut: str) -> set[str]:
        figures = [s for i in self.content.items if i.kind in ORDERED for s in i.groups if s.cut == cut]
        return {s.member for s in figures if s.state is not State.WITHHELD}

    def _group_cells(self, item: ItemReport, cut: str, members: Sequence[Group]) -> list[tuple[str, str]]:
        found = {s.member: s for s in item.groups if s.cut == cut}
        cells = []
        for member in members:
            statistic = found.get(member.key)
            notes = [self.words.limits(statistic), self.words.count_of(statistic)]
            cells.append((self.words.positive(statistic), "; ".join(note for note in notes if note)))
        return cells
