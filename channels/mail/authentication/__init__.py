"""Who really wrote a mail: SPF, DKIM, DMARC, ARC, and the word of servers that we trust."""

from channels.mail.authentication.authenticator import Authenticator, Trust
from channels.mail.authentication.dns import Dns, Resolver, Silent

__all__ = ["Authenticator", "Dns", "Resolver", "Silent", "Trust"]
