"""What stands in for the DNS and for ways out, in the test's hand."""

from typing import Any

from channels.base import Absent, CannotTell, DeliveryError, Sent
from channels.mail.authentication import Silent
from rules.model import (
    Notice,
)


class Zone:
    """A DNS in the test's hand: says what the story wrote into it, or nothing at all."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[Any]] = {}
        self.silent = False

    def ask(self, name: str, kind: str, seconds: float) -> list[Any]:
        if self.silent:
            raise Silent(name)
        return self.records.get((name, kind), [])


class Post:
    """A way out in the test's hand: remembers what it took, fails when told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: list[Notice] = []
        self.failing: DeliveryError | None = None
        self.failing_for = ""  # an address; empty: for all
        self.can_tell = False

    async def send(self, notice: Notice) -> Sent:
        if self.failing and self.failing_for in notice.way.address:
            raise self.failing
        self.taken.append(notice)
        return Sent("")

    async def find(self, notice: Notice) -> Sent | Absent | CannotTell:
        if not self.can_tell:
            return CannotTell()
        return Sent("") if any(n.id == notice.id for n in self.taken) else Absent()
