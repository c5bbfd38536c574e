"""Nothing that should run may stop unseen: channels are run again, a hung loop ends the process."""

import asyncio
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from channels.base import Clock

Alarm = Callable[[str, str], Awaitable[None]]
"""Tells a person: what is wrong, in a few words, and the detail."""

_SHORTEST_DELAY = 1.0
_LONGEST_DELAY = 60.0
_HEALTHY_AFTER = timedelta(minutes=5)
_ALARM_EVERY = timedelta(hours=1)
_STUCK = 70
"""Exit status of a process whose loop hangs: sysexits' EX_SOFTWARE."""

_log = structlog.get_logger(__name__)


async def supervise(
    name: str,
    run: Callable[[], Awaitable[None]],
    alarm: Alarm,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a channel until cancelled, again whenever it raises or returns.

    It is run again after 1 s, then twice as long each time up to 60 s, and after 1 s again once
    it ran for five minutes. A failure raises an alarm, at most one an hour for each kind: a login
    that died must not hide behind a line that broke before. An alarm that fails is logged and
    owed: the next failure raises it.
    """
    delay = _SHORTEST_DELAY
    alarmed_at: dict[str, datetime] = {}
    while True:
        started_at = clock()
        kind, why = await _failure(name, run)
        now = clock()
        if now - started_at >= _HEALTHY_AFTER:
            delay = _SHORTEST_DELAY
        before = alarmed_at.get(kind)
        if (before is None or now - before >= _ALARM_EVERY) and await _raised(
            alarm, f"{name} failed ({kind})", f"{why}; it is run again in {delay:.0f} s"
        ):
            alarmed_at[kind] = now
        await sleep(delay)
        delay = min(2 * delay, _LONGEST_DELAY)


async def _failure(name: str, run: Callable[[], Awaitable[None]]) -> tuple[str, str]:
    """Run once; returns what kind of failure ended it, and why, unless we were cancelled."""
    kind = "stopped"
    try:
        await run()
    except asyncio.CancelledError:
        # Cancelled from inside is a failure like any other; from outside it is the end.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        why = "it cancelled itself"
        _log.error("stopped", name=name, why=why)
    except Exception as error:
        kind = type(error).__name__
        why = f"{kind}: {error}"
        _log.exception("failed", name=name)
    else:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError  # the port's way to stop: it finished and returned
        why = "it returned, though nobody asked it to stop"
        _log.error("stopped", name=name, why=why)
    return kind, why


async def _raised(alarm: Alarm, what: str, detail: str) -> bool:
    try:
        await alarm(what, detail)
    except Exception:
        _log.exception("alarm failed", what=what)
        return False
    return True


def _exit(why: str) -> None:
    """Say why, show where every thread stands, and end at once: a hung loop cannot clean up."""
    print(f"supportd: {why}; giving up", file=sys.stderr, flush=True)
    faulthandler.dump_traceback(all_threads=True)
    os._exit(_STUCK)


class Watchdog:
    """A thread beside the loop: while the loop feeds it all is well, when it no longer does it ends
    the process, so that a hung loop cannot look alive.
    """

    def __init__(
        self,
        limit: float = 30.0,
        on_stuck: Callable[[str], None] = _exit,
        tell_alive: Callable[[], object] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set the limit, in seconds; `tell_alive` is called at every look while fed."""
        self._limit = limit
        self._on_stuck = on_stuck
        self._tell_alive = tell_alive
        self._monotonic = monotonic
        self._fed_at = monotonic()
        self._every = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def feed(self) -> None:
        """The loop runs. Cheap, and safe from any thread."""
        self._fed_at = self._monotonic()

    def look(self) -> bool:
        """Compare once: tells that we are alive, or calls `on_stuck` and returns False."""
        hungry = self._monotonic() - self._fed_at
        if hungry > self._limit:
            self._on_stuck(f"the event loop has not run for {hungry:.0f} s")
            return False
        self._tell_alive()
        return True

    def start(self, every: float = 5.0) -> None:
        """Look from now on, `every` so many seconds; once in a watchdog's life."""
        self._every = every
        self.feed()
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the thread has ended."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(self._every) and self.look():
            pass
