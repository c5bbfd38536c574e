"""Through pgbouncer, which hands a session on after each transaction."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from storage.store import Store, Transaction
from tests.conftest import need
from tests.storage.nouns import NOW, a_request

INI = """
[databases]
* = host={server} user=supportd
[pgbouncer]
listen_addr =
unix_socket_dir = {path}
listen_port = {port}
auth_type = any
logfile =
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = extra_float_digits
"""


@pytest.fixture(params=["postgresql"])
def url(postgresql: Any, tmp_path: Path) -> Iterator[str]:
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    need(program is not None, "pgbouncer is not installed (Debian: apt-get install pgbouncer)")
    assert program is not None
    name, port = postgresql.create(), 6432
    folder = postgresql.path / f"bouncer-{name}"  # which the server's user may reach
    folder.mkdir()
    folder.chmod(0o777)
    ini = folder / "pgbouncer.ini"
    ini.write_text(INI.format(server=postgresql.path, path=folder, port=port))
    command = ["setpriv", "--pdeathsig=INT", *postgresql._as, program, str(ini)]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while not (folder / f".s.PGSQL.{port}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    yield f"postgresql://supportd@/{name}?host={folder}&port={port}&pgbouncer=true"
    process.kill()
    process.wait()
    postgresql.drop(name)


def test_many_work_at_once_and_none_loses_anything(store: Store) -> None:
    def once(number: int) -> None:
        store.write(lambda tx: count(tx))
        store.claim(lambda tx: tx.leases.take(str(number), "one", NOW, NOW))
        store.read(lambda tx: tx.requests.find())
        assert not store.is_ripe(NOW, NOW)

    def count(tx: Transaction) -> None:
        tx.memory.save("count", str(int(tx.memory.load("count") or 0) + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(once, range(80)))
    assert store.read(lambda tx: tx.memory.load("count")) == "80"
    request = store.write(lambda tx: tx.requests.add(a_request()))
    assert store.read(lambda tx: tx.requests.get(request.id)) == request  # instants are in UTC
