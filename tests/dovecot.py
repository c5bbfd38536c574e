"""A Dovecot of our own, in a temporary folder, whoever we are; mail is dropped into Maildirs."""

import getpass
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from imapclient import IMAPClient

from tests.conftest import need

PASSWORD = "secret"

CONF = """
base_dir = {path}/run
state_dir = {path}/state
log_path = {path}/log
protocols = imap
listen = 127.0.0.1
{security}
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
mail_location = maildir:{path}/mail/%u
mail_max_userip_connections = 100
maildir_stat_dirs = yes
first_valid_uid = 1
first_valid_gid = 1
{passdb}passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={path}/mail/%u
}}
"""

PLAIN = """
ssl = no
disable_plaintext_auth = no
"""
ENCRYPTED = """
ssl = required
ssl_cert = <{path}/localhost.crt
ssl_key = <{path}/localhost.key
"""
BEARER = """
auth_mechanisms = plain {mechanisms}
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {path}/oauth2.conf
}}
"""
ASKING = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""
_CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"

_numbers = count(1)


def installed() -> str | None:
    """Where it is."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """On loopback."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def running(**options: str | bool) -> Iterator["Dovecot"]:
    """One that serves until it is left; the test is skipped where none is installed."""
    need(installed() is not None, "Dovecot (dovecot-imapd) is not installed")
    server = Dovecot(**options)
    try:
        server.start()
        yield server
    finally:
        server.remove()


class Dovecot:
    """Runs from `start` to `stop`; every user exists, under one password.

    Encrypted, it lets nobody log in otherwise, and its own certificate is for `localhost`. Where
    there is an introspection endpoint it takes tokens, too. `more` is configuration.
    """

    def __init__(
        self,
        *,
        encrypted: bool = False,
        introspection: str = "",
        mechanisms: str = "oauthbearer xoauth2",
        more: str = "",
    ) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.path.chmod(0o755)
        self.port = free_port()
        self.tls_port = free_port() if encrypted else 0
        self.certificate = self.path / "localhost.crt"
        if encrypted:
            self._certify()
        root = os.getuid() == 0
        mine = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        self.uid, self.gid = mine.pw_uid, mine.pw_gid
        internal = "dovecot" if root else getpass.getuser()
        passdb = ""
        if introspection:
            passdb = BEARER.format(mechanisms=mechanisms, path=self.path)
            (self.path / "oauth2.conf").write_text(ASKING.format(url=introspection))
        text = CONF.format(
            passdb=passdb,
            path=self.path,
            port=self.port,
            tls_port=self.tls_port,
            security=(ENCRYPTED if encrypted else PLAIN).format(path=self.path),
            password=PASSWORD,
            uid=self.uid,
            gid=self.gid,
            login="dovenull" if root else internal,
            internal=internal,
            group=grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
        )
        (self.path / "dovecot.conf").write_text(text + more)
        (self.path / "mail").mkdir()
        os.chown(self.path / "mail", self.uid, self.gid)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve; returns when it answers."""
        command = [installed() or "dovecot", "-F", "-c", str(self.path / "dovecot.conf")]
        self._process = subprocess.Popen(command)
        end = time.monotonic() + 10
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port)) as line:
                    line.recv(1)
                return
            except OSError:
                assert time.monotonic() < end, (self.path / "log").read_text()
                time.sleep(0.05)

    def _certify(self) -> None:
        key = ["-keyout", str(self.path / "localhost.key"), "-out", str(self.certificate)]
        name = ["-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*_CERTIFICATE.split(), *name, *key], check=True, capture_output=True)

    def stop(self) -> None:
        """Hang up on everybody."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.path)

    def client(self, user: str) -> IMAPClient:
        """Somebody else looking into the mailbox."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.normalise_times = False
        client.login(user, PASSWORD)
        return client

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """The folder's own, made if it is missing."""
        top = self.path / "mail" / user
        path = top if folder == "INBOX" else top / f".{folder}"
        for each in (top, path, *(path / part for part in ("cur", "new", "tmp"))):
            if not each.exists():
                each.mkdir()
                os.chown(each, self.uid, self.gid)
        return path

    def deliver(
        self, user: str, content: bytes, at: datetime | None = None, folder: str = "INBOX"
    ) -> bool:
        """As a delivery agent does; `at` becomes the INTERNALDATE. It lets in everything."""
        path = self.maildir(user, folder)
        name = f"{next(_numbers):08}.{os.getpid()}.test"
        (path / "tmp" / name).write_bytes(content)
        os.chown(path / "tmp" / name, self.uid, self.gid)
        if at is not None:
            stamp = at.astimezone(UTC).timestamp()
            os.utime(path / "tmp" / name, (stamp, stamp))
        (path / "tmp" / name).rename(path / "new" / name)
        return True

    def deliver_all(self, user: str, contents: Iterable[bytes], at: datetime) -> None:
        """One after another."""
        for content in contents:
            self.deliver(user, content, at)

    def renumber(self, user: str, validity: int, folder: str = "INBOX") -> None:
        """Forget all uids: they begin again under this UIDVALIDITY, the messages stay."""
        for file in self.maildir(user, folder).glob("dovecot*"):
            file.unlink()
        uids = self.maildir(user, folder) / "dovecot-uidlist"
        uids.write_text(f"3 V{validity} N1 G0123456789abcdef0123456789abcdef\n")
        os.chown(uids, self.uid, self.gid)
