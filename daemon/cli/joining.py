"""`merge` and `split`: one matter in two requests, and two in one."""

from typing import Annotated

import typer

from daemon.cli.common import AsPerson, Config, Id, app, local, office
from daemon.letters.plain import one_line

Other = Annotated[
    int, typer.Argument(min=1, max=2**63 - 1, help="Where it goes on.", show_default=False)
]
MessageId = Annotated[
    int,
    typer.Argument(min=1, max=2**31 - 1, help="Its number in `show`.", show_default=False),
]


@app.command()
def merge(id: Id, into: Other, person: AsPerson, config: Config = None) -> None:
    """Let a request's matter go on in another: the earlier deadline stays, one credit is drawn."""
    from daemon import joining

    with office(config) as at:
        gone = at.store.read(lambda tx: at.desk.request(tx, id))
        request = at.store.write(
            lambda tx: joining.merge(tx, at.desk, at.playbook, id, into, person, at.now)
        )
        zone = at.playbook.policy.zone
    due = request.first_response_due_at or request.review_due_at
    print(f"request {id} goes on in {request.id}: {request.severity}, due {local(due, zone)}")
    if gone.sender != request.sender:
        others = one_line(gone.sender, 254)
        print(f"answers go to {one_line(request.sender, 254)}; {others} is not written to")


@app.command()
def split(id: Id, message: MessageId, person: AsPerson, config: Config = None) -> None:
    """Make a request of a further message: it counts from when that message was received."""
    from daemon import joining
    from daemon.triage import Assessor

    with office(config) as at:
        filed = at.store.read(lambda tx: tx.messages.get(message))
        said = filed.message if filed else None
        assess = Assessor(costs=at.settings.triage.costs)
        found = assess(said.subject, said.new_text or said.text) if said else assess("", "")
        request = at.store.write(
            lambda tx: joining.split(tx, at.desk, at.playbook, id, message, found, person, at.now)
        )
        zone = at.playbook.policy.zone
    due = request.first_response_due_at or request.review_due_at
    print(f"message {message} is request {request.id}: {request.severity}, due {local(due, zone)}")
