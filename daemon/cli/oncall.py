"""`oncall`: who is reached now, or then."""

from typing import Annotated

import typer

from daemon.cli.common import AsJson, Config, app, computing, instant, iso, local, playbook_of
from daemon.cli.streams import put_json
from rules import rotation


@app.command()
def oncall(
    at: Annotated[
        str, typer.Option("--at", help="ISO 8601; policy time if no offset. Else now.")
    ] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Say who is on call, until when, and who is told when nobody else answers."""
    from daemon import parts

    playbook = playbook_of(config)
    zone = playbook.policy.zone
    when = instant(at, zone) if at else parts.now()
    with computing():
        name = rotation.on_call(playbook.rotation, when)
        until = rotation.next_handoff(playbook.rotation, when)
    catch_all = playbook.escalation.catch_all
    if as_json:
        put_json(
            {
                "at": iso(when, zone),
                "on_call": name,
                "until": iso(until, zone),
                "catch_all": list(catch_all),
            }
        )
        return
    print(f"on call: {name or 'nobody'}, until {local(until, zone)}")
    print(f"catch-all: {', '.join(catch_all)}")
