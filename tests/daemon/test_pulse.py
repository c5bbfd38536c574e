"""A beat of the scheduler that fails or is missed is counted."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from daemon.metrics import Metrics
from daemon.service import count_failures

LONG_AGO = datetime(2026, 3, 4, tzinfo=UTC)


def fail() -> None:
    raise ValueError("on purpose")


def figures(work: Callable[[AsyncIOScheduler], object], event: int) -> str:
    """What is counted once the scheduler has told of an event."""
    metrics = Metrics()

    async def run() -> None:
        scheduler, told = AsyncIOScheduler(timezone="UTC"), asyncio.Event()
        count_failures(scheduler, metrics)
        scheduler.add_listener(lambda _event: told.set(), event)
        work(scheduler)
        scheduler.start()
        await asyncio.wait_for(told.wait(), 30)
        scheduler.shutdown(wait=False)

    asyncio.run(run())
    return metrics.render().decode()


def test_a_beat_that_fails_is_counted() -> None:
    said = figures(lambda scheduler: scheduler.add_job(fail), EVENT_JOB_ERROR)
    assert 'supportd_pulse_failures_total{kind="error"} 1.0' in said
    assert 'supportd_pulse_failures_total{kind="missed"} 0.0' in said


def test_a_beat_that_comes_too_late_is_counted() -> None:
    said = figures(
        lambda scheduler: scheduler.add_job(fail, "date", run_date=LONG_AGO, misfire_grace_time=1),
        EVENT_JOB_MISSED,
    )
    assert 'supportd_pulse_failures_total{kind="missed"} 1.0' in said
    assert 'supportd_pulse_failures_total{kind="error"} 0.0' in said
