"""`credits`: what customers have drawn, and what came back."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from daemon.cli.common import AsJson, AsPerson, Config, Id, app, local, office
from daemon.cli.customers import Customer, MonthNamed, month_of, named
from daemon.cli.streams import put_json
from daemon.letters.plain import plain
from rules.requests import Refused
from rules.statements import CreditUse, Month

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo


class _ShowUnlessToldOtherwise(TyperGroup):
    """`credits Adria` is `credits show Adria`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (typer's own)
        if args and args[0] not in (*self.commands, "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


credits = typer.Typer(
    cls=_ShowUnlessToldOtherwise,
    no_args_is_help=True,
    help="The ledger of credits: `credits CUSTOMER` shows it.",
)
app.add_typer(credits, name="credits")


@credits.command()
def show(
    customer: Customer, month: MonthNamed = "", json: AsJson = False, config: Config = None
) -> None:
    """Show a customer's credits in a month: granted, drawn, given back, left or lapsed."""
    from daemon.statements.gather import credit_uses

    with office(config) as at:
        wanted = month_of(month, at)
        zone = at.playbook.policy.zone
        contracts = named(customer, at.store.read(lambda tx: tx.contracts.all()))
        uses = at.store.read(lambda tx: credit_uses(tx, contracts, wanted, at.playbook))
        today = at.now.astimezone(zone).date()
    if not uses:
        raise Refused(f"no contract of {contracts[0].customer} ran in {wanted}")
    for use in uses:
        if json:
            put_json(_as_json(use, wanted, today))
        else:
            _print(use, wanted, today, zone)


@credits.command()
def refund(
    id: Id,
    why: Annotated[str, typer.Option("--why", help="Told in the ledger and the statement.")],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Give back the credit that a request has drawn, with a word why."""
    why = " ".join(plain(why).split())
    if not why:
        raise Refused("--why is empty: say why; it is kept in the ledger")
    with office(config) as at:
        request = at.store.write(lambda tx: at.desk.refund(tx, id, why, person, at.now))
    print(f"the credit of request {id} is {request.customer}'s again")


def _print(use: CreditUse, month: Month, today: "date", zone: "ZoneInfo") -> None:
    print(f"{use.contract.customer}, {use.contract.plan}, {month}")
    for line in use.lines:
        what = "drawn" if line.amount > 0 else "given back"
        print(f"  {line.day}  request {line.request_id}  {what}: {line.why}", end="")
        print(f"  ({line.who}, {local(line.at, zone)})")
    left = "left" if today <= month.last else "lapsed"
    print(f"  {use.drawn} of {use.granted} drawn, {use.left} {left}")


def _as_json(use: CreditUse, month: Month, today: "date") -> dict[str, object]:
    over = today > month.last
    return {
        "customer": use.contract.customer,
        "plan": use.contract.plan,
        "starts_on": use.contract.starts_on.isoformat(),
        "month": str(month),
        "granted": use.granted,
        "drawn": use.drawn,
        "given_back": use.returned,
        "left": 0 if over else use.left,
        "lapsed": use.left if over else 0,
        "lines": [
            {
                "day": line.day.isoformat(),
                "request": line.request_id,
                "amount": line.amount,
                "why": line.why,
                "who": line.who,
                "at": line.at.isoformat(),
            }
            for line in use.lines
        ],
    }
