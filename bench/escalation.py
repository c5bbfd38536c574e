"""What seeing deadlines costs: idle, all at once, and until a provider has the ping.

    PYTHONPATH=. .venv/bin/python bench/escalation.py [--armed 1000000] [--due 50000] [--daemons 4]

PostgreSQL is a private one in a temporary folder, with its own settings (fsync on). `idle`: sweeps
that find nothing due among so many armed timers. `herd`: so many timers due at once, each of a
request with a message, looked at by so many processes; every one must be looked at once. `live`:
`supportd run` as a process with a relay on this machine, timers that fall due over half a minute:
from the threshold until the ping is in the outbox, and until the relay has taken it. Once the pings
are for a hundred persons, so that each goes alone, and once for one, to whom at most three a minute
go alone and the rest is gathered, one message in ten seconds.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from daemon import parts
from daemon.config import load
from daemon.desk import Desk
from daemon.metrics import Metrics
from daemon.store_thread import StoreThread
from daemon.watch import Watch
from rules import escalation
from rules.model import Audience, Deadline, Fate, Purpose, Severity, Whom
from storage.engine import open_database
from storage.messages import CUSTOMER
from storage.schema import InboxRow, MessageRow, RequestRow, TimerRow
from storage.store import Store
from tests.postgresql import Cluster
from tests.smoke.conftest import Daemon, Relay
from tests.storage.nouns import a_message, a_request, an_arrival


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 - a measurement


def watch(config: Path) -> tuple[Store, Watch]:
    """The daemon's own watch, without the rest of it."""
    settings = load(config, {}, demo=False)
    book = parts.playbook(settings)
    store = parts.open_store(settings)
    notices = parts.notices(store, book, settings)
    thread = StoreThread(store)
    desk = Desk(book, notices)
    return store, Watch(thread, book, notices, desk, parts.now, Metrics(), lambda: None)


def fill(
    config: Path,
    url: str,
    count: int,
    due: Callable[[str], str],
    said: bool = False,
    people: Sequence[str] = (),
) -> None:
    """Arm so many timers, each over a request of its own; `due` is SQL, of a number's name.

    With a customer's message in each if `said`; for these people in turn, else for the on-call.
    """
    store, watching = watch(config)
    at = now()
    request = a_request(
        contract_id=None, received_at=at, clock_starts_at=at, plan="always", policy="", epoch=0
    )
    request = replace(
        request,
        severity=Severity.MINOR,
        account="support",
        first_response_due_at=at + timedelta(hours=1),
        policy=watching.playbook.policy.version,
    )
    request = store.write(lambda tx: tx.requests.add(request))
    deadline = Deadline(at, at + timedelta(hours=1), ())
    timer = escalation.arm(
        watching.playbook, request.id, Purpose.FIRST_RESPONSE, "always", Severity.MINOR, deadline
    )
    assert timer.policy is not None
    for name in people:
        told = (Audience(Whom.PERSON, name),)
        steps = tuple(replace(step, tells=told) for step in timer.policy.steps)
        own = replace(timer, policy=replace(timer.policy, name=name, steps=steps))
        store.write(lambda tx, own=own: tx.timers.arm(own))
    if not people:
        store.write(lambda tx: tx.timers.arm(timer))
    if said:
        store.write(lambda tx: tx.inbox.take([an_arrival()], at))
        message = a_message(new_text="Since this morning nothing can be sent from here.\n" * 12)
        store.write(lambda tx: tx.messages.add(message, CUSTOMER, request.id, 1))
        store.write(lambda tx: tx.inbox.settle(1, Fate.OPENED, "", request.id, 1))
    store.close()
    database = open_database(url)
    database.write(lambda session: _clone(session, count, due, said))
    database.close()
    if people:
        run(
            url,
            "UPDATE timer SET policy = p.digest FROM (SELECT digest, row_number() OVER () AS n"
            f" FROM escalationpolicy) p WHERE p.n = 1 + request_id % {len(people)}",
        )


def _clone(session: Session, count: int, due: Callable[[str], str], said: bool) -> None:
    connection = session.connection()
    postgresql = connection.dialect.name == "postgresql"
    series = (
        f"generate_series(2, {count}) AS s(n)"
        if postgresql
        else f"(WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < {count})"
        " SELECT n FROM c) AS s"
    )
    tables: list[tuple[Any, str, dict[str, str]]] = [
        (RequestRow, "id", {}),
        (TimerRow, "request_id", _instants(due("s.n"), postgresql)),
    ]
    if said:
        tables.append((InboxRow, "id", {"external_id": "'copy ' || s.n", "request_id": "s.n"}))
        own = {"key": "'copy ' || s.n", "inbox_id": "s.n", "request_id": "s.n"}
        tables.append((MessageRow, "id", own))
    for table, key, changed in tables:
        names = [f'"{c.name}"' for c in table.__table__.columns]
        wanted = ["s.n" if n == f'"{key}"' else changed.get(n.strip('"'), f"t.{n}") for n in names]
        name = table.__tablename__
        connection.execute(
            text(
                f"INSERT INTO {name} ({', '.join(names)}) SELECT {', '.join(wanted)}"
                f" FROM {name} t, {series} WHERE t.{key} = 1"
            )
        )
    changed = ", ".join(f"{k} = {v}" for k, v in _instants(due("1"), postgresql).items())
    connection.execute(text(f"UPDATE timer SET {changed} WHERE request_id = 1"))
    if postgresql:
        connection.execute(text(f"SELECT setval('request_id_seq', {count})"))


def _instants(due: str, postgresql: bool) -> dict[str, str]:
    """Of a timer whose first step, half-way to the deadline of an hour, is due at an instant."""

    def at(minutes: int) -> str:
        if postgresql:
            return f"{due} + interval '{minutes} minutes'"
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', {due}, '{minutes} minutes')"

    return {"clock_starts_at": at(-30), "next_at": at(0), "due_at": at(30)}


def idle(url: str, config: Path, armed: int, rounds: int) -> str:
    """Sweeps with nothing due."""
    if url.startswith("sqlite"):
        fill(config, url, armed, lambda n: f"datetime('now', '+' || (1000000 + {n}) || ' seconds')")
    else:
        fill(config, url, armed, lambda n: f"now() + (1000000 + {n}) * interval '1 second'")
    run(url, "ANALYZE")
    store, watching = watch(config)

    async def sweeps() -> list[float]:
        return [await _timed(watching) for _ in range(rounds)]

    began = time.process_time()
    found = asyncio.run(sweeps())[10:]
    cpu = (time.process_time() - began) / rounds * 1000
    store.close()
    return f"{in_words(found, 'ms', 1000)}; CPU {cpu:.2f} ms each"


async def _timed(watching: Watch) -> float:
    began = time.perf_counter()
    assert not await watching.look(), "something was due"
    return time.perf_counter() - began


def run(url: str, statement: str) -> None:
    """In a transaction of its own."""
    database = open_database(url)
    database.write(lambda session: session.connection().execute(text(statement)))
    database.close()


def ask(url: str, question: str) -> list[tuple[object, ...]]:
    """All rows of an answer."""
    database = open_database(url)
    found = database.read(lambda s: [tuple(r) for r in s.connection().execute(text(question))])
    database.close()
    return found


def sweep_all(config: Path, go: float, done: "multiprocessing.Queue[tuple[float, float]]") -> None:
    """One process of the herd: look until nothing is left; say when, and the CPU it took."""
    store, watching = watch(config)
    time.sleep(max(0.0, go - time.time()))  # noqa: TID251 - all begin together

    async def look() -> None:
        while await watching.look():
            pass

    began = time.process_time()
    asyncio.run(look())
    done.put((time.time(), time.process_time() - began))  # noqa: TID251
    store.close()


def herd(cluster: Cluster, url: str, config: Path, due: int, daemons: int) -> str:
    """All due at once."""
    now = "date_trunc('second', now())"
    fill(config, url, due, lambda n: f"{now} - ({n} % 100) * interval '1 ms'", said=True)
    run(url, "ANALYZE")
    go = time.time() + 6  # noqa: TID251
    context = multiprocessing.get_context("spawn")
    done: multiprocessing.Queue[tuple[float, float]] = context.Queue()
    each = [context.Process(target=sweep_all, args=(config, go, done)) for _ in range(daemons)]
    for process in each:
        process.start()
    time.sleep(max(0.0, go - time.time()))  # noqa: TID251 - what comes before is not counted
    server = server_cpu(cluster)
    ended = [done.get() for _ in each]
    server = (server_cpu(cluster) - server) / due * 1000
    seconds = max(at for at, _ in ended) - go
    cpu = sum(cpu for _, cpu in ended) / due * 1000
    for process in each:
        process.join()
    (left,) = ask(url, "SELECT count(*) FROM timer WHERE next_at <= now() OR told = 0")
    (pinged,) = ask(
        url, "SELECT count(*), count(DISTINCT request_id) FROM outbox WHERE kind='ping'"
    )
    (twice,) = ask(
        url,
        "SELECT count(*) FROM (SELECT 1 FROM history WHERE what LIKE 'pinged%' OR what LIKE"
        " '%digest%' GROUP BY request_id HAVING count(*) > 1) AS x",
    )
    return (
        f"{seconds:.1f} s, {due / seconds:.0f} a second; {left[0]} left, {pinged[1]} requests with"
        f" {pinged[0]} pings, {twice[0]} decided twice; CPU each {cpu:.2f} ms in the daemons,"
        f" {server:.2f} ms in the server"
    )


def server_cpu(cluster: Cluster) -> float:
    """Seconds, of the server and all of its processes, those that have ended too."""
    parent, ticks = cluster.pid, 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(stat.parent.name) == parent:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == parent:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def live(url: str, folder: Path, timers: int, persons: int) -> str:
    """A real daemon and a relay of this machine."""
    relay = Relay()
    daemon = Daemon(folder, relay, url)
    names = [f"p{n}" for n in range(persons)]
    config = daemon.config.read_text().replace('people = ["ana"]', f"people = {json.dumps(names)}")
    for name in names:
        ways = f'ways = ["mail:{name}@b2bee.example"]\naddresses = ["{name}@b2bee.example"]'
        config += f'\n[people.{name}]\nname = "{name}"\n{ways}\n'
    daemon.config.write_text(config.replace('["boss"]', '["boss", "ana"]'))
    later = "now() + interval '1 day'"
    fill(daemon.config, url, timers, lambda _: later, said=True, people=names)
    daemon.start()
    due = f"now() + interval '2 s' + request_id * interval '{30 / timers} s'"
    changes = ", ".join(f"{name} = {at}" for name, at in _instants(due, True).items())
    run(url, f"UPDATE timer SET {changes}")
    run(url, "CREATE TABLE due AS SELECT request_id, next_at FROM timer")
    end = time.monotonic() + 120
    waits = "SELECT count(*) FROM timer WHERE told = 0"
    unsent = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unknown')"
    while ask(url, waits)[0][0] or ask(url, unsent)[0][0]:
        assert time.monotonic() < end, "not all were told"
        time.sleep(1)
    took = ask(
        url,
        "SELECT extract(epoch FROM o.created_at - d.next_at), extract(epoch FROM o.sent_at -"
        " d.next_at) FROM outbox o JOIN due d ON d.request_id = o.request_id WHERE kind = 'ping'",
    )
    daemon.stop()
    relay.stop()
    queued = in_words([float(str(q)) for q, _ in took], "s", 1)
    accepted = in_words([float(str(a)) for _, a in took if a is not None], "s", 1)
    mails = len(relay.taken)
    return f"{len(took)} pings in {mails} mails; queued: {queued}; accepted: {accepted}"


def in_words(found: list[float], unit: str, factor: float) -> str:
    """The middle and the end of a distribution."""
    hundredths = statistics.quantiles(found, n=100)
    p50, p99 = hundredths[49] * factor, hundredths[98] * factor
    return f"p50 {p50:.2f} {unit}, p99 {p99:.2f} {unit}, most {max(found) * factor:.2f} {unit}"


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--armed", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--due", type=int, default=50_000)
    parser.add_argument("--daemons", type=int, default=4)
    parser.add_argument("--timers", type=int, default=300)
    asked = parser.parse_args()
    relay = Relay()
    cluster = Cluster()
    with tempfile.TemporaryDirectory() as folder:
        try:

            def place(name: str, url: str) -> tuple[str, Path]:
                (Path(folder) / name).mkdir()
                return url, Daemon(Path(folder) / name, relay, url).config

            def fresh(name: str) -> tuple[str, Path]:
                return place(name, cluster.url(cluster.create()))

            def said(what: str, figures: str) -> None:
                load = os.getloadavg()[0]
                print(f"{what:16}{figures}  (load {load:.0f})", flush=True)

            lite = place("sqlite", f"sqlite:///{folder}/x.db")
            said("idle SQLite", idle(*lite, asked.armed, asked.rounds))
            said("idle PostgreSQL", idle(*fresh("idle"), asked.armed, asked.rounds))
            herding = herd(cluster, *fresh("herd"), asked.due, asked.daemons)
            said(f"herd {asked.daemons}", herding)
            for persons in (100, 1):
                url = cluster.url(cluster.create())
                home = Path(folder) / f"live-{persons}"
                home.mkdir()
                said(f"live, to {persons}", live(url, home, asked.timers, persons))
        finally:
            relay.stop()
            cluster.remove()


if __name__ == "__main__":
    main()
