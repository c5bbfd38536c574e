"""Fetching and reading in a process of its own, which is killed when it takes too long.

A server may trickle, a rule may repeat every second for ever, a name server may hang: none of it
can be bounded from inside, and a thread cannot be ended.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from channels.calendar.content import Reading, Unreadable
from rules.model import Shift

SECONDS = 30.0
_MEMORY = 1024**3


@dataclass(frozen=True)
class Wanted:
    """What is to be read, and for whom."""

    zone: ZoneInfo
    """Of times without one, and of whole days."""
    names: Mapping[str, str]
    """A person by e-mail address or name, in lower case."""
    from_at: datetime
    until_at: datetime


def read_apart(
    wanted: Wanted, source: str = "", content: bytes = b"", seconds: float = SECONDS
) -> tuple[Reading, bytes]:
    """What a calendar says, and its content; of a source, or else of the content given.

    Blocks for so many seconds at most. Raises Unreadable, whose words show neither the source nor
    what is in it.
    """
    asked = {
        "source": source,
        "zone": wanted.zone.key,
        "names": dict(wanted.names),
        "from": wanted.from_at.timestamp(),
        "until": wanted.until_at.timestamp(),
    }
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "channels.calendar.apart"],
            input=json.dumps(asked).encode() + b"\n" + content,
            capture_output=True,
            timeout=seconds,
            env=environ,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"it takes longer than {seconds:g} s to fetch and read") from None
    line, _, content = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise Unreadable("it takes more memory to read than a calendar should")
    told = json.loads(line)
    if "fault" in told:
        raise Unreadable(told["fault"])
    shifts = (Shift(person, _at(begin), _at(end)) for person, begin, end in told["shifts"])
    return Reading(tuple(shifts), tuple(map(_at, told["nobodys"]))), content


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _serve(line: bytes, content: bytes) -> tuple[dict[str, Any], bytes]:
    """In the process of its own: do what is asked."""
    from channels.calendar.fetch import fetch
    from channels.calendar.read import read

    asked = json.loads(line)
    from_at, until_at = _at(asked["from"]), _at(asked["until"])
    try:
        content = fetch(asked["source"]) if asked["source"] else content
        found = read(content, ZoneInfo(asked["zone"]), asked["names"], from_at, until_at)
    except Unreadable as error:
        return {"fault": str(error)}, b""
    shifts = [(s.person, s.from_at.timestamp(), s.until_at.timestamp()) for s in found.shifts]
    return {"shifts": shifts, "nobodys": [at.timestamp() for at in found.nobodys]}, content


def _main() -> None:
    import resource

    with suppress(ValueError, OSError):  # not every system bounds it
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    line, _, content = sys.stdin.buffer.read().partition(b"\n")
    told, content = _serve(line, content)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)


if __name__ == "__main__":
    _main()
