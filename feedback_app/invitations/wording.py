"""The parts of a message, whoever it is for."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Occasion:
    """Whom a message goes to and why: `bundled` when one request stands for several trajectories."""

    audience: str
    step: str
    language: str
    link: str = field(repr=False)
    stop_link: str = field(repr=False)
    bundled: bool = False

    @property
    def dutch_link(self) -> str:
        """The same questions in Dutch."""
        return f"{self.link}?lang=nl"


@dataclass(frozen=True)
class Letter:
    """The sentences of one message in one language; `short` and `stop_sms` are what an SMS needs at least."""

    subject: str
    question: str
    greeting: str
    opening: tuple[str, ...]
    points: tuple[str, ...]
    button: str
    done: str
    why: str
    stop: str
    stopped: str = ""
    short: str = ""
    stop_sms: str = ""
