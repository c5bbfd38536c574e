"""`import`: mail from files, taken once however often it is asked for."""

import hashlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import Config, Office, app, office
from rules.requests import Refused

if TYPE_CHECKING:
    from channels.mail.files import Found
    from rules.model import Account, Arrival

BATCH_BYTES = 8 * 1024 * 1024
BATCH = 500
"""In one commit: a daemon beside us must get its turn."""


@app.command("import")
def import_mail(
    paths: Annotated[
        list[Path], typer.Argument(help="mbox files, Maildirs, .eml files, folders of them.")
    ],
    account: Annotated[
        str, typer.Option(help="For which of the configuration's accounts; needed if several.")
    ] = "",
    live: Annotated[
        bool, typer.Option("--live", help="Open requests; else it is history, and opens nothing.")
    ] = False,
    config: Config = None,
) -> None:
    """Take mail from files; the daemon understands it, the running one or the next.

    It may be interrupted and repeated: what is here already is not taken again.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from channels.mail import files

    with office(config) as at:
        chosen = _account(at, account)
        unreadable: list[str] = []
        try:
            sources = [source for path in paths for source in files.sources(path, unreadable)]
        except OSError as error:
            raise Refused(f"{error.filename}: {error.strerror}") from None
        seen = taken = 0
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        with bar:
            task = bar.add_task("taking mail", total=sum(source.size for source in sources))
            for batch in _batches(files.read_all(sources, unreadable)):
                arrivals = [_arrival(found, chosen, live, at.now) for found in batch]
                taken += at.store.write(lambda tx, a=arrivals: tx.inbox.take(a, at.now))  # type: ignore[misc]
                seen += len(batch)
                bar.advance(task, sum(found.size for found in batch))
    kind = "live" if live else "history"
    print(f"{taken} of {seen} messages taken as {kind}, {seen - taken} were here already")
    for line in unreadable:
        print(line, file=sys.stderr)
    if unreadable:
        raise typer.Exit(1)


def _account(at: Office, name: str) -> "Account":
    accounts = at.playbook.accounts
    if not name and len(accounts) == 1:
        return next(iter(accounts.values()))
    if name not in accounts:
        known = ", ".join(accounts)
        raise Refused(f"--account {name or 'is missing'}; known here: {known}")
    return accounts[name]


def _batches(found: Iterator["Found"]) -> Iterator[list["Found"]]:
    batch: list[Found] = []
    size = 0
    for one in found:
        batch.append(one)
        size += one.size
        if size >= BATCH_BYTES or len(batch) >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _arrival(found: "Found", account: "Account", live: bool, now: datetime) -> "Arrival":
    from channels.mail import delivery
    from rules.model import Arrival, Channel, Envelope

    headers = delivery.headers(found.content)
    received_at = delivery.received_at(headers) or found.modified_at
    envelope = Envelope(
        channel=Channel.EMAIL,
        account=account.name,
        # History under another id: it may be asked for alive later.
        external_id=f"{'file' if live else 'history'}:{hashlib.sha256(found.content).hexdigest()}",
        sender=delivery.sender(headers),
        recipients=delivery.recipients(headers, account),
        received_at=min(received_at, now),
        history=not live,
    )
    return Arrival(envelope, found.content)
