"""Trajectories from programs: checked, stored and followed exactly as a file that a colleague uploads.

POST /trajectories       take in some; nothing twice, each refused one with its reasons
GET  /imports            what was taken in, by files and by programs
GET  /imports/<import>   one of them
"""

import csv
import io
import re
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Response
from flask_babel import gettext as _

from feedback_app.api.cursors import piece, place_of
from feedback_app.api.operations import (
    COUNT,
    ID,
    MOMENT,
    PAGED,
    TEXT,
    Call,
    Operation,
    Parameter,
    Schema,
    closed,
    list_of,
    maybe,
    ref,
)
from feedback_app.api.pieces import list_response
from feedback_app.api.problems import Problem, json_response
from feedback_app.database import db
from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.settings import Settings
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.afterwards import after_file
from feedback_app.trajectories.intake import Intake, take_in
from feedback_app.trajectories.mapping import DEFAULT, FOLDER, REQUIRED, FieldName, Mapping, load_mapping
from feedback_app.trajectories.models import ImportBatch
from feedback_app.trajectories.previewing import note_import
from feedback_app.trajectories.reading import FileRefused
from feedback_app.trajectories.undoing import find_batch

#: more would keep the program waiting for seconds
MOST_ROWS = 1000
#: our fields in the order of the columns that a request becomes
FIELDS = (*REQUIRED, "region", "nis", "partner_kbo", "partner_email", "phone", "email")
_LONGEST = 400
#: what no text holds, and what a text file cannot
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_FIRST_ROW = 2  # as spreadsheets count, below the header

IMPORT = Parameter("import", ID, "The import, by its id.")


def _field(name: str) -> Schema:
    kinds = ["string", "number", "null"] if name == "hours" else ["string", "null"]
    return {"type": kinds, "maxLength": _LONGEST}


SCHEMAS = {
    "Trajectory": {
        **closed({name: _field(name) for name in FIELDS}, *FIELDS),
        "required": ["ref", "agency"],
        "minProperties": 1,
        "description": "One activity of a trajectory; fields, codes and checks are those of docs/intake.md. "
        "Days as 2026-06-03.",
    },
    "TrajectoriesIn": {
        **closed(
            {
                "trajectories": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_ROWS,
                    "items": ref("Trajectory"),
                },
                "dry_run": {"type": "boolean", "default": False},
            },
            "dry_run",
        )
    },
    "Refusal": closed(
        {
            "index": COUNT,
            "errors": {"type": "array", "items": closed({"code": TEXT, "field": TEXT, "detail": TEXT})},
        }
    ),
    "TrajectoriesTaken": closed(
        {
            "import": maybe(ID),
            "dry_run": {"type": "boolean"},
            **dict.fromkeys(
                ("rows", "trajectories", "activities", "partners", "known", "ended", "invitations"), COUNT
            ),
            "refused": {"type": "array", "items": ref("Refusal")},
        }
    ),
    "Import": closed(
        {
            "id": ID,
            "file": TEXT,
            "imported_at": MOMENT,
            **dict.fromkeys(("rows", "trajectories", "activities", "known", "refused", "ended"), COUNT),
            "undone_at": maybe(MOMENT),
        }
    ),
    "ImportList": list_of("Import"),
}


def take(call: Call) -> Response:
    """Take trajectories in as one import: those that are refused do not stop the others."""
    rows, dry_run = _rows(call.body)
    try:
        intake = take_in(
            db.session,
            call.settings,
            _as_file(rows),
            f"api-{call.token.hint[4:]}.json",
            _mapping(call.settings),
            account_id=call.account.id,
            region=visible_region(call.account),
            dry_run=dry_run,
            then=after_file(),
            noted=lambda batch: note_import(db.session, batch, call.account),
        )
    except FileRefused as refusal:
        raise Problem("invalid-body", str(refusal), errors=[_error("/trajectories", str(refusal))]) from None
    except SurveysRefused:
        detail = _("De vragenlijsten bevatten een fout. Vraag de beheerder om “feedback-app surveys check”.")
        raise Problem("unavailable", detail) from None
    return json_response(_taken(intake))


def imports(call: Call) -> Response:
    """A piece of the imports: all, or those of colleagues and programs of one region."""
    query, own = sa.select(ImportBatch), visible_region(call.account)
    if own:
        query = query.where(ImportBatch.region_key == own)
    place = place_of(call.settings.secret_key, call.path, call.query, 1)
    found = piece(db.session, call.settings.secret_key, query, [ImportBatch.id], place)
    return list_response(call, found, [_import(batch) for (batch,) in found.rows])


def one_import(call: Call) -> Response:
    """One import, by its id."""
    batch = find_batch(db.session, call.account, call.asked["import"])
    if batch is None:
        raise Problem("not-found")
    return json_response(_import(batch))


def _rows(body: Any) -> tuple[list[AbstractMapping[str, Any]], bool]:
    """The rows of a body, and whether it only tries; Problem with every fault of its form."""
    if not isinstance(body, dict):
        raise _invalid(_error("", _("Stuur een object met een lijst “trajectories”.")))
    rows, dry_run = body.get("trajectories"), body.get("dry_run", False)
    errors = [
        _error(f"/{name}", _("Dit veld kennen we niet."))
        for name in body
        if name not in ("trajectories", "dry_run")
    ]
    if not isinstance(dry_run, bool):
        errors.append(_error("/dry_run", _("Dit is waar of onwaar, zonder aanhalingstekens.")))
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        errors.append(
            _error("/trajectories", _("Stuur een lijst van 1 tot %(most)s trajecten.", most=MOST_ROWS))
        )
        raise _invalid(*errors)
    for index, row in enumerate(rows):
        errors += _faults(f"/trajectories/{index}", row)
    if errors:
        raise _invalid(*errors[:100])
    return rows, dry_run


def _faults(place: str, row: Any) -> list[dict[str, str]]:
    # a file's empty row is passed over in silence; a program hears of every row that it sent
    if not isinstance(row, dict) or not any(
        value is not None and str(value).strip() for value in row.values()
    ):
        return [_error(place, _("Stuur elk traject als object met velden."))]
    return [_error(f"{place}/{name}", fault) for name, value in row.items() if (fault := _fault(name, value))]


def _fault(name: str, value: Any) -> str:
    """What is wrong with the form of a field; its content is checked as that of a file."""
    if name not in FIELDS:
        return str(_("Dit veld kennen we niet."))
    if name == "hours" and isinstance(value, int | float) and not isinstance(value, bool):
        return ""
    if value is not None and not isinstance(value, str):
        return str(_("Stuur dit als tekst."))
    if value and (len(value) > _LONGEST or _NO_TEXT.search(value)):
        return str(_("Deze tekst is te lang of bevat tekens die geen tekst zijn."))
    return ""


def _as_file(rows: list[AbstractMapping[str, Any]]) -> bytes:
    """The rows as the file that they would be, with our names of fields as columns."""
    file = io.StringIO()
    lines = csv.writer(file, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
    lines.writerow(FIELDS)
    for row in rows:
        lines.writerow("" if row.get(name) is None else str(row[name]) for name in FIELDS)
    return file.getvalue().encode("utf-8-sig")


def _mapping(settings: Settings) -> Mapping:
    """How such a file is read: our fields and days, and the spellings of codes that any file may use."""
    known = load_mapping(settings.surveys_dir / FOLDER / f"{DEFAULT}.yaml")
    columns: dict[FieldName, list[str]] = {name: [name] for name in FIELDS}
    return replace(known, columns=columns, fixed={}, dates=["%Y-%m-%d"])


def _taken(intake: Intake) -> dict[str, Any]:
    counts = intake.counts()
    names = ("dry_run", "rows", "trajectories", "activities", "partners", "known", "ended", "invitations")
    return {
        "import": intake.batch_id,
        **{name: counts[name] for name in names},
        "refused": [
            {
                "index": refused.row - _FIRST_ROW,
                "errors": [
                    {"code": one.code, "field": one.column, "detail": str(one.reason)}
                    for one in refused.faults
                ],
            }
            for refused in intake.refused
        ],
    }


def _import(batch: ImportBatch) -> dict[str, Any]:
    names = ("rows", "trajectories", "activities", "known", "refused", "ended")
    return {
        "id": batch.id,
        "file": batch.file_name,
        "imported_at": batch.imported_at.isoformat(),
        **{name: getattr(batch, name) for name in names},
        "undone_at": batch.undone_at.isoformat() if batch.undone_at else None,
    }


def _invalid(*errors: dict[str, str]) -> Problem:
    return Problem("invalid-body", errors=list(errors))


def _error(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": detail}


OPERATIONS = (
    Operation(
        "takeTrajectories",
        "POST",
        "/trajectories",
        take,
        "Take in trajectories as one import",
        "TrajectoriesTaken",
        ("write:trajectories",),
        body="TrajectoriesIn",
    ),
    Operation(
        "listImports",
        "GET",
        "/imports",
        imports,
        "What was taken in, by files and by programs",
        "ImportList",
        ("read:imports",),
        query=PAGED,
    ),
    Operation(
        "readImport",
        "GET",
        "/imports/{import}",
        one_import,
        "What became of one import",
        "Import",
        ("read:imports",),
        (IMPORT,),
    ),
)
