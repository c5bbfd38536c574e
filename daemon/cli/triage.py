"""`triage`: what was learned from people's words on severities, and how right it is."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from daemon.cli.common import AsPerson, Config, Office, app, local, office
from daemon.triage import shipped
from daemon.triage.scores import Scores
from daemon.triage.teaching import Taught, beginning, new_labels, taught
from rules.model import Label, Refit
from rules.requests import Refused

triage = typer.Typer(no_args_is_help=True, help="Severities: what is learned from your words.")
app.add_typer(triage, name="triage")

_SHOWN = 10
_MOST = 10_000
"""Labels that are evaluated, the newest."""


@triage.command()
def status(config: Config = None) -> None:
    """Tell what assigns severities, and what was learned so far."""
    base = shipped.name()
    with office(config) as at:
        serving = at.store.read(lambda tx: tx.refits.serving(base))
        refits = at.store.read(lambda tx: tx.refits.all())
        labels = at.store.read(lambda tx: tx.labels.count_after(0))
        new = at.store.read(lambda tx: new_labels(tx, base))
        print(f"serving: refit-{serving}" if serving else f"serving: {base}, nothing learned")
        print(f"labels: {labels}, {new} of them not learned from yet")
        for refit in refits[:_SHOWN]:
            print()
            for line in _told(refit, base, at):
                print(line)


@triage.command()
def refit(person: AsPerson, config: Config = None) -> None:
    """Learn from all labels now; a running daemon takes it up if it is no worse."""
    from daemon.triage.refitting import learned

    base = shipped.name()
    with office(config) as at:
        at.desk.person(person)
        begun = at.store.read(lambda tx: beginning(tx, base))
        told: list[Taught] = []
        for some in begun.in_parts():
            told += at.store.read(lambda tx, some=some: taught(tx, some, begun.seen))  # type: ignore[misc]
        if not told:
            raise Refused("there is no label to learn from; `supportd severity` gives them")
        print(f"learning from {len(told)} labels, some minutes of one core")
        os.nice(10)
        found = learned(told, begun.content, begun.serving, at.settings.triage.costs)
        made = begun.ended(found, base, person, at.now)
        kept = at.store.write(lambda tx: tx.refits.add(made, found.content))
        for line in _told(kept, base, at):
            print(line)
    if not kept.accepted:
        raise Refused("it is worse than what serves, and was not taken")


@triage.command()
def rollback(person: AsPerson, config: Config = None) -> None:
    """Go back to the model before; a running daemon takes it up."""
    base = shipped.name()
    with office(config) as at:
        at.desk.person(person)
        id = at.store.read(lambda tx: tx.refits.serving(base))
        if id is None:
            raise Refused(f"{base} serves, which came with the daemon: there is nothing before it")
        at.store.write(lambda tx: tx.refits.withdraw(id, person))
        before = at.store.read(lambda tx: tx.refits.serving(base))
    print(f"refit-{id} serves no more; {f'refit-{before}' if before else base} does")


@triage.command()
def evaluate(
    requests: Annotated[
        bool, typer.Option("--requests", help="Name each where the severity was another.")
    ] = False,
    config: Config = None,
) -> None:
    """Compare what was assigned with what people said of it, later: no model knew it then."""
    with office(config) as at:
        labels = at.store.read(lambda tx: tx.labels.newest(_MOST))
    if not labels:
        raise Refused("there is no label to compare with; `supportd severity` gives them")
    print(f"all: {_scores(labels)}")
    models = Counter(label.model or "unknown" for label in labels)
    for model in sorted(models):
        own = [label for label in labels if (label.model or "unknown") == model]
        print(f"{model}: {_scores(own)}")
    wrong = [label for label in labels if label.assigned is not label.severity]
    lower = sum(label.assigned.rank > label.severity.rank for label in wrong)
    print(f"assigned too low: {lower}, too high: {len(wrong) - lower}")
    for label in wrong if requests else ():
        print(f"request {label.request_id}: {label.assigned}, {label.severity} by {label.who}")


def _scores(labels: Iterable[Label]) -> Scores:
    return Scores.of([(label.severity, label.assigned) for label in labels])


def _told(refit: Refit, base: str, at: Office) -> list[str]:
    what = "taken" if refit.accepted else "not taken"
    if refit.withdrawn_by:
        what = f"taken back by {refit.withdrawn_by}"
    elif refit.base != base:
        what = f"{what}, of another version of the daemon: it serves no more"
    when = local(refit.at, at.playbook.policy.zone)
    head = f"{refit.name}: {when}, {refit.labels} labels, asked for by {refit.who}: {what}"
    return [head, *(f"  {line}" for line in refit.report)]
