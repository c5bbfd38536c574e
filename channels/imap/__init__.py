"""Mail in: mailboxes on other people's servers (IMAP4rev1, RFC 3501)."""

from channels.imap.folder import MailboxFolder
from channels.imap.session import After, Login, Security

__all__ = ["After", "Login", "MailboxFolder", "Security"]
