"""All commands, and how one ends.

Commands import what they use when they run: `supportd parse` must not wait for a web server.
"""

import sys

from daemon.cli import (
    call,
    contracts,
    contracts_edit,
    credits,
    doctor,
    due,
    erase,
    import_,
    joining,
    leases,
    letter,
    linking,
    mailbox,
    migrate_store,
    offer,
    oncall,
    oncall_test,
    read,
    replay,
    report,
    requests,
    run,
    show,
    slack,
    smtp_password,
    triage,
    work,
)
from daemon.cli.common import app
from daemon.cli.streams import drop_output, speak_utf8
from daemon.config.problems import ConfigError
from rules.policies import UnknownVersion
from rules.requests import Refused
from storage.errors import StoreError

__all__ = [
    "call",
    "contracts",
    "contracts_edit",
    "credits",
    "doctor",
    "due",
    "erase",
    "import_",
    "joining",
    "leases",
    "letter",
    "linking",
    "mailbox",
    "migrate_store",
    "offer",
    "oncall",
    "oncall_test",
    "read",
    "replay",
    "report",
    "requests",
    "run",
    "run_command",
    "show",
    "slack",
    "smtp_password",
    "triage",
    "work",
]


def run_command() -> None:
    """Run what the arguments say, and exit: what cannot be done is told in a line or a few."""
    try:
        speak_utf8()
        try:
            app()
        finally:
            print(end="", flush=True)  # a full disk shows here, not after the last word
    except ConfigError as error:
        sys.exit("\n".join(error.problems))
    except (Refused, StoreError, UnknownVersion) as error:
        sys.exit(f"refused: {error}")
    except BrokenPipeError:
        drop_output()  # whoever read has gone, and wants no more words
        sys.exit(1)
    except OSError as error:
        drop_output()
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(f"failed: {where}{error.strerror or error}")
