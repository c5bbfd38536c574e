"""Several daemons on one PostgreSQL: all work, and what one leaves behind the others take over."""

import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import SOAK, need
from tests.dovecot import Dovecot
from tests.slack_peer import BOT, SECRET, SlackPeer
from tests.smoke.conftest import SUPPORTD, Daemon
from tests.smoke.test_kill import Load, words
from tests.smoke.test_mailboxes import LETTER, add
from tests.waiting import wait_until

Start = Callable[[int], list[Daemon]]


@pytest.fixture
def database(durable: Any) -> Iterator[str]:
    name = durable.create()
    yield durable.url(name)
    durable.drop(name)


@pytest.fixture
def several(tmp_path: Path, relay: Any, database: str) -> Iterator[Start]:
    """Makes so many daemons, not started yet."""
    need(SUPPORTD.exists(), "supportd is not installed beside this Python")
    made: list[Daemon] = []

    def make(count: int) -> list[Daemon]:
        for number in range(count):
            (tmp_path / str(number)).mkdir()
            made.append(Daemon(tmp_path / str(number), relay, database, bool(made)))
        return made

    yield make
    for daemon in made:
        if daemon.process and daemon.process.poll() is None:
            daemon.process.send_signal(signal.SIGCONT)
            daemon.kill()


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def reader(url: str, daemons: list[Daemon]) -> Daemon | None:
    """Which of them reads the mailbox."""
    held = ask(url, "SELECT holder FROM lease WHERE name LIKE 'mailbox:%' AND until_at > now()")
    pids = [holder.split(":")[1] for (holder,) in held]
    found = [d for d in daemons if d.process and str(d.process.pid) in pids]
    return found[0] if found else None


def opened(url: str) -> Counter[str]:
    """How many requests each message id has opened."""
    return Counter(dict(ask(url, "SELECT message_id, count(*) FROM message GROUP BY message_id")))


def sent_twice(relay: Any) -> dict[str, int]:
    """The receipts, and the pings to one person, that the relay took more than once."""
    ids = Counter(str(mail["Message-ID"]) for _, _, mail in list(relay.taken))
    return {id: count for id, count in ids.items() if count > 1}


def test_a_reader_that_sleeps_loses_its_mailbox_and_does_nothing_twice_when_it_wakes(
    several: Start, relay: Any, dovecot: Dovecot, database: str
) -> None:
    daemons = several(2)
    for daemon in daemons:
        add(daemon, "box", dovecot.port)
        daemon.start(wait=False)
    for daemon in daemons:
        daemon.wait_until_ready()
    looked = "SELECT 1 FROM memory WHERE name LIKE 'imap:%'"
    wait_until(lambda: ask(database, looked), "no first look")
    for n in range(4):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    wait_until(lambda: len(opened(database)) == 4, "nothing was opened")
    asleep = reader(database, daemons)
    assert asleep is not None
    assert asleep.process is not None
    asleep.process.send_signal(signal.SIGSTOP)
    for n in range(4, 8):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    wait_until(lambda: reader(database, daemons) not in (asleep, None), "not taken over")
    wait_until(lambda: len(opened(database)) == 8, "lost what came meanwhile")
    asleep.process.send_signal(signal.SIGCONT)
    for n in range(8, 10):
        dovecot.deliver("box", LETTER.format(n=n).encode())
    everything = {f"{n}@always.example": 1 for n in range(10)}
    wait_until(lambda: opened(database) == everything, "lost or doubled")
    (count,) = ask(database, "SELECT count(*) FROM request")
    assert count == (10,)
    for daemon in daemons:
        assert daemon.stop() == 0
    assert sent_twice(relay) == {}
    assert ask(database, "SELECT name FROM lease") == []  # let go in order


class Losing:
    """A tenth of the answers, while luck is not steady."""

    def __init__(self, seed: int) -> None:
        self._luck = random.Random(seed)
        self.steady = False
        self.lost = 0

    def __call__(self, method: str = "chat.postMessage") -> bool:
        loses = method == "chat.postMessage" and not self.steady and self._luck.random() < 0.1
        self.lost += loses
        return loses


def pages_ana_in(slack: SlackPeer, daemon: Daemon) -> None:
    """By Slack, which can be asked what it took, and by the relay, which cannot; once a request."""
    ways = f'ways = ["slack:{slack.users["ana"]}", "mail:ana'
    text = daemon.config.read_text().replace('ways = ["mail:ana', ways)
    text = text.replace('within = "1h"', 'within = "48h"')  # the next step is far away
    daemon.config.write_text(
        f"""{text}
[slack]
bot_token = "{BOT}"
signing_secret = "{SECRET}"
api_url = "{slack.url}"
"""
    )


def a_minute_later(url: str) -> None:
    """What dead daemons had in hand may be taken up again, and what failed be tried again."""
    with psycopg.connect(url) as connection:
        for held in ("lease SET until_at", "outbox SET lease_until", "outbox SET try_at"):
            column = held.rpartition(" ")[2]
            connection.execute(f"UPDATE {held} = now() - interval '1 s' WHERE {column} IS NOT NULL")


def two_serve(daemons: list[Daemon]) -> bool:
    """Whether there is anybody to kill; who ended since the machine is too busy comes again."""
    for daemon in daemons:
        if daemon.process and daemon.process.poll() is not None:
            daemon.start(wait=False)  # as systemd would
    return sum(daemon.answers("/readyz") for daemon in daemons) > 1


def named(text: str) -> list[int]:
    """The requests that a ping tells of: one, or several that were gathered."""
    return [int(number) for number in re.findall(r"#(\d+) Always", text)]


def told_in_slack(slack: SlackPeer) -> Counter[int]:
    """How often Ana was told of each request."""
    posted = slack.called("chat.postMessage")
    pings = [p for p in posted if '"id": "ping' in p["metadata"]]
    alone = [re.findall(r'"id": "ping-(\d+)-', ping["metadata"]) for ping in pings]
    lines = [re.findall(r'"block_id": "supportd:(\d+)"', ping.get("blocks", "")) for ping in pings]
    found = zip(alone, lines, strict=True)
    return Counter(int(number) for one, several in found for number in one or several)


def told_by_mail(relay: Any) -> Counter[int]:
    """How often Ana was told of each request."""
    mails = [m for m in relay.to("ana@b2bee.example") if "+answer" not in str(m["Reply-To"])]
    owed = [words(m) if "requests are owed" in m["Subject"] else m["Subject"] for m in mails]
    return Counter(number for text in owed for number in named(text))


def owed(url: str, way: str) -> Counter[int]:
    """How often Ana was to be told of each request."""
    pings = "kind = 'ping' AND person = 'ana' AND state = 'sent'"
    question = f"SELECT request_id, count(*) FROM outbox WHERE {pings} AND way_kind = '{way}'"
    return Counter(dict(ask(url, f"{question} GROUP BY request_id")))


@pytest.mark.timeout(3600)
def test_four_daemons_killed_among_peers_that_lose_answers_lose_nothing_and_double_nothing(
    several: Start, relay: Any, slack: SlackPeer, database: str
) -> None:
    luck, kills = random.Random(20260306), 100 if SOAK else 3
    relay.loses = by_mail = Losing(15)
    slack.loses = in_slack = Losing(2)
    daemons = several(4)
    for daemon in daemons:
        pages_ana_in(slack, daemon)
        daemon.start(wait=False)
    wait_until(lambda: two_serve(daemons), "none serves", within=240)
    loads = [Load(d.smtp, f"load{i}", 8 if SOAK else 2) for i, d in enumerate(daemons)]
    for load in loads:
        load.start()
    for _ in range(kills):
        time.sleep(luck.uniform(0.2, 2.0))
        wait_until(lambda: two_serve(daemons), "none serves", within=600)
        victim = luck.choice(daemons)
        victim.kill()
        victim.start(wait=False)
    wait_until(
        lambda: two_serve(daemons) and in_slack.lost and by_mail.lost, "all answered", within=240
    )
    for load in loads:
        load.stop()
    by_mail.steady = in_slack.steady = True
    for daemon in daemons:
        daemon.kill()
    a_minute_later(database)
    for daemon in daemons[:2]:  # the others never come back
        daemon.start(wait=False)
    taken = [id for load in loads for id in load.taken]
    assert len(taken) > 4  # the load was real

    def settled() -> bool:
        two_serve(daemons[:2])
        undecided = ask(database, "SELECT 1 FROM inbox WHERE fate IS NULL LIMIT 1")
        waiting = "state IN ('pending', 'sending', 'unknown')"
        waits = ask(database, f"SELECT 1 FROM outbox WHERE {waiting} LIMIT 1")
        return len(opened(database)) >= len(taken) and not undecided and not waits

    wait_until(settled, "requests or pings are missing", within=1800 if SOAK else 300)
    counted = opened(database)
    assert {id: counted[id] for id in taken if counted[id] != 1} == {}
    openings = "SELECT request_id FROM history WHERE what = 'opened' GROUP BY request_id"
    assert ask(database, f"{openings} HAVING count(*) > 1") == []
    failed = ask(database, "SELECT DISTINCT kind, error FROM outbox WHERE state = 'failed'")
    assert set(failed) <= {("receipt", "may have been sent, cannot be asked")}
    by_slack, by_relay = owed(database, "slack"), owed(database, "mail")
    requests = {id for (id,) in ask(database, "SELECT id FROM request WHERE id > 0")}
    assert by_slack.keys() == by_relay.keys() == requests
    assert told_in_slack(slack) == by_slack
    again = told_by_mail(relay) - by_relay
    assert told_by_mail(relay) - again == by_relay
    repeats = sum(count - 1 for count in sent_twice(relay).values())
    print(
        f"{kills} kills, {len(taken)} mails: Slack posted {len(slack.called('chat.postMessage'))},"
        f" {in_slack.lost} answers lost, told again 0;"
        f" the relay took {len(relay.taken)}, {by_mail.lost} answers lost,"
        f" {repeats} sent again under the same Message-ID, {again.total()} pings told again"
    )
