"""Who has a request: `ack`, `snooze`, `reassign`."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsPerson, Config, Id, Office, app, office
from daemon.durations import parse_duration
from rules.requests import Refused

if TYPE_CHECKING:
    from rules.model import Request


@app.command()
def ack(id: Id, person: AsPerson, config: Config = None) -> None:
    """Say that you have a request: pings stop for a while, the clock does not."""
    with office(config) as at:
        request = at.store.write(lambda tx: at.desk.acknowledge(tx, id, person, at.now))
        _print(request, at)


@app.command()
def snooze(
    id: Id,
    for_: Annotated[str, typer.Argument(metavar="FOR", help="For how long, like 30m.")],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Say that you have a request, and for how long: never into the reserve before its deadline."""
    try:
        length = parse_duration(for_)
    except ValueError as error:
        raise Refused(str(error)) from None
    with office(config) as at:
        request = at.store.write(lambda tx: at.desk.snooze(tx, id, length, person, at.now))
        _print(request, at)


@app.command()
def reassign(
    id: Id,
    to: Annotated[str, typer.Argument(help="Who is to have it: a name in people.")],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Give a request to somebody, who is told at once; the pings go on with the next step."""
    with office(config) as at:
        request = at.store.write(lambda tx: at.desk.reassign(tx, id, to, person, at.now))
        _print(request, at)


def _print(request: "Request", at: Office) -> None:
    said = at.store.read(lambda tx: tx.requests.history(request.id))[-1]
    print(f"request {request.id} is with {request.owner} {said.why}")
