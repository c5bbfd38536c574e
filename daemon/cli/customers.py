"""Customers and months as people name them on the command line."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from daemon.cli.common import FIRST_YEAR, LAST_YEAR, Office
from rules.model import Contract
from rules.requests import Refused
from rules.statements import Month

Customer = Annotated[
    str, typer.Argument(help="The customer's name, or a part that is in no other's.")
]


def named(customer: str, stored: Sequence[Contract]) -> list[Contract]:
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


def today_of(at: Office) -> date:
    """The present local day in the policy's zone."""
    return at.now.astimezone(at.playbook.policy.zone).date()


MonthNamed = Annotated[str, typer.Option("--month", help="Like 2026-03; else the present one.")]


def month_of(written: str, at: Office) -> Month:
    """The month so written, or the present one; raises Refused."""
    if not written:
        return Month.of(today_of(at))
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", written)
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Refused(f"{written!r} is no month (like 2026-03)")
    return Month(date(int(found[1]), int(found[2]), 1))
