"""`erase`: what a person wrote, and who they are."""

from typing import Annotated

import typer

from daemon.cli.common import AsPerson, Config, app, office
from daemon.letters.plain import one_line
from rules.requests import Refused


@app.command()
def erase(
    address: Annotated[str, typer.Argument(help="Their address, or who they are in a chat.")],
    person: AsPerson,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking again.")] = False,
    config: Config = None,
) -> None:
    """Erase what a person wrote and who they are; numbers, times and the ledger stay."""
    from daemon.erasing import erase as erase_all

    wanted = address.strip()
    wanted = wanted.lower() if "@" in wanted else wanted
    with office(config) as at:
        ids = at.store.read(lambda tx: tx.erasing.requests_of(wanted))
        told = ", ".join(map(str, ids)) or "none"
        if not yes and not typer.confirm(
            f"erase {one_line(wanted, 254)} from requests {told}? It cannot be taken back"
        ):
            raise Refused("nothing was erased")
        done = at.store.write(lambda tx: erase_all(tx, at.desk, wanted, person, at.now))
        contracts = [c.customer for c in at.store.read(lambda tx: tx.contracts.fitting(wanted))]
    print(
        f"erased: {done.messages} messages, {done.arrivals} arrivals, {done.notices} notices,"
        f" {done.labels} labels"
    )
    for customer in dict.fromkeys(contracts):
        print(f"the contract of {customer} may still name them: supportd contracts change")
