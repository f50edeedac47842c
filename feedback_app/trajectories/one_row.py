"""What a form says of one trajectory, read and checked as if it were the one row of a file."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from datetime import date

from feedback_app.settings import Settings
from feedback_app.trajectories.mapping import DEFAULT, FOLDER, load_mapping, load_vocabulary
from feedback_app.trajectories.models import Trajectory
from feedback_app.trajectories.reading import Bytes, Layout, Sheet
from feedback_app.trajectories.records import Fault, Record, RefusedRow, RowReader

ROW = 1


class EntryRefused(Exception):
    """What was filled in cannot come in; each fault's column is the field's name.

    `known` is the trajectory that says otherwise, if that is the reason.
    """

    def __init__(self, *faults: Fault, known: str = "") -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults, self.known = faults, known


def read_row(
    settings: Settings, values: AbstractMapping[str, str], day: date, region: str | None
) -> Record | RefusedRow:
    """A form whose fields are called as ours; `region` is the only one whose rows come in, if any."""
    names = list(values)
    mapping = load_mapping(settings.surveys_dir / FOLDER / f"{DEFAULT}.yaml")
    mapping = replace(mapping, fixed={}, dates=["%Y-%m-%d", *mapping.dates])
    sheet = Sheet(Layout(Bytes(b""), "", "", names), {name: at for at, name in enumerate(names)}, ())
    reader = RowReader(sheet, mapping, load_vocabulary(settings.surveys_dir, mapping), day, region)
    return reader.read(ROW, [" ".join(value.split()) for value in values.values()])


def told_before(trajectory: Trajectory) -> dict[str, str]:
    """What is known of a trajectory, as a row says it, without contact; the rest is not looked at again."""
    return {
        "ref": "-",
        "agency": trajectory.agency_key,
        "region": trajectory.region_key,
        "started_on": trajectory.started_on.isoformat(),
        "ended_on": trajectory.ended_on.isoformat() if trajectory.ended_on else "",
        "hours": "" if trajectory.hours is None else str(trajectory.hours),
        "outcome": trajectory.outcome,
        "offer_source": trajectory.offer_source,
        "contact_language": trajectory.contact_language,
        "offer_type": "andere",
        "partner_name": "-",
    }
