"""What a message that opens a request is granted: under which contract, and by when."""

from dataclasses import replace
from datetime import datetime

from rules import contracts, policies, requests
from rules.authenticity import is_forged
from rules.decisions import Known
from rules.entitlement import REVIEW_PLAN, Drawn, entitle
from rules.model import Channel, Deadline, Entitlement, Message, Playbook, Severity, Treatment


def granted(
    message: Message, severity: Severity, known: Known, playbook: Playbook
) -> tuple[Entitlement, Deadline]:
    """Under the policy that held when it came; raises what `requests.deadline` raises.

    A forged message is held, and draws no credit; nor does an automatic one.
    """
    received_at = message.envelope.received_at
    book = policies.at(playbook, received_at)
    entitlement = _strictest(message, severity, known, playbook, book)
    if message.automatic:
        entitlement = without_credit(entitlement)
    if is_forged(message):
        # Whose name it bears must not pay for it.
        entitlement = replace(entitlement, treatment=Treatment.HOLD, draws_credit=False)
    return entitlement, deadline(entitlement, severity, received_at, book)


def without_credit(entitlement: Entitlement) -> Entitlement:
    """The same for automatic mail, which nobody pays for."""
    if not entitlement.draws_credit:
        return entitlement
    why = (*entitlement.reasons, "automatic mail draws no credit")
    return replace(entitlement, draws_credit=False, reasons=why)


def deadline(
    entitlement: Entitlement, severity: Severity, received_at: datetime, playbook: Playbook
) -> Deadline:
    """When an answer is owed, or the review of what is held; raises what `requests` raises."""
    if entitlement.treatment is Treatment.HOLD:
        return requests.deadline(REVIEW_PLAN, severity, received_at, playbook)
    book = policies.of_contract(playbook, entitlement.contract)
    return requests.deadline(entitlement.plan or REVIEW_PLAN, severity, received_at, book)


def _strictest(
    message: Message, severity: Severity, known: Known, playbook: Playbook, book: Playbook
) -> Entitlement:
    """Of the contracts that fit equally well, the one with the earliest deadline."""
    envelope = message.envelope
    day = policies.local_day(envelope.received_at, playbook)
    rooms = envelope.recipients if envelope.channel is Channel.CHAT else None
    matches = contracts.match(message.sender, day, known.contracts, known.by_key, rooms)
    offers = []
    for match in matches or (None,):
        drawn = known.drawn.get(match.contract.id, Drawn()) if match else Drawn()
        offers.append(entitle(match, day, envelope.channel, severity, drawn, book.policy))

    def owed_first(offer: Entitlement) -> tuple[bool, datetime]:
        # A held one is owed a review only: where a contract serves, the customer is owed more.
        held = offer.treatment is Treatment.HOLD
        return held, deadline(offer, severity, envelope.received_at, book).due_at

    entitlement = min(offers, key=owed_first)
    if len(matches) > 1:
        fit = [m.contract.customer for m in matches]
        names = ", ".join(fit)
        doubt = (
            f"{len(matches)} contracts fit ({names}): the stricter deadline counts"
            " until one of us says whose it is"
        )
        chosen = entitlement.contract.customer if entitlement.contract else ""
        others = tuple(dict.fromkeys(customer for customer in fit if customer != chosen))
        entitlement = replace(entitlement, reasons=(*entitlement.reasons, doubt), others=others)
    return entitlement
