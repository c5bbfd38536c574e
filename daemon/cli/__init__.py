"""The command `supportd`."""

import sys


def main() -> None:
    """Run a command: 0 done, 1 refused with a clear reason, 2 wrong usage, 130 interrupted."""
    try:
        from daemon.cli.commands import run_command  # may take a second: Ctrl-C comes then, too

        run_command()
    except KeyboardInterrupt:
        sys.exit(130)
