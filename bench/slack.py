"""How soon a message in Slack is stored, and how soon its thread has the receipt.

    .venv/bin/python bench/slack.py [--messages 1000] [--threads 50] [--alone 40]

A daemon of its own (SQLite, synchronous=FULL) and, in this process, a Slack that signs and posts
events and takes what the daemon posts. First single messages, each in a room of its own and each
waited for; then a burst over 16 connections, whose threads are compared with what was stored.
"""

import argparse
import asyncio
import hmac
import itertools
import json
import sqlite3
import statistics
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from process import free_port, memory_mb, supportd

SECRET = "secret"
CONNECTIONS = 16
TOPICS = ("Orders fail for everybody", "The price list looks odd", "How do I add a sales rep?")
CONFIG = """
[slack]
bot_token = "xoxb-bench"
signing_secret = "{secret}"
api_url = "http://127.0.0.1:{port}/api"
"""


class Slack:
    """What the daemon asks, answered at once; and events, posted."""

    def __init__(self) -> None:
        self.url = ""
        """Where the daemon hears events, once it runs."""
        self.posted: dict[str, float] = {}
        """When each thread had its first message of ours."""
        self._ts = itertools.count(int(time.time()) * 10**6)  # noqa: TID251 - Slack's clock

    async def answer(self, request: web.Request) -> web.Response:
        """Any method of the API."""
        form = await request.post()
        method = request.match_info["method"]
        answer: dict[str, Any] = {"ok": True}
        if method == "auth.test":
            answer |= {"user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0HOME"}
        elif method == "chat.postMessage":
            self.posted.setdefault(str(form["thread_ts"]), time.perf_counter())
            answer |= {"ts": self.stamp(), "channel": form["channel"]}
        elif method == "users.info":
            answer |= {"user": {"profile": {"real_name": f"Person {form['user']}"}}}
        return web.json_response(answer)

    def stamp(self) -> str:
        """A time stamp of Slack's, later than all before."""
        seconds, micros = divmod(next(self._ts), 10**6)
        return f"{seconds}.{micros:06}"

    async def say(
        self, session: aiohttp.ClientSession, ts: str, text: str, n: int, root: str = ""
    ) -> float:
        """Post an event; how long until it was acknowledged."""
        said = {"type": "message", "channel": f"D{n:08}", "channel_type": "im", "user": f"U{n:08}"}
        said |= {"text": text, "ts": ts, "event_ts": ts, "team": "T0HOME"}
        if root:
            said["thread_ts"] = root
        body = json.dumps({"type": "event_callback", "event_id": f"Ev{ts}", "event": said}).encode()
        at = str(int(time.time()))  # noqa: TID251 - Slack's clock
        digest = hmac.new(SECRET.encode(), b"v0:%s:%s" % (at.encode(), body), "sha256").hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={digest}",
        }
        begun = time.perf_counter()
        async with session.post(self.url, data=body, headers=headers) as answer:
            assert answer.status == 200, answer.status
        return time.perf_counter() - begun


async def measure(slack: Slack, arguments: argparse.Namespace, store: Path) -> None:
    """Both parts, told."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        await slack.say(session, slack.stamp(), TOPICS[0], 0)  # the model is loaded with the first
        await asyncio.sleep(15)
        waits, receipts = [], []
        for n in range(1, arguments.alone + 1):
            ts, begun = slack.stamp(), time.perf_counter()
            waits.append(await slack.say(session, ts, f"{TOPICS[n % 3]} ({n})", n))
            while ts not in slack.posted:
                await asyncio.sleep(0.002)
            receipts.append(slack.posted[ts] - begun)
        tell("alone: until stored", waits)
        tell("alone: until the receipt stands", receipts)
        roots = [slack.stamp() for _ in range(arguments.threads)]
        orders = [
            (slack.stamp() if turn else roots[n], n, turn)
            for turn in range(arguments.messages // arguments.threads)
            for n in range(arguments.threads)
        ]
        begun = time.perf_counter()
        burst = await asyncio.gather(
            *(
                slack.say(session, ts, f"{TOPICS[n % 3]}, {t}", 10_000 + n, roots[n] if t else "")
                for ts, n, t in orders
            )
        )
        print(f"burst: {len(burst)} stored in {time.perf_counter() - begun:.1f} s")
        await decided(store, arguments.alone + 1 + len(orders))
        print(f"burst: all decided after {time.perf_counter() - begun:.1f} s")
    in_order(store)


def tell(what: str, seconds: list[float]) -> None:
    """The median and the 99th percentile."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{what}: median {statistics.median(ordered) * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms")


async def decided(store: Path, count: int) -> None:
    """Return once so many arrivals are decided."""
    query = "SELECT count(*) FROM inbox WHERE fate IS NOT NULL"
    while True:
        with closing(sqlite3.connect(store, timeout=30)) as db:
            if db.execute(query).fetchone()[0] >= count:
                return
        await asyncio.sleep(0.5)


def in_order(store: Path) -> None:
    """Whether each thread is stored as it was said."""
    threads: dict[int, list[str]] = defaultdict(list)
    with closing(sqlite3.connect(store)) as db:
        query = "SELECT request_id, message_id FROM message WHERE request_id > 0 ORDER BY id"
        for request, message in db.execute(query):
            threads[request].append(message)
    wrong = sum(said != sorted(said) for said in threads.values())
    print(f"threads: {len(threads)}, of which {wrong} are not in order")


async def main() -> None:
    """Start both, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--alone", type=int, default=40)
    arguments = parser.parse_args()
    slack, port = Slack(), free_port()
    app = web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    with supportd(CONFIG.format(secret=SECRET, port=port)) as daemon:
        slack.url = f"http://127.0.0.1:{daemon.http}/slack/events"
        await until_ready(daemon.http)
        await measure(slack, arguments, daemon.store)
        now, most = memory_mb(daemon.pid), memory_mb(daemon.pid, most=True)
        print(f"memory of the daemon: {now:.0f} MB, at most {most:.0f} MB")
    await runner.cleanup()


async def until_ready(port: int) -> None:
    """Return once the daemon hears Slack."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as page:
                    if page.status == 200 and "slack" not in await page.text():
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


asyncio.run(main())
