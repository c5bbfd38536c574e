"""Whether a gateway on the way has marked the mail as spam: a hint, since anybody can write it."""

import re

from channels.mail.mime import Mail

_MARKS = {
    "x-spam-flag": r"yes|true",
    "x-spam-status": r"yes\b",
    "x-spam": r"yes\b|spam",
    "x-spam-action": r"(?:reject|add header|rewrite subject|quarantine)",
    "x-spamd-result": r"default: true",
    "x-ses-spam-verdict": r"fail",
    "x-barracuda-spam-status": r"yes\b",
    "x-mailscanner-spamcheck": r"spam\b",
    "x-dspam-result": r"spam\b",
    "x-bogosity": r"(?:yes|spam)\b",
    "x-crm114-status": r"spam\b",
    "x-mailgun-sflag": r"yes\b",
    "x-forefront-antispam-report": r"(?:.*;)?\s*sfv:(?:spm|skb|sks)",
    "x-ms-exchange-organization-scl": r"[5-9]\b",
    "x-gmx-antispam": r"[1-9]",
    "x-vr-spamstate": r"spam",
}
_SUBJECT = re.compile(r"\s*(?:\[\s*\**\s*(?:spam|junk)\b|\*{2,}\s*(?:spam|junk)\b)", re.IGNORECASE)


def spam_mark(mail: Mail) -> str:
    """The header that says so; empty if none does."""
    for name, mark in _MARKS.items():
        if re.match(mark, mail.header(name).strip()[:2000], re.IGNORECASE):
            return name
    return "subject" if _SUBJECT.match(mail.subject) else ""
