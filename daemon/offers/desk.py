"""Offers of paid work, made, taken back and decided, each in one transaction.

Nothing here arms, moves or stops a timer; what a customer writes beside the answer is a customer's
message, with all that follows from one.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from channels.offer.links import link
from channels.ticket.content import canonical, reference, understand
from daemon.desk import Desk, running
from daemon.known import living
from daemon.notices import Notices
from daemon.on_call import rota
from rules import offers, policies, requests
from rules.model import (
    Arrival,
    Assessment,
    Authentication,
    Authenticity,
    Channel,
    Envelope,
    Fate,
    Message,
    Offer,
    OfferState,
    Playbook,
    Request,
    State,
)
from rules.offers import Ordered
from rules.requests import Change, Refused
from storage.store import Transaction


@dataclass(frozen=True)
class Said:
    """What a customer wrote beside the answer, and how grave it sounds."""

    text: str
    assessment: Assessment


@dataclass(frozen=True)
class Verdict:
    """What became of an answer."""

    offer: Offer
    """As it stands now."""
    refusal: tuple[str, ...] = ()
    """Why it was not taken, as the page's headings; empty if it was."""


@dataclass(frozen=True)
class OfferDesk:
    """Each method loads, asks the rules, saves and writes history."""

    playbook: Playbook
    notices: Notices
    desk: Desk
    key: bytes
    """Signs the links."""
    public_url: str
    """By which customers reach the page, without a slash at its end."""

    def make(
        self,
        tx: Transaction,
        request_id: int,
        ordered: Ordered,
        note: str,
        instead_of: int,
        person: str,
        now: datetime,
    ) -> Offer:
        """Offer work to a request's sender; 0 is instead of none. Raises Refused."""
        prices = self.playbook.prices
        if prices is None or not self.public_url:
            raise Refused("no paid work is offered: [prices] is not configured")
        writer = self.desk.person(person)
        request = self.desk.request(tx, request_id)
        customers = tx.contracts.of_customer(request.customer) if request.customer else []
        contract, address = offers.recipient(
            request, customers, policies.local_day(now, self.playbook)
        )
        plan = policies.at(self.playbook, now).policy.plans.get(contract.plan)
        has_discount = plan is not None and plan.discount
        offer = tx.offers.add(
            Offer(
                id=0,
                request_id=request.id,
                service=ordered.service,
                terms=offers.price(ordered, prices, has_discount, request.language),
                note=note,
                contract_id=contract.id,
                customer=contract.customer,
                address=address,
                language=request.language,
                offered_by=person,
                offered_at=now,
                expires_at=now + prices.valid_for,
            )
        )
        self._check_alone(tx, offer, instead_of, now)
        if instead_of:
            gone = offers.replaced(self.offer(tx, instead_of), offer, person, now)
            self._settle(tx, gone, person, now)
            self._call_back(tx, gone)
        terms = offers.in_short(offer.terms, offer.service)
        self.desk.note(tx, request.id, now, person, "offered", f"offer {offer.id}: {terms}")
        url = link(self.public_url, offer, self.key)
        self.desk.post(tx, request, self.notices.offer(request, offer, writer, url, now), now)
        return offer

    def withdraw(self, tx: Transaction, id: int, person: str, now: datetime) -> Offer:
        """One of us takes an offer back; who had the letter hears of it. Raises Refused."""
        self.desk.person(person)
        offer = self.offer(tx, id)
        gone = offers.decide(offer, OfferState.WITHDRAWN, person, now)
        if gone != offer:
            self._settle(tx, gone, person, now)
            if self._call_back(tx, gone):
                return gone
            request = self.desk.request(tx, gone.request_id)
            self.desk.post(tx, request, [self.notices.withdrawn(request, gone, now)], now)
        return gone

    def decide(
        self, tx: Transaction, id: int, accepts: bool, said: Said | None, now: datetime
    ) -> Verdict:
        """A customer's answer, which counts once; the words beside it reach a person anyway.

        Whose it is, is proven by the link, which went to the registered person alone.
        """
        offer = self.offer(tx, id)
        request = living(tx, offer.request_id)
        assert request is not None  # offers name one
        verdict = self._verdict(tx, offer, accepts, now)
        is_news = verdict.offer != offer
        if is_news:
            self._settle(tx, verdict.offer, "customer", now)
        row = self._file(tx, request, offer, said, now) if said else None
        on_call = rota.on_call(tx, self.playbook, now)
        if is_news:
            words = said.text if said else ""
            notices = self.notices.decided(request, verdict.offer, words, now, on_call)
            self.desk.post(tx, request, notices, now)
        elif row:
            message, number = row
            copies = self.notices.copies(request, message, number, now, on_call)
            self.desk.post(tx, request, copies, now)
        return verdict

    def offer(self, tx: Transaction, id: int) -> Offer:
        """The offer of this number; raises Refused if there is none."""
        offer = tx.offers.get(id)
        if offer is None:
            raise Refused(f"there is no offer {id}; `supportd offers --state all` lists them")
        return offer

    def _verdict(self, tx: Transaction, offer: Offer, accepts: bool, now: datetime) -> Verdict:
        contracts = tx.contracts.of_customer(offer.customer)
        found = offers.registered(offer.address, contracts, policies.local_day(now, self.playbook))
        if found is None and offer.state_at(now) is OfferState.OPEN:
            return Verdict(offer, ("not registered",))
        by = found[1].name if found else offer.address
        state = OfferState.ACCEPTED if accepts else OfferState.DECLINED
        try:
            return Verdict(offers.decide(offer, state, by, now))
        except Refused:
            return Verdict(offer, ("not taken",))

    def _check_alone(self, tx: Transaction, offer: Offer, instead_of: int, now: datetime) -> None:
        """The same offer twice is a command run twice, or a customer who pays twice."""
        for other in tx.offers.of_request(offer.request_id):
            same = (other.service, other.terms, other.note) == (
                offer.service,
                offer.terms,
                offer.note,
            )
            is_open = other.state_at(now) is OfferState.OPEN
            if same and is_open and other.id not in (offer.id, instead_of):
                raise Refused(
                    f"request {offer.request_id} has this offer open already, with number"
                    f" {other.id}; to send it again, say --instead-of {other.id}"
                )

    def _call_back(self, tx: Transaction, offer: Offer) -> bool:
        """Keep the letter of an offer that holds no more, if it is not on its way yet."""
        return tx.outbox.cancel_pending(self.notices.offer_id(offer), f"the offer is {offer.state}")

    def _settle(self, tx: Transaction, offer: Offer, who: str, now: datetime) -> None:
        """Save what became of it, with what was offered, word for word."""
        tx.offers.settle(offer)
        terms = offers.in_short(offer.terms, offer.service)
        by = f" by {offer.decided_by} ({offer.address})" if who == "customer" else ""
        why = f"offer {offer.id}{by}: {terms}"
        self.desk.note(tx, offer.request_id, now, who, f"offer {offer.state}", why)

    def _file(
        self, tx: Transaction, request: Request, offer: Offer, said: Said, now: datetime
    ) -> tuple[Message, int] | None:
        """The words as a message in the request, with its row; None if they were filed before."""
        id = reference("offer", str(offer.id), said.text)
        words = {"subject": request.subject, "text": said.text, "sender": {"email": offer.address}}
        envelope = Envelope(Channel.TICKET, request.account, id, offer.address, (), now)
        arrival = Arrival(envelope, canonical(words))
        if not tx.inbox.take([arrival], now):
            return None
        message = replace(understand(arrival), authentication=_by_link(offer))
        change = self._follow_up(tx, request, message, said.assessment)
        self.desk.apply(tx, change, "customer", now)
        arrived = tx.inbox.under(Channel.TICKET, request.account, id).id
        row = tx.messages.add(message, "customer", request.id, arrived)
        why = f"written beside offer {offer.id}"
        tx.inbox.settle(arrived, Fate.FOLLOWED_UP, why, request.id, row)
        return message, row

    def _follow_up(
        self, tx: Transaction, request: Request, message: Message, assessment: Assessment
    ) -> Change:
        if request.state is State.CLOSED:
            return Change(request, "followed up", f"{message.sender} wrote beside an offer")
        timer = running(tx, request.id)
        return requests.follow_up(request, message, assessment, timer, self.playbook)


def _by_link(offer: Offer) -> Authentication:
    evidence = f"it came by the link of offer {offer.id}, which {offer.address} alone was sent"
    return Authentication(Authenticity.PASS, (evidence,))
