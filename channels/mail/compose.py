"""A Notice to the bytes of a mail."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from unicodedata import normalize

from channels.mail.automatic import LOOP_HEADER
from channels.mail.charsets import clean
from channels.mail.letter import as_html, as_text
from rules.model import Attachment, Notice, NoticeKind

_MOST_REFERENCES = 20
_IDENTIFIER = re.compile(r"[!-;=?-~]{1,500}", re.ASCII)
_ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^-~]{1,64}@[A-Za-z0-9.\-]{1,253}", re.ASCII)

_BY_A_PERSON = (NoticeKind.ANSWER, NoticeKind.OFFER, NoticeKind.LINK)
_LETTERS = (NoticeKind.RECEIPT, NoticeKind.OFFER, NoticeKind.LINK)
_NO_ADDRESS = "not an address that mail can be sent to or from"


@dataclass(frozen=True)
class Composed:
    """A mail with its envelope, ready for a relay."""

    content: bytes
    sender: str
    """Empty for the null sender: what cannot be delivered then comes back to nobody."""
    recipient: str


def compose(notice: Notice, now: datetime) -> Composed:
    """The mail of a notice; only what a person wrote has a sender whom bounces reach.

    No text in the notice can become a header. A domain beyond ASCII is written as IDNA has it
    (RFC 3490). Raises ValueError if an address is none that mail can go to or come from (RFC 5321;
    beyond ASCII before the @, a relay would have to know RFC 6531).
    """
    recipient, sender = mail_address(notice.way.address), mail_address(notice.sender_address)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_line(notice.sender_name), addr_spec=sender)
    mail["To"] = Address(addr_spec=recipient)
    if notice.reply_to:
        mail["Reply-To"] = Address(addr_spec=mail_address(notice.reply_to))
    mail["Subject"] = _line(notice.subject)
    _write(mail, notice)
    for attachment in notice.attachments:
        _attach(mail, attachment)
    head = "".join(f"{line}\r\n" for line in _own_headers(notice, now))
    return Composed(
        content=head.encode("ascii") + mail.as_bytes(),
        sender=sender if notice.kind in _BY_A_PERSON else "",
        recipient=recipient,
    )


def _write(mail: EmailMessage, notice: Notice) -> None:
    """A letter in both its forms; whatever else there is, in the words as they were written."""
    text = clean(notice.text)
    if notice.kind not in _LETTERS:
        mail.set_content(text, charset="utf-8", cte="quoted-printable")
        return
    html = as_html(text, _line(notice.subject))
    mail.set_content(as_text(text), charset="utf-8", cte="quoted-printable")
    mail.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")


def _own_headers(notice: Notice, now: datetime) -> list[str]:
    """Those that hold no free text, by hand: the library breaks long message ids when it folds."""
    references = [r for r in notice.references if _IDENTIFIER.fullmatch(r)]
    references = references[:1] + references[1:][-_MOST_REFERENCES:]
    lines = [f"Date: {format_datetime(now)}", f"{LOOP_HEADER}: {notice.kind}"]
    if _IDENTIFIER.fullmatch(notice.message_id):
        lines.append(f"Message-ID: <{notice.message_id}>")
    if references:
        lines.append(f"In-Reply-To: <{references[-1]}>")
        lines.append("References: " + "\r\n ".join(f"<{r}>" for r in references))
    if notice.kind is NoticeKind.RECEIPT:
        lines += ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"]
    elif notice.kind not in _BY_A_PERSON:
        lines += ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"]
    return lines


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.content_type.lower().partition("/")
    token = re.compile(r"[a-z0-9][a-z0-9.+_-]{0,60}", re.ASCII)
    known = token.fullmatch(main) and token.fullmatch(sub)
    if not known or main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    name = _line(attachment.name).replace("/", "_").replace("\\", "_")
    mail.add_attachment(
        attachment.content, maintype=main, subtype=sub, filename=name or "attachment"
    )


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text)).strip()[:500]


def mail_address(address: str) -> str:
    """An address as it stands in a mail of ours; raises ValueError if mail cannot go there."""
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError(f"{_NO_ADDRESS}: only ASCII can stand before its @")
    address = f"{local}{at}{_ascii_domain(domain)}"
    if not _ADDRESS.fullmatch(address):
        raise ValueError(_NO_ADDRESS)
    return address


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        encoded = domain.encode("idna").decode()
        same = encoded.encode().decode("idna") == normalize("NFC", domain.lower())
    except UnicodeError:
        same = False
    if not same:  # IDNA of 2003 makes two letters of a sharp s: that is somebody else's domain
        raise ValueError(f"{_NO_ADDRESS}: its domain cannot be written in ASCII for certain")
    return encoded
