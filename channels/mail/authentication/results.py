"""What a server that we trust found out about a message (Authentication-Results, RFC 8601)."""

import re

import authres

from channels.mail.authentication.domains import domain_of, organisation_of
from channels.mail.authentication.headers import Field

_MOST_NESTED = 20
"""Brackets in a header: comments nest, and the library follows them by recursion."""
_BY = re.compile(r"\bby\s+\[?([^\s;()\]]+)", re.IGNORECASE)


def trusted_results(fields: list[Field], authserv_id: str) -> str | None:
    """The value of the topmost field that the trusted server wrote; None if it wrote none.

    Only the topmost: a server writes above all that it was handed. And none that lies below the
    trace of another organisation's server: ours had not seen the message yet.
    """
    for name, value in fields:
        if name == "received" and _is_foreign(value, authserv_id):
            return None
        if name == "authentication-results" and _id_of(value) == authserv_id.lower():
            return value
    return None


def _is_foreign(received: str, authserv_id: str) -> bool:
    """Whether a hop was another organisation's; one without a public name is an inner one."""
    by = _BY.search(received)
    host = by[1].lower().rstrip(".") if by else ""
    if "." not in host or ":" in host or host.replace(".", "").isdigit():
        return False
    return organisation_of(host) != organisation_of(authserv_id.lower())


def _id_of(value: str) -> str:
    """The authserv-id, past comments and without its version."""
    if value.count("(") > _MOST_NESTED:
        return ""
    bare = value
    while (inner := re.sub(r"\([^()]*\)", " ", bare)) != bare:
        bare = inner
    return next(iter(re.split(r"[\s;]+", bare.strip())), "").strip('"').lower()


def dmarc_of(value: str, domain: str) -> str:
    """The DMARC result for an author's domain; empty if it says nothing, or cannot be read."""
    for result in _results(value):
        authors = [p.value for p in result.properties if (p.type, p.name) == ("header", "from")]
        if result.method == "dmarc" and [domain_of(a) for a in authors] == [domain]:
            return str(result.result).lower()
    return ""


def logged_in_as(value: str) -> str:
    """The login that the server took the message from (`auth=pass`); empty if it names none."""
    for result in _results(value):
        logins = [p.value for p in result.properties if (p.type, p.name) == ("smtp", "auth")]
        if (result.method, result.result) == ("auth", "pass") and len(logins) == 1:
            return str(logins[0]).lower()
    return ""


def _results(value: str) -> list[authres.AuthenticationResult]:
    """Each result; comments and quoted words say nothing."""
    if value.count("(") > _MOST_NESTED:
        return []
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
    except Exception:  # whatever a server writes that the RFC does not know
        return []
    return [r for r in header.results if isinstance(r, authres.AuthenticationResult)]
