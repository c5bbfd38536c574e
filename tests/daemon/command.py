"""Commands, run in this process: what a person types, sees, and gets as an exit code."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from daemon import cli, parts


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    said: str
    """What went to standard error."""


class Command:
    """`supportd` in this process, with standard input of its own and the house's configuration."""

    def __init__(self, patch: pytest.MonkeyPatch, path: Path) -> None:
        self._patch = patch
        self.path = path

    def __call__(self, *args: str, stdin: bytes | io.BytesIO | None = b"") -> Done:
        out, err = (io.TextIOWrapper(io.BytesIO(), "ascii", "strict") for _ in range(2))
        source = io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin
        given = source and io.TextIOWrapper(source, "ascii", "strict")
        with self._patch.context() as patch:
            patch.setattr(sys, "argv", ["supportd", *args])
            for name, stream in (("stdin", given), ("stdout", out), ("stderr", err)):
                patch.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        code = ended.value.code
        refused = code if isinstance(code, str) else ""  # the interpreter prints it, and exits 1
        told = [self._text(stream) for stream in (out, err)]
        return Done(1 if refused else int(code or 0), told[0], told[1] + refused)

    def _text(self, stream: io.TextIOWrapper) -> str:
        stream.flush()
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8")


Run = Callable[..., Done]


def beside(house: Any, patch: pytest.MonkeyPatch) -> Command:
    """Commands beside a house, at the house's time, on a wide terminal."""
    patch.setenv("SUPPORTD_CONFIG", str(house.path))
    patch.setenv("COLUMNS", "200")
    patch.setattr(parts, "now", lambda: house.now)
    return Command(patch, house.path.parent)
