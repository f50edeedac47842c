"""What tests of "Jullie zeiden – wij doen" share: something told back, in languages in which it was approved."""

from collections.abc import Mapping
from datetime import date

from feedback_app.reports.told_back import dutch_of
from feedback_app.reports.told_models import ToldText
from feedback_app.responses.told import Pair
from feedback_app.signals.models import Signal
from tests.world import WAVE, World


def tell_back(world: World, dutch: Pair, texts: Mapping[str, Pair]) -> None:
    """Store a signal that is told back, with a reviewed text in each of these languages."""
    days = {name: date(2026, 8, 1) for name in ("handed_on", "due_on", "answered_on")}
    words = {"title": "t", "finding": "f", "ask": "a", "answer": "x", "theme_key": "T05"}
    said = {"told_said": dutch.said, "told_doing": dutch.doing}
    signal = Signal(wave_key=WAVE, state="teruggekoppeld", code="S-1", **words, **days, **said)
    with world.session() as session:
        session.add(signal)
        session.flush()
        done = {"state": "reviewed", "written_by": "a", "reviewed_by": "b", "by": "", "when": ""}
        for locale, pair in texts.items():
            text = {"said": pair.said, "doing": pair.doing, "dutch_hash": dutch_of(signal).digest}
            session.add(ToldText(signal_id=signal.id, locale=locale, **text, **done))
        session.commit()
