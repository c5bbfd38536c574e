"""What is remembered that bears on one message, gathered for the rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from daemon.chat.cards import SHOWN_BY
from rules import answers, subjects, threads
from rules.candidates import Named, Traces
from rules.chat import JOINS_FOR
from rules.decisions import BouncedAnswer, DeletedAnswer, Known, Said, Stands
from rules.entitlement import Drawn
from rules.greetings import says_nothing_yet
from rules.model import (
    Channel,
    Contract,
    Deed,
    Fate,
    Message,
    Notice,
    NoticeKind,
    Playbook,
    Purpose,
    Request,
    State,
    Timer,
)
from rules.places import room_of, way_to
from rules.policies import local_day
from rules.threads import Thread
from storage.store import Filed, Transaction

TO_US = (
    NoticeKind.PING,
    NoticeKind.COPY,
    NoticeKind.ALARM,
    NoticeKind.DIGEST,
)
"""What our own people read of requests and of the daemon itself."""
_ADDRESSES = 10
"""Of a stranger's message, looked up."""


def gather(tx: Transaction, message: Message, playbook: Playbook, now: datetime) -> Known:
    """Everything `triage.decide` asks about a message that was not seen before."""
    said_before = _said_before(tx, message, playbook)
    named = tuple(
        _thread(tx, r, message, playbook) for r in _named(tx, message, said_before, playbook)
    )
    if message.envelope.history:
        # It opens nothing, so nobody asks for more.
        return Known(threads=named, inside=_inside(tx, message))
    proven = _proven(tx, message)
    fitting = proven or _fitting(tx, message)
    day = local_day(message.envelope.received_at, playbook)
    domain = message.sender.rpartition("@")[2]
    return Known(
        threads=named,
        contracts=tuple(fitting),
        traces=_traces(tx, message, named, strange=not fitting),
        by_key=bool(proven),
        drawn={contract.id: drawn_on(tx, contract, day) for contract in fitting},
        receipts_to_sender_today=_receipts_to_sender(tx, message, now - timedelta(days=1)),
        receipts_to_domain_today=tx.outbox.receipts_to_domain(domain, now - timedelta(days=1)),
        receipts_to_domain_this_hour=tx.outbox.receipts_to_domain(domain, now - timedelta(hours=1)),
        bounced_answer=_bounced(tx, message),
        bounced_past_us=_bounced_past_us(tx, message),
        said_before=tuple(
            Said(each.id, each.message.addressees)
            for each in said_before
            if each.request_id is None
        ),
        inside=_inside(tx, message),
        unread=_unread(tx, message),
        is_new=_is_new(tx, message),
        thread_begun_by=_thread_begun_by(tx, message),
        deleted_answer=_deleted_answer(tx, message),
    )


def _receipts_to_sender(tx: Transaction, message: Message, since: datetime) -> int:
    if message.chat is None:
        return tx.outbox.receipts_to(message.sender, since)
    return tx.outbox.receipts_in_chat(message.sender, message.chat.place, since)


def _proven(tx: Transaction, message: Message) -> list[Contract]:
    """Every term of the customer whose key came with a ticket: a key outlives a renewal."""
    envelope = message.envelope
    if envelope.channel is not Channel.TICKET or not envelope.peer.login.isdecimal():
        return []
    contract = tx.contracts.get(int(envelope.peer.login))
    return tx.contracts.of_customer(contract.customer) if contract else []


def _fitting(tx: Transaction, message: Message) -> list[Contract]:
    """In a chat the room's, else those that register who wrote there; else by address."""
    envelope = message.envelope
    if envelope.channel is not Channel.CHAT:
        return tx.contracts.fitting(message.sender)
    return tx.contracts.of_chat(envelope.recipients) or tx.contracts.of_person(message.sender)


def _traces(tx: Transaction, message: Message, named: Sequence[Thread], strange: bool) -> Traces:
    """What a message says of customers: numbers alone, but where its sender is strange."""
    names = [Named(*each) for each in tx.contracts.names(only_numbered=not strange)]
    if not strange:
        return Traces(names)
    addresses = [message.forwarded_from, *message.addressees][:_ADDRESSES]
    known = {a: [c.customer for c in tx.contracts.fitting(a)] for a in addresses if a}
    return Traces(names, known, [(t.request.id, t.request.customer) for t in named if t.contract])


def _said_before(tx: Transaction, message: Message, playbook: Playbook) -> list[Filed]:
    """What the sender of a message to a room of a chat, to no thread, said likewise just before."""
    chat, envelope = message.chat, message.envelope
    if chat is None or chat.place != message.message_id or playbook.person_at(message.sender):
        return []
    at = chat.said_at or envelope.received_at
    since, until = at - JOINS_FOR, at + JOINS_FOR
    return [
        each
        for each in tx.messages.lately(room_of(chat.place), message.sender, since)
        if each.message.envelope.received_at <= until  # it may come late, from history
        and each.message.references == (each.message.message_id,)
        and each.message.message_id != message.message_id
    ]


def _inside(tx: Transaction, message: Message) -> Request | None:
    """The request under whose card, or under a notice of which to us, somebody says something."""
    post = tx.posts.at(message.chat.place) if message.chat else None
    if post:
        return living(tx, post.request_id)
    about = {notice.request_id for notice in _ours_above(tx, message)}
    [id] = about if len(about) == 1 else [None]
    return living(tx, id) if id is not None else None


def _ours_above(tx: Transaction, message: Message) -> list[Notice]:
    """What we sent to our own people, if it begins the thread of a message in a chat."""
    if message.chat is None or message.chat.place == message.message_id:
        return []
    way = way_to(message.chat.place)
    if way.kind not in SHOWN_BY:
        return []  # where there are no cards, a reply to a ping has a meaning of its own
    return [each for each in tx.outbox.called(way.kind, way.address) if each.kind in TO_US]


def _unread(tx: Transaction, message: Message) -> bool:
    """Whether it is said to us where nobody reads it: under a notice that is about no one
    request, or beside all cards, to the bot alone.
    """
    chat = message.chat
    return chat is not None and (chat.direct or bool(_ours_above(tx, message)))


def _is_new(tx: Transaction, message: Message) -> bool:
    """Whether no version of a message in a chat is known: history may have had a later one."""
    if message.chat is None or message.chat.deed is not Deed.EDITED:
        return True  # nobody asks, and a room may hold much
    room, id = room_of(message.chat.place), message.message_id
    return tx.messages.known(id) is None and not tx.messages.is_of_room(room, id)


def _thread_begun_by(tx: Transaction, message: Message) -> str:
    """Of a reply in a chat: the key of a message there is its place. A greeting is for us."""
    if message.chat is None or message.chat.place == message.message_id:
        return ""
    row = tx.messages.known(message.chat.place)
    filed = tx.messages.get(row) if row is not None else None
    if filed is None or filed.request_id is not None:
        return ""
    return "" if says_nothing_yet(filed.message.new_text) else filed.message.sender


def _named(
    tx: Transaction, message: Message, said_before: Sequence[Filed], playbook: Playbook
) -> list[Request]:
    """Requests a message names: by our signed address, by its newest reference, by its subject;
    in a chat by its text, and those its sender has just spoken of.
    """
    # Anybody can name an id, so one may stand for several requests: all are asked, newest first.
    belonging = sorted(tx.messages.threads(message.references), reverse=True)
    numbers = [n for id in reversed(message.references) for name, n in belonging if name == id]
    numbers += subjects.numbers(message.subject)
    if message.chat and not playbook.person_at(message.sender):
        # What one of us says is an answer in the request's own thread alone.
        numbers += subjects.numbers(message.new_text)
        numbers += _owed(tx, said_before)
    if message.reply_to_us:
        numbers.insert(0, message.reply_to_us.request_id)
    found = [r for n in numbers if (r := living(tx, n)) is not None]
    return list({request.id: request for request in found}.values())


def _owed(tx: Transaction, said: Sequence[Filed]) -> list[int]:
    """Requests of these messages that wait for their first answer, the newest first."""
    of = {each.request_id: None for each in reversed(said) if each.request_id is not None}
    found = [request for id in of if (request := living(tx, id)) is not None]
    return [r.id for r in found if r.state in (State.OPEN, State.HELD)]


def asked_about(tx: Transaction, message: Message, playbook: Playbook) -> Message | None:
    """The first message of a request whose customer we asked how far it goes, if this one, of
    the same customer's, may be the answer.
    """
    for request in _named(tx, message, (), playbook):
        waits = request.state in (State.OPEN, State.HELD) and request.needs_review
        if waits and not request.severity_by:
            said = [
                each.message for each in tx.messages.of_request(request.id) if each.is_customers
            ]
            if message.sender in {each.sender for each in said}:
                return said[0]
    return None


def living(tx: Transaction, id: int) -> Request | None:
    """The request of this number, or the one into which it was merged."""
    request = tx.requests.get(id)
    while request is not None and request.merged_into is not None:
        request = tx.requests.get(request.merged_into)
    return request


def _thread(tx: Transaction, request: Request, message: Message, playbook: Playbook) -> Thread:
    contract = tx.contracts.get(request.contract_id) if request.contract_id is not None else None
    timers = [t for t in tx.timers.of(request.id) if t.purpose is Purpose.FOLLOW_UP]
    thread = Thread(
        request,
        tx.messages.participants(request.id) - playbook.own_addresses(),
        contract,
        timers[0] if timers else None,
        tx.messages.subjects(request.id),
        tx.messages.last_at(request.id),
        tx.messages.heard_since(request.id, message.envelope.received_at),
    )
    if not threads.has_new_subject(message, thread):
        return thread
    return replace(thread, our_words=tuple(tx.outbox.words_to_customer(request.id)))


def drawn_on(tx: Transaction, contract: Contract, day: date) -> Drawn:
    """The credits a contract has drawn in the month of a day, and on it."""
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Drawn(
        this_month=tx.credits.drawn(contract.id, first, last),
        today=tx.credits.drawn(contract.id, day, day),
    )


def _deleted_answer(tx: Transaction, message: Message) -> DeletedAnswer | None:
    """What one of us wrote in a request's thread as an answer, if this says that it was deleted."""
    if message.chat is None or message.chat.deed is not Deed.DELETED:
        return None
    row = tx.messages.known(message.message_id)
    filed = tx.messages.get(row) if row is not None else None
    if filed is None or filed.request_id is None or not _is_answer_in_chat(tx, filed):
        return None
    request = living(tx, filed.request_id)
    if request is None:
        return None
    others = [
        Stands(each.author, each.message.envelope.received_at)
        for each in tx.messages.of_request(request.id)
        if each.id != filed.id and _is_answer_in_chat(tx, each)
    ]
    others += _sent(tx, request)
    history = tx.requests.history(request.id)
    others += [Stands(each.who, each.at) for each in history if each.what == answers.BY_PHONE]
    return DeletedAnswer(
        request,
        filed.message.envelope.received_at,
        next(iter(tx.timers.of(request.id)), None),
        min(others, key=lambda each: each.at, default=None),
    )


def _is_answer_in_chat(tx: Transaction, filed: Filed) -> bool:
    """Whether it answered the customer there, and still does."""
    message = filed.message
    return (
        message.envelope.channel is Channel.CHAT
        and tx.inbox.fate(filed.inbox_id) is Fate.ANSWERED
        and tx.messages.known(f"{message.message_id}:deleted") is None
    )


def _bounced(tx: Transaction, message: Message) -> BouncedAnswer | None:
    """The answer that a bounce speaks of."""
    if not message.bounced_message_id:
        return None
    carried = tx.outbox.by_message_id(message.bounced_message_id)
    if carried is None or carried.notice.kind is not NoticeKind.ANSWER:
        return None
    if carried.notice.request_id is None:
        return None
    request = living(tx, carried.notice.request_id)
    if request is None:
        return None
    others = [*_sent(tx, request, but=carried.notice.id), *answered_otherwise(tx, request)]
    return BouncedAnswer(
        request,
        carried.notice,
        was_first=carried.sent_at is not None and carried.sent_at == request.first_response_at,
        stands=min(others, key=lambda each: each.at, default=None),
    )


def _sent(tx: Transaction, request: Request, but: str = "") -> list[Stands]:
    """Answers that went out, but for one."""
    return [
        Stands(carried.notice.person, carried.sent_at)
        for carried in tx.outbox.of_request(request.id)
        if carried.notice.kind is NoticeKind.ANSWER
        and carried.state == "sent"
        and carried.sent_at
        and carried.notice.id != but
    ]


def answered_otherwise(tx: Transaction, request: Request) -> list[Stands]:
    """Answers that the customer has and the outbox knows nothing of."""
    ways = (answers.BY_PHONE, answers.PAST_US)
    return [Stands(e.who, e.at) for e in tx.requests.history(request.id) if e.what in ways]


def _bounced_past_us(tx: Transaction, message: Message) -> Request | None:
    """The request in whose thread a mail stands that bounced: an offer, or sent past us."""
    bounced = message.bounced_message_id
    carried = tx.outbox.by_message_id(bounced)
    if not bounced or (carried and carried.notice.kind is not NoticeKind.OFFER):
        return None
    named = tx.messages.threads([bounced])
    return living(tx, max(number for _, number in named)) if named else None


def words_of(tx: Transaction, request: Request, timer: Timer) -> str:
    """The customer's words that a ping is about."""
    return words_among(tx.messages.customers_words([request.id])[request.id], timer)


def words_among(said: Sequence[str], timer: Timer) -> str:
    """Which of the customer's words a ping is about."""
    if not said:
        return ""
    return said[-1] if timer.purpose is Purpose.FOLLOW_UP else said[0]
