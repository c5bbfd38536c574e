"""`contracts import|add|change|end`: shown, checked as a whole, and on record."""

import getpass
import os
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daemon.cli.common import Config, Office, computing, local, office, read_bytes
from daemon.cli.contracts import contracts
from daemon.cli.customers import Customer, named, today_of
from daemon.letters.plain import one_line
from rules.contracts import term_for
from rules.model import Contract
from rules.requests import Refused

if TYPE_CHECKING:
    from daemon.contracts.change import Change
    from daemon.contracts.taking import Move
    from storage.store import Transaction

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
]
Recompute = Annotated[
    bool, typer.Option("--recompute", help="Move open requests' deadlines, too; else they stay.")
]
As = Annotated[str, typer.Option("--as", help="Who changes it; else your login.")]
Why = Annotated[str, typer.Option("--why", help="Kept with the change.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", help="Of another system's CSV, like Company=customer; repeat it."),
]
Plans = Annotated[
    list[str] | None,
    typer.Option("--plan", help="With --column: their plan and ours, Gold=premium."),
]
Edits = Annotated[
    list[str],
    typer.Argument(help="FIELD=VALUE sets, FIELD+=VALUE adds to a list, FIELD-=VALUE takes out."),
]
From = Annotated[str, typer.Option("--from", help="First day of the term meant, if several.")]
Found = Callable[["Transaction"], list[Contract]]


@contracts.command("import")
def import_contracts(
    file: Annotated[str, typer.Argument(help="TOML or CSV; - is standard input.")],
    dry_run: DryRun = False,
    recompute: Recompute = False,
    columns: Columns = None,
    plans: Plans = None,
    person: As = "",
    why: Why = "",
    config: Config = None,
) -> None:
    """Take contracts from a file: all of them, or none and every problem."""
    from daemon.contracts.file import ContractsError, read_file
    from daemon.contracts.foreign import mapping, translated

    content = read_bytes(file)
    with office(config) as at:

        def find(tx: "Transaction") -> list[Contract]:
            return read_file(ours, at.playbook.policy, tx.contracts.all())

        try:
            ours = content
            if columns:
                ours = translated(content, mapping(columns), mapping(plans or []))
            found, change, moves = _take(at, find, dry_run, recompute, person, why)
        except ContractsError as error:
            raise Refused("\n  ".join([f"{file}: nothing was imported", *error.problems])) from None
        if dry_run:
            print("\n".join(change.lines()))
            print(f"nothing was imported: {change.summary()}")
        else:
            print(f"imported {len(found)} contract{'s' * (len(found) != 1)} from {file}")
            print(f"  {change.summary()}")
        _print_moves(at, moves, recompute and not dry_run)


@contracts.command()
def add(
    customer: Annotated[str, typer.Argument(help="The new contract's customer.")],
    edits: Edits,
    dry_run: DryRun = False,
    person: As = "",
    why: Why = "",
    config: Config = None,
) -> None:
    """Add a contract: plan=basic starts_on=2026-01-01 ends_on=2026-12-31 "persons=Iva <iva@…>"."""
    from daemon.contracts.edit import begun

    values = begun(customer, edits)

    def find(tx: "Transaction", today: date) -> dict[str, Any]:
        first = values.get("starts_on")
        stored = tx.contracts.all()
        if any((c.customer, c.starts_on) == (customer, first) for c in stored):
            raise Refused(f"{customer} has a contract from {first} already; change that one")
        return values

    _edit(find, dry_run, False, person, why, config)


@contracts.command()
def change(
    customer: Customer,
    edits: Edits,
    from_: From = "",
    dry_run: DryRun = False,
    recompute: Recompute = False,
    person: As = "",
    why: Why = "",
    config: Config = None,
) -> None:
    """Change a contract: plan=premium "persons+=Iva <iva@…, +385 91 234 5678>"."""
    from daemon.contracts.edit import edited

    def find(tx: "Transaction", today: date) -> dict[str, Any]:
        return edited(_term(named(customer, tx.contracts.all()), from_, today), edits)

    _edit(find, dry_run, recompute, person, why, config)


@contracts.command()
def end(
    customer: Customer,
    on: Annotated[str, typer.Option("--on", help="Its last day, like 2026-06-30.")],
    why: Why,
    from_: From = "",
    dry_run: DryRun = False,
    person: As = "",
    config: Config = None,
) -> None:
    """End a contract before its term is over; what was asked for till then stays owed."""
    if not why.strip():
        raise Refused("--why is empty: say why; it is kept with the contract")
    change(customer, [f"ended_on={on}"], from_, dry_run, False, person, why, config)


def _edit(
    find: Callable[["Transaction", date], dict[str, Any]],
    dry_run: bool,
    recompute: bool,
    person: str,
    why: str,
    config: Config,
) -> None:
    from daemon.contracts.file import ContractsError, checked
    from daemon.contracts.table import Table

    with office(config) as at:

        def found(tx: "Transaction") -> list[Contract]:
            table = Table({"contracts": [find(tx, today_of(at))]})
            return checked(table, at.playbook.policy, tx.contracts.all())

        try:
            _, change, moves = _take(at, found, dry_run, recompute, person, why)
        except ContractsError as error:
            raise Refused("\n  ".join(["nothing was changed", *error.problems])) from None
        print("\n".join(change.told()))
        if dry_run:
            print("nothing was changed")
        _print_moves(at, moves, recompute and not dry_run)


def _take(
    at: Office, find: Found, dry_run: bool, recompute: bool, person: str, why: str
) -> "tuple[list[Contract], Change, list[Move]]":
    from daemon.contracts import taking

    who = person or _login()

    def look(tx: "Transaction") -> "tuple[list[Contract], Change, list[Move]]":
        found = find(tx)
        return found, *taking.look(tx, found, at.playbook, at.now)

    def take(tx: "Transaction") -> "tuple[list[Contract], Change, list[Move]]":
        found, change, moves = look(tx)
        taking.take(tx, found, change, who, why, at.now)
        if recompute:
            taking.recompute(tx, moves, at.desk, who, at.now)
        return found, change, moves

    with computing():
        return at.store.read(look) if dry_run else at.store.write(take)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


def _print_moves(at: Office, moves: "Sequence[Move]", moved: bool) -> None:
    zone = at.playbook.policy.zone
    for move in moves:
        before = local(move.before.first_response_due_at, zone)
        after = local(move.after.first_response_due_at, zone)
        subject = one_line(move.before.subject, 40)
        due = f"{before} -> {after}" if move.moves_deadline else f"{before} as before"
        print(f"  request {move.before.id} {subject}: due {due}{_covered(move)}")
    if moves and not moved:
        print("  open requests keep what they were granted; --recompute moves these")


def _covered(move: "Move") -> str:
    """What changes in whether it is covered, if that does."""
    if move.after.uncovered == move.before.uncovered:
        return ""
    return (
        f", not covered: {', '.join(move.after.uncovered)}" if move.after.uncovered else ", covered"
    )


def _term(found: list[Contract], from_: str, today: date) -> Contract:
    """The term that is meant: the one that begins on a day, else the present one."""
    meant = [c for c in found if not from_ or c.starts_on.isoformat() == from_]
    contract = term_for(meant, today, today)
    if contract is None:
        known = ", ".join(str(c.starts_on) for c in found)
        raise Refused(f"no contract of {found[0].customer} begins on {from_}; there are: {known}")
    return contract
