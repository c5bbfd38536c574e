"""What stands before a homeserver: it passes calls on, and spoils those that a test says."""

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Spoil = Callable[["Handler"], None]


class Front:
    """Calls whose path and query match are spoiled, so many times; all others are passed on."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.spoils: list[tuple[str, Spoil, int]] = []
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.front = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def spoil(self, match: str, how: Spoil, times: int = 1) -> None:
        self.spoils.append((match, how, times))

    def how(self, path: str) -> Spoil | None:
        """What becomes of a call; None if it is passed on."""
        self.asked.append(path)
        for number, (match, how, times) in enumerate(self.spoils):
            if re.search(match, path):
                left = (match, how, times - 1)
                self.spoils[number : number + 1] = [left] if times > 1 else []
                return how
        return None

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """One call."""

    def _serve(self) -> None:
        front: Front = self.server.front  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        how = front.how(f"{self.command} {self.path}")
        how(self) if how else self.say(*self.passed_on())

    do_GET = do_POST = do_PUT = _serve

    def passed_on(self) -> tuple[int, bytes]:
        """What the homeserver says to it."""
        front: Front = self.server.front  # type: ignore[attr-defined]
        wanted = ("Authorization", "Content-Type")
        headers = {k: v for k, v in self.headers.items() if k in wanted}
        data = self.body if self.command != "GET" else None
        asked = urllib.request.Request(front.behind + self.path, data, headers, method=self.command)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def say(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def too_many(handler: Handler) -> None:
    said = b'{"errcode":"M_LIMIT_EXCEEDED","error":"Too many","retry_after_ms":4000}'
    handler.say(429, said)


def bad_gateway(handler: Handler) -> None:
    handler.say(502, b"<html>Bad Gateway</html>", "text/html")


def forbidden(handler: Handler) -> None:
    handler.say(403, b'{"errcode":"M_FORBIDDEN","error":"Not for you"}')


def too_large(handler: Handler) -> None:
    handler.say(413, b'{"errcode":"M_TOO_LARGE","error":"Too large"}')


def cut(handler: Handler) -> None:
    handler.close_connection = True


def done_and_cut(handler: Handler) -> None:
    """It was done, and nobody hears so."""
    handler.passed_on()
    handler.close_connection = True
