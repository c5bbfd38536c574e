"""Slack's markup to plain text and back."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from channels.mail.charsets import clean

_ENTITY = re.compile(r"<([^<>]*)>")
_LONGEST_PART = 3_500
"""Characters of one message: Slack recommends no more than 4,000."""
_DEEPEST = 12
"""Levels of blocks within blocks."""

Names = Mapping[str, str]
"""By the ids of users, rooms and groups."""


def plain(mrkdwn: object, names: Names) -> str:
    """As a person reads it: mentions by name, links with their address; never raises."""
    if not isinstance(mrkdwn, str):
        return ""
    shown = _ENTITY.sub(lambda found: _entity(found[1], names), mrkdwn)
    # Only now: what customers escaped must not pass for an entity.
    shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return clean(shown).strip()


def mentioned(mrkdwn: object) -> tuple[str, ...]:
    """The ids of those it mentions, in order."""
    if not isinstance(mrkdwn, str):
        return ()
    bodies = (found[1].partition("|")[0] for found in _ENTITY.finditer(mrkdwn))
    return tuple(dict.fromkeys(body[1:] for body in bodies if body.startswith("@")))


def _entity(body: str, names: Names) -> str:
    target, _, label = body.partition("|")
    if target.startswith(("@", "#")):
        return f"{target[0]}{label.lstrip('@#') or names.get(target[1:]) or target[1:]}"
    if target.startswith("!"):
        return _special(target[1:], label, names)
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return f"{label} ({target})" if label and label not in target else target


def _special(command: str, label: str, names: Names) -> str:
    name, _, rest = command.partition("^")
    if name == "subteam":
        return f"@{label.lstrip('@') or names.get(rest) or rest}"
    if name == "date":
        return label or rest
    return f"@{label.lstrip('@') or name}"


def written(message: Mapping[str, Any]) -> str:
    """What a message says, in Slack's markup: its text, else its blocks, then what it passes on."""
    text = message.get("text")
    own = text if isinstance(text, str) and text.strip() else _of_blocks(message.get("blocks"))
    attachments = message.get("attachments")
    passed_on = [_attachment(each) for each in _dicts(attachments)]
    return "\n\n".join(part for part in (own, *passed_on) if part)


def files_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The files that it shares, then those of what it passes on."""
    passed_on = [a for a in _dicts(message.get("attachments")) if a.get("is_share")]
    return [file for each in (message, *passed_on) for file in _dicts(each.get("files"))]


def _attachment(attachment: Mapping[str, Any]) -> str:
    """A forwarded message, or what a program attached; the preview of a link says nothing new."""
    if attachment.get("from_url") and not attachment.get("is_share"):
        return ""
    said = _of_blocks(attachment.get("message_blocks")) or _of_blocks(attachment.get("blocks"))
    words = [attachment.get("pretext"), attachment.get("title")]
    words.append(said or attachment.get("text") or attachment.get("fallback"))
    text = "\n".join(word for word in words if isinstance(word, str) and word.strip())
    author = attachment.get("author_name")
    head = f"{author}:\n" if text and isinstance(author, str) and author else ""
    return head + text


def _of_blocks(blocks: object) -> str:
    lines = (_block(block, _DEEPEST) for block in _dicts(blocks))
    return "\n".join(line for line in lines if line)


def _block(block: Mapping[str, Any], depth: int) -> str:
    if depth == 0:
        return ""
    if isinstance(nested := block.get("message"), dict):  # of a forwarded message
        return "\n".join(_block(each, depth - 1) for each in _dicts(nested.get("blocks")))
    text = block.get("text")
    if isinstance(text, dict):
        text = text.get("text")
    own = text if isinstance(text, str) else _leaf(block)
    kind = block.get("type")
    inner = [_block(each, depth - 1) for each in _dicts(block.get("elements"))]
    apart = "\n" if kind in ("rich_text", "rich_text_list", "context") else ""
    fields = [_block(each, depth - 1) for each in _dicts(block.get("fields"))]
    return "\n".join(p for p in (own, apart.join(i for i in inner if i), *fields) if p)


def _leaf(element: Mapping[str, Any]) -> str:
    """An element of a rich text that has no text of its own, as markup."""

    def of(key: str) -> str:
        value = element.get(key)
        return value if isinstance(value, str) else ""

    match element.get("type"):
        case "user":
            return f"<@{of('user_id')}>"
        case "channel":
            return f"<#{of('channel_id')}>"
        case "usergroup":
            return f"<!subteam^{of('usergroup_id')}>"
        case "broadcast":
            return f"<!{of('range')}>"
        case "link":
            return f"<{of('url')}>"
        case "emoji":
            return f":{of('name')}:"
        case "date":
            return of("fallback")
    return ""


def _dicts(value: object) -> Iterator[Mapping[str, Any]]:
    return (
        (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
    )


def escaped(text: str) -> str:
    """Plain text that Slack shows as it is: it mentions nobody and links nothing of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def parts(text: str, longest: int = _LONGEST_PART) -> list[str]:
    """A text in pieces that Slack takes, cut between lines where it can be; one at least."""
    found = [""]
    for line in text.strip().splitlines(keepends=True):
        while len(line) > longest:
            found.append(line[:longest])
            line = line[longest:]
        if len(found[-1]) + len(line) > longest:
            found.append("")
        found[-1] += line
    return [part.strip("\n") for part in found if part.strip()] or [" "]
