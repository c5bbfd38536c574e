"""What reading a calendar gives, apart from the libraries that do it: they load slowly."""

from dataclasses import dataclass
from datetime import datetime

from rules.model import Shift


class Unreadable(Exception):
    """It is no calendar, or none that we can take; its words show nothing of what is in it."""


@dataclass(frozen=True)
class Reading:
    """What was read."""

    shifts: tuple[Shift, ...]
    """In the order in which they begin."""
    nobodys: tuple[datetime, ...] = ()
    """When events begin that name nobody of us, or several."""
