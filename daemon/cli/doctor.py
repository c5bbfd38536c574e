"""`doctor`: whether all that a daemon needs is there."""

from typing import Annotated

import typer

from daemon.cli.common import AsJson, Config, app, settings_of
from daemon.cli.streams import put_json


@app.command()
def doctor(
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what is not ok.")] = False,
    config: Config = None,
) -> None:
    """Look at store, clock, daemons, mailboxes, relay and on-call; exit status 1 if any fails.

    Beside a running daemon or before its first start; nothing is sent, nothing is taken.
    """
    from daemon import checkup, parts
    from daemon.checkup import Patient, Verdict

    settings = settings_of(config)
    store = parts.new_store(settings)
    try:
        patient = Patient(settings, parts.playbook(settings), store, parts.now())
        found = checkup.look(patient)
    finally:
        store.close()
    for each in found:
        if quiet and each.verdict is Verdict.OK:
            continue
        if as_json:
            put_json({"what": each.what, "verdict": each.verdict, "detail": each.detail})
        else:
            print(f"{each.verdict:5} {each.what:20} {each.detail}")
    if any(each.verdict is Verdict.FAIL for each in found):
        raise typer.Exit(1)
