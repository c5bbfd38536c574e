"""A customer's room in Slack, and the house that listens."""

from dataclasses import replace
from typing import Any

from rules.model import Arrival, Notice, NoticeKind, Request
from tests.daemon.house import CONTRACTS, House
from tests.slack_events import MARIA, ROOM, TAKER, envelope, message

ORDERS = "Orders fail for all our sales reps, nobody can work"


class Chat:
    """People who talk in Slack, and the house that listens."""

    def __init__(self, house: House) -> None:
        self.house = house

    def under(self, **changed: Any) -> None:
        """Another playbook."""
        self.house.under(replace(self.house.playbook, **changed))
        self.at_home()

    def at_home(self) -> None:
        """The room is Standard's, and Maria registered by it."""
        at_home = replace(CONTRACTS[1], chats=frozenset({f"slack:{ROOM}"}))
        maria = replace(at_home.persons[0], identities=frozenset({f"slack:{MARIA}"}))
        bound = replace(at_home, persons=(maria,))
        self.house.store.write(lambda tx: tx.contracts.put([bound]))

    def hears(self, arrival: Arrival | None) -> None:
        assert arrival is not None
        self.house.take_in([arrival])
        self.house.work()

    def event(self, event: Any) -> None:
        self.hears(TAKER.of_event(envelope(event)))

    def says(self, text: str, user: str = MARIA, room: str = ROOM, **more: Any) -> Any:
        said = message(text, self.house.now, user, room, **more)
        self.event(said)
        self.house.pass_(seconds=20)
        return said

    def posted(self, kind: NoticeKind, to: Any) -> Notice:
        """What went into the thread that this message began."""
        return self.house.sent(kind, f"{to['channel']}/{to['ts']}")


def only(house: House) -> Request:
    (request,) = house.requests()
    return request
