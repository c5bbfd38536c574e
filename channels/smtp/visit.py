"""One client, from when it comes until it leaves, as the door sees it."""

import asyncio
from typing import Protocol

from channels.origins import origin_of
from channels.smtp.door import is_among
from channels.smtp.premises import Premises
from channels.smtp.reader import Reader


class Dialog(Protocol):
    """What a client that may come in has with us."""

    reader: Reader

    def hang_up(self, last_word: str) -> None:
        """End it."""


class Visit:
    """Who comes in, by which address, and how far they are."""

    def __init__(self, premises: Premises, address: str) -> None:
        """Nobody is inside yet; `address` is plain, and empty on a Unix socket."""
        self._premises = premises
        self.address, self.origin = address, ""
        """Of the client, and whose that is."""
        self.trusted = self.busy = False
        self.dialog: Dialog | None = None

    def enter(self, address: str) -> str:
        """Nothing if this client may come in, else what to tell it."""
        self.address, self.origin = address, origin_of(address)
        self.trusted = self._premises.lmtp or is_among(address, self._premises.trusted)
        return self._premises.door.enter(self, asyncio.get_running_loop().time())

    def leave(self) -> None:
        """It has gone."""
        self._premises.door.leave(self)

    @property
    def progressed_at(self) -> float:
        """When the client last said something of use, by the loop's clock."""
        return self.dialog.reader.progressed_at if self.dialog else 0.0

    def hang_up(self, last_word: str) -> None:
        """End it."""
        if self.dialog is not None:
            self.dialog.hang_up(last_word)
