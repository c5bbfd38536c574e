"""Where in a chat a request goes on."""

from rules.model import Message, NoticeKind, Request, Way

KINDS = frozenset({"slack", "matrix"})
"""Of chats: how places and identities there begin (`slack:C0123ABC`), and what ways are called."""

FOR_CUSTOMERS = frozenset(
    {NoticeKind.RECEIPT, NoticeKind.ANSWER, NoticeKind.OFFER, NoticeKind.MARK}
)
"""What may go where a customer reads; all else is ours alone."""

_LONGEST_SUBJECT = 80


def is_place(text: str) -> bool:
    """Whether this is a place in a chat, not an address."""
    kind, colon, _ = text.partition(":")
    return bool(colon) and kind in KINDS


def room_of(place: str) -> str:
    """The room a place is in: `slack:C0123ABC` of `slack:C0123ABC/1700000000.000100`."""
    return place.partition("/")[0]


def way_to(target: str) -> Way:
    """To an address, or to a place in a chat by that chat."""
    if not is_place(target):
        return Way("mail", target)
    kind, _, address = target.partition(":")
    return Way(kind, address)


def place_by(way: Way) -> str:
    """The place that a way in a chat leads to."""
    return f"{way.kind}:{way.address}"


def way_to_customer(request: Request) -> Way:
    """As the customer came last."""
    return way_to(request.answer_to or request.sender)


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
