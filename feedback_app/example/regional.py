"""A region's own question in the example data: accepted before the open wave, and so asked in that region."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy.orm import Session

from feedback_app.example.draw import identifier, stream
from feedback_app.questionnaires.loading import read_yaml
from feedback_app.questionnaires.models import RegionalItem, RegionalItemEvent
from feedback_app.questionnaires.regional import RegionalFile
from feedback_app.regions import region_names
from feedback_app.settings import Settings
from feedback_app.shape import as_json, read

_FILE = Path(__file__).parent / "regional.yaml"


def add_regional_question(session: Session, settings: Settings, seed: int, day: date) -> None:
    """Store the question as accepted on a day, where its region exists; commits."""
    file = read(RegionalFile, read_yaml(_FILE))
    if file.region not in region_names(settings.surveys_dir):
        return
    rng, at = stream(seed, "regional"), datetime.combine(day, time(9), UTC)
    for item in file.items:
        row = RegionalItem(
            id=identifier(rng),
            region_key=file.region,
            survey_key=file.survey,
            item_key=item.key,
            definition=as_json(item, defaults=False),
            why="Voorbeeld: we willen weten of de bus een drempel is.",
            state="accepted",
        )
        row.history.append(RegionalItemEvent(id=identifier(rng), state="accepted", at=at))
        session.add(row)
    session.commit()
