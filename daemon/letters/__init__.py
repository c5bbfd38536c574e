"""What customers and engineers read: a template for each kind and language, filled with values."""

from daemon.letters.card import card
from daemon.letters.customers import Letter, answer_subject, graded, receipt, turned_away
from daemon.letters.engineers import UNREAD, alarm, copy, digest, ping, pings
from daemon.letters.links import LinkWords
from daemon.letters.offers import OfferWords, decided, excuse

__all__ = [
    "UNREAD",
    "Letter",
    "LinkWords",
    "OfferWords",
    "alarm",
    "answer_subject",
    "card",
    "copy",
    "decided",
    "digest",
    "excuse",
    "graded",
    "ping",
    "pings",
    "receipt",
    "turned_away",
]
