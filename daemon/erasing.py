"""A person's data erased at their wish, by one of us."""

from datetime import datetime

from daemon.desk import Desk
from rules.requests import Refused
from storage.erasing import Erased
from storage.store import Transaction


def erase(tx: Transaction, desk: Desk, address: str, person: str, now: datetime) -> Erased:
    """Erase all of it in this transaction; what was learned from their messages goes with it.

    Raises Refused where something is owed to them, or nothing is known of them.
    """
    desk.person(person)
    requests = tx.erasing.requests_of(address)
    if unfinished := tx.erasing.unfinished(address, requests):
        raise Refused(f"they cannot be erased yet: {'; '.join(unfinished)}")
    done = tx.erasing.erase(address, requests)
    if not requests and not done.messages and not done.arrivals and not done.notices:
        raise Refused(f"nothing is known of {address!r}; give it as `supportd show` does")
    if done.labels:
        tx.refits.forget()
    for id in requests:
        desk.note(tx, id, now, person, "erased", "at the wish of who wrote")
    return done
