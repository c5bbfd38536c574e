"""Who speaks in a message that one of us passes on."""

from collections.abc import Set
from dataclasses import replace

from rules.authenticity import is_proven
from rules.model import MailKind, Message, Playbook


def attributed(message: Message, customers: Set[str], playbook: Playbook) -> Message:
    """As its first writer's, if one of us forwarded it to a support address.

    Only our own word, proven to be ours, moves a message to another sender: what a customer
    forwards stays theirs, with the first writer shown beside. What names one of our reply addresses
    is an answer.
    """
    person = playbook.person_at(message.sender)
    writer = message.forwarded_from
    if (
        person is None
        or not is_proven(message)
        or not playbook.filing.staff_forwards
        or message.kind is not MailKind.ORDINARY
        or message.reply_to_us is not None
        or message.envelope.sent
        or not writer
        or (customers - {writer}) & set(message.addressees)
        or writer in playbook.own_addresses()
        or playbook.person_at(writer)
    ):
        return message
    return replace(message, sender=writer, sender_name="", forwarded_by=person.name)
