"""Every minute: is anything so that must never be so? Mended and told; else a heartbeat."""

import asyncio
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from channels.base import Clock
from daemon import parts
from daemon.desk import Desk, is_live
from daemon.metrics import Metrics
from daemon.store_thread import StoreThread
from daemon.supervision import Alarm
from rules import requests
from rules.model import Playbook
from storage.store import Findings, Store, Transaction

log = structlog.get_logger()

LATE = timedelta(seconds=60)
"""What is due, or leased, is let wait so long; twice the longest lease after it began."""

CLOCKS_DIFFER = timedelta(seconds=1)
HEARTBEAT_SECONDS = 10.0

Ping = Callable[[str], Awaitable[None]]
"""Fetches a URL; raises OSError."""


async def fetch(url: str) -> None:
    """Ask for it, and read nothing."""

    def ask() -> None:
        # Its scheme was checked with the configuration.
        urllib.request.urlopen(url, timeout=HEARTBEAT_SECONDS).close()

    await asyncio.to_thread(ask)


@dataclass
class Auditor:
    """Looks with questions of its own at what all other parts have done."""

    store: StoreThread
    database: Store
    playbook: Playbook
    desk: Desk
    clock: Clock
    metrics: Metrics
    alarm: Alarm
    heartbeat_url: str = ""
    fetch: Ping = fetch
    _after: int = field(default=0)

    async def round(self) -> bool:
        """One audit; never more to do. The heartbeat beats after a clean one alone."""
        now, after = self.clock(), self._after
        found = await self.store.read(lambda tx: tx.audit(now, LATE, after))
        self._after = found.upto
        told = _told(found)
        if found.untimed or found.idle:
            await self.store.write(lambda tx: self._mend(tx, found, now))
        dead = await self.store.write(lambda tx: _dead(tx, now))
        apart = await asyncio.to_thread(parts.clocks_apart, self.database, self.clock)
        if abs(apart) > CLOCKS_DIFFER:
            by = f"it is {apart.total_seconds():+.1f} s beside the database server's"
            told["this machine's clock is wrong"] = f"{by}: set both by NTP"
        for what, detail in told.items():
            log.error("audit", what=what, detail=detail)
            await self.alarm(what, detail)
        for name in dead:
            await self.alarm(f"daemon {name} died", "the others have taken over what it had")
        self.metrics.audit_findings.set(len(told))
        if not told:
            self.metrics.audit_last_clean.set(self.clock().timestamp())
            await self._beat()
        return False

    def _mend(self, tx: Transaction, found: Findings, now: datetime) -> None:
        """What nobody watches over is watched again; what watches over nothing is gone."""
        for id in found.untimed:
            request = tx.requests.get(id)
            timer = requests.timer_again(request, self.playbook) if request else None
            if timer and not tx.timers.of(id):
                tx.timers.arm(timer)
                self.desk.note(tx, id, now, "supportd", "armed again", "the audit found no timer")
        for id in found.idle:
            request = tx.requests.get(id)
            for timer in tx.timers.of(id):
                if request is None or not is_live(request, timer):
                    tx.timers.disarm(id, timer.purpose)

    async def _beat(self) -> None:
        if not self.heartbeat_url:
            return
        try:
            await self.fetch(self.heartbeat_url)
        except OSError as error:  # whoever waits for it will tell
            log.warning("heartbeat not taken", error=type(error).__name__)


def _told(found: Findings) -> dict[str, str]:
    """By what it is: which, and what came of it."""
    kinds = {
        "requests nobody watched over": (found.untimed, "they are watched over again"),
        "timers over nothing owed": (found.idle, "they are gone"),
        "timers due and not looked at": (found.unseen, "is the watch behind?"),
        "pings that nobody sends": (found.unsent, "is the courier behind?"),
        "notices in a dead hand": (found.stuck, "is the courier behind?"),
    }
    return {
        what: f"{', '.join(map(str, which[:10]))}{'…' * (len(which) > 10)}: {then}"
        for what, (which, then) in kinds.items()
        if which
    }


def _dead(tx: Transaction, now: datetime) -> list[str]:
    """Daemons that died and did not let go; each is told of by whoever sees it first."""
    dead = [e.name for e in tx.leases.all() if e.is_daemons and e.until_at < now - LATE]
    for name in dead:
        tx.leases.release(name)
    return dead
