"""An OAuth 2.0 server of our own: RFC 6749, 7636 (PKCE), 7662 (introspection), 8628 (device).

Strict as the strictest are: a refresh token is replaced whenever it is used, and used twice it
takes back every token of that login (RFC 9700, 4.14).
"""

import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT = "supportd-client"
SECRET = "supportd-client-secret"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class _No(Exception):
    """An error of RFC 6749, 5.2."""


@dataclass
class _Login:
    """One person's, with all tokens that came of it."""

    username: str
    access: set[str] = field(default_factory=set)
    refresh: str = ""
    spent: set[str] = field(default_factory=set)
    """Refresh tokens that were replaced."""


class OAuthServer:
    """Listens on loopback from its making until `stop`."""

    def __init__(self) -> None:
        self.replaces = True
        """Whether refresh tokens are replaced."""
        self.broken = False
        """Whether it answers 503 to everything."""
        self.life = 3600
        self.asked: list[str] = []
        """Grant types, in order."""
        self._logins: list[_Login] = []
        self._codes: dict[str, tuple[str, str, str]] = {}
        self._devices: dict[str, str | None] = {}
        self.slow_down = 0
        """How often yet it finds that it is asked too often."""
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    # --- What persons and administrators do ---

    def log_in(self, username: str) -> dict[str, Any]:
        """Tokens, as if the person had just consented."""
        login = _Login(username)
        self._logins.append(login)
        return self._grant(login)

    def type_code(self, username: str) -> None:
        """The person types the code that a device shows."""
        self._devices = dict.fromkeys(self._devices, username)

    def revoke(self, username: str) -> None:
        """Whatever was given for this person is void."""
        self._logins = [login for login in self._logins if login.username != username]

    def revoke_access(self) -> None:
        """All access tokens are void before their time; refresh tokens stay good."""
        for login in self._logins:
            login.access.clear()

    # --- Answers ---

    def token(self, given: dict[str, str]) -> dict[str, Any]:
        kind = given.get("grant_type", "")
        self.asked.append(kind)
        if given.get("client_id") != CLIENT:
            raise _No("invalid_client")
        answers: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
            "refresh_token": self._refreshed,
            "authorization_code": self._for_code,
            "client_credentials": self._for_client,
            DEVICE: self._for_device,
        }
        if kind not in answers:
            raise _No("unsupported_grant_type")
        return answers[kind](given)

    def _refreshed(self, given: dict[str, str]) -> dict[str, Any]:
        token = given["refresh_token"]
        for login in list(self._logins):
            if token in login.spent:
                self._logins.remove(login)
            elif token == login.refresh:
                return self._grant(login)
        raise _No("invalid_grant")

    def _for_code(self, given: dict[str, str]) -> dict[str, Any]:
        username, challenge, redirect = self._codes.pop(given["code"], ("", "", ""))
        digest = sha256(given.get("code_verifier", "").encode()).digest()
        proven = urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
        if not username or not proven or given.get("redirect_uri") != redirect:
            raise _No("invalid_grant")
        return self.log_in(username)

    def _for_client(self, given: dict[str, str]) -> dict[str, Any]:
        if given.get("client_secret") != SECRET:
            raise _No("invalid_client")
        granted = self.log_in("support")
        del granted["refresh_token"]  # RFC 6749, 4.4.3
        return granted

    def _for_device(self, given: dict[str, str]) -> dict[str, Any]:
        if given["device_code"] not in self._devices:
            raise _No("expired_token")
        if self.slow_down:
            self.slow_down -= 1
            raise _No("slow_down")
        username = self._devices[given["device_code"]]
        if username is None:
            raise _No("authorization_pending")
        if not username:
            raise _No("access_denied")
        del self._devices[given["device_code"]]
        return self.log_in(username)

    def device(self, given: dict[str, str]) -> dict[str, Any]:
        code = secrets.token_urlsafe(16)
        self._devices[code] = None
        return {
            "device_code": code,
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/type",
            "expires_in": 900,
            "interval": 1,
        }

    def consent(self, given: dict[str, str]) -> str:
        """Where the browser of somebody who says yes is led."""
        assert given["response_type"] == "code"
        assert given["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = ("support", given["code_challenge"], given["redirect_uri"])
        return f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}"

    def introspect(self, given: dict[str, str]) -> dict[str, Any]:
        for login in self._logins:
            if given.get("token") in login.access:
                return {"active": True, "username": login.username, "token_type": "Bearer"}
        return {"active": False}

    def _grant(self, login: _Login) -> dict[str, Any]:
        access = secrets.token_urlsafe(16)
        login.access.add(access)
        told = {"access_token": access, "token_type": "Bearer", "expires_in": self.life}
        if self.replaces or not login.refresh:
            if login.refresh:
                login.spent.add(login.refresh)
            login.refresh = secrets.token_urlsafe(16)
            told["refresh_token"] = login.refresh
        return told

    def answer(self, path: str, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            if self.broken:
                return 503, {}
            try:
                asked = {"/token": self.token, "/device": self.device, "/in": self.introspect}
                return 200, asked[path](given)
            except _No as error:
                return 400, {"error": str(error), "error_description": "no,\nbecause"}

    def _handler(server: "OAuthServer") -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._say(*server.answer(self.path, _one_each(body)))

            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", server.consent(_one_each(urlsplit(self.path).query)))
                self.end_headers()

            def _say(self, status: int, told: dict[str, Any]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def _one_each(query: str) -> dict[str, str]:
    """No parameter may come twice (RFC 6749, 3.1)."""
    given = parse_qs(query, strict_parsing=True)
    assert all(len(values) == 1 for values in given.values()), query
    return {key: values[0] for key, values in given.items()}


@contextmanager
def oauth_server() -> Iterator[OAuthServer]:
    server = OAuthServer()
    try:
        yield server
    finally:
        server.stop()
