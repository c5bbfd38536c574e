"""Learning in a process of its own: at low priority, on one core, gone with its memory after."""

import asyncio
import base64
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from daemon.triage.teaching import Learned, Taught
from rules.severity.decision import COSTS, Costs

_NICE = 15
_SECONDS = 1800.0


class NotLearned(Exception):
    """The process failed; the message says how, without a customer's word."""


async def in_a_process(
    told: Sequence[Taught], content: bytes, name: str, costs: Costs = COSTS
) -> Learned:
    """What `learned` returns, computed beside the daemon; raises NotLearned.

    Cancelled, it leaves nothing behind.
    """
    given = {
        "told": [_packed(each) for each in told],
        "content": _text(content),
        "name": name,
        "costs": costs,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "daemon.triage.refitting"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            said, error = await process.communicate(json.dumps(given).encode())
    except TimeoutError:
        raise NotLearned(f"took more than {_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = error.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        raise NotLearned(f"ended with {process.returncode}: {last}")
    found = json.loads(said)
    return Learned(base64.b64decode(found["content"]), tuple(found["report"]), found["labels"])


def learned(told: Sequence[Taught], content: bytes, name: str, costs: Costs = COSTS) -> Learned:
    """Learn here and now; `content` is of what serves, empty for what was shipped.

    `costs` of a wrong severity are those by which the daemon decides.
    """
    from daemon.triage import embedding, weights
    from daemon.triage.learning import learn, served

    shipped = weights.load()
    lacking = any(not each.vector for each in told)
    try:
        embed = embedding.load() if lacking else None
    except embedding.Unavailable:
        embed = None
    serving = served(shipped, content, name) if content else shipped
    return learn(told, shipped, serving, embed, costs)


def main() -> None:
    """Read what is taught from standard input, write what was learned to standard output."""
    os.nice(_NICE)
    given = json.load(sys.stdin.buffer)
    told = [_unpacked(each) for each in given["told"]]
    found = learned(told, base64.b64decode(given["content"]), given["name"], given["costs"])
    content = _text(found.content)
    json.dump({"content": content, "report": found.report, "labels": found.labels}, sys.stdout)


def _packed(each: Taught) -> dict[str, Any]:
    return asdict(each) | {"vector": _text(each.vector)}


def _unpacked(each: Mapping[str, Any]) -> Taught:
    return Taught(**(dict(each) | {"vector": base64.b64decode(each["vector"])}))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    main()
