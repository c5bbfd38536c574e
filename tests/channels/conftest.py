"""Servers that several rooms' tests ask."""

from collections.abc import Iterator

import pytest

from tests import dovecot as dovecots
from tests.channels.imap_box import Box
from tests.dns_server import DnsServer
from tests.dovecot import Dovecot
from tests.signing import the_key


@pytest.fixture(scope="session")
def dns_server() -> Iterator[DnsServer]:
    server = DnsServer()
    yield server
    server.close()


@pytest.fixture
def zone(dns_server: DnsServer) -> DnsServer:
    """A firm that vouches for its mail, and wants the rest rejected."""
    for kept in (dns_server.records, dns_server.silent, dns_server.broken, dns_server.asked):
        kept.clear()
    dns_server.text("firm.example", "v=spf1 ip4:192.0.2.25 -all")
    dns_server.text("_dmarc.firm.example", "v=DMARC1; p=reject")
    dns_server.text("s1._domainkey.firm.example", the_key().record)
    dns_server.text("s1._domainkey.lists.example", the_key().record)
    dns_server.text("s1._domainkey.evil.example", the_key().record)
    dns_server.text("evil.example", "v=spf1 +all")
    return dns_server


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One for all tests that ask nothing special of it; each has a user of its own."""
    with dovecots.running() as server:
        yield server


@pytest.fixture
def box(dovecot: Dovecot) -> Box:
    return Box(dovecot)
