"""Out to the log: for a desk without pagers, and for trying things out."""

from collections.abc import Callable

from channels.base import CannotTell, Sent
from rules.model import Notice


class LogWay:
    """An outbound that gives each notice to a function which writes it down."""

    name = "log"

    def __init__(self, write: Callable[[Notice], None]) -> None:
        """`write` must return quickly; what it raises goes to the courier."""
        self._write = write

    async def send(self, notice: Notice) -> Sent:
        """Have it written."""
        self._write(notice)
        return Sent("")

    async def find(self, notice: Notice) -> CannotTell:
        """A log is not read back."""
        return CannotTell()
