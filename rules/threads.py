"""Which request a message belongs to, and whether what it names may be believed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules import subjects
from rules.authenticity import is_proven
from rules.model import Channel, Contract, Message, Person, Playbook, Request, Timer
from rules.thanks import is_only_thanks

_QUOTED_WORDS = 5
"""In a row, of ours, in what is not new of a message: it quotes us."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Thread:
    """A request that a message names, with those who may speak in it."""

    request: Request
    participants: frozenset[str]
    """Addresses that wrote in it or were written to beside us, in lower case."""
    contract: Contract | None
    timer: Timer | None = None
    """Watching over an answer owed to a follow-up."""
    subjects: frozenset[str] = frozenset()
    """Under which the customer wrote in it, besides the request's own."""
    last_at: datetime | None = None
    """When the last message in it reached us; None if none was kept."""
    unheard_at: datetime | None = None
    """When the customer first wrote after the message in hand reached us, if so."""
    our_words: tuple[str, ...] = ()
    """What we wrote to the customer in it; needed only where a message has a new subject."""


@dataclass(frozen=True)
class Belonging:
    """Where a message belongs."""

    thread: Thread | None
    """None: it is a matter of its own."""
    reason: str
    linked: Request | None = None
    """Named, and not joined."""


def belonging(message: Message, threads: Sequence[Thread], playbook: Playbook) -> Belonging:
    """The first thread whose naming is believed.

    A reference is believed from a participant, a registered person of the same contract, or one of
    us: anybody can copy a Message-ID. `threads` come in the order of their weight. A reply under a
    new subject that quotes nothing of ours only borrowed the address: it is a matter of its own.
    """
    for thread in threads:
        request = thread.request
        if why := _believed(message, thread, playbook):
            if _is_another_matter(message, thread):
                why = "but under a new subject and without a word of ours"
                return Belonging(None, f"answers in request {request.id}, {why}", request)
            names = f"names request {request.id}, which is {request.state}"
            return Belonging(thread, f"{names}, and the sender is {why}")
    if threads:
        request = threads[0].request
        why = f"names request {request.id}, but the sender has no part in it"
        return Belonging(None, why, request)
    return Belonging(None, "")


def _is_another_matter(message: Message, thread: Thread) -> bool:
    return (
        has_new_subject(message, thread)
        and not _quotes(message, thread.our_words)
        and not says_only_thanks(message, thread)
    )


def says_only_thanks(message: Message, thread: Thread) -> bool:
    """Its subject included: many write the matter there and thanks below."""
    return (
        not message.attachments
        and is_only_thanks(message.new_text)
        and (not has_new_subject(message, thread) or is_only_thanks(subjects.bare(message.subject)))
    )


def has_new_subject(message: Message, thread: Thread) -> bool:
    """Whether its subject says something else than the thread's; shorter or longer is the same."""
    if thread.request.id in subjects.numbers(message.subject):
        return False
    said = _matter(message.subject)
    if not said.strip():
        return False
    before = (thread.request.subject, *thread.subjects)
    known = [matter for each in before if (matter := _matter(each)).strip()]
    return bool(known) and not any(said in one or one in said for one in known)


def _matter(subject: str) -> str:
    """The words of a subject, a space around each."""
    return f" {' '.join(_WORD.findall(subjects.bare(subject).casefold()))} "


def _quotes(message: Message, our_words: Sequence[str]) -> bool:
    old = _runs(message.text) - _runs(message.new_text)
    text, new = _lines(message.text), _lines(message.new_text)
    return any(
        old & _runs(words) or (_is_short(words) and _lines(words) in text.replace(new, "\n", 1))
        for words in our_words
    )


def _is_short(text: str) -> bool:
    return 0 < len(_WORD.findall(text)) < _QUOTED_WORDS


def _lines(text: str) -> str:
    """Its words line by line, between line ends: what is shorter than a run is quoted whole."""
    lines = (" ".join(_WORD.findall(line)) for line in text.casefold().splitlines())
    return "".join(("\n", *(f"{line}\n" for line in lines if line)))


def _runs(text: str) -> set[tuple[str, ...]]:
    return set(_windows(_WORD.findall(text.casefold())))


def _windows(words: list[str]) -> Iterator[tuple[str, ...]]:
    for at in range(max(1, len(words) - _QUOTED_WORDS + 1)):
        yield tuple(words[at : at + _QUOTED_WORDS])


def _believed(message: Message, thread: Thread, playbook: Playbook) -> str:
    sender = message.sender
    if sender in thread.participants:
        return "a participant"
    contract, in_chat = thread.contract, message.envelope.channel is Channel.CHAT
    for person in contract.persons if contract else ():
        if sender in (person.identities if in_chat else person.addresses):
            return "registered under the same contract"
    if contract and in_chat and not contract.chats.isdisjoint(message.envelope.recipients):
        return "in a room of the same customer's"
    if writer_of_ours(message, playbook) and is_proven(message):
        return "one of us"
    return ""


def follows(message: Message) -> bool:
    """Whether it may belong to what came before it, by what it names."""
    return bool(
        message.references
        or message.reply_to_us
        or message.bounced_message_id
        or subjects.numbers(message.subject)
    )


def writer_of_ours(message: Message, playbook: Playbook) -> Person | None:
    """The one of us it says it is from; a ticket's key proves a customer, never one of us, and
    nor does a chat vouch for those of another workspace.
    """
    envelope = message.envelope
    if envelope.channel is Channel.TICKET:
        return None
    if envelope.channel is Channel.CHAT and envelope.peer.login:
        return None
    return playbook.person_at(message.sender)
