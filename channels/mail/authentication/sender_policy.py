"""Whether the server that handed a mail over may send for its envelope's sender (SPF, RFC 7208)."""

from dataclasses import dataclass
from typing import Any

import spf

from channels.mail.authentication.dns import Inquiry, Silent
from channels.mail.authentication.domains import domain_of

_MOST_VOID = 2
"""Questions without an answer (RFC 7208, 4.6.4)."""


@dataclass(frozen=True)
class SpfResult:
    """SPF's word on one handing over."""

    result: str
    """`pass`, `fail`, `softfail`, `neutral`, `none`, `permerror` or `temperror`."""
    domain: str
    """Whose it is: MAIL FROM's, and HELO's where that is empty."""


class _Query(spf.query):  # type: ignore[misc]  # it ships no types
    """The library's evaluation, asking us in place of a resolver of its own."""

    def __init__(self, inquiry: Inquiry, address: str, sender: str, helo: str) -> None:
        self._inquiry = inquiry
        super().__init__(i=address, s=sender, h=helo, receiver="supportd")

    def dns(
        self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False
    ) -> list[Any]:
        try:
            found = self._inquiry.ask(name, qtype)
        except Silent:
            raise spf.TempError("the DNS is silent") from None
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > _MOST_VOID:
                raise spf.PermError("too many names without an answer")
        return [(record,) for record in found] if qtype == "TXT" else list(found)

    def get_explanation(self, spec: str) -> str:
        return ""  # the sender's own words, for one more question


def check_spf(inquiry: Inquiry, address: str, sender: str, helo: str) -> SpfResult:
    """What the domain of the envelope's sender says of an IP address; never raises."""
    if not sender:
        sender = f"postmaster@{helo}"
    local = sender.rpartition("@")[0]
    domain = domain_of(sender)
    if not domain or "." not in domain:
        return SpfResult("none", domain)
    try:
        query = _Query(inquiry, address, f"{local}@{domain}", helo)
        return SpfResult(str(query.check()[0]), domain)
    except Exception:  # whatever a hostile record finds in the library
        return SpfResult("permerror", domain)
