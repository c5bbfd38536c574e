"""Waiting for other processes and threads, which have no clock of ours."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 120
"""Seconds: more than the busiest machine needs; only a failure waits for their end."""


def wait_until(
    true: Callable[[], T], why: str = "it never came true", within: float = PATIENCE
) -> T:
    """What a condition gives once it holds."""
    began = time.monotonic()
    while not (found := true()):
        waited = time.monotonic() - began
        assert waited < within, why
        time.sleep(min(0.02 + waited / 50, 1.0))  # asking costs the time that is waited for
    return found
