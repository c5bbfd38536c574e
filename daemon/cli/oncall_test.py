"""`oncall test`: a test notice by each way of a person, and how long each took."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsJson, Config, office
from daemon.cli.due import print_aligned
from daemon.cli.oncall import oncall
from daemon.cli.streams import put_json
from rules.requests import Refused

if TYPE_CHECKING:
    from channels.base import Outbound
    from rules.model import Notice


@oncall.command("test")
def send_test(
    person: Annotated[str, typer.Argument(help="A name in people.", show_default=False)],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Send a person a test notice by each way; 1 if one of them did not take it."""
    from daemon import parts
    from daemon.logs import write_notice
    from daemon.wiring.ways_out import ways_out

    with office(config) as at:
        reached = at.desk.person(person)
        if not reached.ways:
            raise Refused(f"nothing reaches {person}: people.{person}.ways is empty")
        what = f"a test for {reached.full_name}"
        detail = "Nothing is owed. Somebody tries whether this way reaches you."
        id = f"test-{at.now:%Y%m%dT%H%M%S%f}"
        notices = at.notices.alarms(id, what, detail, at.now, [person])
    by_kind = ways_out(at.settings, write_notice, parts.now)
    results = asyncio.run(_send(notices, by_kind))
    if as_json:
        for way, error, milliseconds in results:
            put_json({"way": way, "sent": not error, "ms": milliseconds, "error": error or None})
    else:
        rows = [(way, error or "sent", f"{ms} ms") for way, error, ms in results]
        print_aligned([("way", "result", "took"), *rows])
    if any(error for _, error, _ in results):
        raise typer.Exit(1)


async def _send(
    notices: "list[Notice]", outbounds: "dict[str, Outbound]"
) -> list[tuple[str, str, int]]:
    """Each way in words, what went wrong, and milliseconds; all ways side by side."""
    return list(await asyncio.gather(*(_try(notice, outbounds) for notice in notices)))


async def _try(notice: "Notice", outbounds: "dict[str, Outbound]") -> tuple[str, str, int]:
    from channels.base import DeliveryError

    began, error = time.monotonic(), ""
    outbound = outbounds.get(notice.way.kind)
    try:
        if outbound is None:
            error = f"nothing carries {notice.way.kind} without the daemon"
        else:
            async with asyncio.timeout(30):
                await outbound.send(notice)
    except DeliveryError as failed:
        error = f"{failed.failure}: {failed.reason}"
    except TimeoutError:
        error = "no answer in 30 s"
    return str(notice.way), error, round((time.monotonic() - began) * 1000)
