"""`run` and `check-config`: the daemon itself, and what it would refuse."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import Config, app, load_settings
from rules.requests import Refused

if TYPE_CHECKING:
    from daemon.config import Settings
    from rules.model import Notice, Playbook
    from storage.store import Store

TRY = """Try it, in another terminal:
  curl -s smtp://{smtp} --mail-from maria@demo-trade.example \\
       --mail-rcpt {address} -T examples/outage.eml
  .venv/bin/supportd requests
Or in a browser: http://{http}/ticket
Ctrl-C stops it."""


@app.command("check-config")
def check_config(config: Config = None) -> None:
    """Check the configuration as `run` would, and list every problem."""
    from daemon.config import find_config

    path = find_config(config, os.environ)
    settings = load_settings(path, demo=path is None)
    print(f"{path} is sound" if path else "no file is found; the embedded demonstration is sound")
    for line in (*_not_there(settings), *_gaps(settings)):
        print(f"  but {line}")


def _not_there(settings: "Settings") -> list[str]:
    from daemon.config.problems import written
    from daemon.config.way_checks import not_there

    return [f"{written(place)}: {words}" for place, words in not_there(settings)]


def _gaps(settings: "Settings") -> list[str]:
    """Of what is configured alone; calendars, contracts and changes are the daemon's to look at."""
    from daemon import parts
    from daemon.on_call.gaps import words
    from rules import gaps
    from rules.model import Imported

    book = parts.playbook(settings)
    turns_alone = {
        name
        for name, rotation in book.rotations.items()
        if not any(isinstance(layer, Imported) for layer in rotation.layers)
    }
    found = gaps.find(book, (), parts.now())
    return [words(gap, book) for gap in found if gap.rotation in turns_alone]


@app.command()
def run(
    demo: Annotated[
        bool, typer.Option("--demo", help="Run on embedded defaults; pings may go to the log.")
    ] = False,
    config: Config = None,
) -> None:
    """Run the daemon until SIGTERM or Ctrl-C."""
    import asyncio

    from daemon import logs, parts
    from daemon.config import find_config
    from daemon.service import NotStarted
    from daemon.wiring.build import build

    path = find_config(config, os.environ)
    if demo and config is None and "SUPPORTD_CONFIG" not in os.environ:
        _say_left_aside(path)
        path = None
    if path is None and not demo:
        raise Refused(_nothing_found())
    settings = load_settings(path, demo)
    logs.configure(settings.log.format, settings.log.level)
    store = parts.start_store(settings)
    playbook = parts.playbook(settings)
    parts.check_plans(store, playbook)
    if path is None:
        _take_demo_contracts(store, playbook)
    write_notice = _print_notice if demo else logs.write_notice
    service = build(settings, playbook, store, write_notice)
    try:
        asyncio.run(service.run(lambda: _welcome(settings, path)))
    except* (NotStarted, OSError) as errors:
        raise Refused("; ".join(_told(error) for error in errors.exceptions)) from None


def _told(error: BaseException) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{error}; the lines above say why"


def _say_left_aside(path: Path | None) -> None:
    """A demo is one of the embedded defaults, whatever lies in the folder."""
    if path is not None:
        print(f"{path} is left aside: a demo runs on embedded defaults, unless --config names it")
        print("(commands beside it still take that file: run the demo in another folder)")


def _print_notice(notice: "Notice") -> None:
    """In a demo the log shows the whole ping: there is no customer whose words it could leak."""
    print(
        f"\n--- {notice.kind} to {notice.person}: {notice.subject}\n{notice.text}\n---", flush=True
    )


def _nothing_found() -> str:
    from daemon.config import CONFIG_PATHS

    tried = ", ".join(str(path) for path in CONFIG_PATHS)
    return (
        f"no configuration: neither --config nor SUPPORTD_CONFIG is given, and there is no {tried}."
        "\n  Copy config.example.toml to one of them, or try `supportd run --demo`."
    )


def _take_demo_contracts(store: "Store", playbook: "Playbook") -> None:
    from daemon.contracts.file import read

    text = (Path(__file__).parent.parent / "demo_contracts.toml").read_text(encoding="utf-8")
    found = read(text, playbook.policy)
    store.write(lambda tx: tx.contracts.put(found))


def _welcome(settings: "Settings", path: Path | None) -> None:
    smtp = settings.smtp.listen
    http = settings.http.listen
    print(f"supportd runs on {path or 'embedded defaults (a demo)'}")
    print(f"  SMTP   {smtp}")
    print(f"  HTTP   http://{http}/healthz, /readyz, /metrics")
    if settings.tickets.enabled:
        page = ", the page /ticket" * settings.tickets.form
        print(f"  tickets at http://{http}/api/tickets{page}")
    for account in settings.accounts.values():
        print(f"  mail for {account.address}")
    if path is None:
        address = next(iter(settings.accounts.values())).address
        print(TRY.format(smtp=smtp, http=http, address=address), flush=True)
