"""Several requests in one message: a line each, to acknowledge on it."""

from collections.abc import Mapping, Sequence
from itertools import islice

from channels.slack.card import ACTION, Block, button, moment, plain_text
from rules.model import Card, Move

_MOST_LINES = 45  # Slack takes 50 blocks
_MOST_NUMBERS = 250
_STANDS = ("Acknowledged", "State")
"""Facts that say whether anybody has to do anything."""
_BELOW = (
    "Acknowledge each by itself: what you do not press stays owed, and comes again. What you"
    " acknowledge comes as a card of its own. Nobody reads what is said in this thread."
)


def blocks(cards: Sequence[Card]) -> list[Block]:
    """What is owed, in the order given; what has no room is named."""
    title = f"{len(cards)} requests are owed" if len(cards) > 1 else "A request is owed"
    found: list[Block] = [{"type": "header", "text": plain_text(title, 150)}]
    found += [_line(card) for card in cards[:_MOST_LINES]]
    if more := cards[_MOST_LINES:]:
        numbers = " ".join(f"#{card.request_id}" for card in islice(more, _MOST_NUMBERS))
        text = f"And {len(more)} more: {numbers}. /support {more[0].request_id} shows the next."
        found.append({"type": "section", "text": plain_text(text, 2_900)})
    found.append({"type": "context", "elements": [plain_text(_BELOW, 2_900)]})
    return found


def numbers_in(shown: object) -> list[int]:
    """The requests that have a line in a message's blocks, as Slack has them."""
    return [n for block in _listed(shown) if (n := _number(block)) is not None]


def renewed(shown: object, cards: Mapping[int, Card]) -> list[Block]:
    """The blocks with these requests' lines as they stand now."""
    return [
        _line(cards[n]) if (n := _number(block)) is not None and n in cards else block
        for block in _listed(shown)
    ]


def _line(card: Card) -> Block:
    # Only the date is markup: what customers wrote stays plain text.
    owed = f"*{card.owed} due* {moment(card.due_at)}" if card.due_at else "nothing is owed"
    stands = [f"{f.label} {f.value}" for f in card.facts if f.label in _STANDS]
    line: Block = {
        "type": "section",
        "block_id": f"{ACTION}{card.request_id}",
        "text": {"type": "mrkdwn", "text": owed},
        "fields": [plain_text(text, 500) for text in (card.title, *stands)],
    }
    if Move.ACKNOWLEDGE in card.moves:
        line["accessory"] = button(card, Move.ACKNOWLEDGE)
    return line


def _number(block: Block) -> int | None:
    kind, _, number = str(block.get("block_id", "")).partition(":")
    return int(number) if f"{kind}:" == ACTION and number.isdecimal() else None


def _listed(shown: object) -> list[Block]:
    return [b for b in shown if isinstance(b, dict)] if isinstance(shown, list) else []
