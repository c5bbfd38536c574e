"""An arrived mail to a Message."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from channels.mail.addresses import accounts_of, read_reply_address
from channels.mail.automatic import Verdict, classify
from channels.mail.facts import forwarded_from
from channels.mail.mime import Mail, read
from channels.mail.reply_text import new_text, passes_on
from rules.model import Account, Arrival, Envelope, MailKind, Message, ReplyAddress

_MOST_ADDRESSEES = 200


def understand(arrival: Arrival, accounts: Mapping[str, Account], key: bytes) -> Message:
    """What the mail says; never raises on content, and says in `problems` what it cannot read.

    `key` signs our reply addresses. Whose word counts: the envelope's for where it went, From's
    for who wrote it (proven or not); Reply-To names nobody.
    """
    envelope = arrival.envelope
    mail = read(arrival.content)
    verdict = classify(mail, null_sender=not envelope.sender)
    kind = verdict.kind
    if kind is MailKind.OWN and not accounts_of(mail.sender.address, accounts):
        kind = MailKind.ORDINARY  # anybody can write that header
    elif not mail.headers:
        kind = MailKind.UNREADABLE
    reply_to_us = _reply_to_us(envelope, accounts, key)
    new = new_text(mail.text, forwards=passes_on(mail.subject))
    return Message(
        envelope=envelope,
        key=_key(mail, arrival, reply_to_us),
        kind=kind,
        message_id=mail.message_id,
        references=_references(mail, verdict),
        sender=mail.sender.address.lower(),
        sender_name=mail.sender.name,
        subject=mail.subject,
        text=mail.text,
        new_text=new,
        automatic=verdict.automatic or _came_by_a_strange_list(mail, verdict, accounts),
        attachments=mail.attachments,
        reply_to_us=reply_to_us,
        bounced_message_id=_bounced(verdict),
        failed_recipients=verdict.report.failed if verdict.report else (),
        delayed_recipients=verdict.report.delayed if verdict.report else (),
        problems=mail.problems,
        addressees=_addressees(mail),
        forwarded_from=forwarded_from(replace(mail, text=new)),
    )


def _addressees(mail: Mail) -> tuple[str, ...]:
    boxes = (*mail.to, *mail.cc)[:_MOST_ADDRESSEES]
    return tuple(dict.fromkeys(box.address.lower() for box in boxes if box.address))


def _bounced(verdict: Verdict) -> str:
    """What did not arrive: a notice of delay alone takes nothing back."""
    report = verdict.report
    return report.bounced_message_id if report and (report.failed or not report.delayed) else ""


def _came_by_a_strange_list(mail: Mail, verdict: Verdict, accounts: Mapping[str, Account]) -> bool:
    """A list that is how a desk of ours gets its mail is no reason to keep silent."""
    if not verdict.is_mailing_list:
        return False
    posts = mail.header("list-post").partition("mailto:")[2].partition("?")[0].strip("<> ")
    name = mail.header("list-id").rpartition("<")[2].strip("<> ").lower()
    ours = (posts, name.replace(".", "@", 1))
    return not any("@" in address and accounts_of(address, accounts) for address in ours)


def _key(mail: Mail, arrival: Arrival, reply_to_us: ReplyAddress | None) -> str:
    """Of what the sender made and which of our signed addresses it reached.

    What servers add on the way does not count; but a copy to the support address must not pass for
    the one to the answer address, which is carried on to the customer. Where neither Message-ID
    nor Date tell mails apart, every byte and the day do: rather opened twice than lost.
    """
    digest = hashlib.sha256()
    written = [mail.header(name).encode() for name in ("message-id", "from", "date")]
    written += [mail.subject.encode(), mail.text.encode()]
    for attachment in mail.attachments:
        written += [attachment.name.encode(), attachment.content]
    if not mail.message_id and not mail.header("date"):
        written += [arrival.content, arrival.envelope.received_at.date().isoformat().encode()]
    for piece in written:
        digest.update(len(piece).to_bytes(8, "big"))
        digest.update(piece)
    purpose = f":{reply_to_us.purpose}:{reply_to_us.request_id}" if reply_to_us else ""
    # A copy among sent mail must not pass for the mail itself, which may be on its way to us.
    return f"mail:{digest.hexdigest()}{purpose}{':sent' if arrival.envelope.sent else ''}"


def _references(mail: Mail, verdict: Verdict) -> tuple[str, ...]:
    """Those of the headers, and what a report is about, so that it is filed there."""
    reported = verdict.report.bounced_message_id if verdict.report else ""
    named = (reported, *mail.references, mail.in_reply_to)
    return tuple(name for name in dict.fromkeys(reversed(named)) if name)[::-1]


def _reply_to_us(
    envelope: Envelope, accounts: Mapping[str, Account], key: bytes
) -> ReplyAddress | None:
    account = accounts.get(envelope.account)
    if account is None:
        return None
    read_all = (read_reply_address(r, account.address, key) for r in envelope.recipients)
    return next((found for found in read_all if found), None)
