"""What customers and engineers read: a template for each kind and language, filled with values."""

from daemon.letters.customers import answer_subject, receipt
from daemon.letters.engineers import alarm, copy, digest, ping

__all__ = ["alarm", "answer_subject", "copy", "digest", "ping", "receipt"]
