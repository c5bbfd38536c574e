"""`contracts`: who may ask, under which plan."""

from typing import Annotated

import typer

from daemon.cli.common import Config, app, office, read_bytes
from rules.requests import Refused

contracts = typer.Typer(no_args_is_help=True, help="The contracts that requests come under.")
app.add_typer(contracts, name="contracts")


@contracts.callback()
def _contracts() -> None:
    """Keep `import` a subcommand though it is the only one."""


@contracts.command("import")
def import_contracts(
    file: Annotated[str, typer.Argument(help="TOML; - is standard input.")], config: Config = None
) -> None:
    """Take contracts from a file: all of them, or none and every problem."""
    from daemon.contracts_file import ContractsError, read

    text = read_bytes(file).decode("utf-8", errors="replace")
    with office(config) as at:
        try:
            found = read(text, at.playbook.policy)
        except ContractsError as error:
            raise Refused("\n  ".join([f"{file}: nothing was imported", *error.problems])) from None
        at.store.write(lambda tx: tx.contracts.put(found))
    print(f"imported {len(found)} contract{'s' * (len(found) != 1)} from {file}")
