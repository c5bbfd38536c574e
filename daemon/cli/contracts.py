"""`contracts`: who may ask, under which plan, and the keys of their systems."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsJson, Config, Office, app, office, read_bytes
from daemon.cli.streams import put_json
from rules.model import Contract
from rules.requests import Refused

if TYPE_CHECKING:
    from daemon.contracts_change import Change
    from storage.store import Transaction

contracts = typer.Typer(no_args_is_help=True, help="The contracts that requests come under.")
app.add_typer(contracts, name="contracts")

Customer = Annotated[
    str, typer.Argument(help="The customer's name, or a part that is in no other's.")
]


@contracts.command("import")
def import_contracts(
    file: Annotated[str, typer.Argument(help="TOML or CSV; - is standard input.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    config: Config = None,
) -> None:
    """Take contracts from a file: all of them, or none and every problem."""
    from daemon.contracts_change import compare
    from daemon.contracts_file import ContractsError, read_file

    content = read_bytes(file)
    with office(config) as at:

        def check(tx: "Transaction") -> "tuple[list[Contract], Change]":
            stored = tx.contracts.all()
            found = read_file(content, at.playbook.policy, stored)
            return found, compare(found, stored)

        def take(tx: "Transaction") -> "tuple[list[Contract], Change]":
            found, change = check(tx)
            tx.contracts.put(found)
            return found, change

        try:
            found, change = at.store.read(check) if dry_run else at.store.write(take)
        except ContractsError as error:
            raise Refused("\n  ".join([f"{file}: nothing was imported", *error.problems])) from None
    if dry_run:
        print("\n".join(change.lines()))
        print(f"nothing was imported: {change.summary()}")
        return
    print(f"imported {len(found)} contract{'s' * (len(found) != 1)} from {file}")
    print(f"  {change.summary()}")


@contracts.command("list")
def list_contracts(json: AsJson = False, config: Config = None) -> None:
    """List contracts, by customer and term."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    with office(config) as at:
        found = sorted(
            at.store.read(lambda tx: tx.contracts.all()),
            key=lambda c: (c.customer.casefold(), c.starts_on),
        )
        today = _today(at)
    if json:
        for contract in found:
            put_json(as_json(contract, today))
        return
    table = Table("customer", "plan", "from", "to", "term", "persons", "language", box=None)
    for contract in found:
        term_of = (contract.starts_on, contract.ends_on, term(contract, today))
        others = (len(contract.persons), contract.language or "-")
        cells = (contract.customer, contract.plan, *term_of, *others)
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)


@contracts.command()
def show(customer: Customer, json: AsJson = False, config: Config = None) -> None:
    """Show everything of a customer's contracts."""
    from daemon.contracts_change import person_line

    with office(config) as at:
        found = _of(customer, at.store.read(lambda tx: tx.contracts.all()))
        made = at.store.read(lambda tx: tx.keys.made_for([c.id for c in found]))
        today = _today(at)
    if json:
        for contract in found:
            put_json(as_json(contract, today))
        return
    print(found[0].customer)
    for contract in found:
        print(f"\n  {contract.plan}, {contract.starts_on} to {contract.ends_on}", end="")
        print(f" ({term(contract, today)})")
        print(f"  language   {contract.language or 'that of the configuration'}")
        for name, values in (
            ("persons", [person_line(person) for person in contract.persons]),
            ("addresses", sorted(contract.addresses)),
            ("domains", sorted(contract.domains)),
            ("chats", sorted(contract.chats)),
        ):
            for number, value in enumerate(values):
                print(f"  {'' if number else name:10} {value}")
    print(f"\n  keys       {', '.join(f'{at:%Y-%m-%d %H:%M} UTC' for at in made) or 'none'}")


@contracts.command()
def key(
    customer: Customer,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Make none; every key of the customer ends.")
    ] = False,
    config: Config = None,
) -> None:
    """Make a key for the customer's systems, for POST /api/tickets; it is shown only now."""
    from daemon import keys

    with office(config) as at:

        def make(tx: "Transaction") -> tuple[str, str]:
            found = _of(customer, tx.contracts.all())
            if revoke:
                count = tx.keys.revoke([contract.id for contract in found])
                return f"{count} key{'s' * (count != 1)} of {found[0].customer} revoked", ""
            made = keys.make()
            tx.keys.add(keys.digest(made), found[-1].id, at.now)
            return f"a key of {found[0].customer}; it cannot be shown again:", made

        words, made = at.store.write(make)
    if made:
        typer.echo(words, err=True)
        print(made)
    else:
        print(words)


def as_json(contract: Contract, today: date) -> dict[str, object]:
    """A contract in the stable form of `--json`."""
    return {
        "customer": contract.customer,
        "plan": contract.plan,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "term": term(contract, today),
        "language": contract.language or None,
        "persons": [{"name": p.name, "addresses": sorted(p.addresses)} for p in contract.persons],
        "addresses": sorted(contract.addresses),
        "domains": sorted(contract.domains),
        "chats": sorted(contract.chats),
    }


def term(contract: Contract, today: date) -> str:
    """Where in its term a contract is, on a local day."""
    if contract.runs_on(today):
        return "runs"
    return "ended" if contract.ends_on < today else "to come"


def _today(at: Office) -> date:
    return at.now.astimezone(at.playbook.policy.zone).date()


def _of(customer: str, stored: Sequence[Contract]) -> list[Contract]:
    """The contracts of the one customer so called, oldest first; raises Refused."""
    wanted = customer.casefold()
    names = sorted({c.customer for c in stored})
    exact = [n for n in names if n.casefold() == wanted]
    found = exact or [n for n in names if wanted in n.casefold()]
    if len(found) != 1:
        known = ", ".join(found or names) or "none"
        what = "several customers are" if found else "no customer is"
        raise Refused(f"{what} called {customer!r}; there are: {known}")
    return sorted((c for c in stored if c.customer == found[0]), key=lambda c: c.starts_on)
