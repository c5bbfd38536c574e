"""`call`: a telephone call written down, under the same rules as any message."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import Config, app, computing, instant, local, office, read_bytes
from rules.model import Request
from rules.requests import Refused

if TYPE_CHECKING:
    from storage.store import Transaction

_LONGEST_SUBJECT = 80


@app.command()
def call(
    from_: Annotated[
        str, typer.Option("--from", help="A registered person's name, an address, or a number.")
    ],
    text: Annotated[str, typer.Option("--text", help="What was said; - is standard input.")],
    at: Annotated[str, typer.Option("--at", help="When; else now. Policy time if no offset.")] = "",
    subject: Annotated[str, typer.Option(help="Else the text's first line.")] = "",
    about: Annotated[int, typer.Option(min=0, help="The request in which it goes on.")] = 0,
    answered_by: Annotated[
        str, typer.Option("--answered-by", help="Who of us answered in the call itself.")
    ] = "",
    config: Config = None,
) -> None:
    """Log a telephone call as a request, and say by when it must be answered."""
    from channels.phone import Call
    from daemon import calls
    from daemon.decisions import Decisions
    from daemon.triage import Assessor
    from rules.policies import local_day

    said = read_bytes("-").decode("utf-8", errors="replace") if text == "-" else text
    if not said.strip():
        raise Refused("--text is empty: write what was said")
    with office(config) as here:
        zone = here.playbook.policy.zone
        called_at = instant(at, zone) if at else here.now
        if called_at > here.now:
            raise Refused(f"--at {at} is to come; a call is logged after it was taken")
        account = next(iter(here.playbook.accounts.values()))
        decisions = Decisions(here.playbook, here.notices, here.desk)
        title = subject or said.strip().splitlines()[0][:_LONGEST_SUBJECT]
        assessment = Assessor(costs=here.settings.triage.costs)(title, said)

        def log(tx: "Transaction") -> Request:
            name, address = calls.caller(tx, from_, local_day(called_at, here.playbook))
            words = title
            if about:
                request = here.desk.request(tx, about)
                words = f"Re: [#{about}] {request.subject}"
            made = Call(name, address, words, said)
            found = calls.log(tx, made, account, called_at, assessment, decisions, here.now)
            if answered_by:
                said_so = "in the call itself"
                found = here.desk.answered_by_phone(tx, found.id, answered_by, said_so, called_at)
            return found

        with computing():
            request = here.store.write(log)
    _print(request, local(request.first_response_due_at or request.review_due_at, zone))


def _print(request: Request, due: str) -> None:
    who = request.customer or "of nobody we know: held for a person"
    print(f"request {request.id}, {who}; {request.severity}, {request.state}; due {due}")
    for reason in request.reasons:
        print(f"  {reason}")
