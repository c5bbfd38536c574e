"""The external ids of what comes from a mailbox: by them the inbox is its ledger."""

from collections.abc import Iterable

from channels.imap.progress import Fact


def prefix(mailbox: str, folder: str, validity: int) -> str:
    """What all ids begin with that a folder has under one UIDVALIDITY."""
    return f"imap:{mailbox}/{folder}/{validity}/"


def external_id(place: str, fact: Fact) -> str:
    """With its date, since a folder put back from a backup gives a uid a second time."""
    return f"{place}{fact.uid}/{int(fact.received_at.timestamp())}"


def uids(place: str, ids: Iterable[str]) -> set[int]:
    """Of the messages with this prefix."""
    return {int(id.removeprefix(place).partition("/")[0]) for id in ids if id.startswith(place)}
