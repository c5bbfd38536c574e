"""A message in a chat and what is known: the decision."""

from dataclasses import replace
from datetime import timedelta

from rules import answers, threads, triage
from rules.decisions import Acknowledged, Decision, FollowedUp, Known, Noted, Opened, TakenBack
from rules.greetings import says_nothing_yet
from rules.model import (
    Assessment,
    Chat,
    Deed,
    MailKind,
    Message,
    Opens,
    Playbook,
    Request,
    State,
)
from rules.places import headline
from rules.thanks import is_only_thanks

JOINS_FOR = timedelta(minutes=10)
"""How long what one person says to a room, to no thread, is of one matter."""


def decide(
    message: Message, assessment: Assessment, chat: Chat, known: Known, playbook: Playbook
) -> Decision:
    """What becomes of a message in a chat that was not seen before.

    Raises what `triage.decide` raises.
    """
    if known.inside:
        return _said_inside(message, known.inside, playbook)
    return _said(message, assessment, chat, known, playbook)


def _said_inside(message: Message, request: Request, playbook: Playbook) -> Decision:
    """Before all else: what is said under a card may open, answer and join nothing."""
    person = threads.writer_of_ours(message, playbook)
    why = f"an internal note by {person.name if person else 'a colleague'}"
    return Noted(why, request, author=person.name if person else "", inside=True)


def _said(
    message: Message, assessment: Assessment, chat: Chat, known: Known, playbook: Playbook
) -> Decision:
    request = known.threads[0].request if known.threads else None
    if message.kind is MailKind.UNREADABLE:
        return triage.hold_unreadable(message, playbook)
    if message.reply_to_us and request:
        return _of_a_ping(message, request, playbook)
    if chat.deed in (Deed.RAISED, Deed.MARKED):
        return _raised(message, assessment, chat, known, playbook)
    if message.kind is not MailKind.ORDINARY:
        return Noted("another program wrote it", request)
    if chat.deed is Deed.EDITED and known.is_new:
        chat = replace(chat, deed=Deed.WRITTEN)  # its first version never came
        message = _as_first_said(message, chat)
    if chat.deed is Deed.DELETED:
        return _deleted(message, request, known, playbook)
    if threads.writer_of_ours(message, playbook):
        return _of_ours(message, chat, known, playbook)
    over = request is not None and request.state in (State.ANSWERED, State.CLOSED)
    if chat.deed is Deed.EDITED and over:
        return Noted("edited after it was over", request)
    if request is None and (why := _opens_nothing(message, chat, known, playbook)):
        return Noted(why)
    return _from_a_customer(message, assessment, known, playbook)


def _as_first_said(message: Message, chat: Chat) -> Message:
    """A later version that stands for the first counts from when that was said."""
    at = chat.said_at or message.envelope.received_at
    return replace(message, chat=chat, envelope=replace(message.envelope, received_at=at))


def _of_a_ping(message: Message, request: Request, playbook: Playbook) -> Decision:
    """What is done with a ping says "I have it", if one of us did it."""
    person = threads.writer_of_ours(message, playbook)
    if person is None:
        return Noted("only one of us can have it", request)
    return Acknowledged(request, person.name)


def _raised(
    message: Message, assessment: Assessment, chat: Chat, known: Known, playbook: Playbook
) -> Decision:
    if known.threads:
        request = known.threads[0].request
        return Noted(f"request {request.id} has it already", request)
    if message.sender == chat.us:
        return Noted("we wrote it")
    if chat.deed is Deed.MARKED and playbook.person_at(chat.by) is None:
        return Noted("the emoji counts from our own people's hand only")
    # Whoever wrote it, a program as well: a person wants it to be a request.
    asked = replace(message, kind=MailKind.ORDINARY, automatic=False)
    return _from_a_customer(asked, assessment, known, playbook)


def _of_ours(message: Message, chat: Chat, known: Known, playbook: Playbook) -> Decision:
    """What one of us says in a request's own thread is an answer that the customer can see."""
    person = playbook.person_at(message.sender)
    if person is None or not known.threads:
        return Noted("one of us, in no request's thread", unread=known.unread)
    thread = known.threads[0]
    if chat.deed is Deed.EDITED or not (message.new_text.strip() or _has_files(message)):
        return Noted("one of us changed a word", thread.request)
    return triage.past_us(thread, person.name, message, playbook)


def _deleted(
    message: Message, request: Request | None, known: Known, playbook: Playbook
) -> Decision:
    """What is deleted stays with us; but what the customer can read no more is no answer."""
    why, answer = "deleted in the chat", known.deleted_answer
    if answer is None or answer.request.state is State.CLOSED:
        return Noted(why, request)
    if answer.stands is None:
        now = message.envelope.received_at
        return TakenBack(answers.answer_lost(answer.request, why, answer.timer, playbook, now))
    if answer.request.first_response_at != answer.written_at:
        return Noted(why, answer.request)
    other = answer.stands
    change = answers.first_lost(answer.request, other.person, other.at)
    return TakenBack(replace(change, why=f"{why}: the first response is that by {other.person}"))


def _opens_nothing(message: Message, chat: Chat, known: Known, playbook: Playbook) -> str:
    """Why it is only written down; empty if it may open a request."""
    opens = _what_opens(message, chat, known, playbook)
    called = chat.us in message.addressees or any(
        chat.us in each.addressees for each in known.said_before
    )
    if opens is Opens.NOTHING:
        return "said in a room of our own"
    if opens is Opens.EMOJI:
        return "one of us opens requests in this room"
    if opens is Opens.MENTION and not called:
        return "it does not name us"
    if not called and (why := _among_themselves(message, chat, known, playbook)):
        return why
    if _has_files(message):
        return ""
    if says_nothing_yet(message.new_text):
        return "a greeting alone opens nothing"
    return "thanks alone open nothing" if is_only_thanks(message.new_text) else ""


def _has_files(message: Message) -> bool:
    """Also such as we could not get: its problems name them, and who reads it there sees them."""
    return bool(message.attachments or message.problems)


def _what_opens(message: Message, chat: Chat, known: Known, playbook: Playbook) -> Opens:
    rooms = message.envelope.recipients
    for room in rooms:
        if room in playbook.rooms:
            return playbook.rooms[room]
    at_home = any(not contract.chats.isdisjoint(rooms) for contract in known.contracts)
    return Opens.ALL if chat.direct or at_home else Opens.MENTION


def _among_themselves(message: Message, chat: Chat, known: Known, playbook: Playbook) -> str:
    """Whether customers speak with each other; in doubt they speak with us."""
    others = [who for who in message.addressees if playbook.person_at(who) is None]
    all_others = bool(others) and len(others) == len(message.addressees)
    if all_others and not _names_in_passing(message.new_text):
        return "it speaks to somebody else"
    begun_by = known.thread_begun_by
    if begun_by not in ("", message.sender) and playbook.person_at(begun_by) is None:
        return "in a thread among customers"
    return ""


def _names_in_passing(text: str) -> bool:
    """Whether something is said before the first mention, which is a copy to a colleague then."""
    before, mention, _ = text.partition("@")
    return bool(mention) and not (says_nothing_yet(before) or is_only_thanks(before))


def _from_a_customer(
    message: Message, assessment: Assessment, known: Known, playbook: Playbook
) -> Decision:
    decided = triage.from_a_customer(message, assessment, known, playbook)
    if isinstance(decided, FollowedUp) and message.chat and message.chat.deed is Deed.EDITED:
        change = replace(decided.change, why=f"edited: {decided.change.why}")
        return replace(decided, change=change)
    if not isinstance(decided, Opened):
        return decided
    titled = replace(decided.request, subject=headline(message.new_text))
    gathers = tuple(each.id for each in known.said_before)
    return replace(decided, request=titled, gathers=gathers)
