"""An IMAP server that says what a test tells it to, however wrong, and remembers what it heard."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[bytes, bytes], bytes | None]
"""To a command (tag, the rest of its line); None hangs up."""


class ScriptedImap:
    """Listens on `port`; everybody gets the same answers."""

    def __init__(self, greeting: bytes, answer: Answer) -> None:
        self._greeting = greeting
        self._answer = answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.heard: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[line], daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as said:
            line.sendall(self._greeting)
            for command in said:
                self.heard.append(command)
                tag, _, rest = command.strip().partition(b" ")
                answer = self._answer(tag, rest)
                if answer is None:
                    return
                line.sendall(answer)


@contextmanager
def scripted(answer: Answer, greeting: bytes = b"* OK hello\r\n") -> Iterator[ScriptedImap]:
    server = ScriptedImap(greeting, answer)
    try:
        yield server
    finally:
        server.close()
