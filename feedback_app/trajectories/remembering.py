"""Which column is which in an agency's files: chosen once on a page, remembered for the next file."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from typing import get_args

from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.settings import Settings
from feedback_app.shape import as_json, read
from feedback_app.trajectories.mapping import (
    DEFAULT,
    FOLDER,
    REQUIRED,
    FieldName,
    Mapping,
    load_mapping,
    mapping_names,
    plain,
)
from feedback_app.trajectories.models import AgencyMapping
from feedback_app.trajectories.reading import FileRefused, Layout

#: field → whether a file must have it; of region and NIS code one is enough
FIELDS: dict[FieldName, bool] = {name: name in REQUIRED for name in get_args(FieldName)}


def mapping_for(session: Session, settings: Settings, agency: str | None, layout: str = "") -> Mapping:
    """How a file is read: the file named, else what is remembered, else the agency's file, else the default.

    SurveysRefused when a mapping file has faults.
    """
    files = mapping_names(settings.surveys_dir)
    if layout not in files:
        kept = session.get(AgencyMapping, agency) if agency else None
        if kept is not None:
            return read(Mapping, kept.mapping)
        layout = agency if agency and agency in files else DEFAULT
    return load_mapping(settings.surveys_dir / FOLDER / f"{layout}.yaml")


def remembered(session: Session) -> dict[str, AgencyMapping]:
    """Agency → what is remembered of its files."""
    return {one.agency_key: one for one in session.query(AgencyMapping)}


def guess(mapping: Mapping, layout: Layout) -> dict[FieldName, str]:
    """Field → the header it probably has in this file."""
    headers = {plain(name): name for name in layout.headers}
    return {
        field: headers[plain(name)]
        for field, names in mapping.columns.items()
        for name in names
        if plain(name) in headers
    }


def remember(
    session: Session, base: Mapping, agency: str, chosen: AbstractMapping[FieldName, str]
) -> Mapping:
    """Keep which column is which for an agency; flushes, does not commit.

    What has no column keeps its names of before; the agency itself needs no column. FileRefused when one
    column is to be two things.
    """
    columns = {field: [header] for field, header in chosen.items() if header}
    taken = [plain(names[0]) for names in columns.values()]
    others = {
        field: [name for name in names if plain(name) not in taken]
        for field, names in base.columns.items()
        if field not in columns
        and field in ("region", "nis", "partner_kbo", "partner_email", "phone", "email")
    }
    fixed = {**base.fixed} if "agency" in columns else {**base.fixed, "agency": agency}
    whole: dict[FieldName, list[str]] = {**columns}
    whole.update({field: names for field, names in others.items() if names})
    made = replace(base, columns=whole, fixed=fixed)
    for _path, problem, _remedy in made.rules():
        raise FileRefused("mapping", problem)
    kept = session.get(AgencyMapping, agency) or AgencyMapping(agency_key=agency)
    kept.mapping, kept.changed_on = as_json(made), today()
    session.add(kept)
    session.flush()
    return made
