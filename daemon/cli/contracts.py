"""`contracts`: who may ask, under which plan, and the keys of their systems."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsJson, Config, app, local, office
from daemon.cli.customers import Customer, named, today_of
from daemon.cli.streams import put_json
from rules.contracts import run_out
from rules.model import Contract

if TYPE_CHECKING:
    from storage.store import Transaction

contracts = typer.Typer(no_args_is_help=True, help="The contracts that requests come under.")
app.add_typer(contracts, name="contracts")


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
        today = today_of(at)
    soon = {each.contract.id: each.on for each in run_out(found, today)}
    if json:
        for contract in found:
            on = soon.get(contract.id)
            put_json(as_json(contract, today) | {"runs_out_on": on.isoformat() if on else None})
        return
    columns = ("customer", "plan", "from", "to", "term", "notice by", "persons", "language")
    table = Table(*columns, box=None)
    for contract in found:
        term_of = (contract.starts_on, contract.last_day, term(contract, today))
        others = (contract.notice_by or "-", len(contract.persons), contract.language or "-")
        cells = (contract.customer, contract.plan, *term_of, *others)
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)
    for contract in found:
        if on := soon.get(contract.id):
            last = "last day to give notice" if contract.notice_by else "ends"
            print(f"runs out soon: {contract.customer}, {last} {on} (in {(on - today).days} days)")


@contracts.command()
def show(customer: Customer, json: AsJson = False, config: Config = None) -> None:
    """Show everything of a customer's contracts."""
    with office(config) as at:
        found = named(customer, at.store.read(lambda tx: tx.contracts.all()))
        ids = [contract.id for contract in found]
        made = at.store.read(lambda tx: tx.keys.made_for(ids))
        changes = at.store.read(lambda tx: tx.contracts.changes(ids))
        zone = at.playbook.policy.zone
        today = today_of(at)
    if json:
        for contract in found:
            put_json(as_json(contract, today))
        return
    print(found[0].customer)
    for contract in found:
        print(f"\n  {contract.plan}, {contract.starts_on} to {contract.ends_on}", end="")
        print(f" ({term(contract, today)})")
        for name, values in _facts(contract):
            for number, value in enumerate(values):
                print(f"  {'' if number else name:10} {value}")
        for change in changes:
            if change.contract_id == contract.id:
                print(f"  {local(change.at, zone)}  {change.who}: {change.what}")
    print(f"\n  keys       {', '.join(f'{at:%Y-%m-%d %H:%M} UTC' for at in made) or 'none'}")


def _facts(contract: Contract) -> Iterator[tuple[str, list[str]]]:
    from daemon.contracts.change import person_line

    if contract.ended_on:
        yield "ended", [f"on {contract.ended_on}, before its term was over"]
    if contract.notice_by:
        yield "notice", [f"by {contract.notice_by}, else it goes on"]
    yield "language", [contract.language or "that of the configuration"]
    for name in ("timezone", "holidays"):
        if value := getattr(contract, name):
            yield name, [value]
    yield "persons", [person_line(person) for person in contract.persons]
    for name in ("addresses", "domains", "chats", "extras"):
        yield name, sorted(map(str, getattr(contract, name)))


@contracts.command()
def export(
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of TOML.")] = False,
    config: Config = None,
) -> None:
    """Write all contracts as `contracts import` takes them."""
    from daemon.contracts import exporting

    with office(config) as at:
        found = at.store.read(lambda tx: tx.contracts.all())
    found.sort(key=lambda c: (c.customer.casefold(), c.starts_on))
    write = exporting.as_csv if as_csv else exporting.as_toml
    print(write(found), end="")


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
            found = named(customer, tx.contracts.all())
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
        "ended_on": contract.ended_on.isoformat() if contract.ended_on else None,
        "notice_by": contract.notice_by.isoformat() if contract.notice_by else None,
        "term": term(contract, today),
        "language": contract.language or None,
        "timezone": contract.timezone or None,
        "holidays": contract.holidays or None,
        "extras": sorted(map(str, contract.extras)),
        "persons": [
            {
                "name": person.name,
                "addresses": sorted(person.addresses),
                "phones": sorted(person.phones),
                "identities": sorted(person.identities),
            }
            for person in contract.persons
        ],
        "addresses": sorted(contract.addresses),
        "domains": sorted(contract.domains),
        "chats": sorted(contract.chats),
    }


def term(contract: Contract, today: date) -> str:
    """Where in its term a contract is, on a local day."""
    if contract.runs_on(today):
        return "runs"
    return "ended" if contract.last_day < today else "to come"
