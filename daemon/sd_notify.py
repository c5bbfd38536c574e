"""What systemd is told of us (sd_notify(3)); without systemd, nothing happens."""

import os
import socket
from collections.abc import Mapping

READY = "READY=1"
STOPPING = "STOPPING=1"
WATCHDOG = "WATCHDOG=1"


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send one state to the socket that `NOTIFY_SOCKET` names, and say whether it was sent.

    `@` at its start means an abstract socket. Never raises: a service manager that does not
    listen is no reason to fail.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to_systemd:
            to_systemd.connect(address)
            to_systemd.sendall(state.encode())
    except OSError:
        return False
    return True
