"""A private PostgreSQL in a temporary folder, also when run as root, which it refuses to be."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
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

    @property
    def pid(self) -> int:
        return self._server.pid

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


class Line:
    """A line to a server that breaks at COMMIT: before the server hears it, or before it answers.

    `breaks` says at each COMMIT which of the two, if any: "before", "after", "".
    """

    def __init__(self, cluster: Cluster, breaks: Callable[[], str]) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="supportd-line-"))
        self._breaks = breaks
        self._server = str(cluster.path / ".s.PGSQL.5432")
        self._sockets = [socket.socket(socket.AF_UNIX)]
        self._threads: list[threading.Thread] = []
        self._sockets[0].bind(str(self.path / ".s.PGSQL.5432"))
        self._sockets[0].listen(64)
        self._start(self._accept)

    def url(self, database: str) -> str:
        return f"postgresql://supportd@/{database}?host={self.path}"

    def remove(self) -> None:
        _hang_up(*self._sockets)
        for thread in self._threads:
            thread.join()
        for each in self._sockets:
            each.close()
        shutil.rmtree(self.path)

    def _accept(self) -> None:
        with suppress(OSError):  # hung up
            while True:
                client, _ = self._sockets[0].accept()
                server = socket.socket(socket.AF_UNIX)
                self._sockets += [client, server]
                server.connect(self._server)
                mute = threading.Event()
                for pump in (self._ask, self._answer):
                    self._start(pump, client, server, mute)

    def _ask(self, client: socket.socket, server: socket.socket, mute: threading.Event) -> None:
        with suppress(OSError):
            while asked := client.recv(65536):
                broken = self._breaks() if b"COMMIT\0" in asked else ""
                if broken == "before":
                    break
                if broken == "after":
                    mute.set()
                server.sendall(asked)
        _hang_up(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, mute: threading.Event) -> None:
        with suppress(OSError):
            while (said := server.recv(65536)) and not mute.is_set():
                client.sendall(said)
        _hang_up(client, server)

    def _start(self, work: Callable[..., None], *args: object) -> None:
        self._threads.append(threading.Thread(target=work, args=args, daemon=True))
        self._threads[-1].start()


def _hang_up(*lines: socket.socket) -> None:
    for line in lines:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)  # not close: the other thread may be in it
