"""What should run is run again, and a hung loop cannot look alive."""

import asyncio
import configparser
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from daemon import sd_notify
from daemon.supervision import Watchdog, supervise


class World:
    """A clock that moves when somebody sleeps, and an ear for alarms."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        self.slept: list[float] = []
        self.alarms: list[tuple[str, str]] = []
        self.logged: Sequence[Mapping[str, object]] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    async def alarm(self, what: str, detail: str) -> None:
        self.alarms.append((what, detail))

    def supervise(self, run: Callable[[], Awaitable[None]]) -> None:
        """Until `run` cancels the task from outside."""

        async def main() -> None:
            task = asyncio.create_task(
                supervise("imap", run, self.alarm, self.clock, self.sleep), name="supervised"
            )
            with pytest.raises(asyncio.CancelledError):
                await task

        with capture_logs() as self.logged:
            asyncio.run(asyncio.wait_for(main(), 10))


def failing(times: int, how: Callable[[int], None]) -> Callable[[], Awaitable[None]]:
    """Fails so many times as `how` says, then is cancelled from outside."""
    runs = iter(range(times))

    async def run() -> None:
        number = next(runs, None)
        if number is not None:
            return how(number)
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.Event().wait()

    return run


def refuse(_number: int) -> None:
    raise ConnectionRefusedError("no route")


def test_a_channel_that_fails_is_run_again_after_a_growing_pause() -> None:
    world = World()

    world.supervise(failing(8, refuse))

    assert world.slept == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [entry["name"] for entry in world.logged] == ["imap"] * 8


def test_the_pause_is_short_again_after_five_healthy_minutes() -> None:
    world = World()

    def run_and_fail(number: int) -> None:
        world.now += timedelta(minutes=5 if number == 3 else 4)
        raise ConnectionRefusedError

    world.supervise(failing(5, run_and_fail))

    assert world.slept == [1, 2, 4, 1, 2]


def test_a_failure_of_another_kind_raises_an_alarm_of_its_own() -> None:
    world = World()
    told = []

    async def alarm(what: str, detail: str) -> None:
        told.append(what)

    def fail(number: int) -> None:
        raise PermissionError if number % 2 else ConnectionRefusedError

    world.alarm = alarm  # type: ignore[method-assign]
    world.supervise(failing(6, fail))

    assert sorted(told) == ["imap failed (ConnectionRefusedError)", "imap failed (PermissionError)"]


def test_the_first_failure_raises_an_alarm_and_then_one_an_hour() -> None:
    world = World()
    alarmed_at = []

    async def alarm(what: str, detail: str) -> None:
        alarmed_at.append(world.now)
        assert what == "imap failed (ConnectionRefusedError)"
        assert detail.startswith("ConnectionRefusedError: no route; it is run again in ")

    world.alarm = alarm  # type: ignore[method-assign]
    world.supervise(failing(130, refuse))

    assert len(alarmed_at) == 3
    gaps = [later - earlier for earlier, later in pairwise(alarmed_at)]
    assert all(timedelta(hours=1) <= gap < timedelta(hours=1, minutes=2) for gap in gaps)


def test_a_channel_that_returns_has_failed() -> None:
    world = World()

    world.supervise(failing(1, lambda _number: None))

    assert world.slept == [1]
    assert "it returned" in world.alarms[0][1]


def test_a_channel_that_cancels_itself_has_failed() -> None:
    world = World()

    def cancel_itself(_number: int) -> None:
        raise asyncio.CancelledError

    world.supervise(failing(1, cancel_itself))

    assert world.slept == [1]
    assert "cancelled itself" in world.alarms[0][1]


def test_an_alarm_that_fails_is_owed_and_stops_nothing() -> None:
    world = World()
    tried = 0

    async def alarm(_what: str, _detail: str) -> None:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise OSError("outbox is full")

    world.alarm = alarm  # type: ignore[method-assign]
    world.supervise(failing(5, refuse))

    assert tried == 3
    assert len(world.slept) == 5


class Dog:
    """A watchdog with the time in the test's hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stuck: list[str] = []
        self.told = 0
        self.watchdog = Watchdog(30.0, self.stuck.append, self.tell, lambda: self.now)

    def tell(self) -> None:
        self.told += 1


def test_a_watchdog_that_is_fed_says_we_are_alive() -> None:
    dog = Dog()
    dog.now += 29
    dog.watchdog.feed()
    dog.now += 30

    assert dog.watchdog.look()
    assert (dog.told, dog.stuck) == (1, [])


def test_a_watchdog_that_is_not_fed_says_nothing_more_and_ends_it() -> None:
    dog = Dog()
    dog.now += 31

    assert not dog.watchdog.look()
    assert (dog.told, dog.stuck) == (0, ["the event loop has not run for 31 s"])


def test_a_watchdog_looks_from_a_thread_that_a_hung_loop_cannot_hold() -> None:
    stuck = threading.Event()
    times = iter([0.0, 0.0])
    watchdog = Watchdog(30.0, lambda _why: stuck.set(), monotonic=lambda: next(times, 31.0))

    watchdog.start(every=0.001)

    assert stuck.wait(10)
    watchdog.stop()


def test_a_watchdog_that_was_never_started_can_be_stopped() -> None:
    Dog().watchdog.stop()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield listening


def test_systemd_is_told(systemd: socket.socket) -> None:
    assert sd_notify.notify(sd_notify.READY, {"NOTIFY_SOCKET": systemd.getsockname()})

    assert systemd.recv(100) == b"READY=1"


def test_systemd_is_told_by_an_abstract_socket(tmp_path: Path) -> None:
    name = f"supportd-test{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.settimeout(10)

        assert sd_notify.notify(sd_notify.STOPPING, {"NOTIFY_SOCKET": "@" + name})
        assert listening.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize(
    "environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}]
)
def test_without_systemd_nothing_happens(environ: dict[str, str]) -> None:
    assert not sd_notify.notify(sd_notify.READY, environ)


def test_the_shipped_unit_waits_longer_than_our_own_watchdog() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(Path(__file__).parents[2] / "examples" / "supportd.service")
    service = unit["Service"]

    assert (service["Type"], service["Restart"]) == ("notify", "always")
    assert service["ExecStart"].split(maxsplit=1)[1] == "run --config /etc/supportd/config.toml"
    assert int(service["WatchdogSec"]) >= 30 + 2 * 5
