"""What a delivery report says by the book (RFC 3464): a block of fields for each recipient."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from channels.mail.mime import Mail

SCANNED = 65_536
"""Characters of free text that are looked at."""
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+")
STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,2}\.\d{1,3}(?![\d.])")

_TYPES = ("message/delivery-status", "message/global-delivery-status")
_DONE = frozenset({"delivered", "deliverable", "relayed", "expanded"})
_FIELD = re.compile(
    r"^(original-recipient|final-recipient|action|status|diagnostic-code):"
    r"[ \t]*(.*(?:\n[ \t]+\S.*)*)",
    re.IGNORECASE | re.MULTILINE,
)

Block = Mapping[str, str]


@dataclass(frozen=True)
class Statement:
    """What a report states; addresses as written."""

    failed: tuple[str, ...]
    delayed: tuple[str, ...]
    statuses: tuple[str, ...]
    """Enhanced status codes (RFC 3463)."""


def blocks(mail: Mail) -> list[Block]:
    """Those of the report's own part, one for each recipient."""
    return [
        block
        for part in mail.parts
        if part.content_type in _TYPES
        for block in part.fields
        if "final-recipient" in block or "original-recipient" in block
    ]


def blocks_in_text(mail: Mail) -> list[Block]:
    """Those of a report that lost its wrapping on the way."""
    texts = (p.text[:SCANNED] for p in mail.parts if "rfc822" not in p.content_type)
    return [block for text in texts for block in _blocks_in(text)]


def _blocks_in(text: str) -> Iterator[Block]:
    block: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        name, value = match[1].lower(), re.sub(r"\s+", " ", match[2])
        if name in block:
            if "final-recipient" in block:
                yield block
            block = {}
        block[name] = value
    if "final-recipient" in block and "action" in block:
        yield block


def tells_of_success(block: Block) -> bool:
    """Whether nothing is amiss for its recipient."""
    return _action(block) in _DONE


def read(blocks: Iterable[Block]) -> Statement:
    """Who failed and who waits."""
    failed: list[str] = []
    delayed: list[str] = []
    statuses: list[str] = []
    for block in blocks:
        recipient = _recipient(block)
        if tells_of_success(block) or not recipient:
            continue
        (delayed if _action(block) == "delayed" else failed).append(recipient)
        statuses.append(_status(block))
    return Statement(unique(failed), unique(delayed), unique(filter(None, statuses)))


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Each once, whatever its case, in the order they came."""
    return tuple({word.lower(): word for word in reversed(list(words))}.values())[::-1]


def _action(block: Block) -> str:
    return re.sub(r"\W.*", "", block.get("action", "failed").strip().lower())


def _recipient(block: Block) -> str:
    for name in ("original-recipient", "final-recipient"):
        kind, _, address = block.get(name, "").rpartition(";")
        address = re.sub(r"\+([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), address.strip())
        if "@" in address and "x400" not in kind.lower():
            match = ADDRESS.search(address)
            return match[0] if match else address.strip("<> ")
    return ""


def _status(block: Block) -> str:
    """What the other server answered tells more than what ours made of it."""
    answered = STATUS.search(block.get("diagnostic-code", ""))
    stated = STATUS.search(block.get("status", ""))
    if answered and not answered[0].endswith(".0.0"):
        return answered[0]
    return (stated or answered or [""])[0]
