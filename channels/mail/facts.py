"""What one message says, as plain data: the answer of `supportd parse`."""

import hashlib

from channels.mail.automatic import classify
from channels.mail.forwarded import forwarded
from channels.mail.mailboxes import Mailbox, read_mailboxes
from channels.mail.mime import Mail, read
from channels.mail.reply_text import new_text, passes_on
from channels.mail.spam_marks import spam_mark
from rules.model import MailKind


def facts(content: bytes) -> dict[str, object]:
    """Everything we read of a message, ready for JSON; never raises on content."""
    mail = read(content)
    verdict = classify(mail, null_sender=mail.header("return-path").strip() == "<>")
    report = verdict.report
    return {
        "from_email": mail.sender.address,
        "from_name": mail.sender.name,
        "requester_email": _requester(mail),
        "to": _addresses(mail.to),
        "cc": _addresses(mail.cc),
        "reply_to": next(iter(_addresses(mail.reply_to)), ""),
        "subject": mail.subject,
        "body": mail.text,
        "reply_text": new_text(mail.text, forwards=passes_on(mail.subject)),
        "attachments": [
            {
                "name": attachment.name,
                "content_type": attachment.content_type,
                "inline": attachment.inline,
                "size": len(attachment.content),
                "md5": hashlib.md5(attachment.content, usedforsecurity=False).hexdigest(),
            }
            for attachment in mail.attachments
        ],
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "is_auto_reply": verdict.kind is MailKind.AUTO_REPLY,
        "no_auto_response": verdict.automatic or verdict.is_mailing_list,
        "is_bounce": report is not None,
        "failed_recipients": list(report.failed) if report else [],
        "delayed_recipients": list(report.delayed) if report else [],
        "bounce_status": list(report.statuses) if report else [],
        "bounced_message_id": report.bounced_message_id if report else "",
        "is_feedback_report": verdict.kind is MailKind.FEEDBACK_REPORT,
        "is_mailing_list": verdict.is_mailing_list,
        "is_loop": verdict.kind is MailKind.OWN,
        "is_spam": bool(spam_mark(mail)),
        **_forwarded(mail),
        "problems": list(mail.problems),
    }


def _addresses(mailboxes: tuple[Mailbox, ...]) -> list[str]:
    return [mailbox.address for mailbox in mailboxes if mailbox.address]


def _requester(mail: Mail) -> str:
    """Who wrote it before a list or a form rewrote From."""
    for name in ("x-original-from", "x-original-sender"):
        if found := _addresses(read_mailboxes(mail.header(name))):
            return found[0]
    return mail.sender.address


def forwarded_from(mail: Mail) -> str:
    """Address of the first writer of what it passes on, in lower case; empty if nobody's."""
    address = _forwarded(mail).get("forwarded_from", "").lower()
    return address if "@" in address else ""


def _forwarded(mail: Mail) -> dict[str, str]:
    found = forwarded(mail)
    return {"forwarded_from": found.sender, "forwarded_subject": found.subject} if found else {}
