"""What the page shows; apart from it, so that no command waits for a web server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """What is shown, in the customer's words."""

    language: str
    title: str
    said: tuple[str, ...]
    confirm: str = ""
    """The button's word; empty: there is nothing to press."""
