"""A Matrix of our own: Synapse as it is released, in an environment of its own, on this machine."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.slack_peer import free_port
from tests.waiting import wait_until

SUPPORT = "@support:localhost"
_LOCK = Path(__file__).parent / "matrix" / "synapse.lock"
_SECRET = "registers-users-of-tests"
_numbers = itertools.count(1)
_NO_LIMIT = "{per_second: 10000, burst_count: 10000}"

_CONFIG = """\
server_name: localhost
listeners:
  - {port: PORT, bind_addresses: ["127.0.0.1"], type: http, tls: false,
     resources: [{names: [client]}]}
database: {name: sqlite3, args: {database: PLACE/homeserver.db}}
media_store_path: PLACE/media
signing_key_path: PLACE/signing.key
pid_file: PLACE/pid
log_config: PLACE/log.yaml
registration_shared_secret: SECRET
report_stats: false
trusted_key_servers: []
federation_domain_whitelist: []
bcrypt_rounds: 4
caches: {sync_response_cache_duration: 0s}
rc_message: LIMIT
rc_registration: LIMIT
rc_login: {address: LIMIT, account: LIMIT}
rc_joins: {local: LIMIT, remote: LIMIT}
rc_invites: {per_room: LIMIT, per_user: LIMIT, per_issuer: LIMIT}
rc_room_creation: LIMIT
rc_media_create: LIMIT
"""
_LOG = """\
version: 1
handlers: {file: {class: logging.FileHandler, filename: PLACE/log}}
root: {level: WARNING, handlers: [file]}
"""


def installed() -> Path:
    """The Python with Synapse, installed once by its lock."""
    import uv

    lock = _LOCK.read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "supportd-tests"
    place = cache / f"synapse-{hashlib.sha256(lock).hexdigest()[:12]}"
    python = place / "bin" / "python"
    if not (place / "done").exists():
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=cache))
        tool = uv.find_uv_bin()
        install = [tool, "pip", "sync", "-q", "--require-hashes", str(_LOCK)]
        commands = ([tool, "venv", "-q", str(folder / "new")],
                    [*install, "--python", str(folder / "new")])  # fmt: skip
        for command in commands:
            subprocess.run(command, check=True, capture_output=True, timeout=240)
        (folder / "new" / "done").touch()
        with suppress(OSError):  # somebody else was quicker
            (folder / "new").rename(place)
        shutil.rmtree(folder)
    return python


class MatrixRefused(Exception):
    """The server said no."""


class MatrixPeer:
    """A homeserver with us and some people; what they do, the test does by their tokens."""

    def __init__(self) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="synapse"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._configure()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()
        self.tokens = {name: self._register(name) for name in ("support", "maria", "pero", "ana")}

    def _configure(self) -> None:
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self._place / "signing.key").write_text(f"ed25519 a_test {seed}\n")
        config = _CONFIG.replace("PORT", str(self.port)).replace("SECRET", _SECRET)
        config = config.replace("LIMIT", _NO_LIMIT).replace("PLACE", str(self._place))
        (self._place / "homeserver.yaml").write_text(config)
        (self._place / "log.yaml").write_text(_LOG.replace("PLACE", str(self._place)))

    def start(self) -> None:
        """Serve, with all that it knew."""
        self._process = subprocess.Popen(
            [installed(), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"],
            cwd=self._place,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._serves, within=150)

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._place / "log").read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                return True
        except OSError:
            return False

    def stop(self) -> None:
        """Nobody serves; what is known stays."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._place)

    # --- What people do ---

    def ask(self, method: str, path: str, who: str = "support", body: Any = None) -> Any:
        """A call in somebody's name; `body` is JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        url = self.url + (path if path.startswith("/") else f"/_matrix/{path}")
        request = urllib.request.Request(url, data if method != "GET" else None, method=method)
        if token := self.tokens.get(who):
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise MatrixRefused(error.read().decode()) from None

    def room(self, who: str = "maria", *invited: str, join: bool = True, **more: Any) -> str:
        """A new room of somebody's, with us and the others in it; its id."""
        names = ("support", *invited)
        invite = [f"@{name}:localhost" for name in names]
        made = self.ask("POST", "client/v3/createRoom", who, {"invite": invite} | more)
        for name in names if join else ():
            self.ask("POST", f"client/v3/join/{_quoted(made['room_id'])}", name)
        return str(made["room_id"])

    def say(self, room: str, text: str, who: str = "maria", **content: Any) -> str:
        """Somebody writes; the event's id."""
        return self.send(room, "m.room.message", {"msgtype": "m.text", "body": text} | content, who)

    def send(self, room: str, kind: str, content: Any, who: str = "maria") -> str:
        """Any event; its id."""
        path = f"client/v3/rooms/{_quoted(room)}/send/{kind}/t{next(_numbers)}"
        return str(self.ask("PUT", path, who, content)["event_id"])

    def redact(self, room: str, event: str, who: str = "maria") -> str:
        path = f"client/v3/rooms/{_quoted(room)}/redact/{_quoted(event)}/t{next(_numbers)}"
        return str(self.ask("PUT", path, who)["event_id"])

    def upload(self, content: bytes, who: str = "maria") -> str:
        """A file's address."""
        return str(self.ask("POST", "media/v3/upload?filename=x", who, content)["content_uri"])

    def said(self, room: str, who: str = "support") -> list[Any]:
        """What we wrote in a room, oldest first."""
        path = f"client/v3/rooms/{_quoted(room)}/messages?dir=b&limit=100"
        events = self.ask("GET", path)["chunk"]
        return [
            event
            for event in reversed(events)
            if event["sender"] == f"@{who}:localhost" and event["type"] == "m.room.message"
        ]

    def upgrade(self, room: str, who: str = "maria") -> str:
        """Another room takes this one's place, with nobody in it but who made it."""
        path = f"client/v3/rooms/{_quoted(room)}/upgrade"
        return str(self.ask("POST", path, who, {"new_version": "11"})["replacement_room"])

    def fetch(self, path: str, who: str) -> bytes:
        """A file."""
        request = urllib.request.Request(f"{self.url}/_matrix/{path}")
        request.add_header("Authorization", f"Bearer {self.tokens[who]}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def joined(self, room: str) -> bool:
        """Whether we are in a room."""
        return room in self.ask("GET", "client/v3/joined_rooms")["joined_rooms"]

    def _register(self, name: str) -> str:
        self.tokens = getattr(self, "tokens", {})
        nonce = self.ask("GET", "/_synapse/admin/v1/register")["nonce"]
        said = "\0".join((nonce, name, "password", "notadmin")).encode()
        user = {
            "nonce": nonce,
            "username": name,
            "password": "password",
            "admin": False,
            "mac": hmac.new(_SECRET.encode(), said, hashlib.sha1).hexdigest(),
        }
        made = self.ask("POST", "/_synapse/admin/v1/register", body=user)
        return str(made["access_token"])


def in_thread(root: str) -> dict[str, Any]:
    """What puts a message into a thread."""
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": root}}


def reply_to(event: str) -> dict[str, Any]:
    """What makes a message a reply without a thread."""
    return {"m.relates_to": {"m.in_reply_to": {"event_id": event}}}


def edit_of(event: str, text: str) -> dict[str, Any]:
    """What makes a message the new version of another."""
    return {
        "m.new_content": {"msgtype": "m.text", "body": text},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
    }


def reaction(event: str, key: str) -> dict[str, Any]:
    """A sign on a message."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
