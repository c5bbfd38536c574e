"""The verdict on who wrote a mail, with the evidence for it."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from channels.mail.authentication.dns import Inquiry, Resolver, Silent
from channels.mail.authentication.domains import aligned, domain_of
from channels.mail.authentication.headers import Field, read_fields
from channels.mail.authentication.policy import DmarcPolicy, find_policy
from channels.mail.authentication.results import dmarc_of, logged_in_as, trusted_results
from channels.mail.authentication.sender_policy import check_spf
from channels.mail.authentication.signatures import check_signatures, is_tame, vouching_sealer
from channels.mail.mailboxes import read_mailboxes
from rules.model import Arrival, Authentication, Authenticity, Message

_LOG = logging.getLogger(__name__)

Network = IPv4Network | IPv6Network

_AT_ONCE = 16
"""Messages that wait for the DNS at the same time."""
_GRACE = 2.0
"""Seconds beyond those for the DNS: for the arithmetic of signatures."""


@dataclass(frozen=True)
class Trust:
    """Whose word counts beside the domains' own."""

    networks: tuple[Network, ...] = ()
    """Of our own machines and relays."""
    authserv_id: str = ""
    """Of the server in those networks that mail from outside comes through."""
    mailboxes: Mapping[str, str] = field(default_factory=dict)
    """The authserv-id of the server that filled a mailbox, by the mailbox's name."""
    sealers: frozenset[str] = frozenset()
    """Domains whose ARC seals count: lists and forwarders that change mail on its way."""

    def includes(self, address: str) -> bool:
        """Whether an address is in our networks."""
        try:
            peer = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        peer = getattr(peer, "ipv4_mapped", None) or peer
        return any(peer in network for network in self.networks)


@dataclass(frozen=True)
class _Author:
    """Whom From names, as far as it names one."""

    domain: str
    alone: bool
    """Else a proof may be another author's."""


class _Undecided(Exception):
    """There is no proof either way: says why."""


@dataclass(frozen=True)
class Authenticator:
    """Looks at one mail at a time, in threads of its own; keeps nothing but the DNS's answers."""

    resolver: Resolver
    trust: Trust
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="authenticate")
    )

    async def authenticate(
        self, arrival: Arrival, message: Message, seconds: float
    ) -> Authentication:
        """The verdict, after these seconds at the latest (and 2 for arithmetic); never raises."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds + _GRACE):
                return await loop.run_in_executor(
                    self._threads, self.verdict, arrival, message, seconds
                )
        except TimeoutError:
            return _unproven("looking at it took too long", unanswered=True)

    def verdict(self, arrival: Arrival, message: Message, seconds: float) -> Authentication:
        """The verdict; blocks for these seconds at most while the DNS is asked."""
        if arrival.envelope.history:
            return _unproven("history is not looked at")
        try:
            return self._verdict(arrival, message, seconds)
        except _Undecided as why:
            return _unproven(str(why))
        except Silent as silent:
            return _unproven(f"the DNS is silent about {silent}", unanswered=True)
        except Exception as error:  # whatever a hostile message finds in us: it is heard
            _LOG.error("a message's authenticity could not be looked at: %r", type(error))
            return _unproven(f"looking at it failed ({type(error).__name__})")

    def _verdict(self, arrival: Arrival, message: Message, seconds: float) -> Authentication:
        fields = read_fields(arrival.content)
        if fields is None:
            raise _Undecided("its headers can be read in more than one way")
        author = _author(message, fields)
        if own := self._is_our_own(arrival, fields):
            return _proven(own, author)
        inquiry = Inquiry(self.resolver, seconds)
        authserv_id = self._authserv_id(arrival)
        stated = trusted_results(fields, authserv_id) if authserv_id else None
        if stated is not None:
            if logged_in_as(stated) == message.sender:
                return _proven(f"{authserv_id} says that {message.sender} logged in", author)
            result = dmarc_of(stated, author.domain)
            said = f"{authserv_id} says dmarc={result} for {author.domain}"
            if result == "pass":
                return _proven(said, author)
            if result == "fail":
                return self._disowned(arrival, fields, author, inquiry, (said,))
        return self._examine(arrival, fields, author, inquiry)

    def _authserv_id(self, arrival: Arrival) -> str:
        peer = arrival.envelope.peer
        if peer.mailbox:
            return self.trust.mailboxes.get(peer.mailbox, "")
        return self.trust.authserv_id if self.trust.includes(peer.address) else ""

    def _is_our_own(self, arrival: Arrival, fields: list[Field]) -> str:
        """Why it was written on our own network; empty if it was not.

        A relay of ours that hands on others' mail has left its trace on it (RFC 5321, 4.4).
        """
        peer = arrival.envelope.peer
        if arrival.envelope.sent:
            return "it lay in our own sent mail"
        if peer.mailbox:
            return ""
        if peer.login:
            return f"{peer.login} logged in"
        if self.trust.includes(peer.address) and all(name != "received" for name, _ in fields):
            return f"{peer.address} is on our own network, and no other server had it before"
        return ""

    def _examine(
        self, arrival: Arrival, fields: list[Field], author: _Author, inquiry: Inquiry
    ) -> Authentication:
        """Our own look: SPF where we met the peer, DKIM, and what the author's domain demands."""
        policy = _policy_of(author, inquiry)
        envelope = arrival.envelope
        evidence: list[str] = []
        met = bool(envelope.peer.address) and not self.trust.includes(envelope.peer.address)
        if met:
            spf = check_spf(inquiry, envelope.peer.address, envelope.sender, envelope.peer.helo)
            evidence.append(f"SPF {spf.result} for {spf.domain or 'no domain'}")
            if spf.result == "pass" and aligned(spf.domain, author.domain, policy.strict_spf):
                return _proven(evidence[0], author)
        if not is_tame(arrival.content, fields):
            raise _Undecided("its signatures are not looked at: it is made to keep us busy")
        signatures = check_signatures(
            arrival.content,
            fields,
            inquiry,
            lambda domain: aligned(domain, author.domain, policy.strict_dkim),
        )
        valid = [each for each in signatures if each.valid]
        if any(each.whole for each in valid):
            return _proven(f"signed by {valid[0].domain} (DKIM)", author)
        if valid:
            raise _Undecided(f"{valid[0].domain} signed a part of it only")
        evidence.append(
            f"its DKIM signature of {signatures[0].domain} is not valid"
            if signatures
            else f"no DKIM signature of {author.domain}"
        )
        if inquiry.was_silent:
            return _unproven(*evidence, "the DNS is silent", unanswered=True)
        if not met:
            raise _Undecided(f"{evidence[-1]}, and SPF cannot be asked")
        return self._disowned(arrival, fields, author, inquiry, tuple(evidence))

    def _disowned(
        self,
        arrival: Arrival,
        fields: list[Field],
        author: _Author,
        inquiry: Inquiry,
        evidence: tuple[str, ...],
    ) -> Authentication:
        """DMARC fails: a failure for us where the domain has asked for one."""
        policy = _policy_of(author, inquiry)
        action = policy.action_for(arrival.content)
        evidence = (*evidence, f"DMARC fails under p={action} of {policy.domain}")
        if action == "none":
            return _unproven(*evidence)
        if is_tame(arrival.content, fields):
            sealers = self.trust.sealers
            sealer = vouching_sealer(arrival.content, fields, inquiry, author.domain, sealers)
            if sealer:
                return _unproven(*evidence, f"{sealer}, which is trusted, saw it pass (ARC)")
            if inquiry.was_silent:
                return _unproven(*evidence, "the DNS is silent", unanswered=True)
        return Authentication(Authenticity.FAIL, evidence)


def _author(message: Message, fields: list[Field]) -> _Author:
    domain = domain_of(message.sender)
    if not message.sender or not domain:
        raise _Undecided("it names no author")
    values = [value for name, value in fields if name == "from"]
    named = [box.address.lower() for value in values for box in read_mailboxes(value)]
    return _Author(domain, alone=len(values) == 1 and named == [message.sender])


def _policy_of(author: _Author, inquiry: Inquiry) -> DmarcPolicy:
    policy = find_policy(author.domain, inquiry)
    if policy is None:
        raise _Undecided(f"{author.domain} publishes no DMARC policy")
    return policy


def _proven(why: str, author: _Author) -> Authentication:
    if not author.alone:
        return _unproven(why, "but it names more than one author")
    return Authentication(Authenticity.PASS, (why,))


def _unproven(*evidence: str, unanswered: bool = False) -> Authentication:
    return Authentication(Authenticity.UNPROVEN, evidence, unanswered)
