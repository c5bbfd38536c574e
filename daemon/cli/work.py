"""What a person does to a request: `answer`, `severity`, `close`, `release`, `assign`."""

import hashlib
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsPerson, Config, Id, Office, app, local, office, read_bytes
from daemon.cli.customers import Customer, named, today_of
from daemon.cli.due import severity_called
from daemon.letters.plain import one_line, plain
from rules.contracts import term_for
from rules.model import CloseReason, Contract, Request
from rules.policies import local_day
from rules.requests import Refused

if TYPE_CHECKING:
    from storage.store import Transaction


_LONGEST_SAID = 500


@app.command()
def answer(
    id: Id,
    file: Annotated[str, typer.Argument(help="The words to the customer; - is standard input.")],
    person: AsPerson,
    by_phone: Annotated[
        bool, typer.Option("--by-phone", help="You said it to the customer: nothing is sent.")
    ] = False,
    config: Config = None,
) -> None:
    """Answer the customer; the clock stops once the relay has taken it."""
    text = read_bytes(file).decode("utf-8", errors="replace").strip()
    if by_phone:
        said = one_line(text, _LONGEST_SAID)
        if not said:
            raise Refused("the answer is empty: write down what you said, at least a word")
        with office(config) as at:
            at.store.write(lambda tx: at.desk.answered_by_phone(tx, id, person, said, at.now))
        print(f"request {id} is answered by phone")
        return
    # The same words to the same request are the same answer: run twice, sent once.
    source = f"cli-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    with office(config) as at:
        notice = at.store.write(lambda tx: at.desk.answer(tx, id, person, text, source, at.now))
    to = one_line(notice.way.address, 254)
    print(f"answer to request {id} is queued for {to}; `supportd show {id}` tells when it is taken")


@app.command()
def severity(
    id: Id,
    value: Annotated[
        str, typer.Argument(help="critical, significant, minor or none; same if it is right.")
    ],
    person: AsPerson,
    why: Annotated[str, typer.Option("--why", help="Needed unless it stays the same.")] = "",
    config: Config = None,
) -> None:
    """Set the severity, or say that it is right: your word replaces the provisional one, and the
    deadline moves with it."""
    level = None if value == "same" else severity_called(value)
    why = " ".join(plain(why).split())
    if level and not why:
        raise Refused("--why is empty: say why; it is kept in the request's history")

    def say(tx: "Transaction") -> Request:
        if level is None:
            return at.desk.confirm_severity(tx, id, why or "it is right", person, at.now)
        return at.desk.set_severity(tx, id, level, why, person, at.now)

    with office(config) as at:
        request = at.store.write(say)
    due = local(request.first_response_due_at or request.review_due_at, at.playbook.policy.zone)
    print(f"request {id} is {request.severity}; due {due}")


@app.command()
def close(
    id: Id,
    why: Annotated[str, typer.Option("--why", help="not-a-request, duplicate or withdrawn.")],
    person: AsPerson,
    config: Config = None,
) -> None:
    """End an unanswered request, with a reason."""
    if why not in list(CloseReason):
        raise Refused(f"{why!r} is no reason to end a request; there are: {', '.join(CloseReason)}")
    with office(config) as at:
        at.store.write(lambda tx: at.desk.close(tx, id, CloseReason(why), person, at.now))
    print(f"request {id} is closed: {why}")


@app.command()
def release(
    id: Id,
    person: AsPerson,
    customer: Annotated[
        str,
        typer.Option(
            "--customer", help="Under this customer's contract; else its own, or on Basic."
        ),
    ] = "",
    config: Config = None,
) -> None:
    """Let a held request through: the customer's clock starts."""
    with office(config) as at:

        def let_through(tx: "Transaction") -> Request:
            chosen = _contract(tx, at, id, customer) if customer else None
            contract = chosen or at.desk.running_contract(tx, id)
            return at.desk.release(tx, id, contract, person, at.now)

        request = at.store.write(let_through)
    print(
        f"request {id} is open; due {local(request.first_response_due_at, at.playbook.policy.zone)}"
    )


@app.command()
def confirm(
    message: Annotated[
        int,
        typer.Argument(min=1, max=2**63 - 1, help="The message's number.", show_default=False),
    ],
    person: AsPerson,
    config: Config = None,
) -> None:
    """Say that one of us wrote an answer that waits for proof: it goes to the customer."""
    with office(config) as at:
        notice = at.store.write(lambda tx: at.desk.confirm(tx, message, person, at.read, at.now))
    to = one_line(notice.way.address, 254)
    print(f"answer to request {notice.request_id} is queued for {to}")


@app.command()
def assign(id: Id, customer: Customer, person: AsPerson, config: Config = None) -> None:
    """Say whose a request is: its plan, deadline and credit follow; a held one is released."""
    with office(config) as at:

        def file(tx: "Transaction") -> Request:
            return at.desk.assign(tx, id, _contract(tx, at, id, customer), person, at.now)

        request = at.store.write(file)
    due = local(request.first_response_due_at, at.playbook.policy.zone)
    print(f"request {id} is {request.customer}'s ({request.plan}); due {due}")


def _contract(tx: "Transaction", at: Office, id: int, customer: str) -> Contract:
    """The customer's contract that ran when the request came, else the nearest to now."""
    day = local_day(at.desk.request(tx, id).received_at, at.playbook)
    found = term_for(named(customer, tx.contracts.all()), day, today_of(at))
    assert found is not None  # `named` finds one at least
    return found
