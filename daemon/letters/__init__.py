"""What customers and engineers read: a template for each kind and language, filled with values."""

from daemon.letters.customers import Letter, answer_subject, graded, receipt, turned_away
from daemon.letters.engineers import alarm, copy, digest, ping

__all__ = [
    "Letter",
    "alarm",
    "answer_subject",
    "copy",
    "digest",
    "graded",
    "ping",
    "receipt",
    "turned_away",
]
