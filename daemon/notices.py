"""Who is written to, by which way, under which stable id: decisions turned into notices."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels.offer.content import Page
from channels.ping.links import Link, url
from daemon import letters
from daemon.chat import cards
from daemon.delivery.gathering import Gathering
from daemon.letterhead import USEFUL, mail_way
from daemon.letters import Letter, OfferWords
from rules import escalation, policies
from rules.escalation import Look
from rules.model import (
    Attachment,
    Entitlement,
    Message,
    Notice,
    NoticeKind,
    Offer,
    Person,
    Post,
    ReplyPurpose,
    Request,
    Timer,
    Way,
)
from rules.places import way_to, way_to_customer

COPIED_BYTES = 15 * 1024 * 1024
"""Of attachments that go along with a copy; more is named, not sent."""


class Notices(Gathering):
    """Writes notices under the house's addresses."""

    def receipt(
        self, request: Request, message: Message, entitlement: Entitlement, now: datetime
    ) -> list[Notice]:
        """The automatic confirmation: heard, and by when a person answers; another if it reopens.

        Alarms come with it, once a day, if an operator's template is broken and ours stood in.
        """
        letter = self.letter(request, entitlement, now)
        receipt = self._mail(
            f"receipt-{request.id}{f'-{request.epoch}' if request.epoch else ''}",
            NoticeKind.RECEIPT,
            request,
            way_to_customer(request),
            letter.subject,
            letter.text,
            now,
            references=(*message.references, message.message_id),
        )
        return [receipt, *self._broken(letter, request.language, now)]

    def turned_away(self, request: Request, message: Message, row: int, now: datetime) -> Notice:
        """Asks a customer who replied to what is over to write anew."""
        name = self._account(request).display_name
        letter = letters.turned_away(request, name, self._templates)
        return self._mail(
            f"turned-away-{request.id}-{row}",
            NoticeKind.RECEIPT,
            request,
            way_to(message.chat.place if message.chat else message.sender),
            letter.subject,
            letter.text,
            now,
            references=(*message.references, message.message_id),
        )

    def graded(self, request: Request, now: datetime, cover_changed: bool = False) -> Notice:
        """Tells the customer that one of us has set the severity, and what that covers."""
        policy = policies.of_request(self._playbook, request).policy
        name = self._account(request).display_name
        letter = letters.graded(request, policy, name, self._templates, now, cover_changed)
        return self._mail(
            f"graded-{request.id}-{request.epoch}",
            NoticeKind.RECEIPT,
            request,
            way_to_customer(request),
            letter.subject,
            letter.text,
            now,
            references=(request.last_message_id,),
        )

    def offer_id(self, offer: Offer) -> str:
        """Of its letter."""
        return f"offer-{offer.id}"

    def offer(
        self, request: Request, offer: Offer, person: Person, link: str, now: datetime
    ) -> list[Notice]:
        """The letter to whoever may decide, by a person of ours; alarms as with a receipt."""
        account = self._account(request)
        letter = self.offer_words(offer).letter(request, account.display_name, link)
        notice = self._about_offer(self.offer_id(offer), request, offer, letter, now)
        name = f"{person.full_name} ({account.display_name})"
        return [replace(notice, sender_name=name), *self._broken(letter, offer.language, now)]

    def withdrawn(self, request: Request, offer: Offer, now: datetime) -> Notice:
        """Tells whom an offer was made to that it is taken back."""
        letter = self.offer_words(offer).withdrawn(request, self._account(request).display_name)
        return self._about_offer(f"offer-{offer.id}-withdrawn", request, offer, letter, now)

    def _about_offer(
        self, id: str, request: Request, offer: Offer, letter: Letter, now: datetime
    ) -> Notice:
        return self._mail(
            id,
            NoticeKind.OFFER,
            request,
            Way("mail", offer.address),
            letter.subject,
            letter.text,
            now,
            references=(request.last_message_id,),
        )

    def offer_words(self, offer: Offer) -> OfferWords:
        """An offer in its customer's words."""
        return OfferWords.of(offer, self._playbook.policy.zone, self._templates)

    def no_offer(self, heading: str, language: str) -> Page:
        """What the page says where it has no offer."""
        return letters.excuse(heading, language, self._templates)

    def decided(
        self, request: Request, offer: Offer, said: str, now: datetime, on_call: str | None
    ) -> list[Notice]:
        """The customer's word on an offer, for who made it, the on-call and the owner."""
        answer = self._reply_address(request, ReplyPurpose.ANSWER)
        subject, text = letters.decided(request, offer, said, answer)
        offering = [p for p in self._playbook.people.values() if p.name == offer.offered_by]
        people = {p.name: p for p in (*offering, *self._concerned(request, on_call))}
        return [
            replace(
                self._mail(
                    f"offer-{offer.id}-{offer.state}-{person.name}",
                    NoticeKind.COPY,
                    request,
                    mail_way(person),
                    subject,
                    text,
                    now,
                    reply_to=answer,
                ),
                person=person.name,
            )
            for person in people.values()
        ]

    def letter(
        self, request: Request, entitlement: Entitlement, now: datetime | None = None
    ) -> Letter:
        """What the receipt says, at any time or at an instant: no deadline that is past then."""
        policy = policies.of_request(self._playbook, request).policy
        account = self._account(request)
        name = account.display_name
        return letters.receipt(request, entitlement, policy, name, self._templates, now)

    def pings(
        self, request: Request, timer: Timer, look: Look, words: str, now: datetime
    ) -> list[Notice]:
        """One for each person and way that a look at a timer asks for."""
        answer = self._reply_address(request, ReplyPurpose.ANSWER)
        acknowledge = self._reply_address(request, ReplyPurpose.ACKNOWLEDGE)
        first = self._playbook.policy.plans[timer.plan].response_priority
        # Where two are due at the same instant, the plan with priority goes first (reading 11).
        priority_at = timer.due_at - timedelta.resolution if first else timer.due_at
        found = []
        for order in look.pings:
            person = self._playbook.people.get(order.person) or self._anybody()
            subject, text = letters.ping(
                request,
                timer,
                order.why,
                look.step,
                person,
                now,
                words,
                answer,
                acknowledge,
                self._page(request, timer, order.person, now),
                order.way.kind,
            )
            notice = self._mail(
                escalation.ping_id(timer, order),
                NoticeKind.PING,
                request,
                order.way,
                subject,
                text,
                now,
                reply_to=acknowledge,
                person=order.person,
                priority_at=priority_at,
            )
            if order.way.kind in cards.SHOWN_BY:
                told = f"{order.why}; {look.step}"
                shown = cards.card(request, look.timer, words, order.way, self._playbook, now, told)
                notice = replace(notice, card=shown)
            found.append(notice)
        return found

    def shown(
        self,
        post: Post,
        request: Request,
        timer: Timer | None,
        words: str,
        line: str,
        now: datetime,
    ) -> Iterator[Notice]:
        """The newest version of a card, and a line under it, unless that is empty."""
        way = Way(post.kind, post.address)
        card = cards.card(request, timer, words, way, self._playbook, now)
        id, at = cards.id_of(post), way_to(post.place)
        notice = self._mail(id, NoticeKind.CARD, request, at, card.title, card.title, now)
        yield replace(notice, card=card)
        if line:
            yield self._mail(f"log-{id}", NoticeKind.LOG, request, at, line, line, now)

    def first_card(
        self, request: Request, timer: Timer | None, words: str, way: Way, now: datetime
    ) -> Notice:
        """A request's card by a way that has none of it yet; one for each epoch."""
        card = cards.card(request, timer, words, way, self._playbook, now)
        id = f"card-{request.id}-{card.epoch}-{way.kind}-{way.address}"
        notice = self._mail(id, NoticeKind.COPY, request, way, card.title, card.title, now)
        return replace(notice, card=card)

    def copies(
        self, request: Request, message: Message, row: int, now: datetime, on_call: str | None
    ) -> list[Notice]:
        """The customer's words for whoever is on call and for the owner; their replies answer."""
        answer = self._reply_address(request, ReplyPurpose.ANSWER)
        size = sum(len(a.content) for a in message.attachments)
        found = []
        for person in self._concerned(request, on_call):
            way = mail_way(person)
            subject, text = letters.copy(request, message, answer, way.kind)
            notice = self._mail(
                f"copy-{request.id}-{row}-{person.name}",
                NoticeKind.COPY,
                request,
                way,
                subject,
                text,
                now,
                reply_to=answer,
                attachments=message.attachments if size <= COPIED_BYTES else (),
            )
            found.append(replace(notice, person=person.name))
        return found

    def answer(
        self,
        request: Request,
        person: Person,
        text: str,
        source: str,
        now: datetime,
        attachments: tuple[Attachment, ...] = (),
        references: Sequence[str] = (),
    ) -> Notice:
        """A person's words to the customer; `source` names where they were written, once."""
        account = self._account(request)
        notice = self._mail(
            f"answer-{request.id}-{source}",
            NoticeKind.ANSWER,
            request,
            way_to_customer(request),
            letters.answer_subject(request),
            text,
            now,
            references=(*references, request.last_message_id),
            attachments=attachments,
        )
        name = f"{person.full_name} ({account.display_name})"
        return replace(notice, person=person.name, sender_name=name)

    def mark(self, request: Request, place: str, now: datetime, after: str = "") -> list[Notice]:
        """Shows in the thread of a chat where one of us answered that it is.

        Once an epoch: after a new receipt the sign is due again; and once `after` a notice.
        """
        way, id = way_to(place), f"mark-{request.id}-{request.epoch}{after and f'-{after}'}"
        return [self._mail(id, NoticeKind.MARK, request, way, "", "", now)]

    def unread(self, place: str, now: datetime) -> list[Notice]:
        """Says under what one of us wrote in Slack that nobody reads it; once a thread."""
        way, id = way_to(place), f"unread-{place}"
        if way.kind not in cards.SHOWN_BY:
            return []
        return [self._mail(id, NoticeKind.LOG, None, way, letters.UNREAD, letters.UNREAD, now)]

    def alarms(
        self, id: str, what: str, detail: str, now: datetime, people: Iterable[str] = ()
    ) -> list[Notice]:
        """Something is wrong: told to these persons, else to the catch-all, by every way."""
        subject, text = letters.alarm(what, detail)
        return [
            replace(
                self._mail(
                    f"alarm-{id}-{name}-{number}",
                    NoticeKind.ALARM,
                    None,
                    way,
                    subject,
                    text,
                    now,
                ),
                person=name,
            )
            for name in dict.fromkeys(people or self._playbook.escalation.catch_all)
            for number, way in enumerate(self._playbook.people[name].ways)
        ]

    def digest(
        self, requests: Sequence[Request], now: datetime, on_call: str | None
    ) -> list[Notice]:
        """What is held and urgent to nobody, to whoever is on call, else to the catch-all."""
        subject, text = letters.digest(requests, self._playbook.policy.zone)
        ids = hashlib.sha256(repr([r.id for r in requests]).encode()).hexdigest()[:8]
        day = now.astimezone(self._playbook.policy.zone).date()
        return [
            replace(
                self._mail(
                    f"digest-{day}-{ids}-{person.name}",
                    NoticeKind.DIGEST,
                    None,
                    mail_way(person),
                    subject,
                    text,
                    now,
                ),
                person=person.name,
            )
            for person in self._concerned(None, on_call)
        ]

    def _page(self, request: Request, timer: Timer, person: str, now: datetime) -> str:
        """The link to where a person acknowledges; a channel's readers are nobody in particular."""
        if not self._public_url or not person:
            return ""
        expires_at = now + USEFUL[NoticeKind.PING]
        return url(self._public_url, Link(request.id, timer.epoch, person, expires_at), self._key)

    def _anybody(self) -> Person:
        """Who reads a ping that goes to no person's own way."""
        return Person("YOU", "", self._playbook.policy.zone, frozenset(), ())

    def _broken(self, letter: Letter, language: str, now: datetime) -> list[Notice]:
        """Alarms, once a day, if an operator's template is broken and ours stood in."""
        if not letter.faults:
            return []
        what, detail = "a letter's template is broken", "\n".join(letter.faults)
        return self.alarms(f"letter-{language}-{now:%Y%m%d}", what, detail, now)

    def _concerned(self, request: Request | None, on_call: str | None) -> list[Person]:
        names = [name for name in (on_call, request.owner if request else "") if name]
        people = self._playbook.people
        names = [name for name in names if name in people]
        return [
            people[name] for name in dict.fromkeys(names or self._playbook.escalation.catch_all)
        ]
