"""Who wrote it, by the installed command: real SMTP in and out, a real DNS server."""

import json
import re
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from tests.dns_server import DnsServer
from tests.signing import the_key
from tests.waiting import wait_until

Daemon = Any  # the fixtures' classes; conftest is no module to import
Relay = Any


@pytest.fixture
def zone() -> Iterator[DnsServer]:
    zone = DnsServer()
    zone.text("_dmarc.always.example", "v=DMARC1; p=reject")
    zone.text("s1._domainkey.always.example", the_key().record)
    yield zone
    zone.close()


def post(daemon: Daemon, sender: str, to: str, subject: str, text: str, key: str = "") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = f"<{subject.replace(' ', '.')}@test.example>"
    mail.set_content(text)
    content = mail.as_bytes().replace(b"\n", b"\r\n")
    if key:
        content = the_key().sign(content, key)
    with smtplib.SMTP("127.0.0.1", daemon.smtp) as smtp:
        smtp.sendmail(sender, [to], content)


def test_forged_mail_is_held_and_an_unproven_answer_waits_for_its_writer(
    daemon: Daemon, relay: Relay, zone: DnsServer
) -> None:
    config = daemon.config.read_text().replace("[smtp]\n", "[smtp]\ntrusted_networks = []\n")
    config += f'[authenticity]\nnameservers = ["127.0.0.1:{zone.port}"]\n'
    daemon.config.write_text(config)
    daemon.start()
    maria, support = "maria@always.example", "support@b2bee.example"

    post(daemon, maria, support, "Orders fail", "No order can be sent.", key="always.example")
    wait_until(lambda: relay.to("ana@b2bee.example"), "nobody was told")
    post(daemon, maria, support, "Never mind", "Please pay to another account.")
    wait_until(lambda: len(daemon.requests()) == 2, "no second request")
    states = {r["subject"]: r["state"] for r in daemon.requests()}
    assert states == {"Orders fail": "open", "Never mind": "held"}
    shown = [json.loads(daemon.call("show", n, "--json"))["messages"][0] for n in "12"]
    assert [each["authenticity"] for each in shown] == ["pass", "fail"]
    assert "DMARC fails under p=reject" in daemon.call("show", "2")
    assert not [mail for mail in relay.to(maria) if "Never mind" in mail["Subject"]]

    copy = next(m for m in relay.to("ana@b2bee.example") if "+answer-1-" in str(m["Reply-To"]))
    post(daemon, "ana@b2bee.example", copy["Reply-To"], "Re: Orders fail", "It is repaired.")

    def command() -> re.Match[str] | None:
        letters = [m.get_payload() for m in relay.to("ana@b2bee.example")]
        return next((f for w in letters if (f := re.search(r"confirm (\d+) --as ana", w))), None)

    wait_until(command, "ana was not told")
    found = command()
    assert found is not None
    assert "queued for maria@always.example" in daemon.call("confirm", found[1], "--as", "ana")
    wait_until(lambda: any("repaired" in m.get_payload() for m in relay.to(maria)), "not answered")
    assert "is open" in daemon.call("release", "2", "--as", "ana")
    assert daemon.stop() == 0
