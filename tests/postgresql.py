"""A private PostgreSQL in a temporary folder, also when run as root, which it refuses to be."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from storage.store import Store
from tests.conftest import need

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
numbers = count(1)


def programs() -> Path:
    """Where the server's programs are; Debian keeps them out of the path."""
    found = [Path(p).parent for p in [shutil.which("initdb")] if p]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parts[-2]))
    need(bool(found), "PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return found[0]


class Cluster:
    """A server that only this machine's sockets reach, and that ends with us."""

    def __init__(self, *settings: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="supportd-postgresql-"))
        self._settings = settings
        self._programs = programs()
        self._as: list[str] = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.path, user.pw_uid, user.pw_gid)
            self._as = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        asked = ["-U", "supportd", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "-D", str(self.path / "data"), *asked).wait(60)
        self.start()

    def start(self) -> None:
        given = [f"unix_socket_directories={self.path}", "listen_addresses=", *self._settings]
        self._server = self._run(
            "postgres", "-D", str(self.path / "data"), *(w for s in given for w in ("-c", s))
        )
        end = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < end, (self.path / "log").read_text()
                time.sleep(0.05)

    def stop(self) -> None:
        self._server.send_signal(signal.SIGINT)  # at once, in order
        self._server.wait(30)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.path)

    def url(self, database: str) -> str:
        return f"postgresql://supportd@/{database}?host={self.path}"

    def create(self, template: str = "template0") -> str:
        """Make a database like the template; return its name."""
        name = f"supportd_{next(numbers)}"
        self.ask("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, name: str) -> None:
        self.ask("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def ask(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @cache  # noqa: B019 - as long as the server, so to the end
    def migrated(self) -> str:
        """The name of a database brought up to date once, to be copied."""
        name = self.create()
        store = Store(self.url(name))
        store.migrate()
        store.close()
        return name

    def _run(self, program: str, *args: str) -> "subprocess.Popen[bytes]":
        # --pdeathsig: killed tests leave no server behind.
        command = ["setpriv", "--pdeathsig=INT", *self._as, str(self._programs / program), *args]
        with (self.path / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.path, stdout=log, stderr=log)
