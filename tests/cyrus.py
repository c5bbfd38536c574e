"""A Cyrus of our own, in a temporary folder: an IMAP server of another family than Dovecot's.

Debian lets only one IMAP server be installed, so its programs may lie unpacked anywhere; see
`.ci/run`.
"""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tests.dovecot import PASSWORD, free_port

PLACES = ("/usr/lib/cyrus/bin", "/opt/cyrus/usr/lib/cyrus/bin")

IMAPD = """
configdirectory: {path}/conf
partition-default: {path}/spool
defaultpartition: default
servername: localhost
virtdomains: off
cyrus_user: {owner}
admins: admin
allowplaintext: yes
autocreate_quota: 0
altnamespace: yes
unixhierarchysep: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {path}/sasldb2
sasl_mech_list: PLAIN LOGIN
"""
SERVICES = """
START {{
  recover cmd="{ctl} -C {path}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{imapd} -C {path}/imapd.conf" listen="127.0.0.1:{port}" prefork=0
}}
DAEMON {{
  idled cmd="{idled} -C {path}/imapd.conf"
}}
"""


def _program(name: str) -> Path | None:
    return next((path for place in PLACES if (path := Path(place, name)).exists()), None)


def missing() -> str:
    """What of it is not installed; empty if nothing."""
    names = [name for name in ("master", "imapd", "idled", "ctl_cyrusdb") if not _program(name)]
    names += [] if shutil.which("saslpasswd2", path=_PATH) else ["saslpasswd2"]
    return ", ".join(names)


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


class Cyrus:
    """Runs from `start` to `stop`; users exist once they are asked for, under one password."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cyrus-"))
        self.path.chmod(0o755)
        self.port = free_port()
        owner = "cyrus" if os.getuid() == 0 else getpass.getuser()
        for folder in ("conf/db", "conf/proc", "conf/log", "conf/msg", "conf/socket", "spool"):
            (self.path / folder).mkdir(parents=True)
        (self.path / "imapd.conf").write_text(IMAPD.format(path=self.path, owner=owner))
        (self.path / "cyrus.conf").write_text(
            SERVICES.format(
                path=self.path,
                port=self.port,
                ctl=_program("ctl_cyrusdb"),
                imapd=_program("imapd"),
                idled=_program("idled"),
            )
        )
        self._owner = pwd.getpwnam(owner)
        self._users: set[str] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve; returns when it answers."""
        self._know("admin")
        for path in (self.path, *self.path.rglob("*")):
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        files = ["-C", f"{self.path}/imapd.conf", "-M", f"{self.path}/cyrus.conf"]
        own = ["-p", f"{self.path}/pid", "-D"]
        self._process = subprocess.Popen([str(_program("master")), *files, *own])
        end = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < end, "Cyrus does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                return line.recv(4) == b"* OK"
        except OSError:
            return False

    def stop(self) -> None:
        """Hang up on everybody."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=20)
            self._process = None

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.path)

    def maildir(self, user: str) -> None:
        """The user, made if missing; the INBOX comes with the first login."""
        self._know(user)

    def _know(self, user: str) -> None:
        if user in self._users:
            return
        secrets = ["-f", f"{self.path}/sasldb2", "-u", "localhost"]
        command = ["saslpasswd2", "-p", "-c", *secrets, user]
        environment = {**os.environ, "PATH": _PATH}
        subprocess.run(command, input=PASSWORD.encode(), check=True, env=environment)
        self._users.add(user)

    def client(self, user: str) -> IMAPClient:
        """Somebody else looking into the mailbox."""
        self._know(user)
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.normalise_times = False
        client.login(user, PASSWORD)
        return client

    def deliver(
        self, user: str, content: bytes, at: datetime | None = None, folder: str = "INBOX"
    ) -> bool:
        """Whether it was let in: Cyrus refuses what is no message, as with a NUL in it."""
        with self.client(user) as client:
            try:
                client.append(folder, content, msg_time=at)
            except IMAPClientError:
                return False
        return True

    def deliver_all(self, user: str, contents: Iterable[bytes], at: datetime) -> None:
        """By one login: hundreds take long."""
        with self.client(user) as client:
            for content in contents:
                client.append("INBOX", content, msg_time=at)
