"""What the page shows and sends; apart from it, so that no command waits for a web server."""

from dataclasses import dataclass

LONGEST_TEXT = 5000
"""Characters of a customer's words."""


@dataclass(frozen=True)
class Form:
    """What the customer may press and write."""

    accept: str
    decline: str
    message: str
    binding: str
    """What accepting means."""


@dataclass(frozen=True)
class Page:
    """What is shown, in the customer's words and forms."""

    language: str
    title: str
    said: tuple[str, ...] = ()
    """What became of the offer, or of what was sent."""
    rows: tuple[tuple[str, str], ...] = ()
    """What is offered; the last is the price."""
    below: tuple[str, ...] = ()
    form: Form | None = None


@dataclass(frozen=True)
class Sent:
    """What the page sent."""

    token: str
    accepts: bool
    text: str
