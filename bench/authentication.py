"""Time to find out who wrote a mail, with a DNS server on loopback that answers at once.

    PYTHONPATH=. .venv/bin/python bench/authentication.py [--runs 200]

Cold asks the server for everything; warm has the answers still (they hold as long as the DNS says).
What a real DNS takes comes on top of cold: two to six questions, one after another. `cpu` is the
processor's time of a cold one without the server's: other work on the machine disturbs it least.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network

from channels.mail.authentication import Authenticator, Dns, Trust
from channels.mail.understand import understand
from rules.model import Account, Arrival, Channel, Envelope, Peer
from tests.dns_server import DnsServer
from tests.signing import the_key

HEAD = (
    b"From: Maria <maria@firm.example>\r\nTo: support@b2bee.example\r\nSubject: Orders\r\n"
    b"Date: Wed, 4 Mar 2026 10:00:00 +0100\r\nMessage-ID: <1@firm.example>\r\n\r\n"
)
TRUST = Trust(networks=(ip_network("127.0.0.0/8"),))
OURS, MX, STRANGER = Peer("127.0.0.1"), Peer("192.0.2.25", "mx"), Peer("203.0.113.66", "bot")


def mails() -> Iterator[tuple[str, bytes, Peer, int]]:
    """What it is, the mail, who hands it over, how many runs of a hundred it gets."""
    small = HEAD + b"They fail since nine o'clock, all of them.\r\n" * 90
    yield "on our own network, 4 KB", small, OURS, 100
    yield "SPF pass, 4 KB", small, MX, 100
    yield "DKIM pass, 4 KB", the_key().sign(small, "firm.example"), STRANGER, 100
    yield "fail, 4 KB", small, STRANGER, 100
    for size in (1_000_000, 25_000_000):
        lines = os.urandom(size * 3 // 8).hex()
        body = "\r\n".join(lines[i : i + 76] for i in range(0, len(lines), 76)).encode()
        signed = the_key().sign(HEAD + body + b"\r\n", "firm.example")
        yield f"DKIM pass, {len(signed) / 1e6:.0f} MB", signed, STRANGER, 100_000_000 // size // 10


def measure(authenticator: Authenticator, mail: bytes, peer: Peer) -> tuple[float, float]:
    """Milliseconds for one verdict, by the clock and of this thread."""
    now = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    envelope = Envelope(
        Channel.EMAIL, "support", "x", "m@firm.example", ("s@b.example",), now, peer
    )
    arrival = Arrival(envelope, mail)
    account = Account("support", "Support", "support@b2bee.example")
    message = understand(Arrival(envelope, HEAD), {"support": account}, b"key")
    began, used = time.perf_counter(), time.thread_time()
    authenticator.verdict(arrival, message, 5.0)
    return (time.perf_counter() - began) * 1000, (time.thread_time() - used) * 1000


def main() -> None:
    """Print a row for each kind of mail."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    server = DnsServer()
    server.text("firm.example", "v=spf1 ip4:192.0.2.25 -all")
    server.text("_dmarc.firm.example", "v=DMARC1; p=reject")
    server.text("s1._domainkey.firm.example", the_key().record)
    print(f"{'median ms':28}{'cold':>10}{'warm':>10}{'cpu':>10}{'runs':>8}")
    try:
        for name, mail, peer, percent in mails():
            count = max(3, min(runs, runs * percent // 100))
            servers = [("127.0.0.1", server.port)]
            warm = Authenticator(Dns(servers), TRUST)
            measure(warm, mail, peer)
            cold = [measure(Authenticator(Dns(servers), TRUST), mail, peer) for _ in range(count)]
            again = [measure(warm, mail, peer) for _ in range(count)]
            series = ([wall for wall, _ in cold], [wall for wall, _ in again], [c for _, c in cold])
            figures = "".join(f"{statistics.median(each):10.2f}" for each in series)
            print(f"{name:28}{figures}{count:8}")
    finally:
        server.close()


if __name__ == "__main__":
    main()
