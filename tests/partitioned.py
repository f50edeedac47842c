"""The statements of docs/scaling.md that cut the answers by wave, run as they stand there."""

import re
from pathlib import Path

from feedback_app.database import db
from tests.world import World

DOCUMENT = Path(__file__).parents[1] / "docs/scaling.md"


WHOLE, ONE_WAVE, LET_GO = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[:3]


def type_in(world: World, statements: str, wave: str) -> None:
    """Do as the page says, with this wave instead of its example."""
    meant = statements.replace("2026-H1", wave).replace("2026_h1", wave.lower().replace("-", "_"))
    with world.app.app_context(), db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(meant)
