"""`feedback-app regional`: what regions ask beside the core, and accepted proposals as files to translate."""

import re
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
import yaml

from feedback_app.command import Refused, in_app, write_file
from feedback_app.database import db
from feedback_app.questionnaires.accepted import item_of, regional_items
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.loading import SurveysRefused, read_yaml
from feedback_app.questionnaires.models import RegionalItem
from feedback_app.questionnaires.regional import FOLDER, SURVEYS, RegionalFile
from feedback_app.questionnaires.waivers import without_waivers
from feedback_app.shape import read
from feedback_app.web.pages import current_settings

_FIRST_ITEM = re.compile(r"^items:\s*\n(?:\s*#.*\n)*( *)- ", re.MULTILINE)


@click.group()
def regional() -> None:
    """Questions of one region beside the core: at most two in each questionnaire."""


@regional.command("list")
@in_app
def list_items() -> None:
    """Print what the next wave will ask in which region, from files and accepted proposals.

    Example: feedback-app regional list
    """
    nothing = True
    for survey_key in SURVEYS:
        try:
            found = regional_items(db.session, current_settings().surveys_dir, survey_key)
        except SurveysRefused as refused:
            raise Refused(str(refused)) from refused
        for region, items in found.items():
            for item in items:
                nothing = False
                click.echo(f"{survey_key:10} {region:24} {item.key:28} {item.text}")
    if nothing:
        click.echo("no region asks a question of its own")


@regional.command()
@in_app
def export() -> None:
    """Write accepted proposals into surveys/<survey>/regions/<region>.yaml, so that they can be translated.

    What stands there already stays as it is. Then: translations extract, and update.

    Example: feedback-app regional export
    """
    surveys_dir = current_settings().surveys_dir
    rows = db.session.scalars(
        sa.select(RegionalItem).where(RegionalItem.state == "accepted").order_by(RegionalItem.item_key)
    ).all()
    try:
        for survey_key in SURVEYS:
            regional_items(db.session, surveys_dir, survey_key)
        for row in rows:
            path = surveys_dir / row.survey_key / FOLDER / f"{row.region_key}.yaml"
            done = "written" if _add(path, row) else "there already"
            click.echo(f"{path}: {row.item_key} {done}")
    except SurveysRefused as refused:
        raise Refused(str(refused)) from refused
    click.echo("next: feedback-app translations extract, then: feedback-app translations update")


def _add(path: Path, row: RegionalItem) -> bool:
    """Add an item to its region's file, below what stands there; False when it is in it."""
    item = item_of(row)
    if not path.exists():
        content = {"region": row.region_key, "survey": row.survey_key, "items": [row.definition]}
        write_file(path, _yaml(content).encode())
        return True
    before = path.read_text(encoding="utf-8")
    items = _items(path)
    if item.key in {one.key for one in items}:
        return False
    indent = _FIRST_ITEM.search(before)
    lines = _yaml([row.definition]).splitlines()
    after = before.rstrip("\n") + "\n" + "".join(f"{indent[1] if indent else ''}{one}\n" for one in lines)
    try:
        whole = read(RegionalFile, without_waivers(yaml.safe_load(after))).items == (*items, item)
    except (yaml.YAMLError, ValueError):
        whole = False
    if not whole:
        raise Refused(
            f"{path} is written so that nothing can be added; add by hand:\n{_yaml([row.definition])}"
        )
    write_file(path, after.encode())
    return True


def _items(path: Path) -> tuple[Item, ...]:
    return read(RegionalFile, without_waivers(read_yaml(path))).items


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
