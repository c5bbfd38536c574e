"""`offer` and `offers`: paid work, offered to a customer."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from daemon.cli.common import AsJson, AsPerson, Config, Id, Office, app, iso, local, office
from daemon.cli.streams import put_json
from daemon.letters.plain import one_line, plain
from rules.model import Offer, OfferState, Service
from rules.offers import Ordered, in_short
from rules.requests import Refused

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from daemon.offers.desk import OfferDesk

_LONGEST_NOTE = 2000


class _MakeByDefault(TyperGroup):
    """`offer 12 --hours 3` is `offer make 12 --hours 3`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 (of any click)
        if args and args[0] not in (*self.commands, "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


offer = typer.Typer(
    cls=_MakeByDefault, no_args_is_help=True, help="Offer paid work, or take an offer back."
)
app.add_typer(offer, name="offer")


@offer.command("make")
def make(
    id: Id,
    person: AsPerson,
    hours: Annotated[str, typer.Option("--hours", help="By the hour, like 1.5.")] = "",
    item: Annotated[str, typer.Option("--item", help="A code of the price list.")] = "",
    times: Annotated[int, typer.Option("--times", help="How many times the item.")] = 1,
    note: Annotated[str, typer.Option("--note", help="Words about it, for the customer.")] = "",
    development: Annotated[
        bool, typer.Option("--development", help="Hand it to the development service.")
    ] = False,
    instead_of: Annotated[
        int, typer.Option("--instead-of", min=0, help="An offer whose place this one takes.")
    ] = 0,
    config: Config = None,
) -> None:
    """Offer paid work on a request to who sent it, who accepts or declines on a page."""
    service = Service.DEVELOPMENT if development else Service.SUPPORT
    ordered = Ordered(service, _hours(hours), item, times)
    words = plain(note).strip()
    if len(words) > _LONGEST_NOTE:
        raise Refused(f"--note has {len(words)} characters; {_LONGEST_NOTE} at most")
    with _desk(config) as (at, desk):
        made = at.store.write(
            lambda tx: desk.make(tx, id, ordered, words, instead_of, person, at.now)
        )
    to = one_line(made.address, 254)
    until = local(made.expires_at, at.playbook.policy.zone)
    print(f"offer {made.id} for request {id} is queued for {to}: {_short(made)}; until {until}")


@offer.command("withdraw")
def withdraw(
    id: Annotated[int, typer.Argument(min=1, help="The offer's number.", show_default=False)],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Take an offer back: its page says so, and it can no longer be accepted."""
    with _desk(config) as (at, desk):
        gone = at.store.write(lambda tx: desk.withdraw(tx, id, person, at.now))
    print(f"offer {id} is withdrawn; it was for request {gone.request_id}: {_short(gone)}")


@app.command()
def offers(
    state: Annotated[
        str, typer.Option("--state", help=f"{', '.join(OfferState)} or all. Else open.")
    ] = "open",
    json: AsJson = False,
    config: Config = None,
) -> None:
    """List offers, oldest first."""
    if state not in (*OfferState, "all"):
        known = ", ".join(OfferState)
        raise Refused(f"no offer is ever {state!r}; there are: {known}, all")
    with office(config) as at:
        found = at.store.read(lambda tx: tx.offers.all())
    zone = at.playbook.policy.zone
    shown = [each for each in found if state in ("all", each.state_at(at.now))]
    if json:
        for each in shown:
            put_json(as_json(each, at))
        return
    _print(shown, at, zone)


def _print(shown: list[Offer], at: Office, zone: "ZoneInfo") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not shown:
        print("no offer is in this state; `supportd offers --state all` shows every one")
        return
    table = Table("#", "request", "customer", "offered", "until", "state", "by", box=None)
    for each in shown:
        cells = (
            str(each.id),
            str(each.request_id),
            one_line(each.customer, 60),
            _short(each),
            local(each.expires_at, zone),
            each.state_at(at.now),
            one_line(each.decided_by or each.offered_by, 60),
        )
        table.add_row(*map(Text, cells))
    Console().print(table)


def lines(each: Offer, at: Office) -> Iterator[str]:
    """An offer for whoever looks at its request."""
    zone, state = at.playbook.policy.zone, each.state_at(at.now)
    offered = f"offered {local(each.offered_at, zone)} by {each.offered_by} to {each.address}"
    yield f"offer {each.id}, {state}: {_short(each)}, {offered}"
    if each.decided_at:
        instead = f" by offer {each.replaced_by}" if each.replaced_by else ""
        yield f"  {state}{instead} {local(each.decided_at, zone)}, {each.decided_by}"
    else:
        yield f"  {'held' if state is OfferState.EXPIRED else 'holds'} until " + local(
            each.expires_at, zone
        )


def as_json(each: Offer, at: Office) -> dict[str, Any]:
    """An offer in the stable form of `--json`; amounts are text, digit for digit."""
    zone, terms = at.playbook.policy.zone, each.terms
    return {
        "id": each.id,
        "request": each.request_id,
        "service": each.service,
        "state": each.state_at(at.now),
        "item": terms.code or None,
        "quantity": str(terms.quantity),
        "unit_price": str(terms.unit_price),
        "list_price": str(terms.list_price),
        "discount_percent": str(terms.discount_percent),
        "discount": str(terms.discount),
        "price": str(terms.price),
        "currency": terms.currency,
        "note": each.note,
        "contract": each.customer,
        "to": each.address,
        "offered_by": each.offered_by,
        "offered_at": iso(each.offered_at, zone),
        "expires_at": iso(each.expires_at, zone),
        "decided_by": each.decided_by or None,
        "decided_at": iso(each.decided_at, zone),
        "replaced_by": each.replaced_by,
    }


def _short(each: Offer) -> str:
    return in_short(each.terms, each.service)


def _hours(given: str) -> Decimal | None:
    try:
        return Decimal(given) if given else None
    except InvalidOperation:
        raise Refused(f"--hours {given!r} is no number (like 1.5)") from None


@contextmanager
def _desk(config: Config) -> Iterator[tuple[Office, "OfferDesk"]]:
    from daemon import parts
    from daemon.offers.desk import OfferDesk

    with office(config) as at:
        key, url = parts.signing_key(at.store), at.settings.http.public_url or ""
        yield at, OfferDesk(at.playbook, at.notices, at.desk, key, url)
