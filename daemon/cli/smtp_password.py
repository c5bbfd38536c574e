"""`smtp-password`: what stands in the configuration for a password."""

import getpass
import sys

from daemon.cli.common import app
from daemon.cli.streams import standard_input
from rules.requests import Refused


@app.command()
def smtp_password() -> None:
    """Read a password, at the terminal or from standard input, and print its hash for smtp.logins.

    The password itself is kept nowhere.
    """
    from channels.smtp import hash_password

    if sys.stdin is not None and sys.stdin.isatty():
        password = getpass.getpass("Password: ")
    else:
        password = standard_input().readline().rstrip("\r\n")
    if not password:
        raise Refused("there is no password: type one, or pipe it in")
    print(hash_password(password))
