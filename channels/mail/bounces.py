"""Delivery reports: which address failed or waits, why, and which message it was about.

By the book (RFC 3464) where a report is, else by what mail servers have written since 1980.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from channels.mail.mime import Mail, identifiers

_SCANNED = 65_536
"""Characters of free text that are looked at."""
_DONE = frozenset({"delivered", "deliverable", "relayed", "expanded"})
_DAEMON = re.compile(
    r"mailer[-_ ]?daemon|^postmaster|^mdaemon|mail deliver|delivery (sub)?system|^mailgw|"
    r"^bounces?@|mail administrator|maildelivery|^mail-?deamon|^daemon@|^mmdf|mailserver",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|non[- ]?delivery|delivery[- ](status[- ])?(notification|fail|report|problem|err)|"
    r"delivery[- ]delay|"
    r"returned (mail|message|to sender)|mail (delivery )?(system )?(fail|error|could|undel)|"
    r"mail not del|"
    r"failure notice|delivery has failed|fail(ed|ure)? (to deliver|delivery|mail)|\bnot delivered|"
    r"(could|can) ?not be delivered|returning message|delayed mail|mail delayed|"
    r"unzustellbar|nicht zugestellt|zustellung|nije isporu|neisporu|non remis|échec de la remise|"
    r"mancato recapito|no se (ha )?(puede|pudo) entregar|entrega|nicht zustell|"
    r"unable to deliver|error sending|warning: (could|message)|returned e-?mail|sending failed|"
    r"message (delivery|you sent|not|status)|bounced?\b|rejected|user unknown|недоставлен",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"\b[45]\.\d{1,2}\.\d{1,3}\b|\b[45]\d\d[ -]|user unknown|"
    r"unknown (user|recipient|address|local)|"
    r"not? such (user|address|recipient|mailbox|person|account)|deliver|does not exist|"
    r"did not reach|mailbox|quota|over ?quota|not listed|undeliver|reject|unrouteable|"
    r"could not|couldn't|cannot|can't|unable|fail|fatal|permanent error|not found|not known|"
    r"unbekannt|nicht|invalid|disabled|inactive|no longer|no account|not a valid|"
    r"nije|ne postoji|n'a pas|impossible|timed? ?out|expired|unreachable|returned|"
    r"недоставлен|не может|denied|refused|blocked|error",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"warning only|still being retried|will be (retried|tried|attempted)|not need to resend|"
    r"delayed|temporarily|will (keep|continue) (trying|to try)|wird weiterhin versucht",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^[-=*_ \t#|]*+((this is a |below (this line )?is a |a |the )?"
    r"(copy of|original|returned|unsent|"
    r"undelivered|included is a|message (header|text|content|follow|summary)|headers? of|"
    r"your (original )?(message|mail)( header)?s? (follow|is)|text of|start of|begin)|"
    r"(the )?(first|message).{0,40}(header|line)s?.{0,30}follow|full.{0,20}header|"
    r"below (this line|is)|(return-path|received): )[^\n]{0,80}$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,2}\.\d{1,3}(?![\d.])")
_FIELD = re.compile(
    r"^(original-recipient|final-recipient|action|status|diagnostic-code):"
    r"[ \t]*(.*(?:\n[ \t]+\S.*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\n]+>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Report:
    """What a delivery report says; addresses as written."""

    failed: tuple[str, ...]
    delayed: tuple[str, ...]
    statuses: tuple[str, ...]
    """Enhanced status codes (RFC 3463)."""
    bounced_message_id: str


def read_report(mail: Mail, *, null_sender: bool) -> Report | None:
    """The delivery report a message is; None if it is none, or tells of success alone."""
    blocks = list(_blocks(mail, _is_from_a_machine(mail, null_sender)))
    if blocks:
        failed, delayed, statuses = _by_the_book(blocks)
        if failed or delayed:
            return Report(failed, delayed, statuses, _bounced(mail))
        if all(block.get("action", "").lower() in _DONE for block in blocks):
            return None
    if not (mail.report_type == "delivery-status" or _looks_like_one(mail, null_sender)):
        return None
    told = _told_text(mail)
    statuses = tuple(dict.fromkeys(_STATUS.findall(told)))
    failed = _listed(mail) or _named(told, mail)
    if _DELAY.search(told) and not re.search("permanent", told, re.IGNORECASE):
        return Report((), failed, statuses, _bounced(mail))
    return Report(failed or _returned_to(mail), (), statuses, _bounced(mail))


def _blocks(mail: Mail, from_a_machine: bool) -> Iterator[Mapping[str, str]]:
    """Per recipient: of the report's own part, else of a report that lost its wrapping."""
    found = False
    for part in mail.parts:
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            for block in part.fields:
                if "final-recipient" in block or "original-recipient" in block:
                    found = True
                    yield block
    if found or not from_a_machine:
        return
    for part in mail.parts:
        if "rfc822" not in part.content_type:
            yield from _blocks_in(part.text[:_SCANNED])


def _blocks_in(text: str) -> Iterator[Mapping[str, str]]:
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


def _by_the_book(
    blocks: list[Mapping[str, str]],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    failed: list[str] = []
    delayed: list[str] = []
    statuses: list[str] = []
    for block in blocks:
        action = re.sub(r"\W.*", "", block.get("action", "failed").strip().lower())
        recipient = _recipient(block)
        if action in _DONE or not recipient:
            continue
        (delayed if action == "delayed" else failed).append(recipient)
        statuses.append(_status(block))
    unique = dict.fromkeys
    return tuple(unique(failed)), tuple(unique(delayed)), tuple(unique(filter(None, statuses)))


def _recipient(block: Mapping[str, str]) -> str:
    for name in ("original-recipient", "final-recipient"):
        value = block.get(name, "")
        kind, _, address = value.rpartition(";")
        address = re.sub(r"\+([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), address.strip())
        if "@" in address and "x400" not in kind.lower():
            match = _ADDRESS.search(address)
            return match[0] if match else address.strip("<> ")
    return ""


def _status(block: Mapping[str, str]) -> str:
    """The more telling of Status and what the other server answered."""
    stated = _STATUS.search(block.get("status", ""))
    answered = _STATUS.search(block.get("diagnostic-code", ""))
    if answered and (not stated or stated[0].endswith(".0.0")):
        return answered[0]
    return stated[0] if stated else ""


def _looks_like_one(mail: Mail, null_sender: bool) -> bool:
    if mail.header("x-failed-recipients"):
        return True
    if not _is_from_a_machine(mail, null_sender):
        return False
    told = _told_text(mail)
    if not _FAILURE.search(told):
        return False
    if _SUBJECT.search(mail.subject):
        return True
    may_be_a_person = mail.sender.address.lower().startswith("postmaster@") and not null_sender
    return from_daemon(mail) and not may_be_a_person


def _is_from_a_machine(mail: Mail, null_sender: bool) -> bool:
    """Else it may be a customer who asks about a bounce, and quotes it."""
    if null_sender or not mail.sender.address or mail.header("auto-submitted")[:2].lower() == "au":
        return True
    return from_daemon(mail) and not mail.in_reply_to


def from_daemon(mail: Mail) -> bool:
    """Whether a mail server, not a person, stands in From."""
    return bool(_DAEMON.search(mail.sender.address) or _DAEMON.search(mail.sender.name))


def _told_text(mail: Mail) -> str:
    """What the server says, without the message it gives back."""
    text = mail.text[:_SCANNED]
    match = next((m for m in _RETURNED.finditer(text) if m.start() > 40), None)
    return text[: match.start()] if match else text


def _listed(mail: Mail) -> tuple[str, ...]:
    values = ", ".join(mail.headers.get("x-failed-recipients", ()))
    return tuple(dict.fromkeys(_ADDRESS.findall(values)))


def _named(told: str, mail: Mail) -> tuple[str, ...]:
    """Addresses near words of failure: in `<...>:` first, as most servers write them."""
    ours = {m.address.lower() for m in (*mail.to, mail.sender)}
    headed = re.findall(
        rf"^[ \t]*+<?({_ADDRESS.pattern})>?\s*(?::|\.\.\.|$|\s\()", told, re.MULTILINE
    )
    candidates = headed or [
        address
        for line in told.split("\n")
        if _FAILURE.search(line)
        for address in _ADDRESS.findall(line)
    ]
    named = {
        address.lower(): address.rstrip(".'")
        for address in candidates or _ADDRESS.findall(told)
        if address.lower() not in ours and not _DAEMON.search(address)
    }
    return tuple(named.values())


def _returned_texts(mail: Mail) -> Iterator[str]:
    for part in mail.parts:
        if part.content_type in ("message/rfc822", "text/rfc822-headers", "message/global-headers"):
            yield part.text[:_SCANNED]
    yield mail.text[len(_told_text(mail)) : _SCANNED]


def _bounced(mail: Mail) -> str:
    for text in _returned_texts(mail):
        if match := _MESSAGE_ID.search(text):
            return identifiers(match[1])[0]
    return ""


def _returned_to(mail: Mail) -> tuple[str, ...]:
    """Where the returned message was for, if nothing else says who failed."""
    for text in _returned_texts(mail):
        if match := re.search(r"^to:(.*(?:\n[ \t].*)*)", text, re.IGNORECASE | re.MULTILINE):
            return tuple(dict.fromkeys(_ADDRESS.findall(match[1])))
    return ()
