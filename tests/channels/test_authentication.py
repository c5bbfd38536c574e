"""Who really wrote a mail, asked of a real DNS server on loopback."""

import time
from typing import Any

import dkim
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.mail.authentication import Authenticator, Dns
from channels.mail.understand import understand
from rules.model import Arrival, Authentication, Channel, Envelope, Peer
from tests.channels.mail_look import (
    ACCOUNT,
    BOX,
    FAIL,
    LETTER,
    MX,
    NOW,
    PASS,
    STRANGER,
    TRUST,
    UNPROVEN,
    look,
    signed,
)
from tests.dns_server import DnsServer
from tests.signing import the_key

# --- SPF, DKIM, DMARC ---


def test_mail_from_the_firms_own_server_passes(zone: DnsServer) -> None:
    assert look(zone, peer=MX) == Authentication(PASS, ("SPF pass for firm.example",))


def test_mail_that_the_firm_signed_passes_from_anywhere(zone: DnsServer) -> None:
    assert look(zone, signed()) == Authentication(PASS, ("signed by firm.example (DKIM)",))


def test_mail_from_a_stranger_fails_and_says_why(zone: DnsServer) -> None:
    found = look(zone)
    assert found.result is FAIL
    assert found.evidence == (
        "SPF fail for firm.example",
        "no DKIM signature of firm.example",
        "DMARC fails under p=reject of firm.example",
    )


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=DMARC1; p=reject", FAIL),
        ("v=DMARC1; p=quarantine", FAIL),
        ("v=DMARC1; p=none", UNPROVEN),
        ("v=DMARC1; p=reject; pct=0", FAIL),  # as quarantine
        ("v=DMARC1; p=quarantine; pct=0", UNPROVEN),  # as none
        ("v=DMARC1; p=quarantine; pct=x", FAIL),
        ("v=DMARC1; p=quarantine; t=y", UNPROVEN),
        ("v=DMARC1; p=bogus", UNPROVEN),
        ("v=DMARC1; p=bogus; rua=mailto:a@firm.example", UNPROVEN),
        ("p=reject; v=DMARC1", UNPROVEN),  # the version comes first
        ("V=DMARC1; p=reject", UNPROVEN),
        ("v=spf1 -all", UNPROVEN),
    ],
)
def test_a_failure_counts_as_the_domain_asks(zone: DnsServer, record: str, result: str) -> None:
    zone.text("_dmarc.firm.example", record)
    assert look(zone).result is result


def test_two_policies_are_none(zone: DnsServer) -> None:
    zone.text("_dmarc.firm.example", "v=DMARC1; p=reject", "v=DMARC1; p=none")
    assert look(zone).evidence == ("firm.example publishes no DMARC policy",)


def test_a_part_of_the_mail_draws_the_lighter_policy_and_always_the_same(zone: DnsServer) -> None:
    zone.text("_dmarc.firm.example", "v=DMARC1; p=quarantine; pct=50")
    letters = [LETTER + b"%d\r\n" % n for n in range(40)]
    drawn = [look(zone, letter).result for letter in letters]
    assert {FAIL, UNPROVEN} == set(drawn)
    assert [look(zone, letter).result for letter in letters] == drawn


@pytest.mark.parametrize(
    ("record", "exists", "result"),
    [
        ("v=DMARC1; p=reject", True, FAIL),
        ("v=DMARC1; p=reject; sp=none", True, UNPROVEN),
        ("v=DMARC1; p=none; sp=reject", True, FAIL),
        ("v=DMARC1; p=none; np=reject", True, UNPROVEN),
        ("v=DMARC1; p=none; np=reject", False, FAIL),
        ("v=DMARC1; p=reject; sp=quarantine; np=none", False, UNPROVEN),
    ],
)
def test_below_the_organisations_domain_its_policy_for_subdomains_holds(
    zone: DnsServer, record: str, exists: bool, result: str
) -> None:
    zone.text("_dmarc.firm.example", record)
    if exists:
        zone.records["sub.firm.example", "A"] = ["192.0.2.1"]
    letter = LETTER.replace(b"maria@firm", b"maria@sub.firm")
    assert look(zone, letter, sender="maria@sub.firm.example").result is result


@pytest.mark.parametrize(("mode", "result"), [("r", PASS), ("s", FAIL)])
def test_alignment_is_as_strict_as_the_domain_asks(zone: DnsServer, mode: str, result: str) -> None:
    zone.text("bounces.firm.example", "v=spf1 ip4:192.0.2.25 -all")
    zone.text("s1._domainkey.mail.firm.example", the_key().record)
    zone.text("_dmarc.firm.example", f"v=DMARC1; p=reject; aspf={mode}; adkim={mode}")
    assert look(zone, peer=MX, sender="b+1@bounces.firm.example").result is result
    assert look(zone, signed(domain="mail.firm.example")).result is result


def test_two_firms_below_one_public_suffix_are_not_one(zone: DnsServer) -> None:
    zone.text("_dmarc.firma.co.rs", "v=DMARC1; p=reject")
    zone.text("zla.co.rs", "v=spf1 +all")
    letter = LETTER.replace(b"maria@firm.example", b"maria@firma.co.rs")
    assert look(zone, letter, sender="x@zla.co.rs").result is FAIL


def test_a_domain_in_letters_beyond_ascii_is_asked_for_by_its_dns_name(zone: DnsServer) -> None:
    zone.text("_dmarc.xn--kola-f6a.example", "v=DMARC1; p=reject")
    letter = LETTER.replace(b"maria@firm.example", "maria@škola.example".encode())
    found = look(zone, letter, sender="x@evil.example")
    assert found.evidence[-1] == "DMARC fails under p=reject of xn--kola-f6a.example"


def test_the_null_sender_is_proven_by_its_greeting(zone: DnsServer) -> None:
    zone.text("mx.firm.example", "v=spf1 ip4:192.0.2.25 -all")
    assert look(zone, peer=MX, sender="").result is PASS
    assert look(zone, peer=Peer("192.0.2.25", "mx.evil.example"), sender="").result is FAIL


def test_what_an_evil_domain_proves_about_itself_is_no_proof_for_another(zone: DnsServer) -> None:
    found = look(zone, signed(domain="evil.example"), sender="bot@evil.example")
    assert found.result is FAIL
    assert found.evidence[0] == "SPF pass for evil.example"


def test_spf_stops_after_ten_questions(zone: DnsServer) -> None:
    for n in range(30):
        zone.text(f"s{n}.firm.example", f"v=spf1 include:s{n + 1}.firm.example -all")
    zone.text("firm.example", "v=spf1 include:s0.firm.example -all")
    assert look(zone).evidence[0] == "SPF permerror for firm.example"
    assert len([asked for asked in zone.asked if asked[1] == "TXT"]) < 15


@pytest.mark.parametrize(
    "record",
    ["v=spf1 ip4:999.1.1.1", "v=spf1 %{", "v=spf1 a:%{i}.%{d}.\\255 -all", "v=spf1 redirect="],
)
def test_a_hostile_spf_record_proves_nothing(zone: DnsServer, record: str) -> None:
    zone.text("firm.example", record)
    assert look(zone).result is FAIL


def test_an_answer_too_long_for_udp_comes_by_tcp(zone: DnsServer) -> None:
    many = " ".join(f"ip4:198.51.100.{n}" for n in range(1, 120))
    zone.text("firm.example", f"v=spf1 {many} ip4:192.0.2.25 -all")
    assert look(zone, peer=MX).result is PASS


def test_spf_looks_into_mx_ptr_and_ipv6(zone: DnsServer) -> None:
    zone.text("firm.example", "v=spf1 mx ptr:firm.example -all")
    zone.records["firm.example", "MX"] = ["10 in.firm.example."]
    zone.records["in.firm.example", "AAAA"] = ["2001:db8::25"]
    zone.records["7.2.0.192.in-addr.arpa", "PTR"] = ["out.firm.example."]
    zone.records["out.firm.example", "A"] = ["192.0.2.7"]
    zone.records["in.firm.example", "A"] = ["192.0.2.1"]
    assert look(zone, peer=Peer("2001:db8::25", "in.firm.example")).result is PASS
    assert look(zone, peer=Peer("192.0.2.7", "out.firm.example")).result is PASS
    assert look(zone, peer=Peer("192.0.2.8", "out.firm.example")).result is FAIL


# --- Signatures that look valid, and are worth less ---


def test_a_changed_body_breaks_the_signature(zone: DnsServer) -> None:
    found = look(zone, signed().replace(b"They fail.", b"They work."))
    assert found.result is FAIL
    assert "its DKIM signature of firm.example is not valid" in found.evidence


def test_a_signature_of_a_part_of_the_body_proves_nothing(zone: DnsServer) -> None:
    found = look(zone, signed(length=True) + b"Pay to this account.\r\n")
    assert found == Authentication(UNPROVEN, ("firm.example signed a part of it only",))


def test_a_signature_that_leaves_the_author_out_is_none(zone: DnsServer) -> None:
    careless = the_key().sign_without_author(LETTER, "firm.example")
    assert dkim.verify(careless, dnsfunc=lambda name, timeout: the_key().record.encode())
    assert look(zone, careless).result is FAIL


def test_a_sha1_signature_is_none(zone: DnsServer) -> None:
    assert look(zone, signed(signature_algorithm=b"rsa-sha1")).result is FAIL


@pytest.mark.parametrize("flag", ["; t=y", "; t=s:y"])
def test_a_key_in_test_mode_is_none(zone: DnsServer, flag: str) -> None:
    zone.text("s1._domainkey.firm.example", the_key().record + flag)
    assert look(zone, signed()).result is FAIL


def test_a_key_that_would_keep_us_computing_is_none(zone: DnsServer) -> None:
    zone.text("s1._domainkey.firm.example", the_key().record + "; n=" + "x" * 2_000)
    assert look(zone, signed()).result is FAIL


def test_a_second_author_on_top_of_a_signed_mail_is_not_proven(zone: DnsServer) -> None:
    forged = b"From: boss@firm.example\r\n" + signed()
    assert look(zone, forged, peer=MX).result is UNPROVEN
    assert look(zone, forged).result is not PASS
    both = LETTER.replace(b"<maria@firm.example>", b"<maria@firm.example>, boss@firm.example")
    assert look(zone, both, peer=MX).evidence[-1] == "but it names more than one author"


@pytest.mark.parametrize("breaker", [b"\r", b"\r\r", b"\0"])
def test_headers_that_two_readers_read_differently_prove_nothing(
    zone: DnsServer, breaker: bytes
) -> None:
    # One reader's unsigned field is another's author, and the signed mail behind it his words.
    hidden = b"X-Note: a\rFrom: boss@firm.example" + breaker + b"Pay now.\r\n"
    assert look(zone, hidden + signed()).result is UNPROVEN


@pytest.mark.parametrize(
    "hostile",
    [
        LETTER.replace(b"They fail.", b" " * 2_000_000 + b"x"),
        b"DKIM-Signature: v=1; a=rsa-sha256; d=firm.example; b="
        + b" " * 100_000
        + b"\r\n"
        + LETTER,
        b"DKIM-Signature: v=1; a=rsa-sha256; d=firm.example\r\n" * 400 + LETTER,
        b"X: y\r\n" + b" z\r\n" * 200_000 + LETTER,
        b"ARC-Seal: i=1; d=lists.example;\r\n" * 400 + LETTER,
        b"Authentication-Results: " + b"(" * 60_000 + b"\r\n" + LETTER,
    ],
)
def test_no_mail_keeps_us_busy(zone: DnsServer, hostile: bytes) -> None:
    signature = signed().removesuffix(LETTER)
    began = time.process_time()
    look(zone, signature + hostile)
    assert time.process_time() - began < 5


# --- When the DNS says nothing ---


@pytest.mark.parametrize(
    "name", ["_dmarc.firm.example", "firm.example", "s1._domainkey.firm.example"]
)
def test_a_silent_dns_leaves_it_unproven_and_worth_another_look(zone: DnsServer, name: str) -> None:
    mail = signed().replace(b"They fail.", b"They work.") if "domainkey" in name else LETTER
    zone.silent.add(name)
    found = look(zone, mail, seconds=0.4)
    assert (found.result, found.unanswered) == (UNPROVEN, True)
    zone.silent.clear()
    assert look(zone, mail).result is FAIL


def test_a_failing_dns_server_is_a_silent_one(zone: DnsServer) -> None:
    zone.broken.add("_dmarc.firm.example")
    assert look(zone, seconds=0.4).unanswered


def test_a_signature_proves_even_where_spf_is_silent(zone: DnsServer) -> None:
    zone.silent.add("firm.example")
    assert look(zone, signed(), seconds=4.5).result is PASS


def test_the_seconds_are_for_all_questions_together(zone: DnsServer) -> None:
    zone.silent.add("")
    began = time.monotonic()
    assert look(zone, signed(), seconds=0.5).unanswered
    assert time.monotonic() - began < 2


# --- Our own network ---


@pytest.mark.parametrize("peer", [Peer("127.0.0.1"), Peer("::1"), Peer("::ffff:127.0.0.1")])
def test_what_is_written_on_our_own_network_is_ours(zone: DnsServer, peer: Peer) -> None:
    assert look(zone, peer=peer).result is PASS
    assert zone.asked == []


def test_what_a_relay_of_ours_hands_on_is_not(zone: DnsServer) -> None:
    relayed = b"Received: from bot.evil.example by mx.b2bee.example; now\r\n" + LETTER
    assert look(zone, relayed, peer=Peer("127.0.0.1")).result is UNPROVEN
    assert look(zone, signed(relayed), peer=Peer("127.0.0.1")).result is PASS


def test_who_logged_in_is_believed(zone: DnsServer) -> None:
    assert look(zone, peer=Peer("203.0.113.66", login="maria")).result is PASS


PIECES = st.sampled_from(
    [
        b"From: maria@firm.example",
        b"From: <",
        b"From: =?utf-8?q?=00?= <a@\xc5\xa1.example>, b@c",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=firm.example; s=s1; h=from:from; bh=; b=",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=firm.example; s=s1; c=relaxed/x; l=9; bh=AA; b=AA",
        b"DKIM-Signature: d=firm.example;;=;a",
        b"ARC-Seal: i=1; a=rsa-sha256; d=lists.example; s=s1; cv=none; b=AA==",
        b"ARC-Message-Signature: i=1; d=lists.example; h=arc-seal",
        b"ARC-Authentication-Results: i=1; lists.example; dmarc=pass header.from=firm.example",
        b"Authentication-Results: mx.provider.example; dmarc=fail header.from=firm.example",
        b"Authentication-Results: mx.provider.example 2; dmarc",
        b"Received: by (",
        b" folded",
        b"\xff\xfe: x",
        b"",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=9), st.binary(max_size=40), st.sampled_from([MX, STRANGER, BOX]))
def test_nothing_written_in_a_mail_makes_the_look_fail(
    pieces: list[bytes], rest: bytes, peer: Peer
) -> None:
    class Zone:
        def ask(self, name: str, kind: str, seconds: float) -> list[Any]:
            known = {"_dmarc.firm.example": b"v=DMARC1; p=reject", "firm.example": b"v=spf1 -all"}
            text = the_key().record.encode() if "_domainkey" in name else known.get(name)
            return [text] if text and kind == "TXT" else []

    content = b"\r\n".join(pieces) + b"\r\n" + rest
    envelope = Envelope(Channel.EMAIL, "support", "x", "@", (ACCOUNT.address,), NOW, peer)
    arrival = Arrival(envelope, content)
    message = understand(arrival, {"support": ACCOUNT}, b"key")
    found = Authenticator(Zone(), TRUST).verdict(arrival, message, 5)
    assert found.result is not PASS
    assert not [words for words in found.evidence if "failed" in words]


def test_history_is_not_looked_at(zone: DnsServer) -> None:
    envelope = Envelope(Channel.EMAIL, "support", "x", "", (), NOW, MX, history=True)
    arrival = Arrival(envelope, LETTER)
    message = understand(arrival, {"support": ACCOUNT}, b"key")
    authenticator = Authenticator(Dns([("127.0.0.1", zone.port)]), TRUST)
    assert authenticator.verdict(arrival, message, 5).evidence == ("history is not looked at",)
    assert zone.asked == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"Subject: no author\r\n\r\nx", b"\r\n\r\n"])
def test_what_names_no_author_is_unproven(zone: DnsServer, content: bytes) -> None:
    assert look(zone, content).result is UNPROVEN
