"""Which request a message belongs to, and whether what it names may be believed."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.model import Contract, Message, Playbook, Request, Timer


@dataclass(frozen=True)
class Thread:
    """A request that a message names, with those who may speak in it."""

    request: Request
    participants: frozenset[str]
    """Addresses that wrote in it, in lower case."""
    contract: Contract | None
    timer: Timer | None = None
    """Watching over an answer owed to a follow-up."""


@dataclass(frozen=True)
class Belonging:
    """Where a message belongs."""

    thread: Thread | None
    """None: it is a matter of its own."""
    reason: str


def belonging(message: Message, threads: Sequence[Thread], playbook: Playbook) -> Belonging:
    """The first thread whose naming is believed.

    A reference is believed from a participant, a registered person of the same contract, or one of
    us: anybody can copy a Message-ID. `threads` come in the order of their weight.
    """
    for thread in threads:
        if why := _believed(message.sender, thread, playbook):
            names = f"names request {thread.request.id}, which is {thread.request.state}"
            return Belonging(thread, f"{names}, and the sender is {why}")
    if threads:
        number = threads[0].request.id
        return Belonging(None, f"names request {number}, but the sender has no part in it")
    return Belonging(None, "")


def _believed(sender: str, thread: Thread, playbook: Playbook) -> str:
    if sender in thread.participants:
        return "a participant"
    persons = thread.contract.persons if thread.contract else ()
    if any(sender in person.addresses for person in persons):
        return "registered under the same contract"
    if playbook.person_at(sender):
        return "one of us"
    return ""
