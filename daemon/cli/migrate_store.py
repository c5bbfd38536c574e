"""`migrate-store`: everything remembered moves from SQLite to PostgreSQL."""

from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import app

if TYPE_CHECKING:
    from storage.copy import Compared


@app.command("migrate-store")
def migrate_store(
    from_url: Annotated[str, typer.Argument(help="sqlite:///FILE, brought up to date first.")],
    to_url: Annotated[
        str,
        typer.Argument(help="postgresql://USER@HOST/DATABASE, empty; a password in ~/.pgpass."),
    ],
) -> None:
    """Copy SQLite into an empty PostgreSQL, and prove the copy; no daemon may run on either."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    from storage.copy import copy

    columns = (TextColumn("{task.description:9}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task("")
        compared = copy(
            from_url,
            to_url,
            lambda steps: progress.update(bar, total=steps),
            lambda table: progress.update(bar, advance=1, description=table),
        )
    _print(compared)


def _print(compared: "list[Compared]") -> None:
    print(f"{'table':10} {'rows':>9} {'copied':>9}  hash of the rows, the same on both sides")
    for each in compared:
        print(f"{each.table:10} {each.rows:>9} {each.copied:>9}  {each.copied_hash[:32]}")
    print("the copy is the same: let store.url name it, and start the daemon")
