"""What the page shows and sends; apart from it, so that no command waits for a web server."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Page:
    """What is shown to one of us."""

    title: str
    said: str = ""
    """What became of what was pressed, or who has it."""
    facts: tuple[tuple[str, str], ...] = ()
    epoch: int | None = None
    """Of what is shown: what is pressed speaks of it. None where nothing can be pressed."""
    takes_over: bool = False
    """Whether another has it: to press is to take it from them."""
    snoozes: tuple[tuple[int, str], ...] = ()
    """Seconds, and as people say it."""
    language: str = "en"


@dataclass(frozen=True)
class Sent:
    """What the page sent."""

    token: str
    epoch: int
    """Of what was shown when it was pressed."""
    snooze: timedelta | None
    """None: acknowledged."""
