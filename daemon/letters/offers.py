"""Paid work in words: the customer's letter and page, and what we hear of the decision."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.offer.content import Form, Page
from daemon.letters.customers import Letter, answer_subject
from daemon.letters.plain import one_line, plain
from daemon.letters.templates import fill
from daemon.letters.words import Words, words_for
from rules.languages import zone_for
from rules.model import Offer, OfferState, Request, Service
from rules.offers import in_short

_LETTERS = ("receipt", "offer")
_LONGEST_NAME = 80
_SHOWN = (OfferState.OPEN, OfferState.ACCEPTED, OfferState.DECLINED)
"""What was offered is of no more concern in the other states."""


@dataclass(frozen=True)
class OfferWords:
    """An offer in its customer's language and local time."""

    offer: Offer
    words: Words
    zone: ZoneInfo

    @classmethod
    def of(cls, offer: Offer, zone: ZoneInfo, folder: Path | None) -> "OfferWords":
        """`zone` is the policy's; `folder` may have an operator's templates."""
        words = words_for(offer.language, folder, _LETTERS)
        return cls(offer, words, zone_for(offer.address, zone))

    def letter(self, request: Request, account: str, link: str) -> Letter:
        """The letter with the link; a line with the link alone becomes one in HTML."""
        words, say = self.words, self.words.say
        paragraphs = (
            words.lines("greeting"),
            say(f"offer {self.offer.service}", number=request.id),
            "\n".join(self._listed()),
            self.offer.terms.small_print,
            plain(self.offer.note),
            say("decide"),
            link,
            " ".join((self._until(), say("by reply"))).strip(),
            say("yours alone"),
            words.lines("signature", account=account),
        )
        text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
        return Letter(answer_subject(request, words), f"{text}\n", words.faults)

    def withdrawn(self, request: Request, account: str) -> Letter:
        """That the offer holds no more, and nothing was ordered by it."""
        words, terms = self.words, self.offer.terms
        price = words.money(terms.price, terms.currency)
        paragraphs = (
            words.lines("greeting"),
            words.say("taken back", number=request.id, price=price),
            words.say("closing"),
            words.lines("signature", account=account),
        )
        return Letter(answer_subject(request, words), "\n\n".join(paragraphs) + "\n", words.faults)

    def page(self, now: datetime, *said: str) -> Page:
        """The page as it stands; `said` are headings of what is told besides."""
        offer, say = self.offer, self.words.say
        state = offer.state_at(now)
        is_open = state is OfferState.OPEN
        shown = state in _SHOWN
        until = self._until().replace("*", "") if is_open else ""
        told = [*(say(heading) for heading in said), self._what_holds(state)]
        below = (offer.terms.small_print, plain(offer.note)) if shown else ()
        return Page(
            language=str(self.words.locale).replace("_", "-"),
            title=say("title", offer=offer.id, number=offer.request_id),
            said=tuple(line for line in told if line),
            rows=tuple(self._rows()) if shown else (),
            below=tuple(line for line in (*below, until, say("write")) if line),
            form=self._form() if is_open else None,
        )

    def _what_holds(self, state: OfferState) -> str:
        if state is OfferState.OPEN:
            return ""
        offer = self.offer
        values = {
            "who": offer.decided_by,
            "at": self._moment(offer.decided_at) if offer.decided_at else "",
            "until": self._moment(offer.expires_at),
        }
        return self.words.say(state, **values)

    def _form(self) -> Form:
        say = self.words.say
        return Form(say("accept"), say("decline"), say("message"), say("binding"))

    def _rows(self) -> Iterator[tuple[str, str]]:
        terms, words = self.offer.terms, self.words
        each = words.money(terms.unit_price, terms.currency)
        what = terms.words or words.say(f"{self.offer.service} hours")
        yield what, f"{words.number(terms.quantity)} × {each}"
        if terms.discount:
            yield words.say("list price"), words.money(terms.list_price, terms.currency)
            percent = words.percent(terms.discount_percent)
            off = words.money(-terms.discount, terms.currency)
            yield words.say("discount", percent=percent), off
        yield words.say("price"), words.money(terms.price, terms.currency)

    def _listed(self) -> Iterator[str]:
        *rows, (label, price) = self._rows()
        for name, value in rows:
            yield f"- {name}: {value}"
        yield f"- {label}: *{price}*"

    def _until(self) -> str:
        return self.words.say("until", until=self._moment(self.offer.expires_at))

    def _moment(self, at: datetime) -> str:
        return self.words.moment(at, self.zone)


def excuse(heading: str, language: str, folder: Path | None) -> Page:
    """A page without an offer, in one of our languages."""
    words = words_for(language, folder, _LETTERS)
    return Page(language, words.say("no such offer"), (words.say(heading),))


def decided(request: Request, offer: Offer, said: str, answer_address: str) -> tuple[str, str]:
    """Subject and text for us of a customer's word; its Reply-To is `answer_address`."""
    who = one_line(offer.decided_by, _LONGEST_NAME)
    subject = fill(
        "decided",
        "subject",
        number=request.id,
        offer=offer.id,
        decision=offer.state,
        who=who,
    )
    to_hand_over = offer.service is Service.DEVELOPMENT and offer.state is OfferState.ACCEPTED
    parts = (
        fill("decided", "handed", number=request.id) if to_hand_over else "",
        fill("decided", "said", words=plain(said)) if said else "",
    )
    text = fill(
        "decided",
        "text",
        who=who,
        decision=offer.state,
        offer=offer.id,
        number=request.id,
        customer=one_line(offer.customer, _LONGEST_NAME),
        terms=in_short(offer.terms, offer.service),
        message="\n\n".join(part for part in parts if part) + "\n",
        answer_address=answer_address,
    )
    return one_line(subject, 300), text
