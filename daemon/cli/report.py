"""`report`: customers' months, as a table, CSV, JSON or a page to print."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsJson, Config, Office, app, computing, local, office
from daemon.cli.customers import MonthNamed, month_of, named
from daemon.cli.streams import put_json
from rules.requests import Refused
from rules.statements import Month, Statement

if TYPE_CHECKING:
    from storage.store import Transaction


@app.command()
def report(
    customer: Annotated[
        str, typer.Argument(help="The customer's name, or a part of it; else all customers.")
    ] = "",
    month: MonthNamed = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="A row a request.")] = False,
    html: Annotated[
        str, typer.Option("--html", help="Write a page that prints well; - is standard output.")
    ] = "",
    json: AsJson = False,
    config: Config = None,
) -> None:
    """State a customer's month: requests, severities, answers against targets, credits."""
    from daemon.statements import words
    from daemon.statements.page import page

    with office(config) as at:
        wanted = month_of(month, at)
        zone = at.playbook.policy.zone
        with computing():
            found = at.store.read(lambda tx: _statements(tx, at, customer, wanted))
    if html:
        _write(html, page(found, zone, at.playbook.language, at.settings.letters.folder))
    elif as_csv:
        print(words.as_csv(found, zone), end="")
    elif json:
        for statement in found:
            lines = [words.as_json(statement, line, zone) for line in statement.lines]
            put_json({**words.totals(statement, zone), "lines": lines})
    elif customer:
        _print_one(found[0], at)
    else:
        _print_all(found)


def _statements(tx: "Transaction", at: Office, customer: str, month: Month) -> list[Statement]:
    from daemon.statements.gather import statement

    stored = tx.contracts.all()
    names = [named(customer, stored)[0].customer] if customer else {c.customer for c in stored}
    found = [
        statement(tx, tx.contracts.of_customer(name), month, at.playbook, at.now)
        for name in sorted(names, key=str.casefold)
    ]
    return [each for each in found if customer or each.lines or each.credits]


def _write(file: str, text: str) -> None:
    if file == "-":
        print(text, end="")
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{file}: {error.strerror or error}") from None


def _print_one(statement: Statement, at: Office) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from daemon.letters.plain import one_line
    from daemon.statements.words import severity_of, spent, summary

    print("\n".join(summary(statement)))
    if not statement.lines:
        return
    zone = at.playbook.policy.zone
    columns = ("#", "received", "by", "severity", "taken", "target", "outcome", "subject")
    table = Table(*columns, box=None, pad_edge=False)
    for line in statement.lines:
        request = line.request
        when = local(request.received_at, zone)
        asked = (str(request.id), when, request.channel.value, severity_of(request))
        answered = (spent(line.taken), spent(line.target), line.outcome.value)
        subject = one_line(request.subject, 60)
        table.add_row(*(Text(cell) for cell in (*asked, *answered, subject)))
    Console().print(table)


def _print_all(statements: list[Statement]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from daemon.statements.words import percent
    from rules.statements import Outcome

    columns = ("customer", "requests", *(o.value for o in Outcome), "attainment", "credits", "bill")
    table = Table(*columns, box=None, pad_edge=False)
    for statement in statements:
        drawn = sum(use.drawn for use in statement.credits)
        granted = sum(use.granted for use in statement.credits)
        cells = (
            statement.customer,
            len(statement.lines),
            *(statement.count(outcome) for outcome in Outcome),
            percent(statement.attainment()),
            f"{drawn} of {granted}",
            len(statement.billable),
        )
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)
