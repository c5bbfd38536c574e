"""Where in a chat a request goes on."""

from rules.model import Message, Request

KINDS = frozenset({"slack", "matrix"})
"""Of chats: how places and identities there begin (`slack:C0123ABC`), and what ways are called."""

_LONGEST_SUBJECT = 80


def is_place(text: str) -> bool:
    """Whether this is a place in a chat, not an address."""
    kind, colon, _ = text.partition(":")
    return bool(colon) and kind in KINDS


def room_of(place: str) -> str:
    """The room a place is in: `slack:C0123ABC` of `slack:C0123ABC/1700000000.000100`."""
    return place.partition("/")[0]


def headline(text: str) -> str:
    """What a message in a chat is about: its first line, shortened at a word."""
    line = next((line for line in map(str.strip, text.splitlines()) if line), "")
    if len(line) <= _LONGEST_SUBJECT:
        return line
    return f"{line[:_LONGEST_SUBJECT].rsplit(' ', 1)[0]}…"


def answer_to(request: Request, message: Message) -> str:
    """Where a request is answered once this message of the customer's is in it.

    In a room it stays in the thread in which it began, so that all of it is in one place.
    """
    if message.chat is None:
        return message.sender if is_place(request.answer_to) else request.answer_to
    same_room = room_of(request.answer_to) == room_of(message.chat.place)
    return request.answer_to if same_room else message.chat.place
