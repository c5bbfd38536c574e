"""The letter inside a forwarded one: who wrote it first, and about what."""

import re
from dataclasses import dataclass

from channels.mail.delivery_status import ADDRESS
from channels.mail.mime import Mail
from channels.mail.phrases import one_of

_SCANNED = 65_536
_FROM = re.compile(
    rf"^[ \t>*]*+{one_of('quotes', 'from')}\s?\*?\s*[:：]\*?[ \t]*+(\S.{{0,500}})$",
    re.IGNORECASE | re.MULTILINE,
)
_SUBJECT = re.compile(
    rf"^[ \t>*]*+{one_of('quotes', 'subject')}\s?\*?\s*[:：]\*?[ \t]*+"
    r"(\S.{50,500}\n[ \t>]*\w[^\n:：]{1,200}|\S.{0,500})$",  # a long one may be broken
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Forwarded:
    """As the client that passed it on wrote it: nobody has proven it."""

    sender: str
    """The address; the name where no address stands."""
    subject: str


def forwarded(mail: Mail) -> Forwarded | None:
    """What the first block of headers inside the text says; None if there is none."""
    text = mail.text[:_SCANNED]
    sender = _FROM.search(text)
    subject = _SUBJECT.search(text, sender.start() if sender else 0)
    if not sender or not subject:
        return None
    address = ADDRESS.search(sender[1])
    return Forwarded(
        address[0] if address else sender[1].strip(" *"),
        re.sub(r"\s+", " ", subject[1]).strip(" *"),
    )
