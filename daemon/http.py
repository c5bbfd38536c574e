"""What the daemon says of itself over HTTP, and the server that says it, in our loop."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from channels.ticket.problems import Problem
from daemon.metrics import CONTENT_TYPE

_GRACE_SECONDS = 5
"""How long requests in hand may take once the server is to stop."""


@dataclass(frozen=True)
class Health:
    """Whether all is well, and if not, why."""

    problems: tuple[str, ...] = ()
    """Fit for a stranger: no secrets, no customers' words."""
    warnings: tuple[str, ...] = ()
    """What is wrong while we are well, fit for a stranger as well."""

    @property
    def ok(self) -> bool:
        """No problem is known."""
        return not self.problems


def build_app(
    health: Callable[[], Health], ready: Callable[[], Health], metrics: Callable[[], bytes]
) -> FastAPI:
    """The app: `/healthz` and `/readyz` (200, or 503 with the problems), `/metrics`.

    The three functions are called in the event loop at each request: they only look up what is
    known. No pages that describe the interface are served. What is asked for in vain is told as a
    problem (RFC 9457).
    """
    app = FastAPI(
        title="supportd", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )

    @app.exception_handler(HTTPException)
    async def refused(_: Request, refusal: HTTPException) -> Response:
        status = HTTPStatus(refusal.status_code)
        return Problem(status, status.description, headers=refusal.headers or {}).response()

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return _told(health())

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        return _told(ready())

    @app.get("/metrics")
    async def figures() -> Response:
        # Not `media_type`: it would add the charset a second time.
        return Response(metrics(), headers={"content-type": CONTENT_TYPE})

    return app


def _told(health: Health) -> JSONResponse:
    warnings = {"warnings": list(health.warnings)} if health.warnings else {}
    return JSONResponse(
        {"ok": health.ok, "problems": list(health.problems), **warnings},
        status_code=200 if health.ok else 503,
        headers={"cache-control": "no-store"},
    )


class HttpServer:
    """Serves an app in the running loop; stopping it is the caller's, not a signal's."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """Port 0 lets the system choose; `bind` tells which."""
        self._app = app
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None

    def bind(self) -> int:
        """Listen, and return the port: from here on connections wait instead of being refused.

        Raises OSError where address or port cannot be had. Binding again changes nothing.
        """
        if self._socket is None:
            self._socket = _listen(self._host, self._port)
            self._port = self._socket.getsockname()[1]
        return self._port

    async def run(self) -> None:
        """Serve until cancelled; then finish what is in hand, 5 s at most. May be run again."""
        self.bind()
        listening, self._socket = self._socket, None
        assert listening is not None
        server = _Server(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                # A proxy on this machine says who its peer was; nobody else is believed.
                forwarded_allow_ips=["127.0.0.1", "::1"],
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
            listening.close()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the daemon."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        # The protocol is named, not 0: asyncio sets TCP_NODELAY on no other sockets.
        listening = socket.socket(family, kind, proto)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(100)
            listening.setblocking(False)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        why = f"http: cannot listen on {host}:{port}: {error.strerror or error}"
        raise OSError(error.errno, why) from error
    return listening
