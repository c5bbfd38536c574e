"""Standard input and output, as they are on any machine: another locale, closed, full."""

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from rules.requests import Refused


def speak_utf8() -> None:
    """Read and write UTF-8 whatever the locale; what is no text is shown, and stops nothing."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):  # None if it is closed
            stream.reconfigure(encoding="utf-8", errors=errors)


def drop_output() -> None:
    """Let go of what could not be written: else it is tried again at exit, with a traceback."""
    with suppress(AttributeError, OSError):  # closed, or no file: nothing is tried again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def standard_input() -> TextIO:
    """Standard input; raises Refused if it is closed."""
    if sys.stdin is None:
        raise Refused("standard input is closed: pipe or redirect something into it")
    return sys.stdin


def put_json(value: object) -> None:
    """One object, one line; a lone surrogate comes out as JSON's own escape of it."""
    print(json.dumps(value, ensure_ascii=False))


def each_object(handle: Callable[[dict[str, object]], None]) -> None:
    """Hand over the objects on standard input, one a line; Refused names the line."""
    for number, line in enumerate(standard_input(), 1):
        if not line.strip():
            continue
        try:
            handle(_object(line))
        except Refused as error:
            raise Refused(f"line {number}: {error}") from None
        except RecursionError:
            raise Refused(f"line {number}: nested too deeply") from None


def _object(line: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Refused(f"no JSON ({error})") from None
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    return value
