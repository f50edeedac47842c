"""Lists of trajectories as a client system might export them, made for one test each; all of it made up."""

import csv
import io
from functools import cache
from pathlib import Path

from flask import Flask

from feedback_app import create_app
from feedback_app.settings import Settings
from feedback_app.trajectories.mapping import Mapping, load_mapping
from tests.databases import CONTACT_KEY, SECRET

SHARED = Path(__file__).parent / "fixtures" / "trajectories-export.csv"

ROW = {
    "Dossiernummer": "A1000001",
    "Agentschap": "AgII",
    "Regio": "Kempen",
    "NIS-code": "13040",
    "Start traject": "06/01/2026",
    "Einde traject": "03/06/2026",
    "Aantal uren": "41,5",
    "Soort activiteit": "Vereniging",
    "Bron": "ikdoemee",
    "Organisatie": "Voorbeeld vereniging vzw",
    "KBO-nummer": "0400.397.390",
    "E-mail organisatie": "contact@voorbeeld.example",
    "Contacttaal": "Arabisch",
    "Gsm": "0470 26 14 64",
    "E-mail": "deelnemer@voorbeeld.example",
    "Resultaat": "Voltooid",
}


def export(*changes: dict[str, str], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """A file with one row for each set of changes to the example row."""
    text = io.StringIO()
    columns = list(dict.fromkeys([*ROW, *(name for change in changes for name in change)]))
    writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes)
    return text.getvalue().encode(encoding)


def example_settings(url: str = "sqlite://", **changes: object) -> Settings:
    """Settings with the repository's own code lists."""
    settings = Settings(
        secret_key=SECRET, contact_keys=(CONTACT_KEY,), database_url=url, second_factor=False, testing=True
    )
    return settings.but(**changes)


@cache
def around() -> Flask:
    """An application for work that asks which settings there are; its own database is never opened."""
    return create_app(example_settings("postgresql://niemand@localhost/niets"))


def default_mapping() -> Mapping:
    """The mapping an agency starts from."""
    return load_mapping(example_settings().surveys_dir / "mappings" / "default.yaml")
