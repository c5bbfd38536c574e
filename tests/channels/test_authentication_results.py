"""What others say of who wrote a mail: the mailbox's server, a list."""

import pytest

from rules.model import Peer
from tests.channels.mail_look import BOX, FAIL, LETTER, PASS, UNPROVEN, look, results, signed
from tests.dns_server import DnsServer
from tests.signing import the_key

BY_US = b"Received: from mx.firm.example by in.provider.example; now\r\n"
DMARC_PASS = b"dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=firm.example"
DMARC_FAIL = b"dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=firm.example"


@pytest.mark.parametrize(
    "trace",
    [
        results(DMARC_PASS) + BY_US,
        BY_US + results(DMARC_PASS),
        b"Received: by 10.0.0.7 with SMTP; now\r\n" + BY_US + results(DMARC_PASS),
        results(
            b"dkim=pass header.d=firm.example; spf=pass smtp.mailfrom=firm.example; " + DMARC_PASS
        ),
        results(DMARC_PASS, by=b"mx.provider.example 1"),
        results(DMARC_PASS, by=b"(by us) MX.Provider.Example"),
        results(DMARC_PASS, b"dmarc=fail header.from=firm.example"),
    ],
)
def test_the_mailbox_servers_own_word_counts(zone: DnsServer, trace: bytes) -> None:
    found = look(zone, trace + LETTER, peer=BOX)
    assert found.result is PASS, found
    assert found.evidence == ("mx.provider.example says dmarc=pass for firm.example",)


@pytest.mark.parametrize(
    "trace",
    [
        results(DMARC_PASS, by=b"mx.evil.example"),
        results(DMARC_PASS, by=b"mx.provider.example.evil.example"),
        BY_US + b"Received: from a by mx.evil.example; now\r\n" + results(DMARC_PASS),
        results(b"dmarc=none header.from=firm.example", DMARC_PASS),
        results(b"spf=none (dmarc=pass header.from=firm.example) smtp.mailfrom=x@evil.example"),
        results(b'spf=none reason="; dmarc=pass header.from=firm.example" smtp.helo=x'),
        results(b"dmarc=pass header.from=evil.example"),
        results(b"dmarc=pass"),
        results(b"dmarc=pass header.from=firm.example header.from=evil.example"),
        results(b"spf=pass smtp.mailfrom=firm.example"),
        results(b"dmarc=passing header.from=firm.example"),
        results(b"none") + results(DMARC_PASS),
        b"X: (\r\n" + results(DMARC_PASS, by=b"(mx.provider.example)"),
        results(b"auth=pass smtp.auth=somebody@else.example"),
    ],
)
def test_a_forged_word_does_not(zone: DnsServer, trace: bytes) -> None:
    assert look(zone, trace + LETTER, peer=BOX).result is UNPROVEN


def test_what_the_mailbox_server_saw_fail_fails_as_the_domain_asks(zone: DnsServer) -> None:
    assert look(zone, results(DMARC_FAIL) + LETTER, peer=BOX).result is FAIL
    zone.text("_dmarc.firm.example", "v=DMARC1; p=none")
    assert look(zone, results(DMARC_FAIL) + LETTER, peer=BOX).result is UNPROVEN


def test_no_word_counts_for_a_mailbox_without_a_trusted_server(zone: DnsServer) -> None:
    forged = results(DMARC_PASS, by=b"") + results(DMARC_PASS) + LETTER
    assert look(zone, forged, peer=Peer(mailbox="plain")).result is UNPROVEN
    assert look(zone, signed(), peer=Peer(mailbox="plain")).result is PASS


def test_the_word_of_our_server_in_front_counts_from_our_network_alone(zone: DnsServer) -> None:
    relayed = results(DMARC_PASS, by=b"mx.b2bee.example") + BY_US + LETTER
    relayed = relayed.replace(b"provider", b"b2bee")
    assert look(zone, relayed, peer=Peer("127.0.0.1")).result is PASS
    assert look(zone, relayed).result is FAIL


def test_a_login_at_our_server_in_front_proves_its_own_address_only(zone: DnsServer) -> None:
    def relayed(login: bytes) -> bytes:
        trace = b"Received: from laptop by mx.b2bee.example with ESMTPSA; now\r\n"
        said = b"auth=pass smtp.auth=" + login
        return results(said, by=b"mx.b2bee.example") + trace + LETTER

    assert look(zone, relayed(b"maria@firm.example"), peer=Peer("127.0.0.1")).result is PASS
    assert look(zone, relayed(b"ivo@firm.example"), peer=Peer("127.0.0.1")).result is UNPROVEN


def listed(sealer: str = "lists.example", seen: bytes = DMARC_PASS) -> bytes:
    """Changed by a list, which sealed what it had seen before."""
    changed = LETTER.replace(b"They fail.", b"They fail.\r\n-- \r\nOrders mailing list")
    return the_key().seal(results(seen, by=sealer.encode()) + changed, sealer, sealer)


def test_a_trusted_list_that_saw_it_pass_saves_it_from_failing(zone: DnsServer) -> None:
    found = look(zone, listed())
    assert found.result is UNPROVEN
    assert found.evidence[-1] == "lists.example, which is trusted, saw it pass (ARC)"


def test_a_list_that_nobody_trusts_does_not(zone: DnsServer) -> None:
    assert look(zone, listed("evil.example")).result is FAIL


def test_nor_does_a_list_that_saw_it_fail(zone: DnsServer) -> None:
    assert look(zone, listed(seen=DMARC_FAIL)).result is FAIL


def test_nor_a_seal_on_other_words(zone: DnsServer) -> None:
    assert look(zone, listed().replace(b"They fail.", b"They work.")).result is FAIL


def test_nor_a_trusted_seal_that_a_stranger_sealed_again(zone: DnsServer) -> None:
    changed = listed().replace(b"They fail.", b"They work.")
    said = b"arc=pass; " + DMARC_PASS
    again = the_key().seal(
        results(said, by=b"evil.example") + changed, "evil.example", "evil.example"
    )
    assert look(zone, again).result is FAIL
