"""What one of us wrote or passes on that no customer may read."""

import re
from binascii import a2b_base64
from collections.abc import Iterator

from rules.model import Attachment, Message, Playbook, ReplyPurpose

_FROM = re.compile(r"^from:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_REPLY_ADDRESS = re.compile(
    rf"(?:\+|%2b)(?:{'|'.join(ReplyPurpose)})-\d+-[a-z2-7]{{16}}".encode(), re.IGNORECASE
)
"""As pings hold them, also in a link."""
_BASE64 = re.compile(
    rb"(?:[a-z0-9+/]{20,76}\r?\n)+[a-z0-9+/]{0,76}|[a-z0-9+/]{40,76}", re.IGNORECASE
)
_HEAD = 1_048_576
"""Bytes of an attached mail that are searched for what stands in it encoded."""


def of_the_inside(message: Message, playbook: Playbook) -> str:
    """What is wrong with sending it on, in words; empty if nothing is."""
    if message.forwarded_from in playbook.own_addresses():
        return "passes on a mail of ours"
    if why := of_the_text(message.new_text):
        return why
    for attachment in message.attachments:
        contents = list(_read(attachment))
        if any(_holds_reply_address(content) for content in contents):
            return "has one of our reply addresses in an attachment"
        if _is_mail(attachment) and any(_is_ours(content, playbook) for content in contents):
            return "has a mail of ours attached"
    return ""


def of_the_text(text: str) -> str:
    """The same of words alone."""
    held = _holds_reply_address(text.encode("utf-8", "replace"))
    return "still holds one of our reply addresses" if held else ""


def _read(attachment: Attachment) -> Iterator[bytes]:
    """As it is, and what stands in an attached mail in base64, be it the whole mail."""
    yield attachment.content
    if _is_mail(attachment):
        for block in _BASE64.findall(attachment.content[:_HEAD]):
            whole = block.translate(None, b"\r\n")
            yield a2b_base64(whole[: len(whole) // 4 * 4])


def _holds_reply_address(content: bytes) -> bool:
    plain = content.replace(b"\0", b"")  # a saved Outlook mail is written in UTF-16
    said = plain.lower()
    if not any(f"{purpose}-".encode() in said for purpose in ReplyPurpose):
        return False  # the pattern takes a second for what is as large as a mail may be
    return bool(_REPLY_ADDRESS.search(plain))


def _is_mail(attachment: Attachment) -> bool:
    return attachment.content_type == "message/rfc822" or attachment.name.lower().endswith(".eml")


def _is_ours(content: bytes, playbook: Playbook) -> bool:
    writer = _FROM.search(content[:65_536].decode("utf-8", "replace").lower())
    return any(own in writer[1] for own in playbook.own_addresses()) if writer else False
