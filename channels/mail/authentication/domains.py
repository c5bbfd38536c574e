"""Domains, and which belong to one organisation."""

from functools import cache

from publicsuffixlist import PublicSuffixList


def domain_of(address: str) -> str:
    """An address's domain as the DNS knows it: lower case, A-labels; empty if there is none."""
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    try:
        return domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        return ""


def organisation_of(domain: str) -> str:
    """The domain that somebody registered (RFC 7489, 3.2); a public suffix is its own."""
    return _suffixes().privatesuffix(domain) or domain


def aligned(domain: str, author: str, strict: bool) -> bool:
    """Whether a proven domain speaks for the author's (RFC 7489, 3.1)."""
    if not domain:
        return False
    return domain == author or (not strict and organisation_of(domain) == organisation_of(author))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # reading it takes a tenth of a second
