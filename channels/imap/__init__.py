"""Mail in: mailboxes on other people's servers (IMAP4rev1, RFC 3501)."""

from channels.imap.folder import MailboxFolder
from channels.imap.line import Login, Security
from channels.imap.session import After

__all__ = ["After", "Login", "MailboxFolder", "Security"]
