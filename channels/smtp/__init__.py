"""Mail in: our own SMTP server, so that a sender's server keeps the mail until we have it."""

from channels.smtp.certificate import Certificate
from channels.smtp.door import Limits, Network
from channels.smtp.logins import hash_password, is_password_hash
from channels.smtp.premises import free_bytes
from channels.smtp.server import SmtpServer

__all__ = [
    "Certificate",
    "Limits",
    "Network",
    "SmtpServer",
    "free_bytes",
    "hash_password",
    "is_password_hash",
]
